"""Reads a report out of whatever came to the bounce address: a report in parts (RFC 3462), or words that are known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import chain, islice

from panel.diagnosis.bounces import words
from panel.diagnosis.bounces.report import MOST_REPORT_BYTES, MailReport, NoReport, Reported
from panel.diagnosis.bounces.status import Statuses, statuses
from panel.mail.message import header, structure
from panel.mail.message.envelope import Malformed, with_line_ends
from panel.mail.message.header import Field
from panel.mail.message.structure import PartSpan
from panel.mail.message.transfer_encoding import decoded_content
from panel.mail.patterns import pattern_of
from panel.mail.text import without_bom

_STATUSES = ("message/delivery-status", "message/global-delivery-status")
_RETURNED = (
    *("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"),
    *("text/rfc822-header", "message/rfc822-headers"),  # as some write it
)
_OF_OTHERS = ("message/disposition-notification", "message/feedback-report")  # read receipts, complaints
_TEXTS = ("text/plain", "text/html")
_MESSAGE_ID = pattern_of(r"<[^<>\s]{1,990}>")
_COPIED_ID = pattern_of(
    rb"^[> \t]{0,4}message-id:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]{1,990}>)", re.IGNORECASE | re.MULTILINE
)
_FIELD = "final-recipient:"  # in a text: some write their fields there, and so does who pastes a part
_MOST_IDS = 20
_MOST_ENVID = 300  # characters; ours are shorter
_MOST_REFERENCES = 4_000
_MOST_RETURNED = 64 * 1024  # octets in which the Message-ID of what came back is looked for


def read_report(data: bytes) -> MailReport | NoReport:
    """Read a report, or say why a text is none; of it `MOST_REPORT_BYTES` are read."""
    lines = with_line_ends(without_bom(data[:MOST_REPORT_BYTES]).lstrip(b"\r\n"))
    try:
        fields, _ = header.split(lines)
    except (header.HeaderTooLong, Malformed):
        return NoReport.UNREADABLE
    head = _Head(fields)
    parts, is_whole = _parts(lines)
    mail = _Mail(lines, head, parts)
    found = _of_status(mail)
    recipients = found.recipients or (() if mail.is_of_others else words.recipients_in(mail.text, head.first))
    if recipients:
        return _report(mail, recipients, found)
    if head.is_automatic or mail.is_of_others:
        return NoReport.AUTOMATIC
    return NoReport.OTHER if is_whole else NoReport.UNREADABLE


class _Head:
    """The fields of the report's own header, the first of each name."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self._fields: dict[str, Field] = {}
        for each in fields:
            self._fields.setdefault(each.key, each)

    def first(self, name: str) -> str:
        return self._fields[name].text if name in self._fields else ""

    @property
    def is_automatic(self) -> bool:
        """Say whether no person wrote it (RFC 3834 section 5), in its own or in older words."""
        submitted = self.first("auto-submitted").partition(";")[0].strip().lower()
        precedence = self.first("precedence").lower()
        old = self.first("x-autoreply") or self.first("x-autorespond") or precedence in ("auto_reply", "bulk", "junk")
        return submitted not in ("", "no") or bool(old)


@dataclass(frozen=True, slots=True)
class _Mail:
    """A mail with CR LF line ends, its header, and its parts as far as they are within bounds."""

    lines: bytes
    head: _Head
    parts: tuple[PartSpan, ...]

    @property
    def is_of_others(self) -> bool:
        return any(each.kind in _OF_OTHERS for each in self.parts)

    @property
    def returned(self) -> int:
        """Give the place of what came back among the parts, else their number."""
        return next((at for at, each in enumerate(self.parts) if at and each.kind in _RETURNED), len(self.parts))

    @property
    def text(self) -> str:
        """Give what it says to people: its first text, else what it is in one part."""
        told = [each for each in self.parts[: self.returned] if each.kind in _TEXTS]
        return words.told_to_people(told[0].kind, self.content(told[0]), self.charset(told[0])) if told else ""

    def content(self, part: PartSpan) -> bytes:
        return decoded_content(part.encoding, self.lines[part.content : part.end])

    def charset(self, part: PartSpan) -> str:
        return header.declared_charset(self.lines[part.header : part.header_end])

    def fields_of(self, at: int) -> bytes:
        """Give what a part of fields holds: a message's header is found as that of a part within it."""
        part = self.parts[at]
        if part.kind.startswith("text/") or part.encoding == "base64":
            return self.content(part)
        inner = self.parts[at + 1] if at + 1 < len(self.parts) else None
        return decoded_content(part.encoding, self.lines[inner.header : inner.end]) if inner else b""


def _parts(lines: bytes) -> tuple[tuple[PartSpan, ...], bool]:
    """Give the parts of a mail, and whether those are all: of one beyond the bounds, those before it is."""
    found = list[PartSpan]()
    try:
        found.extend(structure.parts(lines))
    except Malformed:
        return tuple(found), False
    return tuple(found), True


def _of_status(mail: _Mail) -> Statuses:
    """Read the delivery status; who it says nothing of but the address is told in the text beside it."""
    at = next((at for at, each in enumerate(mail.parts) if each.kind in _STATUSES), None)
    fields = mail.fields_of(at) if at is not None else mail.text.encode() if _FIELD in mail.text.lower() else b""
    found = statuses(fields)
    if all(each.said for each in found.recipients):
        return found
    told = dict(words.told(mail.text))
    recipients = (
        each if each.said else replace(each, said=next(filter(None, map(told.get, each.addresses)), ""))
        for each in found.recipients
    )
    return found._replace(recipients=tuple(recipients))


def _report(mail: _Mail, recipients: tuple[Reported, ...], found: Statuses) -> MailReport:
    return MailReport(
        recipients,
        found.envelope_id[:_MOST_ENVID],
        tuple(islice(dict.fromkeys(_message_ids(mail)), _MOST_IDS)),
        _moment(found.arrival_date),
        _moment(mail.head.first("date")),
    )


def _message_ids(mail: _Mail) -> Iterator[str]:
    """Give by what the message is known again: its own header where it came back, else what the report answers."""
    texts = (mail.content(each) for each in mail.parts[: mail.returned] if each.kind in _TEXTS)
    returned = [mail.fields_of(mail.returned)] if mail.returned < len(mail.parts) else []
    for each in chain(returned, texts):  # some copy the header into their text
        if copied := _COPIED_ID.search(each[:_MOST_RETURNED]):
            yield copied[1].decode("latin-1")
    for name in ("in-reply-to", "references"):
        yield from reversed(_MESSAGE_ID.findall(mail.head.first(name)[:_MOST_REFERENCES]))


def _moment(text: str) -> datetime | None:
    """Read a date as mail has it (RFC 5322 section 3.3); None where it is none, or no moment at all."""
    try:
        found = parsedate_to_datetime(text[:100])
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
