"""A message in parts becomes MIME that any program reads."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from panel.mail.message.compose import MAX_TEXT, Attachment, Draft, compose
from panel.mail.message.normalize import Unacceptable
from panel.mail.message.submission import Priority, Submission
from tests.support.mail import NOW

PLAIN = Draft(to=("hanako@example.org",), subject="請求書", text="こんにちは。\n")


def composed(**parts: Any) -> Submission:
    return compose(replace(PLAIN, **parts), now=NOW, host="app.example.org")


def parsed(submission: Submission) -> EmailMessage:
    message = message_from_bytes(submission.message, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_text_arrives_as_it_was_written() -> None:
    left = parsed(composed())

    assert left["Subject"] == "請求書"
    assert left["To"] == "hanako@example.org"
    assert left.get_content() == "こんにちは。\r\n"


def test_every_byte_that_leaves_is_ascii() -> None:
    left = composed(html="<p>こんにちは", attachments=(Attachment("請求書.pdf", bytes(range(256))),))

    assert left.message.isascii()


def test_text_and_html_are_alternatives_beside_the_attachments() -> None:
    left = parsed(composed(html="<p>Hello", attachments=(Attachment("請求書.csv", b"1,2\r\n", "text/csv"),)))

    assert [part.get_content_type() for part in left.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/csv",
    ]
    [attached] = left.iter_attachments()
    assert attached.get_filename() == "請求書.csv"


def test_an_attachment_arrives_byte_for_byte() -> None:
    content = bytes(range(256)) * 40

    [attached] = parsed(composed(attachments=(Attachment("a.bin", content),))).iter_attachments()

    assert attached.get_content() == content


def test_bcc_receives_and_is_not_seen() -> None:
    left = composed(cc=("taro@example.org",), bcc=('"Eve" <eve@example.org>',))

    assert left.rcpt_to == ("hanako@example.org", "taro@example.org", "eve@example.org")
    assert b"eve" not in left.message


def test_an_address_beyond_ascii_receives_and_is_shown_as_a_name() -> None:
    left = composed(to=("花子@例え.jp", "taro@example.org"))

    assert left.rcpt_to == ("花子@xn--r8jz45g.jp", "taro@example.org")
    assert left.message.isascii()
    assert [each.addr_spec for each in parsed(left)["To"].addresses] == ["taro@example.org"]
    assert [group.display_name for group in parsed(left)["To"].groups] == ["花子@xn--r8jz45g.jp", None]


def test_names_headers_priority_and_answers_are_kept() -> None:
    left = composed(
        to=('"田中, 花子" <hanako@example.org>',),
        reply_to=("help@example.org",),
        headers=(("X-Ticket", "42"), ("List-Unsubscribe", "<https://example.org/out>")),
        priority=Priority.HIGH,
    )

    assert parsed(left)["To"].addresses[0].display_name == "田中, 花子"
    assert parsed(left)["X-Ticket"] == "42"
    assert left.reply_to == "help@example.org"
    assert left.priority is Priority.HIGH


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("to", ()),
        ("to", ("hanako",)),
        ("to", ("a@example.org, b@example.org",)),
        ("cc", ("a@example.org\r\nBcc: eve@example.org",)),
        ("bcc", ('"=?utf-8?q?=0A?=" <a b@example.org>',)),
        ("subject", "a\nBcc: eve@example.org"),
        ("subject", "x" * 1000),
        ("subject", "\ud800"),
        ("text", None),
        ("text", "\x00"),
        pytest.param("html", "x" * (MAX_TEXT + 1), id="html-too-long"),
        ("html", "\ud800"),
        ("reply_to", ("nobody",)),
        ("headers", (("Bcc", "eve@example.org"),)),
        ("headers", (("From", "eve@example.org"),)),
        ("headers", (("Content-Type", "text/html"),)),
        ("headers", (("X A", "1"),)),
        ("headers", (("X-A\r\nBcc", "1"),)),
        ("headers", (("X-A", "1\r\nBcc: eve@example.org"),)),
        ("attachments", (Attachment("a.txt", b"", "nonsense"),)),
        ("attachments", (Attachment("a.eml", b"", "message/rfc822"),)),
        ("attachments", (Attachment('a"b', b""),)),
        ("attachments", (Attachment("a\nb", b""),)),
        ("attachments", (Attachment("", b""),)),
    ],
)
def test_what_cannot_be_sent_is_refused_with_the_name_of_the_part(part: str, value: object) -> None:
    with pytest.raises(Unacceptable) as caught:
        composed(**{part: value})

    assert caught.value.field == part
    assert "eve" not in str(caught.value).replace("'a@example.org\\r\\nBcc: eve@example.org'", "")


# A message in one part is written at once, without being read again

_TEXTS = st.text(st.characters(codec="utf-8"), max_size=200) | st.text("ab \r\n\t.,=?-", max_size=2_200)
_LINES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=120) | st.sampled_from(
    (
        "x" * 900,
        "a  b",
        " a ",
        "=?utf-8?q?=E3=81=82?=",
        "=?utf-8?q?a?= b",
        "Re: 請求書 (2)",
        "\u3000",
        "a" * 70 + " " + "b" * 70,
    )
)
_NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=40)
_PLAIN_ONES = ("hanako@example.org", "Hanako@EXAMPLE.org", "a.b+c@example.co.jp", "a..b@example.org", ".a@docomo.ne.jp")
_ODD_ONES = (
    "花子@例え.jp",
    "a@[192.0.2.1]",
    "a@-b.example",
    "a@" + "b" * 250,
    "a",
    "",
    "a@b.1",
    "a(b)@example.org",
    "a/b@example.org",
)
_ADDRESSES = (
    st.just("taro@example.org")
    | st.sampled_from(_PLAIN_ONES)
    | st.sampled_from(_ODD_ONES)
    | st.builds(lambda name: f'"{name}" <hanako@example.org>', _NAMES)
    | st.builds(lambda local: f"{local}@example.org", st.text("ab.-_+A", min_size=1, max_size=70))
)
_SEVERAL = st.lists(_ADDRESSES, max_size=3).map(tuple)
_HEADERS = st.lists(
    st.tuples(st.sampled_from(("X-Order", "x-order", "References", "List-Unsubscribe", "Comments", "X A")), _LINES),
    max_size=3,
).map(tuple)
_DRAFTS = st.builds(
    Draft,
    to=_SEVERAL,
    cc=_SEVERAL,
    bcc=_SEVERAL,
    reply_to=_SEVERAL,
    subject=_LINES,
    text=_TEXTS | st.none(),
    html=st.none() | st.none() | _TEXTS,
    headers=_HEADERS,
    priority=st.sampled_from(Priority),
)


def outcome(draft: Draft) -> Submission | tuple[str, str]:
    """Give what becomes of a draft, its Message-ID and its boundaries the same each time."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("os.urandom", bytes)
        try:
            return compose(draft, now=NOW, host="app.example.org")
        except Unacceptable as fault:
            return fault.field, str(fault)


@given(_DRAFTS)
@example(replace(PLAIN, to=tuple(f"a{number}@example.org" for number in range(600)), cc=("b@example.org",) * 600))
@example(replace(PLAIN, to=tuple(f"a{number}@example.org" for number in range(600)), bcc=("a1@example.org",) * 600))
@example(replace(PLAIN, to=('"' + "花" * 200 + '" <a@example.org>',) * 600))
@example(replace(PLAIN, text="x" * 5_000))
@example(replace(PLAIN, text=""))
@example(replace(PLAIN, text=None, html="<p>こんにちは"))
def test_a_message_in_one_part_is_written_as_one_that_is_read_again(draft: Draft) -> None:
    at_once = outcome(draft)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("panel.mail.message.compose._plain", lambda *_: None)
        assert outcome(draft) == at_once


def test_a_plain_message_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def read_again(*_given: object, **_more: object) -> Submission:
        raise AssertionError

    monkeypatch.setattr("panel.mail.message.compose.normalize", read_again)

    assert parsed(composed(headers=(("List-Unsubscribe", "<https://example.org/out>"),)))["Subject"] == "請求書"
    with pytest.raises(AssertionError):
        composed(html="<p>Hello")
