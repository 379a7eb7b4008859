"""`python -m benchmarks.accidents [TIMES [WORD…]]`: let it happen to two machines on one database.

WORDs choose among the accidents: those that have one of them in their name.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

from tests.support.accidents import ACCIDENTS, Scene, take_place
from tests.support.machines import COLUMNS, Toll
from tests.support.postgres import PostgresServer
from tests.support.servers import Loop


def main(times: int, words: list[str]) -> int:
    """Let each happen so many times, and give the exit code: 1 where it cost what it must not."""
    seed = random.randrange(10**6)
    print(f"seed {seed}\n\n| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}", flush=True)
    chosen = [name for name in ACCIDENTS if not words or any(word in name for word in words)]
    with PostgresServer() as postgres:
        tolls = [_row(postgres, name, times, seed) for name in chosen]
    return 0 if all(toll.bearable for toll in tolls) else 1


def _row(postgres: PostgresServer, name: str, times: int, seed: int) -> Toll:
    with tempfile.TemporaryDirectory() as folder, Loop() as loop:
        toll = take_place(Scene.set(Path(folder), loop, postgres, random.Random(seed)), name, times=times)
    print(toll.row, flush=True)
    return toll


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5, sys.argv[2:]))
