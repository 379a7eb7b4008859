"""Judges what is wrong: reads the signs, and has each incident take its turn, in one transaction with its notices."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import uuid4

from panel import logs
from panel.alerts import incidents
from panel.alerts.alert import Alert
from panel.alerts.conditions.sign import Sign
from panel.alerts.conditions.table import CONDITIONS
from panel.alerts.conditions.view import View
from panel.alerts.incident import Incident, IncidentState
from panel.alerts.incidents import open_incidents
from panel.alerts.judging import course, lease
from panel.alerts.judging.course import Turn
from panel.alerts.notice import NoticeType
from panel.clock import Instant
from panel.errors import DatabaseError
from panel.storage.database import Database, Writer

BREAK = timedelta(minutes=2)  # without judging, after which nobody knows what has been meanwhile

Signs = Mapping[Alert, Sign | None]  # without those that could not be looked for
Tell = Callable[[Writer, Incident, NoticeType, datetime], object]


class Judge:
    """Judges for as long as it has the lease; of several one does, and each notice is made once."""

    def __init__(self, database: Database, look: Callable[[Instant, datetime | None], View], tell: Tell) -> None:
        self.name = f"{os.getpid()}-{uuid4().hex[:8]}"
        self._database = database
        self._look = look
        self._tell = tell
        self._awake_since: datetime | None = None

    def judge(self, at: Instant) -> bool:
        """Judge, or say no where another does; raise `DatabaseError` where what is found could not be kept."""
        if not lease.is_free_for(self._database, self.name, at.wall):
            return False
        if fault := self._database.fault():
            raise fault
        self._note_break(at.wall)
        view = self._look(at, self._awake_since)
        signs = signs_of(view, _by_alert(open_incidents(self._database)))
        with self._database.writing() as write:
            if not lease.take(write, self.name, at.wall):
                return False
            self._take_turns(write, view, signs)
        return True

    def join(self, told: Iterable[Incident]) -> None:
        """Keep incidents that were told of while nothing could be kept, so that they go on and end as others do."""
        with self._database.writing() as write:
            known = _by_alert(open_incidents(write))
            for each in told:
                if each.alert not in known:
                    incidents.insert(write, each, each.since)

    def leave(self) -> None:
        """Let another judge at once."""
        with self._database.writing() as write:
            lease.leave(write, self.name)

    def _note_break(self, now: datetime) -> None:
        before = lease.judged_at(self._database)
        if before is None or not timedelta(0) <= now - before <= BREAK:
            self._awake_since = now

    def _take_turns(self, write: Writer, view: View, signs: Signs) -> None:
        known, repeat = _by_alert(open_incidents(write)), view.thresholds.repeat
        for alert, sign in signs.items():
            before = known.get(alert)
            changes = incidents.last_changes(write, alert) if sign and before is None else ()
            turn = _turn(alert, before, sign, view, repeat=repeat, changes=changes)
            if turn:
                self._keep(write, before, turn, view.now)

    def _keep(self, write: Writer, before: Incident | None, turn: Turn, now: datetime) -> None:
        """Keep what has become of an incident, and tell of it what is to be told."""
        after = turn.incident
        if after is None:
            if before:
                incidents.forget_pending(write, before)
            return
        if before is None:
            after = incidents.insert(write, after, now)
        elif turn.notice or course.differs(before, after):
            incidents.update(write, after)
        if turn.notice:
            self._tell(write, after, turn.notice, now)
            write.after_commit(lambda: _log(before, after))


def incidents_now(view: View, *more: IncidentState) -> list[Incident]:
    """Say what fires at this moment, whether anybody judges in the background or not; nothing is kept or told.

    `more` are further states to give, such as what is pending.
    """
    known, found = _by_alert(open_incidents(view.database)), list[Incident]()
    signs = signs_of(view, known)
    for alert in Alert:
        before = known.get(alert)
        turn = _turn(alert, before, signs[alert], view, repeat=timedelta(0)) if alert in signs else Turn(before)
        if turn and turn.incident and turn.incident.state in (IncidentState.FIRING, *more):
            found.append(turn.incident)
    return found


def signs_of(view: View, known: Mapping[Alert, Incident]) -> Signs:
    """Look for the sign of each alert; one that cannot be looked for leaves its alert as it is."""
    signs: dict[Alert, Sign | None] = {}
    for alert, condition in CONDITIONS.items():
        try:
            signs[alert] = condition(view, known.get(alert))
        except DatabaseError:
            raise
        except Exception as fault:
            logs.unexpected("alert_not_judged", fault, alert=alert)
    return signs


def _turn(
    alert: Alert,
    before: Incident | None,
    sign: Sign | None,
    view: View,
    *,
    repeat: timedelta,
    changes: tuple[datetime, ...] = (),
) -> Turn | None:
    if before is None:
        return course.begun(alert, sign, view.now, changes=changes) if sign else None
    if sign is None:
        return course.ended(before, view.queue, view.now)
    return course.continued(before, sign, view.now, repeat=repeat)


def _by_alert(found: Iterable[Incident]) -> dict[Alert, Incident]:
    return {each.alert: each for each in found}


def _log(before: Incident | None, after: Incident) -> None:
    """Log that an alert fires, or is over; a reminder is no event."""
    alert, number, level, cause = after.alert, after.number, after.level, after.cause
    if after.state is IncidentState.RESOLVED:
        logs.info("alert_resolved", alert=alert, incident=number, level=level, cause=cause)
    elif before is None or before.state is IncidentState.PENDING:
        logs.warning("alert_fired", alert=alert, incident=number, level=level, cause=cause)
