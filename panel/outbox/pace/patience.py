"""What a mail server has shown: how long it bears a session without a word, or a second one, and its certificate."""

from __future__ import annotations

from panel.outbox.pace.rate import DAY_MS, HOUR_MS
from panel.storage.database import Database, Reader, Writer

# RFC 5321 section 4.5.3.2.7 lets a server leave after 5 minutes; Postfix under stress leaves after 10 seconds.
MOST_MS = 30_000
SHORTER = 5  # the part of a wait that was too long which the next one is shorter by: a fifth


def name_of(host: str, port: int) -> str:
    """Name a server as it stands in the table."""
    return f"{host}:{port}"


def bears_ms(read: Reader, server: str, now: int) -> int:
    """Say for how long a session may wait there; what a server has shown is believed for an hour, for it may pass."""
    row = read.row("SELECT idle_ms, idle_until_ms FROM servers WHERE name = ?", (server,))
    return row["idle_ms"] if row and now < row["idle_until_ms"] <= now + HOUR_MS else MOST_MS


def is_alone(read: Reader, server: str, now: int) -> bool:
    """Say whether the server has lately refused a session because there was another one."""
    row = read.row("SELECT alone_until_ms FROM servers WHERE name = ?", (server,))
    return row is not None and now < row["alone_until_ms"] <= now + DAY_MS


def learn_idle(write: Writer, server: str, *, borne_ms: int, ended_ms: int, now: int) -> None:
    """Note that a server has ended a session that waited so long; it had borne a shorter wait before."""
    shorter = max(borne_ms, ended_ms - ended_ms // SHORTER)
    idle_ms = min(shorter, bears_ms(write, server, now))
    write.run(_LEARN_IDLE, (server, idle_ms, now + HOUR_MS))


def learn_alone(write: Writer, server: str, *, now: int) -> None:
    """Note that a server has refused a session because there was another one."""
    write.run(_LEARN_ALONE, (server, now + DAY_MS))


def certificate_end(read: Reader, server: str) -> str | None:
    """Give it as ISO 8601 in UTC, None where no session has seen one."""
    row = read.row("SELECT certificate_ends FROM servers WHERE name = ?", (server,))
    return row["certificate_ends"] if row else None


def note_certificate_end(database: Database, server: str, ends: str) -> None:
    """Note it, where it is another one than before: that is once in months."""
    if certificate_end(database, server) == ends:
        return
    with database.writing() as write:
        write.run(_NOTE_END, (server, ends))


_LEARN_IDLE = (
    "INSERT INTO servers (name, idle_ms, idle_until_ms) VALUES (?, ?, ?) "
    "ON CONFLICT (name) DO UPDATE SET idle_ms = excluded.idle_ms, idle_until_ms = excluded.idle_until_ms"
)
_LEARN_ALONE = (
    "INSERT INTO servers (name, alone_until_ms) VALUES (?, ?) "
    "ON CONFLICT (name) DO UPDATE SET alone_until_ms = excluded.alone_until_ms"
)
_NOTE_END = (
    "INSERT INTO servers (name, certificate_ends) VALUES (?, ?) "
    "ON CONFLICT (name) DO UPDATE SET certificate_ends = excluded.certificate_ends"
)
