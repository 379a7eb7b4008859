"""Several machines on one database: each has a home of its own, and what runs there are the product's own processes.

One mail server takes what all of them send, and notes when: the pace is measured there, and so is a standstill.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from functools import partial
from itertools import count, pairwise
from pathlib import Path
from time import monotonic

from panel import clock
from panel.config import Config
from panel.errors import DatabaseError
from panel.outbox.pace.row import worker_of
from panel.outbox.state import State
from panel.services import Services, open_services
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.paths import ROOT
from tests.support.sending import leading_to
from tests.support.servers import Message, SmtpServer
from tests.support.waiting import wait_until

PATIENCE = 120.0  # seconds until all that waits has left


@dataclass(frozen=True, slots=True)
class Site:
    """A machine: its home, where its database is, and how a command is run there."""

    home: Path
    url: str
    variables: Mapping[str, str] = field(default_factory=dict)
    words: Callable[..., list[str]] = lambda *words: [*words]

    @contextmanager
    def running(self, *words: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
        """Run Python there in a process of its own, which is killed in the end; its words stand in `said`."""
        with (
            self.said.open("a") as said,
            subprocess.Popen(
                self.words(sys.executable, *words),
                env={**self.environment, **variables},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if "-c" in words else said,
                stderr=said,
                text=True,
            ) as process,
        ):
            try:
                yield process
            finally:
                process.kill()

    @property
    def environment(self) -> dict[str, str]:
        """Give what a process there starts with."""
        own = {"MAIL_PANEL_HOME": str(self.home), "MAIL_PANEL_DATABASE": self.url, "PYTHONPATH": str(ROOT)}
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **own, **self.variables}

    @property
    def said(self) -> Path:
        """Give the file with all that its processes have written."""
        return self.home.with_suffix(".log")


@dataclass(frozen=True, slots=True)
class Toll:
    """What an accident has cost, of messages that some door had taken; `in_hand` were so when it happened."""

    accident: str
    acknowledged: int
    lost: int
    in_hand: int
    twice: int
    unmarked: int  # twice, and not marked uncertain
    marked: int
    too_soon: int  # messages that began before the pause after another had passed
    standstill: float  # seconds, the longest without an arrival

    @property
    def bearable(self) -> bool:
        return self.lost == self.unmarked == self.too_soon == 0 and self.twice <= self.in_hand

    @property
    def row(self) -> str:
        """Write it as a row of the table with this head: `COLUMNS`."""
        cells = (self.acknowledged, self.lost, self.in_hand, self.twice, self.marked, self.too_soon)
        return f"| {self.accident} | {' | '.join(map(str, cells))} | {self.standstill:.1f} |"


COLUMNS = ("accident", "acknowledged", "lost", "in hand", "twice", "marked", "too soon", "standstill s")


class Fleet:
    """Machines that share a database and a mail server, and an account of what was acknowledged."""

    def __init__(self, folder: Path, url: str, server: SmtpServer, *, interval_ms: int) -> None:
        self.url, self.server, self.interval_ms = url, server, interval_ms
        self.told: set[str] = set()
        self.in_hand = 0
        self.frozen: list[int] = []
        self.sites: list[Site] = []
        self._folder = folder
        self._numbers = count(1)
        self._struck: float | None = None
        self.services = self._open(folder / "desk")
        settings = replace(leading_to(server), smtp_host=server.host, send_interval_ms=interval_ms)
        self.services.settings.save(settings, base=0, by=actor("test"), now=clock.now())

    def add(self, name: str, *, words: Callable[..., list[str]] = lambda *words: [*words], **given: str) -> Site:
        """Set a machine up: a new home with the key that all have; `given` are its variables beside that."""
        home = self._folder / name
        home.mkdir(mode=0o700)
        shutil.copy(self.services.config.key_path, home)
        site = Site(home, given.pop("url", self.url), given, words)
        self.sites.append(site)
        return site

    @contextmanager
    def working(self, *sites: Site) -> Iterator[list[subprocess.Popen[str]]]:
        """Run a worker on each of these, give them once all of them live, and ask those that still do to end."""
        with ExitStack() as stack:
            workers = [stack.enter_context(site.running("-m", "panel", "worker")) for site in sites]
            pids = {worker.pid for worker in workers}
            wait_until(lambda: pids <= {each.pid for each in self.services.heartbeats.all()})
            yield workers
            for worker in workers:
                worker.terminate()
            for worker in workers:
                worker.wait(PATIENCE)

    def supply(self, number: int) -> None:
        """Have so many messages wait."""
        mails = [mail(number=next(self._numbers)) for _ in range(number)]
        self.told |= {
            ticket.message_id for ticket in self.services.outbox.enqueue_all(mails, by=actor(), now=clock.now())
        }

    def note_strike(self) -> None:
        """Note that something happens now: how many messages are in hand, and from when on a standstill counts."""
        self.in_hand += max(1, self.services.outbox.counts().by_state[State.SENDING])
        self._struck = self._struck or monotonic()

    def sender(self) -> int | None:
        """Give the process that is sending."""
        row = self.services.database.row("SELECT coalesce(hand_by, holder) FROM pace")
        names = {each.name: each.pid for each in self.services.heartbeats.all()}
        return names[worker_of(row[0])] if row and row[0] else None

    def wait_for_flow(self) -> None:
        """Wait until mail arrives again."""
        self.server.wait_for(len(self.server.messages) + 1, PATIENCE)

    def finish(self) -> None:
        """Wait until all that waits has left, for as long as mail arrives; a database that is away is asked again."""
        while not self._is_empty():
            wait_until(partial(self._goes_on, len(self.server.messages)), within=PATIENCE)

    def toll(self, accident: str) -> Toll:
        """Count what it has cost."""
        arrived: dict[str, list[Message]] = {}
        for message in [*self.server.messages]:
            arrived.setdefault(message_id_of(message), []).append(message)
        marked = {row[0] for row in self.services.database.rows("SELECT message_id FROM messages WHERE uncertain = 1")}
        twice = {each: len(copies) - 1 for each, copies in arrived.items() if len(copies) > 1}
        struck = self._struck or monotonic()
        ends = [end for end in sorted(self.server.ended) if end >= struck]
        return Toll(
            accident,
            acknowledged=len(self.told),
            lost=len(self.told - arrived.keys()),
            in_hand=self.in_hand,
            twice=sum(twice.values()),
            unmarked=len(twice.keys() - marked),
            marked=len(marked),
            too_soon=too_soon(self.server, self.interval_ms / 1000, marked),
            standstill=max((b - a for a, b in pairwise([struck, *ends])), default=0.0),
        )

    def _open(self, home: Path) -> Services:
        return open_services(Config(home=home, database_url=self.url))

    def _goes_on(self, arrived: int) -> bool:
        return len(self.server.messages) > arrived or self._is_empty()

    def _is_empty(self) -> bool:
        try:
            return not self.services.outbox.counts().waiting
        except DatabaseError:
            return False


def too_soon(server: SmtpServer, seconds: float, marked: set[str]) -> int:
    """Count the messages whose MAIL came before so many seconds had passed since the end of another one.

    Nobody can tell when the server will have read what a dead worker had written: what is marked does not count.
    """
    arrived = zip(sorted(server.ended), server.messages, strict=False)
    ends = [at for at, message in arrived if message_id_of(message) not in marked]
    before = ((begun, bisect_left(ends, begun)) for begun in server.begun)
    return sum(place > 0 and begun - ends[place - 1] < seconds for begun, place in before)


def message_id_of(message: Message) -> str:
    return str(message_from_bytes(message.raw)["Message-ID"])
