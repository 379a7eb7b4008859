"""What a program in a process of its own is told of where the data is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from panel.home import DATABASE_NAME

url_of: Callable[[Path], str] | None = None  # of what stands for a data file, while `doors` leads to a server


def variables_of(home: Path) -> dict[str, str]:
    """Give the variables of a home, and of its database where that is on a server."""
    database = {"MAIL_PANEL_DATABASE": url_of(home / DATABASE_NAME)} if url_of else {}
    return {"MAIL_PANEL_HOME": str(home), **database}
