"""Whatever a server says of a password, nobody reads it."""

from __future__ import annotations

import base64
import html
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from panel.mail.smtp.redaction import MASK, TRANSCRIPT_CHARACTERS, Redaction, Transcript
from panel.mail.text import readable

USER, PASSWORD = "report@example.org", "Correct horse+battery"


def hidden(*lines: str, user: str = USER, password: str = PASSWORD) -> str:
    return "\n".join(Redaction([(user, password)]).hide(list(lines)))


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


FORMS = [
    PASSWORD,
    PASSWORD.upper(),
    quote(PASSWORD),
    html.escape(PASSWORD),
    PASSWORD[:14],
    in_base64(PASSWORD),
    in_base64(f"\0{USER}\0{PASSWORD}"),
    in_base64(f"{USER}\0{USER}\0{PASSWORD}"),
    in_base64(f"\0{USER}\0{PASSWORD}")[:-8],
    in_base64(f"{USER}:{PASSWORD}"),
    in_base64(f"x:{PASSWORD}"),
    in_base64(f"xy:{PASSWORD}:z"),
    base64.urlsafe_b64encode(f"??>{PASSWORD}".encode()).decode(),
]


@pytest.mark.parametrize("form", FORMS)
def test_a_password_is_hidden_in_whatever_form_it_comes_back(form: str) -> None:
    told = hidden(f"5.7.8 Refused: {form} (see below)")

    assert MASK in told
    assert "horse" not in told.lower()
    assert not any(part in told for part in (form[-10:], form[len(form) // 2 :]))
    assert told.startswith("5.7.8 Refused: ")
    assert told.endswith("(see below)")


def test_one_that_is_broken_over_lines_is_hidden() -> None:
    told = hidden("5.7.8 Refused: Correct ho", "5.7.8 rse+battery")

    assert told == f"5.7.8 Refused: {MASK} {MASK}\n5.7.8 {MASK}"


def test_a_short_password_is_hidden_where_it_stands_alone() -> None:
    assert hidden("no a today", password="a") == f"no {MASK} today"


REPLY = [
    "5.7.8 Error: authentication failed: the user report@example.org has no account on 192.0.2.1, or a wrong password",
    "5.7.8 see https://example.org/help?id=12&lang=en (5.1.1); verify with the postmaster, 24 h a day.",
]
WORDS = " ".join(REPLY).split()


SHORT = ("a", "1", "5", "12", "ok", "ab", "the", "-", "#7", "a%", "é", "鍵", "パス", "x9$k", "a&b", "a'b", "<b>")
WITH_BLANKS = ("a b", "a  b", "b a", " a", "ab ", "ab cd", "x y z", "on me", "鍵 a")


@pytest.mark.parametrize("password", [*SHORT, *WITH_BLANKS])
def test_a_short_password_is_hidden_in_every_form_and_hides_little_else(password: str) -> None:
    forms = {
        password, quote(password), quote(password, safe=""), quote_plus(password), html.escape(password),
        in_base64(password), in_base64(f"\0{USER}\0{password}"), in_base64(f"{USER}\0{USER}\0{password}"),
    }  # fmt: skip
    for form in forms:
        for told in (f"Refused: {form} (see below)", f'Refused: "{form}"', f"pass={form}", f"[{form}]", f"<{form}>."):
            said = hidden(told, password=password)
            assert MASK in said, told
            assert form.strip() not in said.replace("Refused", "").replace("pass", "").replace("see below", ""), said

    kept = hidden(*REPLY, password=password).split()
    assert sum(word in kept for word in WORDS) >= len(WORDS) - 4, kept


@pytest.mark.parametrize("password", ["  ", " ", "   "])
def test_blanks_are_hidden_where_they_are_quoted_or_encoded(password: str) -> None:
    assert hidden(f'no "{password}" here', password=password) == f'no "{MASK}" here'
    assert MASK in hidden(f"no {quote(password)} here", password=password)
    assert MASK in hidden(f"no {in_base64(password)} here", password=password)
    assert hidden(*REPLY, password=password) == "\n".join(REPLY)


@pytest.mark.parametrize(("first", "second"), [("a", "b"), ("x9", "$k"), ("on ", "me"), ("on", " me"), ("on", "me")])
def test_a_short_one_that_is_broken_over_lines_is_hidden(first: str, second: str) -> None:
    password = "on me" if first.startswith("on") else first + second

    told = hidden(f"5.7.8 Refused: {first}", f"5.7.8 {second} was it", password=password)

    assert [line.split() for line in told.splitlines()] == [["5.7.8", "Refused:", MASK], ["5.7.8", MASK, "was", "it"]]


def test_what_is_no_secret_stays() -> None:
    line = "5.1.1 <taro@example.net>: Recipient address rejected: corrected"

    assert hidden(line) == line


@given(
    before=st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=5),
    password=st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=12, max_size=40),
)
def test_no_base64_around_a_password_gives_it_away(before: str, password: str) -> None:
    blob = in_base64(f"{before}{password}")

    told = hidden(f"535 {blob}", password=password)

    kept = "".join(part for part in told.removeprefix("535 ").split(MASK))
    assert len(kept) <= len(in_base64(before)) + 4


@given(st.binary(max_size=300))
@example("\u0380".encode())  # not assigned yet
def test_any_bytes_are_readable_and_steer_no_terminal(data: bytes) -> None:
    assert all(each == "\ufffd" or each.isprintable() or each.isspace() for each in readable(data))
    assert not {"\x1b", "\x07", "\n", "\r", "\x9b"} & set(readable(data))


def test_a_reply_in_shift_jis_is_read() -> None:
    assert readable("利用者がいません".encode("cp932")) == "利用者がいません"


def test_a_transcript_has_an_end() -> None:
    transcript = Transcript()

    for _ in range(1000):
        transcript.add("S", ["x" * 1000])

    assert len("\n".join(transcript.lines)) <= TRANSCRIPT_CHARACTERS + 100
    assert transcript.lines[-1] == "(the rest is left out)"


@pytest.mark.parametrize("charset", ["cp932", "euc_jp", "iso2022_jp", "utf-8"])
def test_japanese_replies_are_read_in_the_charset_that_they_show(charset: str) -> None:
    assert readable("5.1.1 利用者が見つかりません".encode(charset)) == "5.1.1 利用者が見つかりません"


@pytest.mark.parametrize("words", ["{}", "利用者のパスワードは {} です", "Straße: {}"])
@pytest.mark.parametrize("charset", ["utf-8", "cp932", "euc_jp", "latin-1"])
def test_a_password_beyond_ascii_is_hidden_in_whatever_charset_its_line_is_read(words: str, charset: str) -> None:
    secret = "pässwörd-鍵"
    before, after = (each.encode(charset, "ignore") for each in words.split("{}"))

    told = hidden(readable(before + secret.encode() + b" " + after), password=secret)

    assert MASK in told
