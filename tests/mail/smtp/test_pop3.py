"""The POP3 login against servers that do right and wrong."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.mail.smtp.errors import PopFailed
from panel.mail.smtp.pop3 import log_in
from panel.mail.smtp.redaction import Transcript
from panel.settings.model import PopTlsMode, Settings
from tests.support.scripted import ScriptedServer, Step, begins_tls, hangs_up, hears, is_silent, says, takes
from tests.support.servers import PASSWORD, USER, Authority

SETTINGS = Settings(
    pop_before_smtp=True, pop_host="127.0.0.1", pop_user=USER, pop_password=PASSWORD, pop_tls_mode=PopTlsMode.NONE
)
LOGIN = [*takes(f"USER {USER}", "+OK"), *takes(f"PASS {PASSWORD}", "+OK 3 messages")]
GOODBYE = takes("QUIT", "+OK Bye")


def enter(port: int, *, seconds: float = 5, **changes: Any) -> list[str]:
    """Log in, and give what was said."""
    settings = replace(SETTINGS, pop_port=port, **changes)
    transcript = Transcript([(USER, settings.pop_password)])
    log_in(settings.pop_server, policy=Policy(), deadline=Deadline(seconds), transcript=transcript)
    return transcript.lines


def refusal(*steps: Step, seconds: float = 5, **changes: Any) -> PopFailed:
    with ScriptedServer(*steps) as scripted, pytest.raises(PopFailed) as caught:
        enter(scripted.port, seconds=seconds, **changes)
    return caught.value


def test_a_login_is_followed_by_a_goodbye_that_is_heard() -> None:
    with ScriptedServer(says("+OK ready"), *LOGIN, *GOODBYE) as scripted:
        said = enter(scripted.port)

    assert said[-2:] == ["C: QUIT", "S: +OK Bye"]
    assert PASSWORD not in "\n".join(said)


def test_a_goodbye_without_an_answer_does_not_undo_the_login() -> None:
    with ScriptedServer(says("+OK ready"), *LOGIN, hears("QUIT"), hangs_up) as scripted:
        assert enter(scripted.port)[-1] == "C: QUIT"


def test_a_timestamp_in_the_greeting_keeps_the_password_here() -> None:
    digest = hashlib.md5(b"<1896.697@example.org>correct horse", usedforsecurity=False).hexdigest()

    with ScriptedServer(says("+OK <1896.697@example.org>"), *takes(f"APOP {USER} {digest}", "+OK"), *GOODBYE) as it:
        said = enter(it.port)

    assert "C: APOP report ********" in said


def test_tls_begins_by_stls_and_the_greeting_is_not_repeated(authority: Authority) -> None:
    begun = [says("+OK <1@example.org>"), *takes("STLS", "+OK Begin"), begins_tls(authority)]

    with ScriptedServer(*begun, *LOGIN, *GOODBYE) as scripted:
        enter(scripted.port, pop_tls_mode=PopTlsMode.STARTTLS, ca_certificate=authority.pem)


def test_tls_from_the_first_byte(authority: Authority) -> None:
    with ScriptedServer(begins_tls(authority), says("+OK ready"), *LOGIN, *GOODBYE) as scripted:
        enter(scripted.port, pop_tls_mode=PopTlsMode.IMPLICIT, ca_certificate=authority.pem)


def test_a_refused_password_is_told_with_the_servers_words() -> None:
    fault = refusal(says("+OK"), *takes("USER", "+OK"), *takes("PASS", f"-ERR [AUTH] not {PASSWORD}"))

    assert fault.cause == "pop_login_refused"
    assert fault.reply
    assert fault.reply.text == "[AUTH] not ******** ********"


def test_stls_that_is_refused_ends_the_login_before_the_password() -> None:
    with (
        ScriptedServer(says("+OK"), *takes("STLS", "-ERR no"), hangs_up) as scripted,
        pytest.raises(PopFailed) as caught,
    ):
        enter(scripted.port, pop_tls_mode=PopTlsMode.STARTTLS)

    assert caught.value.detail == "starttls"
    assert scripted.heard == ["STLS"]


def test_plain_text_after_stls_is_an_injection() -> None:
    fault = refusal(says("+OK"), hears("STLS"), says("+OK Begin\n+OK injected"), pop_tls_mode=PopTlsMode.STARTTLS)

    assert fault.cause == "starttls_failed"


@pytest.mark.parametrize(
    ("steps", "detail"),
    [
        ([hangs_up], "connection_lost"),
        ([says("220 mail.example.org ESMTP")], "protocol_error"),
        ([is_silent], "reply_timeout"),
        ([says(b"+OK " + b"x" * 20_000)], "protocol_error"),
    ],
)
def test_what_is_no_pop_server_is_told_as_not_reached(steps: list[Step], detail: str) -> None:
    fault = refusal(*steps, seconds=1)

    assert (fault.cause, fault.detail) == ("pop_unreachable", detail)
