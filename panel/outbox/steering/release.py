"""Lets a message go that the settings withhold: somebody has said so since it was handed in, or sent again."""

from __future__ import annotations

from panel.outbox.state import RELEASED
from panel.storage.database import Reader, Writer


def release(write: Writer, number: int, stamp: str) -> None:
    """Note that a message goes to its recipients as they are now, whatever the settings say."""
    write.run(_RELEASE, (number, number, stamp, RELEASED))


def is_released(read: Reader, number: int, since: str) -> bool:
    """Say whether somebody has let a message go since a moment; an address that was corrected since is another one."""
    return read.row(_RELEASED, (number, RELEASED, since)) is not None


_RELEASE = (
    "INSERT INTO attempts (message, number, at, ms, outcome) "
    "VALUES (?, (SELECT coalesce(max(number), 0) + 1 FROM attempts WHERE message = ?), ?, 0, ?)"
)
_RELEASED = "SELECT 1 FROM attempts WHERE message = ? AND outcome = ? AND at >= ? LIMIT 1"
