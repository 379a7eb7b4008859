"""`python -m benchmarks.kills [KILLS]`: kill workers, panels, clients and listeners, and tell what it has cost."""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from panel.storage.opening import open_database
from tests.support.killing import Killing, Toll
from tests.support.sending import Office
from tests.support.servers import Loop, SmtpServer

ACTS = ("of_workers", "of_serve", "of_listeners", "of_clients", "of_sendmail")
COLUMNS = ("kills", "under_way", "acknowledged", "lost", "repeated", "unmarked", "changed")


def main(kills: int, seed: int) -> int:
    """Kill as many of each, and give the exit code: 1 where mail was lost, or came twice without a mark."""
    print(f"seed {seed}\n\n| victim | {' | '.join(COLUMNS)} |\n|{'---|' * (len(COLUMNS) + 1)}")
    tolls = [_row(act, kills // len(ACTS), seed) for act in ACTS]
    return 0 if all(toll.bearable for toll in tolls) else 1


def _row(act: str, kills: int, seed: int) -> Toll:
    with _killing(seed) as killing:
        toll: Toll = getattr(killing, act)(kills)
    print(f"| {toll.victim} | {' | '.join(str(getattr(toll, name)) for name in COLUMNS)} |", flush=True)
    return toll


@contextmanager
def _killing(seed: int) -> Iterator[Killing]:
    with tempfile.TemporaryDirectory() as home, Loop() as loop:
        database = open_database(Path(home) / "mail-panel.db")
        database.prepare()
        server = SmtpServer().start(loop)
        office = Office.open(database)
        office.use(server)
        yield Killing(office, server, random.Random(seed))
        database.close()


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    sys.exit(main(numbers[0] if numbers else 300, numbers[1] if len(numbers) > 1 else random.randrange(10**6)))
