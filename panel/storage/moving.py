"""Moves all that a data file holds to a server, and leaves a file that no program opens again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from panel.storage.database import Database
from panel.storage.folder import alone
from panel.storage.sqlite.held import held_to_leave


def move(source: Path, url: str, password_file: Path | None, ready: Callable[[Database], object]) -> dict[str, int]:
    """Copy every table at once, and give how many rows each has; `ready` changes what is to arrive otherwise.

    The server keeps all of it before the file is marked: whoever is killed between leaves both, and neither half.
    """
    from panel.storage.postgresql.database import PostgresDatabase
    from panel.storage.postgresql.transfer.filling import fill

    target = PostgresDatabase(url, source, password_file=password_file)
    target.refuse_unfit()
    with alone(source), held_to_leave(source) as held:
        ready(held)
        return fill(target.address, target.name, held)
