"""Whether a test email has reached its recipient, as somebody says who has looked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from panel import clock
from panel.checks.trial.report import Mode, Outcome, Report
from panel.errors import PanelError
from panel.i18n import N_


@dataclass(frozen=True, slots=True)
class Arrival:
    """What somebody has said of a test: whether it arrived, who said so and when, and how long that was after it left.

    A person looks later than the mailbox has it, so `after` is at most how long the mail took.
    """

    arrived: bool
    at: datetime
    by: str
    after: timedelta


class NothingSent(PanelError):
    """The test has handed over no message, so none can have arrived."""


class SaidOtherwise(PanelError):
    """Somebody else has said the opposite since the page was shown."""


def refuse_unsent(report: Report) -> None:
    """Raise `NothingSent`, with the reason, for a test whose message no server has taken."""
    if report.handed_over:
        return
    if report.outcome is Outcome.RUNNING:
        raise NothingSent(N_("The test has not ended: wait until its message is handed over."))
    if report.mode is Mode.CHECK:
        raise NothingSent(N_("This was a check without sending: no message is under way."))
    if report.outcome is Outcome.STOPPED:
        raise NothingSent(N_("The test was stopped before its message was handed over: none is under way."))
    raise NothingSent(N_("The test failed: no message is under way."))


def refuse_other(known: Arrival | None, said: str | None) -> None:
    """Raise `SaidOtherwise` where the answer is another one by now than the one that was `said` on the page."""
    if known and said is not None and said != word_of(known):
        raise SaidOtherwise(N_("Somebody has answered meanwhile. If you know it better, press again."))


def word_of(known: Arrival | None) -> str:
    """Give the answer in one word, as the table and the forms have it; blank where nobody has given one."""
    return "" if known is None else "yes" if known.arrived else "no"


def arrival_to_json(known: Arrival | None) -> dict[str, Any] | None:
    """Give the answer as JSON values, None where nobody has given one."""
    if known is None:
        return None
    return {
        "arrived": known.arrived,
        "at": clock.stamp(known.at),
        "by": known.by,
        "seconds": round(known.after.total_seconds()),
    }
