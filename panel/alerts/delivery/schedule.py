"""When a notice is tried, how often, and how many an hour are told one by one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from panel.alerts.delivery.answered import Answered
from panel.alerts.destination import DestinationKind
from panel.errors import PanelError

HTTP_SECONDS = 10.0  # in which a receiver has answered
MAIL_SECONDS = 30.0  # in which a mail server has taken a mail
LEASE = timedelta(seconds=60)  # of a try: more than the longest takes
BEAT_EVERY = timedelta(minutes=5)  # between two pings while all is well
BEAT_AGAIN = timedelta(minutes=1)  # after one that failed
PER_HOUR = timedelta(hours=1)
MOST_AN_HOUR = 30
MOST_MAILS_AN_HOUR = 6
_SECONDS = (0, 5, 60, 300, 1_800, 7_200, 36_000)  # after the first try
_OF_MAIL = (0, 5, 60, 300, 600)
_AFTER: Mapping[DestinationKind, tuple[int, ...]] = {DestinationKind.MAIL: _OF_MAIL}


class TooManyAlertTests(PanelError):
    """Enough tests for now."""


def most_an_hour(kind: DestinationKind) -> int:
    """Say how many notices an hour a destination is told one by one; what is over is summed up."""
    return MOST_MAILS_AN_HOUR if kind is DestinationKind.MAIL else MOST_AN_HOUR


def next_try(kind: DestinationKind, tries: int, answered: Answered, now: datetime) -> datetime | None:
    """Say when it is tried again after so many tries; None where it is given up."""
    after = _AFTER.get(kind, _SECONDS)
    if tries >= len(after) or answered.gone:
        return None
    pause = after[tries] - after[tries - 1]
    return now + timedelta(seconds=max(pause, answered.retry_after or 0))
