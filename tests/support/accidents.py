"""What may happen to machines that share a database while mail flows, some times over, and what it costs."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Self

from panel import clock
from panel.access.rights import Scope
from panel.access.tokens import Tokens
from panel.outbox.delivery.claims import LEASE_MS
from tests.support.actors import actor
from tests.support.handing_in import keep_handing_in, keep_posting
from tests.support.killing import MOMENTS, PATIENCE, ambush, kill
from tests.support.machines import Fleet, Site, Toll
from tests.support.postgres import PostgresServer
from tests.support.servers import Loop, SmtpServer
from tests.support.serving import Serving, free_port
from tests.support.severing import How, Relay
from tests.support.waiting import wait_until

INTERVAL_MS = 20
SUPPLY = 40  # messages for each time
_schemas = count(1)
# Hands in one message after another, again under the same key until it is told yes.
CLIENT = """
import sys, time
from itertools import count
from panel import clock, config
from panel.errors import DatabaseError
from panel.outbox.enqueue import Key
from panel.services import open_services
from tests.support.actors import actor
from tests.support.mail import mail
outbox = open_services(config.read()).outbox
for number in count(int(sys.argv[1])):
    told = None
    while told is None:
        try:
            told = outbox.enqueue(mail(number=number), by=actor(), key=str(number), digest=b"", now=clock.now())
        except DatabaseError:
            time.sleep(0.1)
    print(told.message_id, flush=True)
    time.sleep(0.02)
"""


@dataclass
class Scene:
    """Where an accident happens, how many times, and chance, which says when."""

    fleet: Fleet
    postgres: PostgresServer
    relay: Relay
    chance: random.Random
    times: int = 1

    @classmethod
    def set(cls, folder: Path, loop: Loop, postgres: PostgresServer, chance: random.Random) -> Self:
        """Set up two machines that reach the server by a relay, and mail that leaves slowly enough to see its pace."""
        relay, schema = Relay(loop, postgres.port), f"accident_{next(_schemas)}"
        server = SmtpServer().start(loop)
        fleet = Fleet(folder, postgres.url(schema), server, interval_ms=INTERVAL_MS)
        for name in ("one", "two"):
            fleet.add(name, url=postgres.url(schema, port=relay.port, sslmode="disable", gssencmode="disable"))
        return cls(fleet, postgres, relay, chance)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Have two workers on each machine, a program that hands mail in, and enough that waits; all of it leaves."""
        fleet = self.fleet
        fleet.supply(SUPPLY * self.times)
        with fleet.working(*fleet.sites * 2):
            with self.handing_in(fleet.sites[0], 10**6):
                yield
                fleet.wait_for_flow()
            fleet.finish()

    @contextmanager
    def handing_in(self, site: Site, first: int) -> Iterator[int]:
        """Run a program that hands mail in, and note what it is told; give its process."""
        with site.running("-c", CLIENT, str(first)) as client:
            reading = threading.Thread(target=self._note, args=(client.stdout,))
            before = len(self.fleet.told)
            reading.start()
            try:
                wait_until(lambda: len(self.fleet.told) > before)
                yield client.pid
            finally:
                client.kill()
                reading.join()

    def _note(self, lines: Iterator[str]) -> None:
        for line in lines:
            if line.endswith("\n"):
                self.fleet.told.add(line.strip())

    def moments(self) -> Iterator[None]:
        """Give so many moments at which mail is leaving."""
        for _ in range(self.times):
            self.fleet.wait_for_flow()
            with ambush(self.fleet.server, self.chance.choice(MOMENTS[:-1]), self.chance.randrange(1, 9), int) as come:
                assert come.wait(PATIENCE)
            self.fleet.note_strike()
            yield


def killed_workers(scene: Scene) -> None:
    """Kill whoever is sending, and have another take its place."""
    fleet, killed = scene.fleet, list[int]()
    with ExitStack() as later, scene.working():  # whoever takes a place sends to the end
        for time in range(scene.times):
            moment, nth = scene.chance.choice(MOMENTS[:-1]), scene.chance.randrange(1, 9)
            with ambush(fleet.server, moment, nth, partial(_kill_sender, fleet, killed)):
                wait_until(lambda time=time: len(killed) > time, within=PATIENCE)
            later.enter_context(fleet.working(scene.chance.choice(fleet.sites)))


def _kill_sender(fleet: Fleet, killed: list[int]) -> None:
    fleet.note_strike()
    if pid := fleet.sender():
        kill(pid)
        killed.append(pid)


def killed_panels(scene: Scene) -> None:
    """Kill a whole panel at once, to which programs hand mail in by HTTP and by SMTP."""
    fleet = scene.fleet
    token = Tokens(fleet.services.database).create("shop", [Scope.SEND], by=actor("test"), now=clock.now())
    with fleet.working(fleet.sites[1]):
        for nth in range(scene.times):
            fleet.supply(SUPPLY)
            smtp = free_port()
            variables = {**fleet.sites[0].environment, "MAIL_PANEL_SMTP_LISTEN": f"127.0.0.1:{smtp}"}
            with Serving(fleet.sites[0].home, variables=variables) as serving, _applications(fleet) as start:
                start(partial(keep_posting, serving.port, token, fleet.told))
                start(partial(keep_handing_in, smtp, nth, fleet.told))
                enough = len(fleet.told) + scene.chance.randrange(5, 40)
                wait_until(lambda enough=enough: len(fleet.told) >= enough)
                fleet.note_strike()
                kill(serving.tree)
        fleet.finish()


@contextmanager
def _applications(fleet: Fleet) -> Iterator[Callable[[Callable[[threading.Event], None]], None]]:
    """Let applications hand mail in until they are told to end."""
    ended, threads = threading.Event(), list[threading.Thread]()

    def start(hand_in: Callable[[threading.Event], None]) -> None:
        threads.append(threading.Thread(target=hand_in, args=(ended,)))
        threads[-1].start()

    try:
        yield start
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def killed_clients(scene: Scene) -> None:
    """Kill a program in the middle of handing mail in."""
    fleet = scene.fleet
    with fleet.working(*fleet.sites):
        for nth in range(1, scene.times + 1):
            fleet.supply(SUPPLY)
            before = len(fleet.told)
            with scene.handing_in(scene.chance.choice(fleet.sites), nth * 10**7):
                wait_until(lambda before=before: len(fleet.told) > before + scene.chance.randrange(20))
                fleet.note_strike()
        fleet.finish()


def ended_backends(scene: Scene) -> None:
    """End a connection from the side of the server."""
    with scene.working(), scene.postgres.connect() as connection:
        for _ in scene.moments():
            connection.execute(f"SELECT pg_terminate_backend(pid) FROM ({_BACKENDS}) AS one")


def crashed_backends(scene: Scene) -> None:
    """Kill a process of the server, which ends all others and recovers."""
    with scene.working():
        for _ in scene.moments():
            with scene.postgres.connect() as connection:
                [[pid]] = connection.execute(_BACKENDS).fetchall()
            os.kill(pid, signal.SIGKILL)


def restarted_server(scene: Scene) -> None:
    """Stop the server as a crash does, and start it again after a second or three."""
    with scene.working():
        for _ in scene.moments():
            scene.postgres.stop(signal.SIGQUIT)
            threading.Event().wait(scene.chance.uniform(1, 3))
            scene.postgres.start()


def frozen_workers(scene: Scene) -> None:
    """Stop whoever is sending for longer than its lease."""
    fleet = scene.fleet
    with scene.working():
        for _ in range(scene.times):
            with ambush(fleet.server, "RCPT", scene.chance.randrange(1, 9), partial(_freeze_sender, fleet)):
                wait_until(lambda: fleet.frozen, within=PATIENCE)
            threading.Event().wait(LEASE_MS / 1000 + 3)
            for pid in fleet.frozen:
                os.kill(pid, signal.SIGCONT)
            fleet.frozen.clear()


def _freeze_sender(fleet: Fleet) -> None:
    fleet.note_strike()
    if pid := fleet.sender():
        os.kill(pid, signal.SIGSTOP)
        fleet.frozen.append(pid)


def severed(how: How, *, seconds: float = 0.0) -> Callable[[Scene], None]:
    """Make the relay lose a COMMIT or its answer, or die of it for some seconds."""

    def sever(scene: Scene) -> None:
        with scene.working():
            for _ in scene.moments():
                scene.relay.sever(lambda said: said == "COMMIT", how, stays_down=seconds > 0)
                assert scene.relay.severed.wait(PATIENCE)
                threading.Event().wait(seconds)
                scene.relay.let_be()

    return sever


def take_place(scene: Scene, name: str, *, times: int) -> Toll:
    """Let an accident happen so many times, and count what it has cost once all has left."""
    scene.times = times
    ACCIDENTS[name](scene)
    return scene.fleet.toll(name)


_BACKENDS = (
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'mail-panel' AND backend_type = 'client backend' "
    "ORDER BY backend_xid IS NULL, random() LIMIT 1"
)
ACCIDENTS: dict[str, Callable[[Scene], None]] = {
    "kill -9 of the worker that sends": killed_workers,
    "kill -9 of a whole panel": killed_panels,
    "kill -9 of a program that hands mail in": killed_clients,
    "pg_terminate_backend": ended_backends,
    "kill -9 of a backend": crashed_backends,
    "server stopped as by a crash, for 1-3 s": restarted_server,
    "SIGSTOP of the worker that sends, for 23 s": frozen_workers,
    "COMMIT lost on its way": severed(How.UNHEARD),
    "COMMIT lost, and the server waits for it": severed(How.WAITING),
    "answer to a COMMIT lost": severed(How.UNANSWERED),
    "relay gone for 1 s at an answer to a COMMIT": severed(How.UNANSWERED, seconds=1),
    "relay gone for 12 s at an answer to a COMMIT": severed(How.UNANSWERED, seconds=12),
}
