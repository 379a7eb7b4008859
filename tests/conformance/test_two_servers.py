"""Two Postfixes as the first and the second server, killed in turns while workers send, and workers killed as well.

What each of them has taken is told apart by its queue numbers: a Postfix that is killed while it delivers may do so
twice by itself, under one number.
"""

from __future__ import annotations

import random
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from time import monotonic

import pytest

from panel import clock
from panel.config import Config
from panel.outbox.delivery.retry import Retry
from panel.outbox.state import State
from panel.services import Services, open_services
from tests.conformance import postfix as postfix_server
from tests.conformance.certificates import Authority
from tests.conformance.conftest import folder_of
from tests.conformance.dovecot import Dovecot
from tests.conformance.mailbox import Mailbox
from tests.conformance.postfix import Postfix
from tests.conformance.sending import relay
from tests.conformance.window import PopWindow
from tests.support.actors import actor
from tests.support.killing import program
from tests.support.mail import mail
from tests.support.needs import needs, needs_root
from tests.support.sending import Office

KILL_EVERY = 2.0  # seconds
STILL_SECONDS = 150.0  # without a message that leaves: the longest wait there is is for a retry
QUIET_SECONDS = 2.0  # after which a Postfix that is up has nothing more to deliver
SENT = "SELECT message_id, state, server, uncertain FROM messages"
QUEUE_NUMBER = re.compile(rb"\r\n\tby [^;]*? id ([0-9A-Za-z]+)", re.DOTALL)


@dataclass
class Mortal:
    """A Postfix that is killed and rises, with a mailbox of its own behind it."""

    postfix: Postfix
    mailbox: Mailbox
    is_up: bool = True

    def kill(self) -> None:
        self.postfix.kill()
        self.is_up = False

    def rise(self) -> None:
        if not self.is_up:
            self.postfix, self.is_up = self.postfix.rise(), True

    def taken(self) -> dict[str, set[bytes]]:
        """Give the queue numbers by Message-ID under which mail has arrived behind it."""
        found = defaultdict[str, set[bytes]](set)
        for each in self.mailbox.mails():
            number = QUEUE_NUMBER.search(each.content)
            assert number, each.content[:400]
            found[str(each.message["Message-ID"])].add(number[1])
        return found


_starts = count(1)  # each with folders of its own


@pytest.fixture
def servers(
    home: Path, authority: Authority, dovecot: Dovecot, running_pop_window: PopWindow
) -> Iterator[list[Mortal]]:
    program_path = needs("postfix", "postfix")
    needs_root("Postfix")
    with ExitStack() as stack:
        servers = []
        for name in ("first", "second"):
            mailbox = stack.enter_context(Mailbox())
            started = postfix_server.start(
                program_path,
                folder_of(home, f"postfix-{name}-{next(_starts)}"),
                authority=authority,
                auth_socket=dovecot.auth_socket,
                token_socket=home / "tokens" / "auth",
                window_port=running_pop_window.port,
                mailbox_port=mailbox.port,
            )
            servers.append(Mortal(started, mailbox))
        yield servers
        for each in servers:
            each.postfix.stop()


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return open_services(Config(home=tmp_path))


@contextmanager
def killing_in_turns(servers: list[Mortal]) -> Iterator[list[int]]:
    """Kill one server every two seconds, and let the one before rise; give how often so far."""
    kills, ended = [0], threading.Event()

    def kill() -> None:
        while not ended.wait(KILL_EVERY):
            victim, other = servers[kills[0] % 2], servers[1 - kills[0] % 2]
            other.rise()
            victim.kill()
            kills[0] += 1

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield kills
    finally:
        ended.set()
        thread.join()
        for each in servers:
            each.rise()


@contextmanager
def killed_workers(home: Path) -> Iterator[None]:
    """Run two workers in processes of their own, each killed after a while, and followed by another."""
    ended, chance = threading.Event(), random.Random(7)

    def work() -> None:
        while not ended.is_set():
            with program("-m", "panel", "worker", home=home):
                ended.wait(chance.uniform(1, 6))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        ended.set()
        for each in threads:
            each.join()


@contextmanager
def hasty_workers(services: Services) -> Iterator[None]:
    """Run two workers in threads, which try what was put off again at once."""
    retry = Retry(first_ms=50, most_ms=50)
    office = Office(services.database, services.settings, services.outbox, services.pace, services.trials, retry)
    with office.working(), office.working():
        yield


def use(services: Services, servers: list[Mortal], ca: str, **changes: object) -> None:
    """Save settings for both without a login: what a look costs no login, is looked at within seconds."""
    first, second = (relay(each.postfix, ca) for each in servers)
    settings = replace(first.with_second(second), second=True, second_after_minutes=0)
    services.settings.save(replace(settings, **changes), base=0, by=actor("test"), now=clock.now())


@pytest.mark.parametrize(
    ("messages", "interval_ms", "killed"),
    [pytest.param(200, 30, False, id="short"), pytest.param(3_000, 20, True, id="long", marks=pytest.mark.long)],
)
def test_nothing_is_lost_and_what_came_twice_is_marked(
    services: Services, servers: list[Mortal], ca: str, tmp_path: Path, messages: int, interval_ms: int, killed: bool
) -> None:
    use(services, servers, ca, send_interval_ms=interval_ms, second_send_interval_ms=interval_ms)
    mails = [mail(f"someone{number}@example.org", number=number) for number in range(messages)]
    tickets = services.outbox.enqueue_all(mails, by=actor(), now=clock.now())

    workers = killed_workers(tmp_path) if killed else hasty_workers(services)
    with workers, killing_in_turns(servers) as kills:
        wait_until_all_left(services)

    arrived = wait_for_all(servers, {ticket.message_id for ticket in tickets})
    rows = {row["message_id"]: row for row in services.database.rows(SENT)}
    assert kills[0] >= 3
    assert {row["state"] for row in rows.values()} == {State.SENT}
    assert Counter(row["server"] for row in rows.values()).keys() == {"first", "second"}
    assert {each for each, where in arrived.items() if len(where) > 1} <= {
        each for each, row in rows.items() if row["uncertain"]
    }
    for each, where in arrived.items():
        assert rows[each]["server"] in {server for server, _ in where}, (each, where)


def wait_until_all_left(services: Services) -> None:
    """Return when nothing waits any more; fail where nothing has left for long, however slow the machine is."""
    before, ends = -1, monotonic() + STILL_SECONDS
    while left := services.outbox.counts().waiting:
        if left != before:
            before, ends = left, monotonic() + STILL_SECONDS
        assert monotonic() < ends, left
        threading.Event().wait(0.1)


def wait_for_all(servers: list[Mortal], expected: set[str]) -> dict[str, set[tuple[str, bytes]]]:
    """Give by Message-ID which servers have taken it, and under which numbers, once all have come."""

    def arrived() -> dict[str, set[tuple[str, bytes]]]:
        found = defaultdict[str, set[tuple[str, bytes]]](set)
        for name, each in zip(("first", "second"), servers, strict=True):
            for message_id, numbers in each.taken().items():
                found[message_id] |= {(name, number) for number in numbers}
        return found

    for each in servers:
        each.mailbox.wait_for_quiet(QUIET_SECONDS)
    found = arrived()
    assert not expected - found.keys()
    return found
