"""What to look at when a test email was taken by the server and is not in the mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from panel import clock
from panel.checks.doctor.finding import OF_SENDER
from panel.checks.trial.arrival import arrival_to_json
from panel.checks.trial.message import mark_of_test
from panel.i18n import N_, Text, Translate
from panel.settings.model import Settings

if TYPE_CHECKING:  # most tests arrive
    from panel.checks.doctor.finding import Finding
    from panel.checks.examinations.examination import Examination
    from panel.checks.trial.report import Report
    from panel.checks.trial.store import Trial
    from panel.settings.store import Version

_SPAM = N_("Look into the spam folder of %(recipient)s, and search the mailbox for %(mark)s.")
_WAIT = N_(
    "Wait a quarter of an hour: some receivers put off the first mail of a sender whom they do not know (greylisting)."
)
_BOUNCE = N_("Look into the mailbox of %(address)s: a bounce there says why it was not delivered.")
_QUEUE = N_("Have the log of %(host)s searched for %(queue_id)s: it says where the message went from there.")
_LOG = N_("Have the log of %(host)s searched for mail to %(recipient)s at %(time)s: it says where it went from there.")


def places_to_look(number: int, report: Report) -> Iterator[Text]:
    """Say where the message may be, or what tells where it is, the most frequent first."""
    recipient = report.recipient
    yield Text(_SPAM, {"recipient": recipient, "mark": mark_of_test(number)})
    yield Text(_WAIT)
    if report.mail_from:
        yield Text(_BOUNCE, {"address": report.mail_from})
    if report.queue_id:
        yield Text(_QUEUE, {"host": report.host, "queue_id": report.queue_id})
    else:
        yield Text(_LOG, {"host": report.host, "recipient": recipient, "time": clock.stamp(report.sent_at)})


def said_of_sender(report: Report, resolver: tuple[str, int] | None) -> list[Finding]:
    """Give the doctor's findings on SPF, DKIM and DMARC for the sender and the server of a test."""
    from panel.checks.doctor.examine import examine_sender

    settings = Settings(
        from_address=report.from_address,
        bounce_address=report.mail_from if report.mail_from != report.from_address else "",
        smtp_host=report.host,
        smtp_port=report.port,
    )
    return examine_sender(settings, resolver)


def found_of_sender(report: Report, found: Examination | None) -> list[Finding]:
    """Give what the last diagnosis has found of these, where it looked at the settings of the test: nobody is asked."""
    if found is None or found.version != report.version:
        return []
    of_server = ("", str(report.server))
    return [each for each in found.findings if each.name in OF_SENDER and each.server in of_server]


def answer_to_json(
    trial: Trial, version: Version, resolver: tuple[str, int] | None, translate: Translate
) -> dict[str, Any]:
    """Give what was said of a test, and where it has not arrived what to look at, told in a language.

    `version` is that of the settings in force: a test may have been of others.
    """
    known = trial.arrival
    looked = known is not None and not known.arrived
    places = places_to_look(trial.number, trial.report) if looked else ()
    return {
        "test": trial.number,
        "version": trial.report.version,
        "in_force": trial.is_of(version),
        "arrival": arrival_to_json(known),
        "look_at": [each.translated(translate) for each in places],
        "findings": _findings(trial.report, resolver, translate) if looked else [],
    }


def _findings(report: Report, resolver: tuple[str, int] | None, translate: Translate) -> list[dict[str, Any]]:
    from panel.checks.doctor.examine import finding_to_json

    return [finding_to_json(each, translate, clock.now()) for each in said_of_sender(report, resolver)]
