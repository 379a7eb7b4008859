"""A pasted text that reports on mail of ours: on which message, and for whom of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from panel import clock
from panel.diagnosis.bounces.report import Fate
from panel.i18n import N_
from panel.outbox.bounces.matching import Match
from panel.outbox.entry import Entry
from panel.web.context import services
from panel.web.text import gettext

FATES = {
    Fate.BOUNCED: N_("Bounced"),
    Fate.DELAYED: N_("Not delivered yet"),
    Fate.DELIVERED: N_("Delivered"),
    Fate.RELAYED: N_("Passed on to a server that sends no reports"),
    Fate.EXPANDED: N_("Delivered to a mailing list"),
}
NOT_NOTED = {
    "test": N_("It is about a test email, and so about no message in the outbox."),
    "repeated": N_("It was noted already."),
    "too_many": N_("So many reports came in this hour that no more are noted. Try again in an hour."),
}
NOT_OURS = N_("No message in the outbox is found for this text.")


@dataclass(frozen=True, slots=True)
class ReportedMessage:
    """A message that a text reports on: what it says of one recipient, and whether that is noted there."""

    number: int
    subject: str
    recipient: str
    fate: str
    is_noted: bool


def reported_in(text: str) -> tuple[ReportedMessage, ...]:
    """Find the messages that a text reports on, each read once; nothing of it is kept."""
    found = services().bounces.look(text.encode(errors="replace"), now=clock.now())
    entries = {number: services().outbox.get(number) for number in {each.number for each in found}}
    noted = {each.number: _noted(each) for each in filter(None, entries.values())}
    return tuple(_told(match, entry, noted) for match in found if (entry := entries[match.number]))


def _noted(entry: Entry) -> frozenset[tuple[str, str | None]]:
    return frozenset((each.outcome, each.recipient) for each in entry.tried)


def _told(match: Match, entry: Entry, noted: Mapping[int, frozenset[tuple[str, str | None]]]) -> ReportedMessage:
    fate = match.reported.fate
    subject = entry.subject or gettext(N_("(no subject)"))
    is_noted = (fate, match.address) in noted[match.number]
    return ReportedMessage(match.number, subject, match.address, gettext(FATES[fate]), is_noted)
