"""Lines that a server may refuse for good leave as lines that none does, and read the same."""

from __future__ import annotations

import base64
import quopri
import random
import re
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.mail.message.envelope import Malformed, with_line_ends
from panel.mail.message.normalize import Unacceptable, normalize
from panel.mail.message.reencoding import fitted
from panel.mail.message.seven_bit import in_7_bit
from panel.mail.message.transfer_encoding import MAX_LINE, encoding_of, has_long_line, wrapped
from tests.support.fuzzing import Messages
from tests.support.mail import NOW

LONG = b"x" * 3_000
_RAW_TYPE = re.compile(rb"^content-type:(?:[^\r]|\r\n[ \t])*[\x80-\xff]", re.IGNORECASE | re.MULTILINE)
FILE = base64.b64encode(bytes(range(256)) * 40)
CONTENTS = {
    "text": b"Content-Type: text/plain\r\n\r\n" + LONG,
    "text without a header": b"\r\n" + LONG,
    "text in 8 bits": b"Content-Transfer-Encoding: 8BIT (comment)\r\n\r\n" + "é".encode() * 3_000,
    "binary": b"Content-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n" + bytes(range(14, 256)) * 9,
    "file on one line": b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n" + FILE,
    "file, loudly": b"Content-Transfer-Encoding:\r\n (a (b)) BASE64 (c)\r\n\r\n" + FILE,
    "quoted": b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=E3=81=82" * 400,
    "said in no known word": b"Content-Transfer-Encoding: utf-8\r\n\r\n" + LONG,
    "NUL": b"Content-Transfer-Encoding: 7bit\r\n\r\na\0b",
    "header": b"Content-Type: text/plain\r\nX-Long: " + b"word " * 900 + b"\r\n\r\na",
}


def mixed(*parts: bytes, boundary: bytes = b"b", kind: bytes = b"mixed") -> bytes:
    head = b'Content-Type: multipart/%b; boundary="%b"\r\n\r\n' % (kind, boundary)
    return head + b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts) + b"--%b--\r\n" % boundary


NESTS = {
    "alone": lambda part: part + b"\r\n",
    "in a multipart": lambda part: mixed(CONTENTS["text"], part, b"\r\nlast"),
    "in two": lambda part: mixed(mixed(part, boundary=b"c"), b"\r\nlast"),
    "in a message": lambda part: mixed(b"Content-Type: message/rfc822\r\n\r\nSubject: a\r\n" + part),
    "in a digest": lambda part: mixed(b"\r\nSubject: a\r\n" + part, kind=b"digest"),
}


def contents(message: bytes) -> list[bytes]:
    """Give what a reader finds in each part; the line end before a boundary is no part of it."""
    leaves = (each for each in message_from_bytes(message).walk() if not each.is_multipart())
    return [_content(each).rstrip(b"\r\n") for each in leaves]


def _content(leaf: Message) -> bytes:
    found = leaf.get_payload(decode=True)
    assert isinstance(found, bytes)
    if b"begin " in found:
        found = found.replace(b"\0", b"")  # what is said to be uuencoded, and is not, is shown as it came but for these
    return found.replace(b"\r\n", b"") if leaf.get_content_maintype() == "multipart" else found  # it has no parts


@pytest.mark.parametrize("nest", NESTS)
@pytest.mark.parametrize("content", CONTENTS)
def test_every_line_may_be_sent_and_reads_the_same(content: str, nest: str) -> None:
    message = NESTS[nest](CONTENTS[content])

    left = fitted(message)
    message = message.replace(b"\r\n (a (b)) BASE64 (c)", b" base64")  # the email package knows no comments

    assert not has_long_line(left)
    assert b"\0" not in left
    assert contents(left) == contents(message)
    assert b"binary" not in left
    assert in_7_bit(left).isascii()
    assert contents(in_7_bit(left)) == contents(message)
    assert fitted(left) == left


@pytest.mark.parametrize("content", CONTENTS)
def test_each_door_takes_it(content: str) -> None:
    left = normalize(
        NESTS["in two"](CONTENTS[content]), rcpt_to=["a@example.org"], now=NOW, host="app.example.org"
    ).message

    assert not has_long_line(left)


def test_base64_on_one_line_is_wrapped_at_76_and_no_other_part_is_touched() -> None:
    others = b"Content-Type: text/plain\r\n\r\n  as  it was = \r\n\r\n"

    left = fitted(mixed(others, CONTENTS["file on one line"]))

    assert left == mixed(
        others, CONTENTS["file on one line"].replace(FILE, base64.encodebytes(FILE_RAW).replace(b"\n", b"\r\n")[:-2])
    )


FILE_RAW = bytes(range(256)) * 40
SEALED = {
    "multipart/signed": mixed(*CONTENTS.values(), kind=b"signed"),
    "in a multipart": mixed(mixed(*CONTENTS.values(), kind=b"signed", boundary=b"s"), b"\r\nlast"),
    "loudly": mixed(*CONTENTS.values()).replace(b"multipart/mixed", b"(c) Multipart/Signed"),
    "deep": mixed(mixed(mixed(*CONTENTS.values(), boundary=b"d"), boundary=b"c"), kind=b"signed"),
    "a message": mixed(b"Content-Type: message/rfc822\r\n\r\n" + CONTENTS["text"], kind=b"signed"),
    "encrypted": mixed(*CONTENTS.values(), kind=b"encrypted"),
    "a delivery status": mixed(b"Content-Type: message/delivery-status\r\n\r\nA: b\r\n\r\nAction: " + LONG),
    "a piece": mixed(b"Content-Type: message/partial; id=a; number=2\r\n\r\n" + LONG),
    "S/MIME": b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + FILE,
    "old S/MIME": b"Content-Type: Application/X-PKCS7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n" + FILE,
}


@pytest.mark.parametrize("message", SEALED.values(), ids=SEALED)
def test_what_is_signed_or_encrypted_stays_byte_for_byte(message: bytes) -> None:
    assert fitted(message) == message


def test_what_stands_beside_a_signature_is_mended() -> None:
    signed = mixed(CONTENTS["text"], boundary=b"s", kind=b"signed")

    left = fitted(mixed(CONTENTS["text"], signed, CONTENTS["file on one line"]))

    assert signed in left
    assert not has_long_line(left.replace(signed, b""))


def test_a_message_in_base64_is_wrapped_and_not_read_as_text() -> None:
    whole = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"

    left = fitted(mixed(whole + FILE))

    assert not has_long_line(left)
    assert whole + base64.encodebytes(FILE_RAW).replace(b"\n", b"\r\n") in left


def test_what_nobody_is_shown_is_broken_anywhere() -> None:
    assert not has_long_line(fitted(mixed(b"\r\na").replace(b"--b\r\n", LONG + b"\r\n--b\r\n", 1)))


def test_a_binary_part_with_short_lines_is_said_to_be_8bit() -> None:
    message = b"MIME-Version: 1.0\r\nContent-Transfer-Encoding: Binary\r\n\r\na\r\n"

    assert fitted(message) == message.replace(b"Binary", b"8bit")


def test_a_signed_message_whose_From_we_replace_is_no_longer_signed() -> None:
    left = normalize(
        b"DKIM-Signature: v=1\nSubject: a\n\n" + LONG, rcpt_to=["a@example.org"], now=NOW, host="a.example"
    )

    assert b"DKIM" not in left.message
    assert b"MIME-Version: 1.0\r\n" in left.message


@pytest.mark.parametrize("head", [b"", b"Content-Type: multipart/mixed; boundary=b\n\n--b\n"])
def test_a_field_that_cannot_be_folded_is_refused_by_its_name(head: bytes) -> None:
    message = head + b"X-Whole: " + LONG + b"\n\nb\n"

    with pytest.raises(Unacceptable, match="X-Whole") as caught:
        normalize(message, rcpt_to=["a@example.org"], now=NOW, host="app.example.org")

    assert caught.value.field == "message"


@pytest.mark.parametrize(("subject", "encoded"), [(b"x" * 3_000, True), (b"word " * 600, False)])
def test_a_long_subject_leaves_whole(subject: bytes, encoded: bool) -> None:
    left = normalize(
        b"Subject: " + subject + b"\n\nb\n", rcpt_to=["a@example.org"], now=NOW, host="app.example.org"
    ).message

    assert not has_long_line(left)
    assert (b"=?utf-8?" in left) is encoded


def test_8_bit_signs_in_quoted_printable_are_written_as_it_asks() -> None:
    message = b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + "é=C3=A9\r\n".encode()

    assert in_7_bit(message).endswith(b"\r\n=C3=A9=C3=A9\r\n")


def test_a_delivery_status_stays_fields() -> None:
    status = b"Content-Type: message/delivery-status\r\n\r\nA: b\r\n\r\nDiagnostic-Code: x-a; "

    left = in_7_bit(mixed(status + "é".encode()))

    assert left == mixed(status + b"=?utf-8?b?w6k=?=")


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("", "7bit"),
        (" 8BIT (comment)", "8bit"),
        ("(a (b)) Base64", "base64"),
        ('"quoted-printable"', "quoted-printable"),
        ("binary;", "binary"),
        ("(", "("),
    ],
)
def test_an_encoding_is_read_as_it_is_meant(value: str, found: str) -> None:
    assert encoding_of(value) == found


@given(st.lists(st.integers(990, 1010), max_size=6))
def test_the_longest_line_is_found_wherever_it_stands(lengths: list[int]) -> None:
    lines = b"".join(b"x" * length + b"\r\n" for length in lengths)

    assert has_long_line(lines) is any(length > MAX_LINE for length in lengths)
    assert has_long_line(lines.removesuffix(b"\r\n")) is any(length > MAX_LINE for length in lengths)


@given(st.lists(st.sampled_from([b"=E3", b"a", b" ", b"=", b"\r\n"]), max_size=900))
def test_quoted_printable_is_broken_between_its_signs(pieces: list[bytes]) -> None:
    content = b"".join(pieces).replace(b" \r\n", b"\r\n").rstrip(b" ")

    left = wrapped("quoted-printable", content)

    assert max(map(len, left.split(b"\r\n"))) <= 76
    if b"==" not in content and b"= " not in content:
        assert quopri.decodestring(left.replace(b"\r\n", b"\n")) == quopri.decodestring(content.replace(b"\r\n", b"\n"))


def test_whatever_chance_makes_reads_the_same(is_long: bool) -> None:
    for number in range(10_000 if is_long else 300):
        message = with_line_ends(Messages(random.Random(f"reencoding {number}")).message())
        if _RAW_TYPE.search(message):  # readers differ over what it says
            continue
        try:
            left = fitted(message)
            before, after = contents(message), contents(left)
        except Malformed:
            continue
        except (TypeError, UnicodeError, LookupError, ValueError):  # what the email package may raise over a header
            continue
        assert after == before, number


@pytest.mark.parametrize("charset", ["Shift_JIS", "EUC-JP", "UTF-8", "ISO-2022-JP"])
@pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable"])
@pytest.mark.parametrize("kind", [b"", b"Content-Type: text/plain\r\n", b"Content-Type: text/html;\r\n"])
def test_a_text_part_without_a_charset_gets_the_one_that_it_shows(charset: str, encoding: str, kind: bytes) -> None:
    text = "ご注文ありがとうございます。送料は無料です。"
    raw = text.encode(charset)
    encode = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(encoding, bytes)
    part = kind + b"Content-Transfer-Encoding: %b\r\n\r\n%b" % (encoding.encode(), with_line_ends(encode(raw)))

    found = message_from_bytes(fitted(with_line_ends(mixed(part, b"\r\nplain"))))

    first, second = found.get_payload()
    assert first.get_content_charset() == charset.lower()
    assert first.get_payload(decode=True).decode(charset).strip() == text
    assert second.get_content_charset() is None


def test_what_could_be_anything_in_a_part_gets_no_charset() -> None:
    part = b"Content-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\xfc\xdfe\r\n"

    assert b"charset" not in fitted(with_line_ends(mixed(part)))


def test_raw_fields_of_a_part_leave_in_ascii() -> None:
    name = "請求書.pdf".encode("cp932")
    part = b'Content-Type: application/pdf; name="%b"\r\nContent-Description: %b\r\n\r\na\r\n' % (name, name)

    written = fitted(with_line_ends(mixed(part)))

    assert written.isascii()
    (found,) = message_from_bytes(written).get_payload()
    assert found.get_content_type() == "application/pdf"
    assert str(make_header(decode_header(found["Content-Description"]))) == "請求書.pdf"
    assert str(make_header(decode_header(found.get_param("name")))) == "請求書.pdf"


def test_what_stands_before_and_behind_the_parts_is_broken_and_what_may_be_a_delimiter_is_not() -> None:
    kind, _, parts = mixed(b"\r\nfirst\r\n", boundary=b"c").partition(b"\r\n\r\n")
    inner = kind + b"\r\n\r\n" + LONG + b"\r\n" + parts + LONG + b"\r\n"
    dashed = b"--" + LONG + b"\r\n"
    left = fitted(with_line_ends(mixed(inner, b"\r\nlast\r\n") + LONG + b"\r\n" + dashed))

    assert contents(left) == [b"first", b"last"]
    assert [line for line in left.splitlines(keepends=True) if len(line) > MAX_LINE + 2] == [dashed]
    assert left.count(b"x") - left.count(b"mixed") == 4 * len(LONG)


def test_what_stands_behind_signed_parts_of_a_signed_one_stays() -> None:
    inner = mixed(b"\r\nfirst\r\n", boundary=b"c") + LONG + b"\r\n"

    assert inner in fitted(with_line_ends(mixed(inner, b"\r\nlast\r\n", kind=b"signed")))


@pytest.mark.parametrize("encoding", [b"x-uuencode", b"uue"])
def test_content_that_is_not_uuencoded_is_encoded(encoding: bytes) -> None:
    left = fitted(with_line_ends(b"Content-Transfer-Encoding: %b\r\n\r\n%b" % (encoding, LONG)))

    assert not has_long_line(left)
    assert contents(left) == [LONG]


@pytest.mark.parametrize("encoding", [b"x-uuencode", b"uue"])
@pytest.mark.parametrize("is_long_line", [True, False])
def test_uuencoded_content_stays_so(encoding: bytes, is_long_line: bool) -> None:
    behind = b"x" * 2_000 if is_long_line else b"\0"
    content = behind + b"\r\nbegin 644 a\r\n#0V%T\r\n`\r\nend\r\n" + behind
    left = fitted(with_line_ends(b"Content-Transfer-Encoding: %b\r\n\r\n%b" % (encoding, content)))

    assert not has_long_line(left)
    assert b"\0" not in left
    assert contents(left) == [b"Cat"]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("application/pdf", "application/pdf"),
        ("application/json; x=text/", "application/json; x=text/"),
        ("text/plain", "text/plain; charset=Shift_JIS"),
        ("", "text/plain; charset=Shift_JIS"),
        ('text/html; name="charset.txt";', 'text/html; name="charset.txt"; charset=Shift_JIS'),
        ("text/plain; charset=", "text/plain; charset=Shift_JIS"),
        ('text/plain; charset=""; format=flowed', "text/plain; format=flowed; charset=Shift_JIS"),
        ("text/plain; charset = big5", "text/plain; charset = big5"),
        ("text/plain; charset*=us-ascii'en'big5", "text/plain; charset*=us-ascii'en'big5"),
        ("text/plain; charset*0=big5", "text/plain; charset*0=big5"),
    ],
)
def test_a_charset_is_said_once_for_a_text_whether_it_is_a_part_or_the_whole(said: str, shown: str) -> None:
    text = "これは試験の文書です。①".encode("cp932")
    typed = f"Content-Type: {said}\r\n".encode() if said else b""

    part = message_from_bytes(fitted(with_line_ends(mixed(typed + b"X-Of: us\r\n\r\n" + text)))).get_payload(0)
    whole = normalize(typed + b"\r\n" + text, rcpt_to=["a@example.org"], now=NOW, host="app.example.org").message

    assert part["Content-Type"] == shown
    assert re.sub(r"\s+", " ", message_from_bytes(whole)["Content-Type"]) == shown
