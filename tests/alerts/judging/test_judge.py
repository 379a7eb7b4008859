"""Judging keeps one open incident an alert, with its notices, in one transaction; of several judges one does."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from panel.alerts.alert import Alert
from panel.alerts.conditions import table
from panel.alerts.conditions.view import View
from panel.alerts.incident import Incident, IncidentState
from panel.alerts.incidents import IncidentStore
from panel.alerts.judging import lease
from panel.alerts.judging.judge import Judge, incidents_now
from panel.alerts.notice import NoticeType
from panel.clock import Instant
from panel.errors import DatabaseError
from panel.mail.smtp.protocol import Stage
from panel.storage.database import Database, Writer
from tests.support.actors import actor
from tests.support.limits import files_up_to
from tests.support.mail import NOW, at
from tests.support.watched import HOUR, MINUTE, Watched

Told = list[tuple[str, Alert, NoticeType]]


@pytest.fixture
def told(database: Database) -> Told:
    """What was told of, in its order."""
    with database.writing() as write:
        write.run("CREATE TABLE told (name TEXT, alert TEXT, type TEXT)")
    return []


@pytest.fixture
def panel(database: Database) -> Watched:
    return Watched(database, attended=True)


def judge_of(panel: Watched, told: Told) -> Judge:
    """Make a judge whose notices are listed when their transaction is committed."""

    def look(moment: Instant, awake_since: datetime | None) -> View:
        view = panel.view((moment.wall - NOW).total_seconds())
        view.awake_since = awake_since
        return view

    def tell(write: Writer, incident: Incident, type: NoticeType, now: datetime) -> None:
        write.after_commit(lambda: told.append((incident.name, incident.alert, type)))

    return Judge(panel.database, look, tell)


def hold(panel: Watched, seconds: float = 0, cause: str = "login_refused", stage: Stage = Stage.AUTH) -> None:
    panel.enqueue(seconds)
    panel.send(seconds, cause=cause, stage=stage)


def test_a_panel_that_is_well_has_nothing_to_tell(panel: Watched, told: Told) -> None:
    assert judge_of(panel, told).judge(at(0))

    assert told == []
    assert IncidentStore(panel.database).open() == []


def test_one_outage_is_one_incident_with_one_notice_at_each_end(panel: Watched, told: Told) -> None:
    judge = judge_of(panel, told)
    hold(panel)
    for seconds in range(15, HOUR, 15):
        assert judge.judge(at(seconds))
    panel.save(from_name="Panel")
    judge.judge(at(HOUR))
    panel.send(HOUR + 1)
    for seconds in range(HOUR + 15, HOUR + 120, 15):
        judge.judge(at(seconds))

    assert told == [("inc_1", Alert.HELD, NoticeType.FIRING), ("inc_1", Alert.HELD, NoticeType.RESOLVED)]
    assert [each.state for each in IncidentStore(panel.database).recent(now=at(HOUR).wall)] == [IncidentState.RESOLVED]


def test_what_passes_within_its_delay_leaves_no_trace(panel: Watched, told: Told, database: Database) -> None:
    judge = judge_of(panel, told)
    hold(panel, cause="connection_refused", stage=Stage.CONNECT)
    judge.judge(at(15))
    assert len(database.rows("SELECT * FROM incidents WHERE state = 'pending'")) == 1

    panel.save(from_name="Panel")
    judge.judge(at(30))

    assert told == []
    assert database.rows("SELECT * FROM incidents") == []


def test_a_second_cause_is_the_same_incident(panel: Watched, told: Told) -> None:
    judge = judge_of(panel, told)
    hold(panel)
    judge.judge(at(15))
    with panel.database.writing() as write:
        write.run("UPDATE pace SET held_cause = 'certificate_expired', held_stage = 'tls'")
    judge.judge(at(30))

    (open_one,) = IncidentStore(panel.database).open()
    assert told == [("inc_1", Alert.HELD, NoticeType.FIRING), ("inc_1", Alert.HELD, NoticeType.UPDATED)]
    assert open_one.cause == "certificate_expired"


def test_a_reminder_comes_until_somebody_knows(panel: Watched, told: Told) -> None:
    judge = judge_of(panel, told)
    hold(panel)
    judge.judge(at(15))
    judge.judge(at(25 * HOUR))
    IncidentStore(panel.database).acknowledge(1, by=actor("sato"), now=at(26 * HOUR).wall)
    judge.judge(at(60 * HOUR))

    assert [type for _, alert, type in told if alert is Alert.HELD] == [NoticeType.FIRING, NoticeType.FIRING]


def test_who_knows_stays_known_when_the_cause_changes(panel: Watched, told: Told) -> None:
    judge, incidents = judge_of(panel, told), IncidentStore(panel.database)
    hold(panel)
    judge.judge(at(15))
    incidents.acknowledge(1, by=actor("sato"), now=at(20).wall)
    with panel.database.writing() as write:
        write.run("UPDATE pace SET held_cause = 'certificate_expired', held_stage = 'tls'")
    judge.judge(at(30))

    assert [each.acknowledged_by for each in incidents.open()] == ["sato"]


def test_the_next_outage_is_another_incident(panel: Watched, told: Told) -> None:
    judge = judge_of(panel, told)
    panel.set(held_minutes=0)
    for seconds in (0, 5 * HOUR):
        hold(panel, seconds)
        judge.judge(at(seconds + 15))
        panel.save(from_name=f"Panel {seconds}")
        panel.send(seconds + 30)
        judge.judge(at(seconds + 45))

    assert [name for name, *_ in told] == ["inc_1", "inc_1", "inc_2", "inc_2"]


def test_what_flaps_is_told_of_twice_and_then_held_back(panel: Watched, told: Told) -> None:
    judge = judge_of(panel, told)
    panel.set(held_minutes=0)
    for number in range(8):
        seconds = number * 4 * MINUTE
        hold(panel, seconds)
        judge.judge(at(seconds + 15))
        panel.save(from_name=f"Panel {number}")
        panel.send(seconds + 30)
        judge.judge(at(seconds + 45))

    assert [name for name, *_ in told] == ["inc_1", "inc_1", "inc_2"]


def test_of_two_judges_one_judges(panel: Watched, told: Told) -> None:
    one, other = judge_of(panel, told), judge_of(panel, told)
    hold(panel)

    assert one.judge(at(0))
    assert not other.judge(at(1))
    assert one.judge(at(59))
    assert not other.judge(at(118))
    assert len(told) == 1


def test_a_dead_judge_is_followed_by_another_within_a_minute(panel: Watched, told: Told) -> None:
    dead, other = judge_of(panel, told), judge_of(panel, told)
    hold(panel)
    dead.judge(at(0))

    assert not other.judge(at(59))
    assert other.judge(at(60))
    assert len(told) == 1


def test_one_that_leaves_is_followed_at_once(panel: Watched, told: Told) -> None:
    one, other = judge_of(panel, told), judge_of(panel, told)
    one.judge(at(0))
    one.leave()

    assert other.judge(at(1))
    other.leave()
    one.leave()
    assert one.judge(at(2))


def test_a_lease_of_another_clock_binds_nobody(panel: Watched, told: Told) -> None:
    one, other = judge_of(panel, told), judge_of(panel, told)
    one.judge(at(DAY))

    assert other.judge(at(0))


DAY = 86_400


def test_nothing_is_kept_where_the_notice_cannot_be(panel: Watched, told: Told) -> None:
    def fail(*_: object) -> None:
        raise DatabaseError("no")

    hold(panel)
    judge = Judge(panel.database, lambda moment, _: panel.view(15), fail)
    with pytest.raises(DatabaseError):
        judge.judge(at(15))

    assert panel.database.rows("SELECT * FROM incidents") == []
    assert lease.judged_at(panel.database) is None
    assert judge_of(panel, told).judge(at(15))
    assert len(told) == 1


def test_one_that_cannot_be_judged_leaves_the_others_judged(
    panel: Watched, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel.save(oauth_secret_expires="tomorrow", smtp_auth=True, smtp_login="oauth2")
    hold(panel)

    judge_of(panel, told).judge(at(15))

    assert [alert for _, alert, _ in told] == [Alert.HELD]


@pytest.mark.data_file("its disk is this machine's")
def test_an_unwritable_data_file_is_raised(panel: Watched, told: Told) -> None:
    with files_up_to(1), pytest.raises(DatabaseError):
        judge_of(panel, told).judge(at(0))


def test_after_a_break_a_worker_may_come_to_its_first_sign(database: Database, told: Told) -> None:
    panel = Watched(database)
    judge = judge_of(panel, told)
    panel.beat(0)
    panel.enqueue()
    judge.judge(at(0))

    judge.judge(at(HOUR))
    judge.judge(at(HOUR + 59))
    assert told == []
    judge.judge(at(HOUR + 60))

    assert [alert for _, alert, _ in told] == [Alert.NO_WORKER]


def test_what_was_told_of_already_goes_on_and_ends(panel: Watched, told: Told) -> None:
    judge = judge_of(panel, told)
    facts = {"host": "mail.example", "told_as": "inc_mail.example"}
    since = NOW - timedelta(minutes=5)
    fired = Incident(
        *(0, Alert.DATABASE, "critical", IncidentState.FIRING, since, None, facts), fired_at=since, changes=(since,)
    )

    judge.join([fired])
    judge.join([fired])
    judge.judge(at(15))

    assert told == [("inc_1", Alert.DATABASE, NoticeType.RESOLVED)]


# When asked


def test_who_asks_hears_what_fires_though_nobody_judges(panel: Watched, database: Database) -> None:
    hold(panel)

    (found,) = incidents_now(panel.view(15))

    assert (found.alert, found.cause, found.state) == (Alert.HELD, "login_refused", IncidentState.FIRING)
    assert database.rows("SELECT * FROM incidents") == []


def test_what_is_still_borne_does_not_fire(panel: Watched) -> None:
    hold(panel, cause="connection_refused", stage=Stage.CONNECT)

    assert incidents_now(panel.view(MINUTE)) == []
    assert [each.alert for each in incidents_now(panel.view(10 * MINUTE))] == [Alert.HELD]


def test_what_is_kept_is_told_by_its_number(panel: Watched, told: Told) -> None:
    hold(panel)
    judge_of(panel, told).judge(at(15))

    assert [each.name for each in incidents_now(panel.view(30))] == ["inc_1"]


def test_what_is_over_by_now_does_not_fire(panel: Watched, told: Told) -> None:
    hold(panel)
    judge_of(panel, told).judge(at(15))
    panel.save(from_name="Panel")
    panel.send(30)

    assert incidents_now(panel.view(31)) == []


@pytest.mark.data_file("its disk is this machine's")
def test_an_unwritable_data_file_is_told_when_asked(panel: Watched) -> None:
    view = panel.view(0)
    with files_up_to(1):
        assert [each.alert for each in incidents_now(view)] == [Alert.DATABASE]


def test_every_alert_has_its_condition() -> None:
    assert [*table.CONDITIONS] == [*Alert]
