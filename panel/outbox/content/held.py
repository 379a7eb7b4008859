"""What the outbox holds of one message: all of it while it is there, else what stays of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from panel import clock
from panel.mail.message.header import Field, unencoded
from panel.mail.message.submission import Submission
from panel.mail.reading.content import Content, MessageFile, header_fields
from panel.mail.text import without_controls
from panel.outbox.content.remains import files_in
from panel.settings.model import FromNameRule, Settings
from panel.settings.store import SettingsStore
from panel.storage.database import Reader


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """A message as it was handed in; of one whose text has gone, `head` and `files` are None where nothing was kept.

    `version` is that of the settings that it was last tried with; `kept` says that it was sent and its text stays for
    some days. `erase_at` is when the text of one that was cancelled goes.
    """

    message: bytes | None
    head: bytes | None
    files: tuple[MessageFile, ...] | None
    reply_to: str
    version: int | None
    kept: bool
    erase_at: datetime | None

    def sender(self, settings: SettingsStore) -> Settings:
        """Give the settings that it was last tried with, else those in force."""
        return settings.past(self.version) if self.version else settings.current().settings

    def as_it_leaves(self, settings: Settings) -> bytes | None:
        """Write the whole message with its sender, as it leaves by these settings; None where its text has gone."""
        return None if self.message is None else self._sent(self.message, settings)

    def fields(self, settings: Settings) -> list[Field]:
        """Give the fields of its header, as it leaves by these settings; none where nothing of it was kept."""
        return [] if self.head is None else header_fields(self._sent(self.head, settings))

    def _sent(self, message: bytes, settings: Settings) -> bytes:
        submission = Submission((), message, "", "", self.reply_to)
        if not settings.from_address:  # nothing is set up: nobody sends it yet
            return submission.without_name
        own_name = settings.from_name_rule is FromNameRule.SUBMITTED
        return submission.envelope(settings.from_address, settings.from_name, own_name=own_name).message


def held_to_json(found: HeldMessage | None, sender: Settings) -> dict[str, Any]:
    """Give what is known of a message's header and files as JSON values; None for what is not known."""
    if found is None:
        return dict.fromkeys(("headers", "attachments", "redirected_to"))
    redirected_to = sender.redirect_to or None
    if found.head is None:
        return {"headers": None, "attachments": None, "redirected_to": redirected_to}
    fields = ((each.name, without_controls(unencoded(each.text))) for each in found.fields(sender))
    return {
        "headers": [{"name": name, "value": value} for name, value in fields],
        "attachments": [
            {"name": each.name, "content_type": each.kind, "size": each.size} for each in found.files or ()
        ],
        "redirected_to": redirected_to,
    }


def held_message(read: Reader, number: int) -> HeldMessage | None:
    """Give what is held of a message; None where there is none."""
    row = read.row(_HELD, (number,))
    if row is None:
        return None
    message: bytes | None = row["body"]
    head: bytes | None = row["head"]
    if message is not None:
        head = message[: message.find(b"\r\n\r\n") + 2]
        files: tuple[MessageFile, ...] | None = Content(message).files
    else:
        files = None if head is None else files_in(row["attachments"])
    reply_to, version, erase_at = row["reply_to"], row["version"], clock.moment_or_none(row["erase_at"])
    return HeldMessage(message, head, files, reply_to, version, bool(row["kept"]), erase_at)


_HELD = (
    "SELECT coalesce(content, (SELECT content FROM bodies WHERE message = number)) AS body, head, attachments, "
    "reply_to, version, kept, erase_at FROM messages WHERE number = ?"
)
