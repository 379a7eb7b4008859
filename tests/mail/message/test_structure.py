"""How deep a message may be nested, and in how many parts: refused at every door, and found in one pass."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from email import message_from_bytes
from email.message import Message
from itertools import count

import pytest

from panel.mail.message.envelope import Malformed, with_line_ends
from panel.mail.message.normalize import Unacceptable, normalize
from panel.mail.message.structure import MAX_CONTENT_TYPE, MAX_DEPTH, MAX_PARTS, check_structure
from panel.mail.message.structure import parts as parts_of
from tests.support.fuzzing import Messages
from tests.support.mail import NOW

UNREADABLE = (TypeError, UnicodeError, LookupError)  # what the email package may raise over a header
LEAF = b"Content-Type: text/plain\r\n\r\nx\r\n"


def multiparts(depth: int, inside: bytes = LEAF) -> bytes:
    opened = (b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (each, each) for each in range(depth))
    return b"".join(opened) + inside


def messages(depth: int) -> bytes:
    return b"Content-Type: message/rfc822\r\n\r\n" * depth + LEAF


def digests(depth: int) -> bytes:
    """Nest messages that do not say that they are: in a digest they are without that."""
    pair = b"Content-Type: multipart/digest; boundary=d%d\r\n\r\n--d%d\r\n\r\n"
    return b"".join(pair % (each, each) for each in range(depth // 2)) + LEAF


def folded(depth: int) -> bytes:
    head = b"content-TYPE: Multipart/Mixed;\r\n\tcharset=x;\r\n Boundary*0=b;\r\n Boundary*1=%d\r\n\r\n--b%d\r\n"
    return b"".join(head % (each, each) for each in range(depth)) + LEAF


def parts(number: int) -> bytes:
    return b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * number + b"--b--\r\n"


def notices(number: int) -> bytes:
    return (
        b"Content-Type: message/delivery-status\r\n\r\n" + b"Action: failed\r\n\r\n" * (number - 1) + b"Action: x\r\n"
    )


DEEP: dict[str, Callable[[int], bytes]] = {
    "multiparts": multiparts,
    "messages": messages,
    "digests": digests,
    "folded": folded,
}


@pytest.mark.parametrize("nest", DEEP.values(), ids=DEEP)
def test_parts_within_parts_are_bounded(nest: Callable[[int], bytes]) -> None:
    check_structure(nest(MAX_DEPTH))

    with pytest.raises(Malformed, match=f"more than {MAX_DEPTH} deep"):
        check_structure(nest(MAX_DEPTH + 2))


@pytest.mark.parametrize("fill", [parts, notices])
def test_parts_are_counted(fill: Callable[[int], bytes]) -> None:
    check_structure(fill(MAX_PARTS))

    with pytest.raises(Malformed, match=f"more than {MAX_PARTS} parts"):
        check_structure(fill(MAX_PARTS + 1))


def test_parts_one_after_the_other_are_not_deep() -> None:
    pair = b"Content-Type: multipart/mixed; boundary=i%d\r\n\r\n--i%d\r\n\r\nx\r\n--i%d--\r\n"
    inner = (b"--b\r\n" + pair % (each, each, each) for each in range(400))

    check_structure(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"".join(inner) + b"--b--\r\n")


def test_what_stands_in_a_text_is_no_structure() -> None:
    check_structure(LEAF + multiparts(100) + messages(100))
    check_structure(multiparts(1) + b"--b0--\r\n" + multiparts(100).replace(b"--b0", b"--c"))


@pytest.mark.parametrize(
    "said",
    [b"multipart/mixed; boundary=" + b"x" * MAX_CONTENT_TYPE, b"multipart/mixed; boundary=b; a*=1; a*0=2"],
    ids=["too long", "broken"],
)
def test_a_content_type_that_cannot_be_read_is_refused(said: bytes) -> None:
    with pytest.raises(Malformed, match="A Content-Type field"):
        check_structure(b"Content-Type: " + said + b"\r\n\r\nx\r\n")


@pytest.mark.parametrize("message", [multiparts(60), messages(60), parts(2_000), notices(2_000)])
def test_every_door_refuses_it_and_says_the_bound(message: bytes) -> None:
    with pytest.raises(Unacceptable, match=r"more than (50 deep|1000 parts)") as caught:
        normalize(message, rcpt_to=["a@example.org"], now=NOW, host="app.example.org")

    assert caught.value.field == "message"


def test_whatever_passes_is_no_deeper_to_who_parses_it(is_long: bool) -> None:
    for number in range(20_000 if is_long else 300):
        message = with_line_ends(Messages(random.Random(f"structure {number}")).message())
        try:
            check_structure(message)
            parsed = message_from_bytes(message)
        except (Malformed, *UNREADABLE):
            continue
        assert depth(parsed) <= MAX_DEPTH, number


def depth(top: Message) -> int:
    """Give how deep a message is, as the email package has read it; it walks as deep as it is allowed to."""
    level = [top]
    for found in count():
        level = [part for each in level if each.is_multipart() for part in each.get_payload()]
        if not level:
            return found
    raise AssertionError


LONG: dict[str, Callable[[int], bytes]] = {
    "fields": lambda n: b"a:\r\n" * n,
    "dashes": lambda n: multiparts(45, LEAF + b"--x\r\n" * n),
    "fields like boundaries": lambda n: multiparts(45, b"--x:\r\n" * n),
    "parts before fields": lambda n: (
        b'Content-Type: multipart/mixed; boundary="b:"\r\n\r\n' + b"--b:\r\n" * 900 + b"x:y\r\n" * n
    ),
    "notices in notices": lambda n: b"Content-Type: message/delivery-status\r\n\r\n" * 45 + b"--x\r\n" * n,
    "ends": lambda n: multiparts(1, LEAF + b"--b0--x\r\n" * n),
    "blanks": lambda n: multiparts(45, b" \r\n" * n),
    "one line": lambda n: multiparts(45, b"-" * n),
    "empty parts": lambda n: b"Content-Type: message/delivery-status\r\n\r\n" + b"\r\n" * n,
}


@pytest.mark.parametrize("make", LONG.values(), ids=LONG)
def test_the_time_grows_with_the_length_and_not_with_its_square(make: Callable[[int], bytes]) -> None:
    short, long = (min(_seconds(make(n)) for _ in range(3)) for n in (10_000, 80_000))

    assert long < 0.02 or long / short < 32  # of 8 and 64


def test_a_part_whose_boundary_looks_like_a_field_ends_there() -> None:
    head = b'Content-Type: multipart/mixed; boundary="b:"\r\n\r\n'

    check_structure(head + b"--b:\r\n" * MAX_PARTS)
    with pytest.raises(Malformed, match=f"more than {MAX_PARTS} parts"):
        check_structure(head + b"--b:\r\nx: y\r\n--c: no boundary\r\n" * (MAX_PARTS + 1))


@pytest.mark.parametrize("count", [900, 9])
def test_fields_behind_a_delimiter_are_not_read_for_each_part_before_it(count: int) -> None:
    """Parts without a header cost what one does, however many fields follow the last."""
    head = b'Content-Type: multipart/mixed; boundary="b:"\r\n\r\n'
    one, many = (min(_seconds(head + b"--b:\r\n" * n + b"x:y\r\n" * 30_000) for _ in range(3)) for n in (1, count))

    assert many < 0.1 or many / one < 20


@pytest.mark.parametrize("encoding", [b"base64", b"8bit"])
def test_what_follows_is_read_once_and_not_for_each_message_within_another(encoding: bytes) -> None:
    level = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n"
    one, many = (min(_seconds(multiparts(1, level * n + b"--x\r\n" * 60_000)) for _ in range(3)) for n in (1, 45))

    assert many < 0.02 or many / one < 8


DASHED = {
    "no boundary": (multiparts(1), b"--x\r\n"),
    "more than a boundary": (multiparts(1), b"--b0-\r\n"),
    "among many boundaries": (multiparts(45), b"--b\r\n"),
    "fields": (multiparts(1, b""), b"--x:\r\n"),
    "fields where nothing is open": (b"", b"--x:\r\n"),
    "no boundary, in messages": (multiparts(1, b"Content-Type: message/rfc822\r\n\r\n" * 45), b"--x\r\n"),
}


@pytest.mark.parametrize(("head", "line"), DASHED.values(), ids=DASHED)
def test_lines_that_are_no_delimiters_are_not_read_one_by_one(head: bytes, line: bytes) -> None:
    calls = [_calls(head + line * lines) for lines in (10_000, 20_000)]

    assert calls[1] - calls[0] < 1_000


@pytest.mark.parametrize("line", [b"--x\r\n", b"--bb\r\n", b"-\r\n", b"\r\n", b"--b" + b" " * 300 + b"x\r\n"])
def test_a_delimiter_is_found_however_much_stands_before_it(line: bytes) -> None:
    """Wherever it stands: lines are passed by thousands of octets at a time."""
    head = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
    for octets in (*range(3_960, 4_040), *range(7_960, 8_040)):
        before = head + line * (octets // len(line)) + b"y" * (octets % len(line)) + b"\r\n"
        message = before + b"--b \t\r\nSubject: a\r\n\r\nz\r\n--b--"

        assert [message[each.content : each.end] for each in parts_of(message)][2] == b"z"


def _calls(message: bytes) -> int:
    """Count what is called while a message is measured, also what is written in C."""
    events: Counter[str] = Counter()
    sys.setprofile(lambda _frame, event, _called: events.update([event]))
    try:
        check_structure(message)
    finally:
        sys.setprofile(None)
    return events["call"] + events["c_call"]


def _seconds(message: bytes) -> float:
    began = time.process_time()
    with suppress(Malformed):
        check_structure(message)
    return time.process_time() - began
