"""Nobody hands mail in, at a time at which somebody always did."""

from __future__ import annotations

from datetime import timedelta

from panel.alerts.conditions.sign import Sign
from panel.alerts.conditions.view import View
from panel.alerts.incident import Incident
from panel.outbox.listing.submissions import last_submission, was_submitted_between

WEEK = timedelta(days=7)
WEEKS = 4  # that are looked back at
LEAST_WEEKS = 2  # of them that the outbox must still know


def is_silent(view: View, incident: Incident | None) -> Sign | None:
    """Look whether no message came for so long, where one did at this time of this day in each of the last weeks.

    A night, a Sunday without mail is nothing to be told of. Once told, it is over with the next message.
    """
    span = view.thresholds.silent
    last = last_submission(view.database) if span else None
    if last is None or view.now - last < span:
        return None
    if incident is None and not _is_unusual(view, span):
        return None
    hours = int((view.now - last).total_seconds() // 3600)
    return Sign(last, None, {**view.queue, "hours": hours})


def _is_unusual(view: View, span: timedelta) -> bool:
    """Say whether a message came within the same hours of each week that the outbox still knows."""
    ends = [view.now - WEEK * number for number in range(1, WEEKS + 1)]
    known = [end for end in ends if was_submitted_between(view.database, None, end - span)]
    return len(known) >= LEAST_WEEKS and all(was_submitted_between(view.database, end - span, end) for end in known)
