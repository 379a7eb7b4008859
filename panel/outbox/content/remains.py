"""What stays of a message when its text is removed: its header, and the names, types and sizes of its files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from panel import logs
from panel.storage.database import Writer

if TYPE_CHECKING:  # most messages have no files
    from panel.mail.reading.content import MessageFile

MOST_OF_HEAD = 16 * 1024  # octets that are kept: no mail program writes more


class Remains(NamedTuple):
    """The header with its last line end, and the files as JSON, None where there are none."""

    head: bytes | None
    files: str | None = None


def remains_of(message: bytes) -> Remains:
    """Give what stays of a message with CR LF line ends; whatever is wrong with it, its header does."""
    end = message.find(b"\r\n\r\n") + 2
    head = message[: end if end > 1 else 0]
    kept = head if len(head) <= MOST_OF_HEAD else head[: head.rfind(b"\n", 0, MOST_OF_HEAD) + 1]
    if not _may_hold_files(head.lower()):
        return Remains(kept)
    from panel.mail.reading.content import Content

    try:
        files = Content(message).files
    except Exception as fault:  # it has been sent: that is what is to be noted
        logs.unexpected("message_unreadable", fault)
        return Remains(kept)
    return Remains(kept, _written(files) if files else None)


def files_in(written: str | None) -> tuple[MessageFile, ...]:
    """Read the files of a message whose text has gone."""
    from panel.mail.reading.content import MessageFile

    return tuple(MessageFile(*each) for each in json.loads(written or "[]"))


def remove_bodies(write: Writer, numbers: Iterable[int]) -> int:
    """Remove the texts of messages but for what stays of each; give the number of those messages."""
    removed = 0
    for number in numbers:
        row = write.row(_BODY, (number,))
        if row is None:
            continue
        stays = remains_of(row["body"]) if row["body"] is not None else Remains(row["head"], row["attachments"])
        removed += write.run(_REMOVE, (*stays, number))
        write.run("DELETE FROM bodies WHERE message = ?", (number,))
    return removed


def _may_hold_files(head: bytes) -> bool:
    """Say whether a header, in small letters, speaks of anything but one text."""
    if b"multipart/" in head or b"content-disposition:" in head:
        return True
    return b"content-type:" in head and (b"content-type: text/" not in head or b"name" in head)


def _written(files: Iterable[MessageFile]) -> str:
    return json.dumps([[each.part, each.name, each.kind, each.size] for each in files], separators=(",", ":"))


_BODY = (
    "SELECT coalesce(content, (SELECT content FROM bodies WHERE message = number)) AS body, "
    "head, attachments FROM messages WHERE number = ?"
)
_REMOVE = "UPDATE messages SET content = NULL, kept = 0, head = ?, attachments = ? WHERE number = ?"
