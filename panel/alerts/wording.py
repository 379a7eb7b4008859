"""An incident in the reader's language: what is wrong and what to do, and of a failure the words of its cause."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from panel.alerts.alert import Level
from panel.alerts.incident import Incident
from panel.alerts.notice import Notice, NoticeType
from panel.alerts.sentences import GOES_ON, SENTENCES, TEST
from panel.diagnosis.causes.table import CAUSES
from panel.diagnosis.diagnose import Diagnosis, diagnose, kept
from panel.i18n import Text, Translate, catalogue, joined
from panel.mail.smtp.protocol import Failure, Stage
from panel.outbox.pace.route import Which
from panel.settings.model import OF_SERVER, SECOND

TEST_ID = "inc_test"  # of a test, which is no incident


def notice_of(
    type: NoticeType, incident: Incident | None, *, locale: str, at: datetime, url: str | None, panel: str
) -> Notice:
    """Give a notice of an incident in the reader's language; of none it is a test.

    `url` is the panel's public address, where it has one; the notice leads to the page that shows more. `panel` is the
    name that a reader knows this panel by. `reply` is in it, masked: the destination decides whether that may leave.
    """
    translate = catalogue(locale).gettext
    if incident is None:
        return Notice(type, at, TEST_ID, None, Level.INFO, at, translate(TEST), url=url, panel=panel)
    facts, over = _facts(incident), type is NoticeType.RESOLVED
    return Notice(
        type=type,
        at=at,
        id=str(facts.get("told_as") or incident.name),
        alert=incident.alert,
        level=incident.level,
        since=incident.since,
        what=_over(incident, translate) if over else what_is_wrong(incident, translate, type=type),
        do=() if over else what_to_do(incident, translate),
        cause=incident.cause,
        field=field_of(incident),
        waiting=facts.get("waiting"),
        oldest_waiting_seconds=facts.get("oldest_waiting_seconds"),
        settings_version=facts.get("settings_version"),
        url=f"{url}{SENTENCES[incident.alert].place}" if url else None,
        panel=panel,
        reply=None if over else facts.get("reply"),
    )


def what_is_wrong(incident: Incident, translate: Translate, *, type: NoticeType = NoticeType.FIRING) -> str:
    """Say what is wrong, and why where that is known; a reminder says since when."""
    cause = _diagnosis(incident)
    reminds = type is NoticeType.FIRING and incident.reminded_at is not None
    since = incident.since.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    return joined(
        (
            _told(_sentence(incident), _facts(incident), translate),
            cause.what.translated(translate) if cause else "",
            Text(GOES_ON, {"time": since}).translated(translate) if reminds else "",
        )
    )


_VALUE = re.compile(r"%\((\w+)\)[ds]")


def _told(message: str, facts: Mapping[str, Any], translate: Translate) -> str:
    """Tell a sentence with its facts; one that was not stored, as in an older row, is a question mark."""
    known = {name: value for name, value in facts.items() if value is not None}
    text = _VALUE.sub(lambda found: found[0] if found[1] in known else "?", translate(message))
    return text % known


def what_to_do(incident: Incident, translate: Translate) -> tuple[str, ...]:
    """Say what to do, in steps: those of the cause first, then those of the alert."""
    return tuple(step.translated(translate) for step in _steps(incident))


def field_of(incident: Incident) -> str | None:
    """Name the setting to change, of the first server or the second, where one is known."""
    facts, cause = _facts(incident), _diagnosis(incident)
    field: str | None = facts.get("field") or (cause.field if cause else None)
    of_second = facts.get("server") == Which.SECOND and field in OF_SERVER
    return f"{SECOND}{field}" if of_second else field


def _steps(incident: Incident) -> Iterator[Text]:
    if cause := _diagnosis(incident):
        yield from cause.do
    said = SENTENCES[incident.alert]
    instead = _instead(said.do_instead, incident)
    yield from map(Text, (instead,) if instead else said.do)


def _sentence(incident: Incident) -> str:
    said = SENTENCES[incident.alert]
    return _instead(said.instead, incident) or said.what


def _instead(texts: Mapping[str, str], incident: Incident) -> str:
    facts = _facts(incident)
    return next((text for name, text in texts.items() if facts.get(name)), "")


def _over(incident: Incident, translate: Translate) -> str:
    return translate(SENTENCES[incident.alert].over)


def _diagnosis(incident: Incident) -> Diagnosis | None:
    """Give the diagnosis of the cause by the one way that leads to its words, without what a server said."""
    cause = CAUSES.get(incident.cause or "")
    if cause is None:
        return None
    facts = _facts(incident)
    failure = Failure(cause.usual_stage, cause.name, None)
    if facts.get("stage") in [*Stage]:
        failure = kept(facts["stage"], cause.name, facts.get("reply"), facts.get("detail"))
    host, port = facts.get("mail_host", ""), facts.get("mail_port")
    known = diagnose(failure, host=host, port=port, has_worked=facts.get("has_worked"), by_itself=True)
    return known.without_replies()


def _facts(incident: Incident) -> Mapping[str, Any]:
    return incident.facts or {}
