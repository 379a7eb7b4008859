"""PostgreSQL's own programs for a backup, as an operator types them: no password stands in a command."""

from __future__ import annotations

import shlex
from pathlib import Path

from panel.storage.postgresql.address import ServerAddress


def dump_command(url: str, file: Path) -> str:
    """Give the command that writes our schema to a file."""
    schema = ServerAddress.of(url, None).schema
    words = ["pg_dump", "--format=custom", f"--schema={schema}", f"--file={file}", _without_ours(url)]
    return shlex.join(words)


def restore_command(url: str, file: Path) -> str:
    """Give the command that puts what such a file holds in the place of what is there, all of it or nothing."""
    words = [
        "pg_restore",
        "--clean",
        "--if-exists",
        "--single-transaction",
        f"--dbname={_without_ours(url)}",
        str(file),
    ]
    return shlex.join(words)


def _without_ours(url: str) -> str:
    """Leave out the parameter that libpq does not know."""
    base, _, query = url.partition("?")
    rest = "&".join(each for each in query.split("&") if not each.startswith("schema="))
    return f"{base}?{rest}" if rest else base
