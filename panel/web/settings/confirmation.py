"""What is asked back before values are saved: an interval that is missing, a login that no test has proven."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from panel import clock
from panel.checks.trial.report import Outcome
from panel.i18n import N_
from panel.settings.model import PACE_FIELDS, RECORD, Settings, fields_that_differ
from panel.web.context import account, services
from panel.web.settings.interval import Known, known_interval


@dataclass(frozen=True, slots=True)
class Untested:
    """What to say of values that no test email has proven: a title, and how that is known."""

    title: str
    text: str


UNTRIED = Untested(N_("These values have not been tested"), N_("No test email has been sent with them."))
DIFFERENT = Untested(UNTRIED.title, N_("They differ from those of your last test email."))
FAILED = Untested(N_("These values do not work as far as is known"), N_("The last test email with them failed."))
# What decides whether a server lets mail in: the display name and the pace do not.
PROVEN = frozenset(RECORD) - PACE_FIELDS - {"from_name"}


def interval_to_offer(settings: Settings, before: Settings) -> Known | None:
    """Give the interval to offer where mail would leave without one at a service with a limit, and nobody said so yet.

    Who has saved that once is not asked again: it is in force.
    """
    if settings.send_interval_ms or request.form.get("unpaced") == "yes":
        return None
    if before.complete and not before.send_interval_ms and before.smtp_host == settings.smtp_host:
        return None
    return known_interval(settings.smtp_host)


def untested(settings: Settings, before: Settings) -> Untested | None:
    """Say what is known of values of the login that no test email has proven, where nobody has said to save them."""
    if request.form.get("untested") == "yes" or not PROVEN.intersection(fields_that_differ(before, settings)):
        return None
    opened, now, who = services(), clock.now(), account()
    assert who
    fingerprint = opened.settings.fingerprint(settings)
    if opened.trials.latest_success(fingerprint, None, now):
        return None
    last = opened.trials.latest_of(fingerprint, None, now)
    if last and last.report.outcome is not Outcome.SUCCESS:
        return FAILED
    saved_at, other = opened.settings.current().saved_at, opened.trials.latest(now, account=who.name)
    return DIFFERENT if other and not last and not (saved_at and other.report.started_at < saved_at) else UNTRIED
