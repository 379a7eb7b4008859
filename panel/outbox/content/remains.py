"""What stays of a message when its text is removed: its header, and the names, types and sizes of its files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from panel.mail.reading.outline import files_as_json
from panel.storage.database import Writer

if TYPE_CHECKING:  # most messages have no files
    from panel.mail.reading.content import MessageFile

MOST_OF_HEAD = 16 * 1024  # octets that are kept: no mail program writes more


class Remains(NamedTuple):
    """The header with its last line end, and those of the files as JSON, each with its size; None where are none."""

    head: bytes | None
    files: str | None = None


def remains_of(message: bytes) -> Remains:
    """Give what stays of a message with CR LF line ends; whatever is wrong with it, its header does."""
    end = message.find(b"\r\n\r\n") + 2
    head = message[: end if end > 1 else 0]
    kept = head if len(head) <= MOST_OF_HEAD else head[: head.rfind(b"\n", 0, MOST_OF_HEAD) + 1]
    return Remains(kept, files_as_json(message, head))


def files_in(written: str | None) -> tuple[MessageFile, ...]:
    """Read the files of a message whose text has gone."""
    from panel.mail.reading.content import file_of

    kept: list[tuple[str, int]] = json.loads(written or "[]")
    found = (file_of(header.encode("latin-1"), size, place) for place, (header, size) in enumerate(kept, 1))
    return tuple(each for each in found if each)


def remove_bodies(write: Writer, numbers: Iterable[int]) -> int:
    """Remove the texts of messages but for what stays of each; give the number of those messages."""
    removed = 0
    for number in numbers:
        row = write.row(_BODY, (number,))
        if row is None:
            continue
        stays = remains_of(row["body"]) if row["body"] is not None else Remains(row["head"], row["attachments"])
        removed += write.changed(_REMOVE, (*stays, number))
        write.run("DELETE FROM bodies WHERE message = ?", (number,))
    return removed


_BODY = (
    "SELECT coalesce(content, (SELECT content FROM bodies WHERE message = number)) AS body, "
    "head, attachments FROM messages WHERE number = ?"
)
_REMOVE = "UPDATE messages SET content = NULL, kept = 0, head = ?, attachments = ? WHERE number = ?"
