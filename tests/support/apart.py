"""Two machines with workers and panels, a server with the data and whoever takes the mail, all of them apart."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import Literal

from panel import clock
from panel.access.rights import Scope
from panel.errors import DatabaseError
from tests.support.actors import actor
from tests.support.distant_server import PORT, DistantServer
from tests.support.limits import a_disk_of
from tests.support.machines import Fleet, Site
from tests.support.network import Machine, Network, standing_at
from tests.support.pgbouncer import PgBouncer
from tests.support.postgres import USER
from tests.support.servers import Loop, SmtpServer
from tests.support.waiting import wait_until

DELAY = 0.01  # seconds of each way between one of the two machines and anybody else: 20 ms there and back
AHEAD = 3.0  # seconds that the clock of one of them is wrong
PANEL_PORT = 5870
HOST = "panel.example.org"  # by which both panels are known
BEGINS_WITHIN = 60.0

Standby = Literal["", "async", "sync"]


@dataclass(frozen=True, slots=True)
class Apart:
    """The machines `a` and `b`, with their homes; the database's servers; and `out`, where all else stands."""

    network: Network
    a: Machine
    b: Machine
    out: Machine
    servers: Sequence[DistantServer]
    mail: SmtpServer
    other: SmtpServer  # to which no mail leads at first
    fleet: Fleet
    pooler: PgBouncer | None = None

    @property
    def sites(self) -> list[Site]:
        return self.fleet.sites

    @contextmanager
    def panels(self) -> Iterator[None]:
        """Serve a panel on each machine, each with a worker beside it."""
        with ExitStack() as stack:
            for site in self.sites:
                stack.enter_context(site.running("-m", "panel", "serve"))
            wait_until(lambda: len(self.fleet.services.heartbeats.all()) >= len(self.sites), within=BEGINS_WITHIN)
            yield

    @contextmanager
    def handing_in(self, *, pause: float) -> Iterator[None]:
        """Have an application at each panel hand mail in, each message again and again until it is acknowledged."""
        token = self.fleet.services.tokens.create("shop", [Scope.SEND], by=actor("test"), now=clock.now())
        ended = threading.Event()
        given = [(machine, token, pause, ended) for machine in (self.a, self.b)]
        applications = [threading.Thread(target=self._hand_in, args=each) for each in given]
        for each in applications:
            each.start()
        try:
            yield
        finally:
            ended.set()
            for each in applications:
                each.join()

    def strike(self, *, after: int = 5) -> float:
        """Note an accident that is to come now, once some more mail has arrived; give the moment."""
        self.mail.wait_for(len(self.mail.messages) + after, BEGINS_WITHIN)
        with suppress(DatabaseError):
            self.fleet.note_strike()
        return monotonic()

    def _hand_in(self, machine: Machine, token: str, pause: float, ended: threading.Event) -> None:
        number = 0
        while not ended.wait(pause):
            with suppress(OSError, HTTPException):
                self.fleet.told.add(hand_in(machine, token, f"{machine.name}-{number}"))
                number += 1


def hand_in(machine: Machine, token: str, key: str) -> str:
    """Hand a message in at the panel of a machine; give its Message-ID once it is kept, or raise `OSError`."""
    head = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": key,
        "Host": HOST,
    }
    message = json.dumps({"to": ["hanako@example.org"], "subject": "請求書", "text": "本文"})
    with closing(HTTPConnection(machine.address, PANEL_PORT, timeout=30)) as connection:
        connection.request("POST", "/api/v1/messages", message.encode(), head)
        answer = connection.getresponse()
        document = json.loads(answer.read())
    if answer.status not in (200, 202):
        raise OSError(answer.status, str(document))
    message_id: str = document["message_id"]
    return message_id


@contextmanager
def apart(
    *,
    interval_ms: int,
    standby: Standby = "",
    disk_kilobytes: int = 0,
    settable_clock: bool = False,
    pooled: bool = False,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Apart]:
    """Make the machines, and a server with these settings, perhaps with a standby; this thread stands `out` there."""
    folder = Path(tempfile.mkdtemp(prefix="mail-panel-apart-", dir="/dev/shm"))
    folder.chmod(0o755)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        network = stack.enter_context(Network(seconds=DELAY, near=["db1", "db2", "out"]))
        a, b, out = network.add("a", ahead=AHEAD), network.add("b"), network.add("out")
        places = [network.add(name) for name in ("db1", "db2")[: 2 if standby else 1]]
        network.lay_cable()
        stack.enter_context(standing_at(out))
        data = stack.enter_context(a_disk_of(disk_kilobytes)) if disk_kilobytes else folder
        data.chmod(0o755)
        servers = [DistantServer(data / place.name, place, **settings) for place in places]
        if settable_clock:
            servers[0].let_clock_be_set()
        _start(stack, servers, standby)
        loop = stack.enter_context(Loop())
        mail, other = (SmtpServer(host=out.address).start(loop) for _ in range(2))
        pooler = stack.enter_context(PgBouncer(servers[0], mode="session", size=50)) if pooled else None
        hosts = ",".join(f"{each.host}:{pooler.port if pooler else PORT}" for each in servers)
        fleet = Fleet(folder, f"postgresql://{USER}@{hosts}/postgres?sslmode=disable", mail, interval_ms=interval_ms)
        for machine in (a, b):
            panel = {"MAIL_PANEL_LISTEN": f"{machine.address}:{PANEL_PORT}", "MAIL_PANEL_HOSTS": HOST}
            fleet.add(machine.name, words=machine.words, **machine.clock, **panel)
        yield Apart(network, a, b, out, servers, mail, other, fleet, pooler)


def _start(stack: ExitStack, servers: Sequence[DistantServer], standby: Standby) -> None:
    primary, *others = servers
    stack.enter_context(primary)
    for other in others:
        stack.callback(other.stop)
        other.make_standby_of(primary).start()
        primary.wait_for_standby()
        if standby == "sync":
            primary.set(synchronous_standby_names=other.machine.name)
            primary.wait_for_standby(state="sync")
