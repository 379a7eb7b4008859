"""PostgreSQL's own programs for a backup, as an operator types them: no password stands in a command."""

from __future__ import annotations

import shlex
from pathlib import Path

from panel.storage.postgresql.reaching.address import schema_and_url


def dump_command(url: str, file: Path) -> str:
    """Give the command that writes our schema to a file."""
    schema, plain = schema_and_url(url)
    words = ["pg_dump", "--format=custom", f"--schema={schema}", f"--file={file}", plain]
    return shlex.join(words)


def restore_command(url: str, file: Path) -> str:
    """Give the command that puts what such a file holds in the place of what is there, all of it or nothing."""
    words = [
        "pg_restore",
        "--clean",
        "--if-exists",
        "--single-transaction",
        f"--dbname={schema_and_url(url)[1]}",
        str(file),
    ]
    return shlex.join(words)
