"""A pasted text that reports on mail of ours: on which message, and for whom of it."""

from __future__ import annotations

from dataclasses import dataclass

from panel import clock
from panel.diagnosis.bounces.report import Fate
from panel.i18n import N_
from panel.outbox.bounces.matching import Match
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
    """Find the messages that a text reports on; nothing of it is kept."""
    found = (_told(each) for each in services().bounces.look(text.encode(errors="replace"), now=clock.now()))
    return tuple(filter(None, found))


def _told(match: Match) -> ReportedMessage | None:
    entry = services().outbox.get(match.number)
    if entry is None:
        return None
    fate = match.reported.fate
    noted = any(each.outcome == fate and each.recipient == match.address for each in entry.tried)
    subject = entry.subject or gettext(N_("(no subject)"))
    return ReportedMessage(match.number, subject, match.address, gettext(FATES[fate]), noted)
