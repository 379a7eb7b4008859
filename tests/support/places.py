"""What a program in a process of its own is told of where the data is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from panel.home import DATABASE_NAME, read_home
from panel.storage.database import Database
from panel.storage.opening import open_database

url_of: Callable[[Path], str] | None = None  # of what stands for a data file, while `doors` leads to a server


def told_database() -> Database:
    """Open the database that this process was told of."""
    return open_database(*read_home().place)


def variables_of(home: Path) -> dict[str, str]:
    """Give the variables of a home, and of its database where that is on a server."""
    return {"MAIL_PANEL_HOME": str(home), **(_variable(home / DATABASE_NAME) if url_of else {})}


def variables_of_database(database: Database) -> dict[str, str]:
    """Give the variables by which a program opens this very database."""
    return {"MAIL_PANEL_HOME": str(database.path.parent), **_variable(database.path)}


def _variable(path: Path) -> dict[str, str]:
    return {"MAIL_PANEL_DATABASE": url_of(path) if url_of else str(path)}
