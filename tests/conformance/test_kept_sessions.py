"""How many logins real servers see from a paced queue, and what they do with a session that rests.

Without `--long` the intervals and the numbers are smaller.
"""

from __future__ import annotations

import smtplib
import ssl
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from threading import Event
from time import monotonic

import pytest

from panel import clock
from panel.checks.trial.report import Outcome
from panel.outbox.state import State
from panel.settings.model import Settings
from panel.storage.database import Database
from tests.conformance import exim as exim_server
from tests.conformance import postfix as postfix_server
from tests.conformance.exim import Exim
from tests.conformance.people import ELSEWHERE, TANAKA
from tests.conformance.postfix import Postfix
from tests.conformance.sending import submission
from tests.support.actors import actor
from tests.support.sending import Office
from tests.support.waiting import wait_until


@dataclass(frozen=True, slots=True)
class Server:
    """A real server: its usual port, one that bears no rest, and what its log says of each session."""

    port: int
    impatient: int
    impatient_seconds: int
    log: Callable[[], str]
    session: str

    def sessions(self) -> int:
        return self.log().count(self.session)


@pytest.fixture(params=["postfix", "exim"])
def server(request: pytest.FixtureRequest) -> Server:
    running = request.getfixturevalue(request.param)
    if isinstance(running, Postfix):
        seconds = postfix_server.IMPATIENT_SECONDS
        return Server(running.submission, running.impatient, seconds, lambda: running.log, ": connect from ")
    assert isinstance(running, Exim)
    seconds = exim_server.IMPATIENT_SECONDS
    return Server(running.plain, running.impatient, seconds, lambda: running.log, "(TCP/IP connection count = ")


@pytest.fixture
def office(database: Database) -> Office:
    return Office.open(database)


def use(office: Office, settings: Settings) -> None:
    office.store.save(settings, base=office.store.newest(), by=actor("test"), now=clock.now())


def send(office: Office, server: Server, messages: int) -> int:
    """Send so many messages by a running worker; give how many sessions the server saw."""
    before = server.sessions()
    numbers = [office.enqueue(ELSEWHERE, number=number) for number in range(messages)]
    with office.working():
        wait_until(lambda: {office.entry(number).state for number in numbers} == {State.SENT}, within=600)
    assert [len(office.entry(number).tried) for number in numbers] == [1] * messages
    wait_until(lambda: server.sessions() > before)
    return server.sessions() - before


def test_a_paced_queue_logs_in_once(office: Office, server: Server, ca: str, is_long: bool) -> None:
    messages, interval_ms = (100, 200) if is_long else (10, 20)
    use(office, submission(server.port, ca, send_interval_ms=interval_ms))

    assert send(office, server, messages) == 1


@pytest.mark.long
@pytest.mark.parametrize(("interval_ms", "messages", "sessions"), [(5_000, 8, 1), (60_000, 2, 2)])
def test_a_slow_queue_logs_in_once_or_each_time(
    office: Office, server: Server, ca: str, interval_ms: int, messages: int, sessions: int
) -> None:
    use(office, submission(server.port, ca, send_interval_ms=interval_ms))

    assert send(office, server, messages) == sessions


def test_a_server_that_ends_a_rest_is_left_earlier_the_next_time(office: Office, server: Server, ca: str) -> None:
    use(office, submission(server.impatient, ca, send_interval_ms=server.impatient_seconds * 1000 + 500))

    assert send(office, server, 3) == 3

    (learnt,) = office.database.rows("SELECT idle_ms FROM servers")
    assert 0 < learnt["idle_ms"] < server.impatient_seconds * 1000


def test_a_test_finds_room_at_a_server_for_one(office: Office, postfix: Postfix, ca: str) -> None:
    use(office, submission(postfix.one_connection, ca))

    with office.working():
        first = office.enqueue(ELSEWHERE)
        wait_until(lambda: office.entry(first).state is State.SENT)
        assert office.test_send().outcome is Outcome.SUCCESS


# Why no NOOP is said: it keeps a session, and counts against it. What these servers do is measured with `--long`.


@pytest.fixture
def idle(server: Server, ca: str) -> Iterator[smtplib.SMTP]:
    """A session with the impatient port, logged in."""
    with smtplib.SMTP("localhost", server.impatient, timeout=10) as session:
        session.starttls(context=ssl.create_default_context(cadata=ca))
        session.login(TANAKA.address, TANAKA.password)
        yield session
        session.close()


@pytest.mark.long
def test_a_session_without_a_word_is_ended(idle: smtplib.SMTP, server: Server) -> None:
    """Postfix says 421 before; Exim says it, too, but in the clear after it has ended TLS."""
    began = monotonic()

    with suppress(smtplib.SMTPServerDisconnected):
        assert idle.getreply()[0] == 421

    assert monotonic() - began >= server.impatient_seconds * 0.9


@pytest.mark.long
def test_noop_keeps_a_session_for_a_few_times_only(idle: smtplib.SMTP, server: Server) -> None:
    """Postfix: smtpd_junk_command_limit, 100 of its own accord; Exim: smtp_accept_max_nonmail, 10."""
    began = monotonic()
    waiting = Event()
    for _ in range(3):
        waiting.wait(server.impatient_seconds * 0.6)
        assert idle.noop()[0] == 250
    assert monotonic() - began > server.impatient_seconds * 1.5

    with pytest.raises(smtplib.SMTPServerDisconnected):
        deque((idle.noop() for _ in range(40)), maxlen=0)
