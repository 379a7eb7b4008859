"""One incident from its first sign to its end: one notice when it fires, one when it is over, and few between."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from panel.alerts.alert import Alert, Level
from panel.alerts.conditions.sign import Sign
from panel.alerts.incident import Incident, IncidentState
from panel.alerts.judging import course
from panel.alerts.judging.course import Turn
from panel.alerts.notice import NoticeType
from tests.support.mail import NOW

REPEAT = timedelta(hours=24)
TEN_MINUTES = timedelta(minutes=10)


def later(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def sign(cause: str | None = None, *, since: float = 0, **given: object) -> Sign:
    facts = {name: given.pop(name) for name in [*given] if name not in ("delay", "level")}
    return Sign(later(since), cause, facts, **given)


def firing(minutes: float = 0, cause: str | None = None) -> Incident:
    """Give an incident that fired so many minutes after NOW."""
    fired = course.begun(Alert.HELD, sign(cause, since=minutes), later(minutes)).incident
    assert fired is not None
    return fired


def go_on(incident: Incident, minutes: float, found: Sign | None, *, repeat: timedelta = REPEAT) -> Turn:
    if found is None:
        return course.ended(incident, {"waiting": 0}, later(minutes))
    return course.continued(incident, found, later(minutes), repeat=repeat)


def test_without_a_delay_it_fires_at_its_first_sign() -> None:
    turn = course.begun(Alert.HELD, sign("login_refused"), NOW)

    assert turn.notice is NoticeType.FIRING
    assert turn.incident is not None
    assert (turn.incident.state, turn.incident.fired_at) == (IncidentState.FIRING, NOW)
    assert turn.incident.level is Level.CRITICAL


def test_a_delay_is_counted_from_when_it_began() -> None:
    borne = sign(delay=TEN_MINUTES)
    pending = course.begun(Alert.HELD, borne, later(1))
    assert pending.notice is None
    assert pending.incident is not None
    assert pending.incident.state is IncidentState.PENDING

    assert go_on(pending.incident, 9.9, borne).notice is None
    fired = go_on(pending.incident, 10, borne)

    assert fired.notice is NoticeType.FIRING
    assert fired.incident is not None
    assert (fired.incident.since, fired.incident.fired_at) == (NOW, later(10))


def test_one_that_waits_fires_at_once_where_the_delay_falls_away() -> None:
    pending = course.begun(Alert.HELD, sign("connection_refused", delay=TEN_MINUTES), later(1)).incident
    assert pending is not None

    assert go_on(pending, 2, sign("login_refused")).notice is NoticeType.FIRING


def test_one_that_never_fired_is_forgotten_without_a_word() -> None:
    pending = course.begun(Alert.HELD, sign(delay=TEN_MINUTES), NOW).incident
    assert pending is not None

    assert go_on(pending, 5, None) == Turn(None)


def test_while_it_goes_on_nothing_is_told() -> None:
    incident = firing()

    for minutes in range(1, 24 * 60):
        turn = go_on(incident, minutes, sign(waiting=minutes))
        assert turn.notice is None
        assert turn.incident is not None
        incident = turn.incident
    assert incident.since == NOW


def test_its_end_is_told_once_with_the_facts_of_that_moment() -> None:
    turn = go_on(replace(firing(), facts={"waiting": 9, "stage": "auth"}), 5, None)

    assert turn.notice is NoticeType.RESOLVED
    assert turn.incident is not None
    assert (turn.incident.state, turn.incident.resolved_at) == (IncidentState.RESOLVED, later(5))
    assert turn.incident.facts == {"waiting": 0, "stage": "auth"}


def test_another_cause_that_asks_for_something_else_is_told() -> None:
    turn = go_on(firing(cause="login_refused"), 5, sign("certificate_expired"))

    assert turn.notice is NoticeType.UPDATED
    assert turn.incident is not None
    assert turn.incident.cause == "certificate_expired"
    assert turn.incident.since == NOW


def test_the_same_cause_with_other_counts_is_not() -> None:
    turn = go_on(firing(cause="login_refused"), 5, sign("login_refused", waiting=100))

    assert turn.notice is None


@pytest.mark.parametrize(("before", "after"), [(30, 7), (7, 1), (1, 0)])
def test_what_comes_nearer_is_told_at_each_step(before: int, after: int) -> None:
    incident = replace(firing(), alert=Alert.SECRET_EXPIRES, facts={"step": before}, level=Level.WARNING)

    assert go_on(incident, 5, sign(step=after)).notice is NoticeType.UPDATED
    assert go_on(incident, 5, sign(step=before)).notice is None


def test_what_gets_worse_is_told() -> None:
    warned = course.begun(Alert.NO_WORKER, sign(level=Level.WARNING), NOW).incident
    assert warned is not None

    turn = go_on(warned, 5, sign())

    assert turn.notice is NoticeType.UPDATED
    assert turn.incident is not None
    assert turn.incident.level is Level.CRITICAL


def test_a_reminder_comes_every_day_from_when_it_was_last_told() -> None:
    incident = firing()
    times = []
    for hours in range(1, 73):
        turn = go_on(incident, hours * 60, sign())
        assert turn.incident is not None
        incident = turn.incident
        if turn.notice:
            times.append((hours, turn.notice))

    assert times == [(24, NoticeType.FIRING), (48, NoticeType.FIRING), (72, NoticeType.FIRING)]


def test_no_reminder_comes_where_none_is_wanted() -> None:
    assert go_on(firing(), 10_000, sign(), repeat=timedelta(0)).notice is None


def test_no_reminder_comes_where_somebody_knows() -> None:
    known = replace(firing(), acknowledged_at=later(1), acknowledged_by="sato")

    assert go_on(known, 10_000, sign()).notice is None
    assert go_on(known, 10_000, None).notice is NoticeType.RESOLVED


# What comes and goes


def again(before: Incident, minutes: float) -> Incident:
    """Have the alert fire anew after an incident."""
    turn = course.begun(Alert.HELD, sign(since=minutes), later(minutes), changes=before.changes)
    assert turn.notice is NoticeType.FIRING
    assert turn.incident is not None
    return turn.incident


def over(incident: Incident, minutes: float) -> Incident:
    turn = go_on(incident, minutes, None)
    assert turn.notice is NoticeType.RESOLVED
    assert turn.incident is not None
    return turn.incident


def test_what_came_and_went_and_comes_again_is_over_after_half_an_hour_of_quiet() -> None:
    incident = again(over(firing(), 5), 10)

    turn = go_on(incident, 12, None)
    assert turn.notice is None
    for minutes in (13, 20, 41.9):
        assert turn.incident is not None
        assert course.is_quiet(turn.incident)
        turn = go_on(turn.incident, minutes, None)
        assert turn.notice is None

    assert turn.incident is not None
    assert go_on(turn.incident, 42, None).notice is NoticeType.RESOLVED


def test_while_it_comes_and_goes_nothing_is_told() -> None:
    incident, told = again(over(firing(), 5), 10), []
    for minutes in range(11, 300):
        turn = go_on(incident, minutes, sign() if minutes % 7 < 3 else None)
        assert turn.incident is not None
        incident = turn.incident
        told.append(turn.notice)

    assert set(told) == {None}
    assert len(incident.changes) <= course.KEPT_CHANGES


def test_what_comes_again_later_is_another_matter() -> None:
    incident = again(over(firing(), 5), 36)

    assert go_on(incident, 38, None).notice is NoticeType.RESOLVED


def test_a_quiet_one_is_not_reminded_of() -> None:
    incident = again(over(firing(), 5), 10)
    quiet = go_on(incident, 12, None).incident
    assert quiet is not None

    assert go_on(replace(quiet, fired_at=later(-10_000)), 13, None).notice is None


def test_counts_alone_are_nothing_to_keep() -> None:
    incident = firing()

    assert not course.differs(incident, replace(incident, facts={"waiting": 7, "minutes": 3}))
    assert course.differs(incident, replace(incident, facts={"stage": "auth"}))
    assert course.differs(incident, replace(incident, cause="login_refused"))
