"""Kills workers, the whole panel and the applications that hand mail in, and counts what that costs."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes
from functools import partial
from itertools import count
from pathlib import Path

from panel import clock
from panel.access.rights import Scope
from panel.access.tokens import Tokens
from panel.outbox.delivery.heartbeats import Heartbeats
from panel.outbox.state import State
from tests.support.actors import actor
from tests.support.handing_in import keep_handing_in, keep_posting
from tests.support.mail import mail
from tests.support.paths import ROOT
from tests.support.places import variables_of
from tests.support.sending import Office
from tests.support.servers import Message, SmtpServer, Watched
from tests.support.serving import Serving
from tests.support.waiting import wait_until

SUPPLY = 400  # messages that wait before each kill
SLOWEST = 20.0  # seconds for one sendmail
PATIENCE = 20.0  # seconds until a kill does not wait for its moment any longer
MOMENTS = ("MAIL", "RCPT", "DATA", "dot", "taken", "any")
VICTIMS = ("worker", "answering", "master", "all")
CLIENT = """
import sys
from panel import clock
from panel.outbox.outbox import Outbox
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.places import told_database
outbox = Outbox(told_database())
for number in range(int(sys.argv[1]), int(sys.argv[1]) + 10_000):
    print(outbox.enqueue(mail(number=number), by=actor(), now=clock.now()).message_id, flush=True)
"""
LISTENER = """
import socket
import sys
from panel import config
from panel.server.smtpd import listener
listener.run(config.read(), socket.socket(fileno=int(sys.argv[1])))
"""


@dataclass(frozen=True, slots=True)
class Toll:
    """What so many kills have cost, of messages that the outbox had taken; `under_way` were in hand at the kills."""

    victim: str
    kills: int
    under_way: int
    acknowledged: int
    lost: int
    repeated: int
    unmarked: int  # repeated, and not marked uncertain
    changed: int  # repeated, under another Message-ID or Date

    @property
    def bearable(self) -> bool:
        return self.lost == self.unmarked == self.changed == 0 and self.repeated <= self.under_way


class Killing:
    """One data file and one server, and chance, which says when somebody dies."""

    def __init__(self, office: Office, server: SmtpServer, chance: random.Random) -> None:
        self.office = office
        self.server = server
        self.chance = chance
        self.translated: set[str] = set()
        self._numbers = count(1)
        self._under_way = 0
        self._seen: set[tuple[int, str]] = set()  # the processes of every panel that was killed

    def of_workers(self, kills: int) -> Toll:
        """Kill a worker that runs by itself."""
        for _ in range(kills):
            self._supply()
            with program("-m", "panel", "worker", home=self._home) as worker:
                self._strike(lambda: worker.pid)
        return self._toll("worker", kills)

    def of_serve(self, kills: int) -> Toll:
        """Kill the process that sends, the one that answers, the one that watches both, or all of them at once.

        Meanwhile an application hands mail in by HTTP.
        """
        token = Tokens(self.office.database).create("shop", [Scope.SEND], by=actor("test"), now=clock.now())
        left = kills
        while left:
            with Serving(self._home) as serving, self._posting(serving.port, token):
                for victim in self._deaths(left):
                    left -= 1
                    self._supply()
                    self._strike(partial(self._pids, serving, victim))
            assert gone(self._seen)
        return self._toll("serve", kills)

    def of_clients(self, kills: int) -> Toll:
        """Kill an application in the middle of handing mail in, while a worker sends."""
        with self.office.working():
            for kill in range(1, kills + 1):
                words = (str(kill * 1_000_000),)
                with program("-c", CLIENT, *words, home=self._home) as client:
                    assert client.stdout
                    said = [client.stdout.readline() for _ in range(self.chance.randrange(50))]
                    self._wait(0.02)
                    client.kill()
                    said += client.stdout.readlines()
                self.translated |= {line.strip() for line in said if line.endswith("\n")}
        return self._toll("client", kills)

    def of_listeners(self, kills: int) -> Toll:
        """Kill the SMTP listener while ten applications hand mail in, each message once."""
        told = set[str]()
        ended = threading.Event()
        with socket.create_server(("127.0.0.1", 0), backlog=128) as listening, ThreadPoolExecutor(10) as applications:
            port, number = listening.getsockname()[1], listening.fileno()
            handing_in = [applications.submit(keep_handing_in, port, name, told, ended) for name in range(10)]
            try:
                for _ in range(kills):
                    enough = len(told) + self.chance.randrange(1, 100)
                    with program("-c", LISTENER, str(number), home=self._home, pass_fds=[number]):
                        wait_until(lambda enough=enough: len(told) >= enough)
            finally:
                ended.set()
                listening.close()
            for each in handing_in:
                each.result()
        self.translated |= told
        return self._toll("listener", kills)

    def of_sendmail(self, kills: int) -> Toll:
        """Kill the sendmail command; it has said yes where it had already ended with 0."""
        seconds = SLOWEST
        for kill in range(kills + 1):  # the first is let live, and tells how long one takes
            message_id = f"<{kill}@sendmail.example.org>"
            began = clock.instant().steady_ms
            with program("-m", "panel", "sendmail", "hanako@example.org", home=self._home) as command:
                assert command.stdin
                command.stdin.write(f"Message-ID: {message_id}\nSubject: {kill}\n\nBody\n")
                command.stdin.close()
                with suppress(subprocess.TimeoutExpired):
                    command.wait(self.chance.uniform(0, 2 * seconds) if kill else SLOWEST)
                command.kill()
                if command.wait() == 0:
                    self.translated.add(message_id)
            seconds = seconds if kill else (clock.instant().steady_ms - began) / 1000
        return self._toll("sendmail", kills)

    @property
    def _home(self) -> Path:
        return self.office.database.path.parent

    @contextmanager
    def _posting(self, port: int, token: str) -> Iterator[None]:
        ended = threading.Event()
        application = threading.Thread(target=keep_posting, args=(port, token, self.translated, ended))
        application.start()
        try:
            yield
        finally:
            ended.set()
            application.join()

    def _supply(self) -> None:
        missing = SUPPLY - self.office.outbox.counts().waiting
        mails = [mail(number=next(self._numbers)) for _ in range(missing)]
        self.translated |= {
            ticket.message_id for ticket in self.office.outbox.enqueue_all(mails, by=actor(), now=clock.now())
        }

    def _deaths(self, most: int) -> Iterator[str]:
        """Name whom to kill of one panel, to the one that ends it."""
        for _ in range(most):
            victim = self.chance.choice(VICTIMS)
            yield victim
            if victim in ("master", "all"):
                return

    def _strike(self, victims: Callable[[], int | Collection[int]]) -> None:
        """Kill at a moment of the dialogue with the server, or at any."""
        moment = self.chance.choice(MOMENTS)
        if moment == "any":
            self._wait(1.0)
            kill(victims())
        else:
            with ambush(self.server, moment, self.chance.randrange(1, 40), lambda: kill(victims())) as struck:
                struck.wait(PATIENCE)
        self._under_way += self.office.outbox.counts().by_state[State.SENDING]

    def _wait(self, seconds: float) -> None:
        threading.Event().wait(self.chance.uniform(0, seconds))

    def _pids(self, serving: Serving, victim: str) -> Collection[int]:
        tree = serving.tree
        self._seen |= {(pid, begun(pid)) for pid in tree}
        workers = {each.pid for each in Heartbeats(self.office.database).all()} & set(tree)
        if victim == "all":
            return tree
        if victim == "master":
            return tree[:1]
        return workers if victim == "worker" else set(tree[1:]) - workers

    def _toll(self, victim: str, kills: int) -> Toll:
        """Send what is left with a worker that nobody kills, and count."""
        finish(self.office, self.server)
        arrived: dict[str, list[Message]] = {}
        for message in self.server.messages:
            arrived.setdefault(message_from_bytes(message.raw)["Message-ID"], []).append(message)
        twice = {message_id: copies for message_id, copies in arrived.items() if len(copies) > 1}
        marked = {row[0] for row in self.office.database.rows("SELECT message_id FROM messages WHERE uncertain = 1")}
        return Toll(
            victim,
            kills,
            self._under_way,
            acknowledged=len(self.translated),
            lost=len(self.translated - arrived.keys()),
            repeated=sum(len(copies) - 1 for copies in twice.values()),
            unmarked=len(twice.keys() - marked),
            changed=sum(len({copy.raw for copy in copies}) > 1 for copies in twice.values()),
        )


def finish(office: Office, server: SmtpServer) -> None:
    """Send all that is left, with a worker that nobody kills."""
    with office.working():
        while office.outbox.counts().waiting:
            with server.arrival:
                server.arrival.wait(0.1)
    states = {state: number for state, number in office.outbox.counts().by_state.items() if number}
    assert states.keys() <= {State.SENT}, states


@contextmanager
def program(*words: str, home: Path, pass_fds: Collection[int] = ()) -> Iterator[subprocess.Popen[str]]:
    """Run Python in a process of its own, which is killed in the end."""
    environment = {**os.environ, **variables_of(home), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, *words],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        pass_fds=pass_fds,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def kill(victims: int | Collection[int]) -> None:
    for pid in [victims] if isinstance(victims, int) else victims:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@contextmanager
def ambush(server: SmtpServer, moment: str, nth: int, strike: Callable[[], None]) -> Iterator[threading.Event]:
    """Strike when the server hears a command, a final dot, or has taken a message, for the n-th time from now on."""
    struck = threading.Event()
    seen: Counter[str] = Counter()

    def see(what: str) -> None:
        seen[what] += 1
        if what == moment and seen[what] >= nth and not struck.is_set():
            struck.set()
            strike()

    kept = server.commands, server.ended
    server.commands = Watched(lambda command: see(command.split()[0]))
    server.ended = Watched(lambda _: see("dot"))
    server.messages = Watched(lambda _: see("taken"), server.messages)
    try:
        yield struck
    finally:
        struck.set()
        server.commands, server.ended = kept


def gone(processes: Collection[tuple[int, str]]) -> bool:
    """Wait until these processes, which are no children of ours, have ended."""
    ends = clock.instant().steady_ms + PATIENCE * 1000
    while any(moment and begun(pid) == moment for pid, moment in processes):
        if clock.instant().steady_ms > ends:
            return False
        threading.Event().wait(0.02)
    return True


def begun(pid: int) -> str:
    """Say when a process began, which tells it from a later one of the same number; nothing where it has ended."""
    with suppress(OSError):
        state, *numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if state in "ZX" else numbers[18]
    return ""
