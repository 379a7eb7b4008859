"""Sends a message again as a new one: under another number, with a Message-ID and a Date of its own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime

from panel.errors import PanelError
from panel.i18n import N_, Text
from panel.mail.limits import DEFAULT_LIMITS, MessageLimits, size_text
from panel.mail.message.normalize import dated, new_id
from panel.mail.message.submission import Submission, name_field
from panel.mail.patterns import pattern_of
from panel.outbox import recipients
from panel.outbox.enqueue import Enqueuer, Key, Ticket
from panel.outbox.state import URGENCY
from panel.storage.actor import Actor
from panel.storage.database import Database, Row, Writer
from panel.storage.journal import Action, append

_FIELDS = pattern_of(rb"(?<=\n)(?![ \t])")
_OURS = pattern_of(rb"(?:message-id|date)[ \t]*:", re.IGNORECASE)


class CannotResend(PanelError):
    """Nobody is left to send a message to, somebody is named who is none of its recipients, or it is too much."""

    def __init__(self, message: str, **values: object) -> None:
        self.text = Text(message, values)
        super().__init__(str(self.text))


class TextGone(CannotResend):
    """The message is not there any more."""


def resend(
    database: Database,
    number: int,
    *,
    to: Sequence[str] | None = None,
    host: str,
    by: Actor,
    key: str | None = None,
    now: datetime,
    limits: MessageLimits = DEFAULT_LIMITS,
) -> Ticket:
    """Queue a message once more as a new one for some of its recipients, without `to` for those who have not got it.

    The same key gives the ticket of the first time. Raise `CannotResend` where its text has gone, nobody is named, or
    it is beyond the limits that the settings have by now.
    """
    with database.writing() as write:
        row = write.row(_MESSAGE, (number,))
        if row is None or row["body"] is None:
            raise TextGone(N_("The text of this message is not there any more, so it cannot be sent again."))
        chosen = _chosen(write, row, to)
        _refuse_beyond(limits, row, chosen)
        submission = _renewed(row, chosen, host, now)
        digest = hashlib.sha256("\n".join(chosen).encode()).digest()
        of_key = Key(f"resend/{number}/{key}", digest) if key else None
        [ticket] = Enqueuer(database).enqueue_within(write, [(submission, of_key)], by=by, now=now)
        if not ticket.repeated:
            _note(write, number, ticket.number, chosen, by, now)
    database.notifier.notify()
    return ticket


def without_it(read: Writer | Database, number: int) -> tuple[str, ...]:
    """Name the recipients that have not got a message: those to whom it is sent again unless others are chosen."""
    row = read.row(_MESSAGE, (number,))
    found = recipients.of(read, [row])[number] if row is not None else ()
    return tuple(each.address for each in found if each.state != "sent" or each.bounced_at)


def _chosen(write: Writer, row: Row, to: Sequence[str] | None) -> tuple[str, ...]:
    if to is None:
        to = without_it(write, row["number"])
    everybody = recipients.rcpt_to_of(row)
    chosen = tuple(each for each in everybody if each in to)
    if not chosen or len(chosen) < len({*to}):
        raise CannotResend(N_("Choose to which of its recipients the message is sent again."))
    return chosen


def _refuse_beyond(limits: MessageLimits, row: Row, chosen: Sequence[str]) -> None:
    """Refuse what a door would not take now; encoding its text may have made it a third larger than it came."""
    if limits.too_large(len(row["body"]) * 3 // 4):
        raise CannotResend(_TOO_LARGE, most=size_text(limits.max_bytes))
    if limits.too_many(len(chosen)):
        raise CannotResend(_TOO_MANY, most=limits.max_recipients)


_TOO_LARGE = N_(
    "The message is larger than %(most)s, the largest that is taken. Raise that under Rules, then try again."
)
_TOO_MANY = N_("A message goes to at most %(most)d recipients. Choose fewer, or raise that under Rules.")


def _renewed(row: Row, rcpt_to: tuple[str, ...], host: str, now: datetime) -> Submission:
    """Give the message another Message-ID and Date; all else of it stays."""
    name = name_field(row["body"])
    message: bytes = row["body"][len(name) :]
    end = message.find(b"\r\n\r\n") + 2
    message_id = new_id(host)
    fields = [each for each in _FIELDS.split(message[:end]) if each and not _OURS.match(each)]
    head = f"Message-ID: {message_id}\r\nDate: {dated(now)}\r\n".encode("ascii")
    written = b"".join([name, head, *fields, message[end:]])
    return Submission(
        rcpt_to, written, message_id, row["subject"], row["reply_to"], URGENCY[row["urgency"]], row["notify"]
    )


def _note(write: Writer, number: int, new: int, chosen: Sequence[str], by: Actor, now: datetime) -> None:
    """Note it in the course of both messages."""
    append(
        write,
        by,
        Action.MESSAGE_RESENT,
        object=f"message/{number}",
        changed={"sent_as": new, "recipient": ", ".join(chosen)[:1000]},
        told={"message": number, "sent_as": new},
        now=now,
    )
    of_new = {"copy_of": number}
    append(write, by, Action.MESSAGE_RESENT, object=f"message/{new}", changed=of_new, quiet=True, now=now)


_MESSAGE = (
    "SELECT number, state, urgency, subject, reply_to, notify, rcpt_to, cause, reply, ended_at, tried_at, "
    "coalesce(content, (SELECT content FROM bodies WHERE message = number)) AS body FROM messages WHERE number = ?"
)
