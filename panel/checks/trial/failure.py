"""The cause of a test's failure, and its report as JSON with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from panel.checks.trial import report
from panel.checks.trial.report import Report
from panel.diagnosis import diagnose
from panel.i18n import N_, Text, Translate
from panel.mail.limits import size_text
from panel.outbox.pace.route import Which
from panel.settings.model import OF_SERVER, SECOND

NOTICES = {
    "same_domain": N_("Same domain as the sender. Only another domain shows whether mail reaches the outside."),
    "no_turn": N_(
        "Another message is still under way, so the interval left no room for a test. Wait, or check without sending."
    ),
    "server_takes_less": N_(
        "The server takes messages of at most %(most)s, less than the largest that is taken here: what is larger is "
        "refused there. Lower the largest message under Rules, so that the application hears of it at once."
    ),
}


def told_notices(found: Report, translate: Translate) -> tuple[str, ...]:
    """Say in a language what a test has noticed beside its outcome."""
    values = {"most": size_text(found.size_max or 0)}
    return tuple(Text(NOTICES[each], values).translated(translate) for each in found.notices if each in NOTICES)


def report_to_json(number: int | None, found: Report, translate: Translate) -> dict[str, Any]:
    """Give the report as the JSON of a test, its failure told in a language; one that did not begin has no number."""
    failure = diagnose.failure_to_json(diagnosed(found), translate) if found.failure else None
    return {"number": number, **report.without_failure(found), "failure": failure}


def diagnosed(found: Report) -> diagnose.Diagnosis:
    """Find the cause of a test's failure; a setting that was tried and works is what is suggested."""
    assert found.failure
    logged_in = found.auth is not None
    bounces = found.mail_from if found.mail_from != found.from_address else ""
    known = diagnose.diagnose(
        found.failure, host=found.host, port=found.port, logged_in=logged_in, bounce_address=bounces
    )
    known = replace(known, suggestion=found.suggestion) if found.suggestion else known
    return _of_second(known) if found.server is Which.SECOND else known


def _of_second(known: diagnose.Diagnosis) -> diagnose.Diagnosis:
    """Name the fields of the second server, where its test names those of a server."""
    suggestion = {_second(name): value for name, value in known.suggestion.items()} if known.suggestion else None
    return replace(known, field=_second(known.field) if known.field else None, suggestion=suggestion)


def _second(field: str) -> str:
    return f"{SECOND}{field}" if field in OF_SERVER else field
