"""A whole test send against servers that are broken or mean it badly: the right cause, in time, and no secret."""

from __future__ import annotations

import base64
import tracemalloc
from collections.abc import Callable

import pytest

from panel.checks.trial.report import Mode, Outcome
from panel.mail.smtp.protocol import Stage
from panel.settings.model import TlsMode
from panel.storage.database import Database
from panel.storage.opening import open_database
from tests.support.hostile import GOODBYE, SECRET, UNPROTECTED, nothing_secret, report_of, verdict
from tests.support.scripted import (
    ENVELOPE,
    MESSAGE,
    Step,
    drips,
    goes_on_for_ever,
    greets,
    hangs_up,
    hears,
    is_silent,
    says,
    starts_tls,
    takes,
)
from tests.support.servers import USER, Authority

PLAIN_FAULTS = {
    "a banner without end": ([goes_on_for_ever(b"220-mail.example.org\r\n")], "greeting", "not_smtp"),
    "one line without end": ([goes_on_for_ever(b"220 " + b"x" * 4096)], "greeting", "not_smtp"),
    "bytes of zero": ([goes_on_for_ever(b"\0" * 4096)], "greeting", "not_smtp"),
    "a byte at a time": ([drips(b"220-mail\r\n", seconds=0.1)], "greeting", "greeting_timeout"),
    "silence": ([is_silent], "greeting", "greeting_timeout"),
    "a web server": ([says("HTTP/1.1 400 Bad Request\n\n")], "greeting", "not_smtp"),
    "an ssh server": ([says("SSH-2.0-OpenSSH_9.2p1")], "greeting", "not_smtp"),
    "a pop server": ([says("+OK Dovecot ready.")], "greeting", "not_smtp"),
    "a TLS alert": ([says(b"\x15\x03\x01\x00\x02\x02\x46")], "greeting", "tls_wrong_mode"),
    "another protocol's code": ([says("999 hello")], "greeting", "not_smtp"),
    "a full house": ([says("421 4.7.0 Too busy")], "greeting", "greeting_refused"),
    "no welcome": ([says("554 5.7.1 No")], "greeting", "greeting_refused"),
    "offers without end": (
        [says("220 x"), hears("EHLO"), goes_on_for_ever(b"250-X-YES\r\n")],
        "ehlo",
        "protocol_error",
    ),
    "a code that changes": ([says("220 x"), hears("EHLO"), says("250-x\n220 y")], "ehlo", "protocol_error"),
    "an answer before the question": ([says("220 x\n250 Ok\n250 Ok")], "ehlo", "protocol_error"),
    "silence after EHLO": ([says("220 x"), hears("EHLO"), is_silent], "ehlo", "reply_timeout"),
    "silence after MAIL": ([*greets(), hears("MAIL"), is_silent], "mail", "reply_timeout"),
    "silence after RCPT": ([*greets(), *takes("MAIL"), hears("RCPT"), is_silent], "rcpt", "reply_timeout"),
    "silence after DATA": ([*greets(), *ENVELOPE, hears("DATA"), is_silent], "data", "reply_timeout"),
    "gone before a word": ([hangs_up], "greeting", "connection_lost"),
    "gone within a word": ([says(b"220 mail.exa"), hangs_up], "greeting", "connection_lost"),
    "gone after EHLO": ([says("220 x"), hears("EHLO"), hangs_up], "ehlo", "connection_lost"),
    "gone after RCPT": ([*greets(), *takes("MAIL"), hears("RCPT"), hangs_up], "rcpt", "connection_lost"),
    "gone after MAIL": ([*greets(), hears("MAIL"), hangs_up], "mail", "connection_lost"),
    "gone after DATA": ([*greets(), *ENVELOPE, hears("DATA"), hangs_up], "data", "connection_lost"),
    "a welcome of the wrong kind": ([says("250 hello"), is_silent], "greeting", "protocol_error"),
    "go on, said to MAIL": ([*greets(), *takes("MAIL", "354 Go on")], "mail", "protocol_error"),
    "yes, said to DATA": ([*greets(), *ENVELOPE, *takes("DATA", "250 Ok"), is_silent], "data", "protocol_error"),
    "a reply of one line without end": (
        [*greets(), hears("MAIL"), goes_on_for_ever(b"550 " + b"x" * 4096)],
        "mail",
        "protocol_error",
    ),
    "a reply of lines without end": (
        [*greets(), hears("MAIL"), goes_on_for_ever(b"550-x\r\n")],
        "mail",
        "protocol_error",
    ),
    "leaving after the final dot": ([*greets(), *MESSAGE, says("421 4.3.2 Bye")], "data", "server_temporary"),
    "a page in a reply": ([*greets(), *takes("MAIL", "550 <script>alert(1)</script>")], "mail", "server_permanent"),
    "binary in a reply": ([*greets(), hears("MAIL"), says(b"550 \x00\xff\xfe\x1b[2J\r\n")], "mail", "server_permanent"),
}


@pytest.mark.parametrize(("steps", "stage", "cause"), PLAIN_FAULTS.values(), ids=PLAIN_FAULTS)
def test_a_broken_server_is_told_for_what_it_is(database: Database, steps: list[Step], stage: str, cause: str) -> None:
    report = report_of(database, *steps, **UNPROTECTED)

    assert verdict(report) == (stage, cause)
    assert report.outcome is Outcome.FAILURE


def said_at(stage: str, line: str, authority: Authority) -> list[Step]:
    """Go as far as a stage and say a line there."""
    encrypted = starts_tls(authority, "AUTH PLAIN")
    ways = {
        "ehlo": [says("220 x"), hears("EHLO")],
        "starttls": [*greets("STARTTLS"), hears("STARTTLS")],
        "auth": [*encrypted, hears("AUTH")],
        "mail": [*encrypted, *takes("AUTH", "235 Ok"), hears("MAIL")],
        "rcpt": [*encrypted, *takes("AUTH", "235 Ok"), *takes("MAIL"), hears("RCPT")],
        "data": [*encrypted, *takes("AUTH", "235 Ok"), *ENVELOPE, hears("DATA")],
    }
    return [*ways[stage], says(line), hangs_up]


@pytest.mark.parametrize("stage", ["ehlo", "starttls", "auth", "mail", "rcpt", "data"])
def test_a_server_that_is_leaving_is_told_at_its_stage(database: Database, authority: Authority, stage: str) -> None:
    report = report_of(database, *said_at(stage, "421 4.3.2 Shutting down", authority), ca_certificate=authority.pem)

    assert report.failure
    assert str(report.failure.stage) == stage
    assert report.failure.reply
    assert report.failure.reply.code == 421


# Silence where TLS or a login is awaited


@pytest.mark.parametrize("stage", ["starttls", "handshake", "tls", "auth"])
def test_silence_ends_the_test_where_it_begins(database: Database, authority: Authority, stage: str) -> None:
    ways: dict[str, list[Step]] = {
        "starttls": [*greets("STARTTLS"), hears("STARTTLS")],
        "handshake": [*greets("STARTTLS"), *takes("STARTTLS", "220 Go ahead")],
        "tls": [],
        "auth": [*starts_tls(authority, "AUTH PLAIN"), hears("AUTH")],
    }
    mode = TlsMode.IMPLICIT if stage == "tls" else TlsMode.AUTO

    report = report_of(database, *ways[stage], is_silent, ca_certificate=authority.pem, tls_mode=mode)

    assert verdict(report) == ("starttls" if stage == "handshake" else stage, "reply_timeout")
    assert nothing_secret(report)


def test_a_login_that_is_answered_a_byte_at_a_time_ends_in_time(database: Database, authority: Authority) -> None:
    slow = [*starts_tls(authority, "AUTH PLAIN"), hears("AUTH"), drips(b"235-x\r\n", seconds=0.05)]

    report = report_of(database, *slow, ca_certificate=authority.pem)

    assert verdict(report) == ("auth", "reply_timeout")
    assert nothing_secret(report)


# Secrets, and what steers a reader

ECHOES = [
    f"535 5.7.8 Error: {SECRET}",
    f"535-5.7.8 Error: {SECRET[:8]}\n535 5.7.8 {SECRET[8:]}",
    f"535 5.7.8 Error: {base64.b64encode(SECRET.encode()).decode()}",
    f"535 5.7.8 Error: {base64.b64encode(f'{USER}:{SECRET}'.encode()).decode()}",
    "535 5.7.8 https://help.example.org/?p=Tr0ub4dor%263-horse",
    f"535 5.7.8 Error: {SECRET[:12]}...",
]


@pytest.mark.parametrize("line", ECHOES)
def test_a_password_that_is_echoed_stays_secret(database: Database, authority: Authority, line: str) -> None:
    report = report_of(database, *said_at("auth", line, authority), ca_certificate=authority.pem)

    assert verdict(report) == ("auth", "login_refused")
    assert nothing_secret(report)


def test_an_echo_in_a_later_stage_stays_secret(database: Database, authority: Authority) -> None:
    report = report_of(database, *said_at("mail", f"550 5.7.1 {SECRET}", authority), ca_certificate=authority.pem)

    assert report.failure
    assert report.failure.stage is Stage.MAIL
    assert nothing_secret(report)


def test_an_escape_sequence_reaches_no_terminal(database: Database) -> None:
    report = report_of(database, *greets(), *takes("MAIL", "550 \x1b]0;owned\x07 \u202enope"), **UNPROTECTED)

    assert not {"\x1b", "\x07", "\u202e"} & set("\n".join(report.transcript) + str(report.failure))


def test_a_reply_in_shift_jis_is_read_and_understood(database: Database) -> None:
    refusal = "550 5.1.1 該当するユーザーが存在しません\r\n".encode("cp932")

    report = report_of(database, *greets(), *takes("MAIL"), hears("RCPT"), says(refusal), **UNPROTECTED)

    assert verdict(report) == ("rcpt", "recipient_unknown")


# What is not the server's last word


def test_a_connection_lost_after_the_final_dot_is_unknown(database: Database) -> None:
    report = report_of(database, *greets(), *MESSAGE, hangs_up, **UNPROTECTED)

    assert report.outcome is Outcome.UNKNOWN


def test_a_server_that_hangs_up_after_its_yes_has_accepted(database: Database) -> None:
    report = report_of(database, *greets(), *MESSAGE, says("250 2.0.0 Ok"), hangs_up, **UNPROTECTED)

    assert report.outcome is Outcome.SUCCESS


def test_silence_after_the_final_dot_is_unknown(database: Database) -> None:
    report = report_of(database, *greets(), *MESSAGE, is_silent, **UNPROTECTED)

    assert report.outcome is Outcome.UNKNOWN


def test_silence_at_the_goodbye_takes_no_yes_back(database: Database) -> None:
    report = report_of(database, *greets(), *MESSAGE, says("250 2.0.0 Ok"), is_silent, **UNPROTECTED)

    assert report.outcome is Outcome.SUCCESS


# Memory


@pytest.mark.parametrize(
    "name", ["a banner without end", "one line without end", "offers without end", "a reply of lines without end"]
)
def test_what_has_no_end_takes_no_memory(database: Database, name: str) -> None:
    steps, _, _ = PLAIN_FAULTS[name]
    report_of(database, *steps, **UNPROTECTED)  # what is made once is made

    tracemalloc.start()
    try:
        report_of(database, *steps, **UNPROTECTED)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 4 * 2**20


def test_only_the_beginning_of_a_long_talk_is_kept(database: Database) -> None:
    long = "550-" + "x" * 4000
    refusal = [hears("RCPT"), says("\n".join([long] * 100)), says("550 No")]

    report = report_of(database, *greets(), *takes("MAIL"), *refusal, **UNPROTECTED)

    assert len("\n".join(report.transcript)) < 70_000
    assert verdict(report)[0] == "rcpt"


@pytest.mark.parametrize("said", ["9" * 5_000, "1" + "0" * 20, "１０００", "-1", "many", "\u0661\u0662"])
def test_a_size_that_is_none_is_no_limit(database: Database, said: str) -> None:
    report = report_of(database, *greets(f"SIZE {said}"), *MESSAGE, says("250 2.0.0 Ok"), *GOODBYE, **UNPROTECTED)

    assert report.outcome is Outcome.SUCCESS, report.failure


@pytest.mark.parametrize("answer", [says(b"\xff\r\n"), says("250-x\n220 y"), hangs_up, is_silent])
def test_a_check_whose_recipient_was_taken_is_a_success_whatever_comes_after(database: Database, answer: Step) -> None:
    report = report_of(database, *greets(), *ENVELOPE, hears("RSET"), answer, mode=Mode.CHECK, **UNPROTECTED)

    assert report.outcome is Outcome.SUCCESS, report.failure


@pytest.mark.parametrize("fault", [ValueError("secret"), RecursionError(), IndexError(), KeyError("secret")])
def test_whatever_a_servers_words_raise_ends_the_session_alone(
    database: Database, fault: Exception, log: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(data: bytes) -> str:
        if b"stumble" in data:
            raise fault
        return data.decode()

    monkeypatch.setattr("panel.mail.smtp.channel.readable", stumble)

    stages = {
        "greeting": [says("220 stumble")],
        "ehlo": greets("stumble"),
        "mail": [*greets(), *takes("MAIL", "250 stumble")],
        "data": [*greets(), *MESSAGE, says("250 stumble")],
    }
    for stage, steps in stages.items():
        report = report_of(open_database(database.path), *steps, **UNPROTECTED)
        assert report.failure
        assert (str(report.failure.stage), report.failure.uncertain) == (stage, stage == "data")
    as_json = "\n".join(log())
    assert "reply_unreadable" in as_json
    assert "secret" not in as_json
