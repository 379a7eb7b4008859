"""The message of a test: headers that cannot be injected, and bytes that any server takes."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.checks.trial.message import plain_envelope

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NAMES = st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200)


def composed(*, name: str = "", subject: str = "Test", text: str = "Hello\n") -> bytes:
    return plain_envelope(
        from_address="report@example.org", from_name=name, to="b@example.net", subject=subject, text=text, date=NOW
    ).message


@given(NAMES, NAMES)
def test_every_header_is_there_once_and_no_other(name: str, subject: str) -> None:
    raw = composed(name=name, subject=subject)
    parsed = email.message_from_bytes(raw)

    assert sorted(key.lower() for key in parsed) == sorted(
        [
            "from",
            "to",
            "subject",
            "date",
            "message-id",
            "auto-submitted",
            "mime-version",
            "content-type",
            "content-transfer-encoding",
        ]
    )
    assert parseaddr(parsed["From"])[1] == "report@example.org"


@given(NAMES.filter(lambda name: name.strip() == name))
def test_a_display_name_reads_back(name: str) -> None:
    parsed = email.message_from_bytes(composed(name=name))

    decoded = str(make_header(decode_header(parseaddr(parsed["From"])[0]))) if name else ""

    assert decoded == name


@given(NAMES, st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_line_ends_are_cr_lf_and_lines_are_short(name: str, text: str) -> None:
    raw = composed(name=name, text=text)

    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    raw.decode("ascii")


@pytest.mark.parametrize("name", ["a\r\nBcc: c@example.com", "a\nb", "a\rb", "a\0b", "a\u2028b"])
def test_a_line_break_in_a_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="control"):
        composed(name=name)


@pytest.mark.parametrize(
    "name", ["=?UTF-8?Q?=0A?=Bcc: c@example.com", 'x, "evil@example.com", ' + "y" * 100, "evil@example.com", "a,b;c:d"]
)
def test_a_name_is_never_an_address_or_a_header(name: str) -> None:
    parsed = email.message_from_bytes(composed(name=name), policy=email.policy.default)

    assert [address.addr_spec for address in parsed["From"].addresses] == ["report@example.org"]
    assert "Bcc" not in parsed
    assert "c@example.com" not in str(parsed.get("To"))


def test_the_text_reads_back() -> None:
    parsed = email.message_from_bytes(composed(text="こんにちは\n.\n.hidden\n"), policy=email.policy.default)

    assert parsed.get_content().replace("\r\n", "\n") == "こんにちは\n.\n.hidden\n"
