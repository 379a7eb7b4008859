"""When a message that waits may leave: never said to be sooner than it can be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from panel import clock
from panel.config import Config
from panel.mail.smtp.protocol import Failure, Stage
from panel.outbox.estimate import Departure, Standstill, departure, leaves_at
from panel.outbox.pace.healing import Again
from panel.outbox.pace.pace import Reason, Terms
from panel.outbox.pace.rate import MINUTE_MS
from panel.outbox.pace.row import keep_pace, note_starts, read_pace, ticking
from panel.services import Services, open_services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.rows import move

SETTINGS = Settings("report@example.org", smtp_host="smtp.example.org", smtp_auth=False)


@pytest.fixture
def services(tmp_path: Path) -> Services:
    services = open_services(Config(home=tmp_path))
    services.heartbeats.beat("1-a", message=None, now=clock.now())
    return services


def use(services: Services, **changed: int) -> None:
    settings = replace(SETTINGS, **changed)
    services.settings.save(settings, base=services.settings.newest(), by=actor("ken"), now=clock.now())


def wait(services: Services, number: int) -> float | None:
    """Give the seconds until a message may leave."""
    entry = services.outbox.get(number)
    assert entry
    at = clock.instant()
    found = leaves_at(services.database, services.settings.current(), entry, at)
    return (found - at.wall).total_seconds() if found else None


def queue(services: Services, count: int) -> None:
    services.outbox.enqueue_all([mail(number=number) for number in range(count)], by=actor(), now=clock.now())


def test_the_interval_stands_between_those_that_are_ahead(services: Services) -> None:
    use(services, send_interval_ms=6_000)
    queue(services, 3)

    assert [wait(services, number) for number in (1, 2, 3)] == [0, 6, 12]


def test_a_cap_puts_off_what_is_over_it(services: Services) -> None:
    use(services, max_per_hour=2)
    queue(services, 5)

    assert [wait(services, number) for number in (1, 2, 3, 4, 5)] == [0, 0, 3600, 3600, 7200]


def test_the_interval_after_the_last_message_is_waited_for(services: Services) -> None:
    use(services, send_interval_ms=60_000)
    terms, at = Terms.of(services.settings.current()), clock.instant()
    services.pace.begin_test("test/1", terms, at)
    services.pace.end_test("test/1", terms, at)
    queue(services, 1)

    found = wait(services, 1)

    assert found is not None
    assert 59 < found <= 61


def test_a_deferred_message_leaves_when_it_is_due(services: Services) -> None:
    use(services)
    queue(services, 1)
    due = clock.now() + timedelta(hours=1)
    with services.database.writing() as write:
        move(write, 1, "deferred", due_at=clock.stamp(due))

    found = wait(services, 1)

    assert found is not None
    assert 3599 < found <= 3600


def hold(services: Services) -> None:
    with services.database.writing() as write:
        pace = read_pace(write)
        at = clock.instant()
        failure = Failure(Stage.AUTH, "login_refused")
        pace.hold(failure, pace.time(at), at=at, terms=Terms(services.settings.newest()), again=Again.NEVER)
        keep_pace(write, pace)


@pytest.mark.parametrize("why", ["held", "paused", "no worker", "not set up", "sent"])
def test_where_nothing_leaves_nothing_is_said(services: Services, why: str) -> None:
    if why != "not set up":
        use(services)
    queue(services, 1)
    if why == "held":
        hold(services)
    elif why == "paused":
        services.pace.pause(by=actor("ken"), now=clock.now())
    elif why == "no worker":
        services.heartbeats.leave("1-a")
    elif why == "sent":
        services.outbox.cancel(1, by=actor(), now=clock.now())

    assert wait(services, 1) is None


def departs(services: Services) -> tuple[Departure, list[float | None]]:
    """Say when what waits leaves, and the seconds until the next one and until all have."""
    at = clock.instant()
    version = services.settings.current()
    state = services.pace.state(Terms.of(version), at)
    found = departure(services.database, version, state, services.outbox.counts(), at)
    return found, [
        round((each - at.wall).total_seconds(), 1) if each else None for each in (found.next_at, found.out_at)
    ]


def test_all_that_waits_has_left_when_the_last_one_may(services: Services) -> None:
    use(services, send_interval_ms=6_000)
    assert departs(services)[0] == Departure(0)

    queue(services, 3)

    found, moments = departs(services)
    assert (found.waiting, found.standstill, found.put_off, moments) == (3, None, False, [0, 12])


def test_what_was_put_off_leaves_no_sooner_than_it_is_due(services: Services) -> None:
    """The last one that is put off ends it all, however many go before."""
    use(services, send_interval_ms=6_000)
    queue(services, 3)
    put_off(services, 2, minutes=10)
    put_off(services, 3, minutes=40)

    assert departs(services)[1] == [0, 2_400]

    services.outbox.cancel(1, by=actor(), now=clock.now())
    found, moments = departs(services)
    assert (found.put_off, moments) == (True, [600, 2_400])


def put_off(services: Services, number: int, *, minutes: int) -> None:
    with services.database.writing() as write:
        due = clock.stamp(clock.now() + timedelta(minutes=minutes))
        move(write, number, "deferred", attempts=1, due_at=due)


@pytest.mark.parametrize("why", ["paused", "no worker", "unset"])
def test_nothing_is_said_to_leave_while_it_does_not(services: Services, why: str) -> None:
    if why != "unset":
        use(services)
    queue(services, 1)
    if why == "paused":
        services.pace.pause(by=actor(), now=clock.now())
    if why == "no worker":
        with services.database.writing() as write:
            write.run("DELETE FROM workers")

    found, moments = departs(services)

    told = {"paused": Standstill.PAUSED, "no worker": Standstill.UNATTENDED, "unset": Standstill.UNSET}
    assert (found.standstill, moments) == (told[why], [None, None])


def test_a_cap_that_is_reached_is_a_rest(services: Services) -> None:
    use(services, max_per_hour=1)
    terms, at = Terms.of(services.settings.current()), clock.instant()
    services.pace.begin_test("test/1", terms, at)
    services.pace.end_test("test/1", terms, at)
    queue(services, 2)

    found, _ = departs(services)

    assert (found.rests, found.reason) == (True, Reason.HOUR)


def test_what_has_left_takes_of_the_room_of_the_caps(services: Services) -> None:
    use(services, send_interval_ms=6_000, max_per_hour=4, max_per_day=7)
    sent(services, minutes_ago=50, messages=2)
    sent(services, minutes_ago=20, messages=1)
    queue(services, 6)

    minutes = [round((wait(services, number) or 0) / 60, 1) for number in range(1, 7)]

    assert minutes == [0, 10, 10, 40, 23 * 60 + 10, 23 * 60 + 10]
    assert departs(services)[1] == [0, pytest.approx((23 * 60 + 10) * 60, abs=5)]


def test_what_is_under_way_has_its_room_already(services: Services) -> None:
    use(services, max_per_hour=2)
    sent(services, minutes_ago=0, messages=2)
    queue(services, 2)
    with services.database.writing() as write:
        write.run("UPDATE pace SET hand = '[1, 2]'")

    assert departs(services)[1][1] == pytest.approx(3_600, abs=1)


def sent(services: Services, *, minutes_ago: int, messages: int) -> None:
    """Have so many messages begun some minutes ago."""
    terms = Terms.of(services.settings.current())
    with ticking(services.database, clock.instant()) as tick:
        note_starts(tick.write, tick.now - minutes_ago * MINUTE_MS, terms.server, messages)
