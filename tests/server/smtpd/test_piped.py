"""SMTP over two pipes: what a client hears, how many messages come, and how a session ends."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

from panel import clock
from panel.errors import DatabaseBusy, OutboxFull
from panel.mail.limits import MAX_BYTES
from panel.outbox.enqueue import Enqueuer
from panel.server.smtpd import piped
from panel.server.smtpd.piped import PipedSession, PipeEnd, write_all
from panel.server.smtpd.posting import Posting
from panel.server.smtpd.stream import LONGEST_LINE
from panel.storage.actor import Actor
from panel.storage.database import Database
from tests.support.rows import bodies

HOST, RUNNER = "app.example.org", Actor("www-data", "sendmail")
BEGINS = b"EHLO app\r\nMAIL FROM:<shop@example.org>\r\nRCPT TO:<hanako@example.org>\r\nDATA\r\n"
MESSAGE = BEGINS + b"Subject: a\r\n\r\nHello\r\n.\r\n"


class Pipes:
    """Both ends of a session that runs; `said` is all it has said when it has ended."""

    def __init__(self, keep: Callable[[Posting], str]) -> None:
        given, self.given = os.pipe()
        self.taken, taken = os.pipe()
        self.end: PipeEnd | OSError | None = None
        self._session = threading.Thread(target=self._run, args=[keep, given, taken])
        self._session.start()

    def _run(self, keep: Callable[[Posting], str], given: int, taken: int) -> None:
        try:
            self.end = PipedSession(HOST, RUNNER, keep, given=given, taken=taken).run()
        except OSError as fault:
            self.end = fault
        finally:
            os.close(given)
            os.close(taken)

    def give(self, data: bytes) -> None:
        with suppress(BrokenPipeError):  # it may have said its last word
            write_all(self.given, data)

    def hear(self) -> str:
        """Give the next of what it says."""
        return os.read(self.taken, 65_536).decode()

    def finish(self) -> list[str]:
        """Say nothing more, and give the lines that came until it ended."""
        os.close(self.given)
        said = b""
        while data := os.read(self.taken, 65_536):
            said += data
        self._session.join(10)
        os.close(self.taken)
        return said.decode().splitlines()


@pytest.fixture
def pipes(database: Database) -> Pipes:
    return Pipes(partial(keep_in, database))


def keep_in(database: Database, posting: Posting) -> str:
    ticket = Enqueuer(database).enqueue(posting.submission("shop.example"), by=posting.by, now=clock.now())
    return f"message {ticket.number} is in the outbox"


def test_who_runs_it_needs_no_login_and_is_offered_none(pipes: Pipes) -> None:
    pipes.give(b"EHLO app\r\nAUTH PLAIN AHNob3AAeA==\r\nQUIT\r\n")

    assert pipes.finish() == [
        "220 app.example.org ESMTP mail-panel",
        "250-app.example.org",
        f"250-SIZE {MAX_BYTES}",
        *("250-8BITMIME", "250-SMTPUTF8", "250-PIPELINING", "250 ENHANCEDSTATUSCODES"),
        "503 5.7.0 Nobody logs in here: whoever runs the command sends.",
        "221 2.0.0 Bye",
    ]
    assert pipes.end is PipeEnd.GOODBYE


@pytest.mark.both_doors
def test_250_to_the_final_dot_means_that_the_message_is_kept(pipes: Pipes, database: Database) -> None:
    pipes.give(MESSAGE)
    heard = ""
    while "in the outbox" not in heard:
        heard += pipes.hear()

    [row] = database.rows("SELECT number, door, account, state FROM messages")
    assert f"250 2.0.0 Ok: message {row['number']} is in the outbox\r\n" in heard
    assert (row["door"], row["account"], row["state"]) == ("sendmail", "www-data", "queued")
    pipes.finish()


def test_replies_to_what_comes_together_leave_together(pipes: Pipes) -> None:
    assert pipes.hear().startswith("220")

    pipes.give(BEGINS)

    assert pipes.hear().splitlines()[-3:] == ["250 2.1.0 Ok", "250 2.1.5 Ok", "354 Go on, and end with CR LF . CR LF"]
    pipes.finish()


def test_many_messages_come_in_one_session_and_rset_takes_one_back(pipes: Pipes, database: Database) -> None:
    begun = b"MAIL FROM:<>\r\nRCPT TO:<wrong@example.org>\r\nRSET\r\n"
    pipes.give(MESSAGE + begun + MESSAGE.replace(b"Hello", b"..dot") + b"NOOP\r\nQUIT\r\n")

    said = pipes.finish()

    assert [line for line in said if "outbox" in line] == [
        f"250 2.0.0 Ok: message {number} is in the outbox" for number in (1, 2)
    ]
    assert [content.partition(b"\r\n\r\n")[2] for content in bodies(database).values()] == [b"Hello\r\n", b".dot\r\n"]
    assert not [row for row in database.rows("SELECT rcpt_to FROM messages") if "wrong" in row["rcpt_to"]]


@pytest.mark.parametrize(
    ("given", "end"),
    [
        (b"", PipeEnd.EOF),
        (b"EHLO a\r\nMAIL FROM:<>\r\n", PipeEnd.EOF),
        (BEGINS, PipeEnd.WITHIN_MESSAGE),
        (MESSAGE[:-3], PipeEnd.WITHIN_MESSAGE),
        (MESSAGE[:-1], PipeEnd.WITHIN_MESSAGE),
    ],
)
def test_what_has_not_come_to_its_end_is_not_kept(pipes: Pipes, database: Database, given: bytes, end: PipeEnd) -> None:
    pipes.give(given)
    pipes.finish()

    assert pipes.end is end
    assert not database.rows("SELECT 1 FROM messages")


@pytest.mark.parametrize(
    ("given", "reply"),
    [
        (b"NOOP " + b"x" * LONGEST_LINE, "500 5.5.2 The line is too long."),
        (b"NOOP\n", "500 5.5.2 A line ends with CR LF and holds no control characters."),
        (b"BDAT 3 LAST\r\n", "502 5.5.1 BDAT is not offered: use DATA."),
    ],
)
def test_after_what_cannot_be_followed_nothing_is_heard(
    pipes: Pipes, database: Database, given: bytes, reply: str
) -> None:
    pipes.give(given + MESSAGE)

    assert pipes.finish()[-1] == reply
    assert pipes.end is PipeEnd.NO_SMTP
    assert not database.rows("SELECT 1 FROM messages")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (b"MAIL FROM:<> SIZE=99999999", "552"),
        (b"MAIL FROM:<> XKEY=0123456789abcdef", "555"),
        (b"MAIL FROM:<> XREPORT", "555"),
        (b"MAIL FROM:<> BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a", "250"),
    ],
)
def test_parameters_are_those_of_the_listener_but_for_its_own(pipes: Pipes, given: bytes, code: str) -> None:
    pipes.give(b"EHLO a\r\n" + given + b"\r\n")

    assert pipes.finish()[-1].startswith(code)


def test_when_to_report_and_the_sender_go_along(pipes: Pipes, database: Database) -> None:
    pipes.give(MESSAGE.replace(b"<hanako@example.org>", b"<hanako@example.org> NOTIFY=SUCCESS"))
    pipes.finish()

    [row] = database.rows("SELECT notify, reply_to FROM messages")
    assert (row["notify"], row["reply_to"]) == ("success", "shop@example.org")


@pytest.mark.parametrize(
    ("fault", "reply"),
    [
        (OutboxFull("The outbox is full."), "452 4.3.1 The outbox is full."),
        (DatabaseBusy("It is busy."), "451 4.3.2 The outbox is busy. Try again in a moment."),
    ],
)
def test_what_was_not_kept_is_refused_and_the_next_may_come(fault: Exception, reply: str) -> None:
    def refuse(_posting: Posting) -> str:
        raise fault

    pipes = Pipes(refuse)
    pipes.give(MESSAGE + MESSAGE)

    assert pipes.finish().count(reply) == 2


def test_a_message_that_is_too_large_is_read_to_its_end_and_refused(pipes: Pipes, database: Database) -> None:
    pipes.give(BEGINS + b"x" * (MAX_BYTES + 100_000) + b"\r\n.\r\nNOOP\r\n")

    assert [line[:3] for line in pipes.finish()[-2:]] == ["552", "250"]
    assert not database.rows("SELECT 1 FROM messages")


def test_a_client_that_says_nothing_is_left(pipes: Pipes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piped, "PIPE_SECONDS", 0.2)
    pipes.hear()
    pipes.give(b"NOOP\r\n")  # after which the next wait is short

    began = time.monotonic()
    assert pipes.hear() == "250 2.0.0 OK\r\n"
    assert pipes.hear() == "421 4.4.2 Nothing came for too long. Begin again.\r\n"
    assert time.monotonic() - began < 10
    pipes.finish()


def test_a_client_that_is_gone_ends_the_session(pipes: Pipes) -> None:
    pipes.hear()
    os.close(pipes.taken)
    pipes.taken = os.open(os.devnull, os.O_RDONLY)

    pipes.give(b"NOOP\r\n")
    pipes.finish()

    assert isinstance(pipes.end, BrokenPipeError)


def test_a_client_that_does_not_read_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piped, "PIPE_SECONDS", 0.1)
    taken, fills = os.pipe()

    with pytest.raises(TimeoutError):
        write_all(fills, b"x" * 1_000_000)

    os.close(fills)
    os.close(taken)
