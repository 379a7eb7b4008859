"""The thread that watches: it does nothing where nobody is to be told, and tells from memory what cannot be kept."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from panel import clock, home
from panel.alerts.alert import Alert
from panel.alerts.judging.emergency import Emergency
from panel.clock import Instant
from panel.config import Config
from panel.mail.smtp.protocol import Failure, Stage
from panel.outbox.delivery.claim import Claim
from panel.outbox.pace.pace import Terms
from panel.server.alert_watch import LOOK_EVERY_SECONDS, LOOK_SOON_SECONDS, AlertWatch
from panel.services import Services, open_services
from panel.settings.model import Settings
from panel.storage import vault
from tests.support.actors import actor
from tests.support.limits import files_up_to
from tests.support.mail import OneByOne, mail, taken
from tests.support.postgres import PostgresServer
from tests.support.receiver import Receiver, receiving

BEGAN = clock.instant()
SETTINGS = Settings(from_address="app@example.org", smtp_host="smtp.example.org", smtp_auth=False)


def at(seconds: float) -> Instant:
    return clock.later(BEGAN, round(seconds * 1000))


@pytest.fixture
def services(tmp_path: Path) -> Services:
    services = open_services(Config(home=tmp_path / "home", locale="en"))
    services.settings.save(SETTINGS, base=0, by=actor(), now=BEGAN.wall)
    return services


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


class Watch(AlertWatch):
    """One that waits after each look until what it has begun is delivered."""

    def look(self, at: Instant) -> float:
        seconds = super().look(at)
        assert self._services.deliverer.wait(20)
        return seconds


@pytest.fixture
def watch(services: Services) -> AlertWatch:
    return Watch(services)


def add(services: Services, receiver: Receiver, **values: str) -> int:
    given = {"url": receiver.url, "locale": "en", **values}
    return services.destinations.add("webhook", given, actor(), BEGAN.wall).destination.number


def hold(services: Services) -> None:
    failure = Failure(Stage.AUTH, "login_refused")
    services.pace.hold(failure, at=BEGAN, version=services.settings.newest())


def send(services: Services, moment: Instant) -> None:
    """Have the server take a message."""
    claims, terms = OneByOne(services.database), Terms.of(services.settings.current())
    services.outbox.enqueue(mail(), by=actor(), now=moment.wall)
    claim = claims.claim("1-w", terms, moment)
    assert isinstance(claim, Claim), claim
    claims.settle(claim, taken(claim), moment)


def told(receiver: Receiver) -> list[tuple[str, str]]:
    """List what a receiver was told of."""
    documents = [json.loads(each.body) for each in receiver.heard]
    return [(each["type"], each["data"]["alert"]) for each in documents]


def test_where_nobody_is_to_be_told_nothing_is_judged(services: Services, watch: AlertWatch) -> None:
    hold(services)

    assert watch.look(at(0)) == LOOK_EVERY_SECONDS

    assert services.database.rows("SELECT * FROM incidents") == []
    assert services.database.rows("SELECT * FROM alerts") == []


def test_a_first_destination_that_another_process_adds_is_seen_at_the_next_look(
    services: Services, watch: AlertWatch, receiver: Receiver
) -> None:
    hold(services)
    watch.look(at(0))
    other = open_services(services.config)
    add(other, receiver)

    assert watch.look(at(15)) == LOOK_SOON_SECONDS

    receiver.wait_for(1)
    assert told(receiver) == [("alert.firing", "held")]


def test_an_outage_is_told_of_when_it_begins_and_when_it_is_over(
    services: Services, watch: AlertWatch, receiver: Receiver
) -> None:
    add(services, receiver)
    watch.look(at(0))
    hold(services)
    for seconds in range(15, 300, 15):
        watch.look(at(seconds))
    receiver.wait_for(1)
    services.settings.save(replace(SETTINGS, from_name="Panel"), base=1, by=actor(), now=BEGAN.wall)
    watch.look(at(300))
    send(services, at(310))
    watch.look(at(315))
    watch.look(at(320))

    receiver.wait_for(2)
    assert told(receiver) == [("alert.firing", "held"), ("alert.resolved", "held")]


def test_when_nobody_is_told_any_more_what_is_open_still_ends(
    services: Services, watch: AlertWatch, receiver: Receiver
) -> None:
    services.thresholds.set({"disk.megabytes": "1000000"}, by=actor(), now=BEGAN.wall)
    number = add(services, receiver)
    watch.look(at(0))
    services.destinations.remove(number, actor(), BEGAN.wall)
    services.thresholds.set({"disk.megabytes": "0"}, by=actor(), now=BEGAN.wall)
    watch.look(at(15))

    assert services.incidents.open() == []
    assert not services.has_alerts


def test_it_looks_soon_again_for_a_try_that_is_due_soon_and_for_no_other(
    services: Services, watch: AlertWatch, receiver: Receiver
) -> None:
    receiver.answers = [503]
    add(services, receiver)
    hold(services)
    assert watch.look(at(0)) == LOOK_SOON_SECONDS
    with services.database.writing() as write:
        write.run("UPDATE notices SET tries = 5, due_at = ?", (clock.stamp(at(7_200).wall),))

    assert watch.look(at(5)) == LOOK_EVERY_SECONDS


def test_a_process_in_which_nobody_watches_has_no_thread(services: Services) -> None:
    silent = Services(replace(services.config, alerts=False), services.database, services.vault)
    watch = AlertWatch(silent)

    watch.start()
    watch.stop()

    assert "alerts" not in {each.name for each in threading.enumerate()}


def test_it_stops_though_a_receiver_hangs(services: Services, receiver: Receiver) -> None:
    receiver.may_answer.clear()
    add(services, receiver)
    hold(services)
    watch = AlertWatch(services)
    watch.start()
    receiver.wait_for(1)

    watch.stop()

    assert services.deliverer.wait(20)
    receiver.may_answer.set()


def test_one_that_stops_leaves_its_place_to_another(services: Services, receiver: Receiver) -> None:
    add(services, receiver)
    watch = AlertWatch(services)
    watch.start()
    hold(services)
    watch.stop()
    watch._thread.join(20)

    row = services.database.row("SELECT holder FROM alerts")
    assert row is None or row["holder"] is None


@pytest.mark.data_file("a server knows which key is the right one")
def test_after_a_start_without_the_key_the_log_says_who_cannot_be_told(
    services: Services, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    add(services, receiver)
    keyless = open_services(replace(services.config, keys=(base64.b64encode(vault.new_key()).decode(),)))

    AlertWatch(keyless).look(at(0))

    events = [record.message for record in caplog.records]
    assert "alert_destinations_unreadable" in events
    assert [each.alert for each in keyless.incidents.open()] == [Alert.SECRET_UNREADABLE]
    assert receiver.heard == []


# What the data file cannot hold


@pytest.mark.data_file("its disk is this machine's")
def test_a_data_file_that_cannot_be_written_is_told_of_from_memory(
    services: Services, watch: AlertWatch, receiver: Receiver
) -> None:
    add(services, receiver)
    watch.look(at(0))

    with files_up_to(1):
        watch.look(at(15))
        assert receiver.heard == []
        watch.look(at(30))
        receiver.wait_for(1)
        watch.look(at(45))
    watch.look(at(60))
    watch.look(at(65))
    receiver.wait_for(2)

    first, last = (json.loads(each.body) for each in receiver.heard)
    assert told(receiver) == [("alert.firing", "database"), ("alert.resolved", "database")]
    assert home.machine_name() in first["data"]["what"]
    assert first["id"] == last["id"]
    assert first["data"]["level"] == "critical"


@pytest.mark.data_file("its disk is this machine's")
def test_it_is_told_of_once_an_hour(services: Services, watch: AlertWatch, receiver: Receiver) -> None:
    add(services, receiver)
    watch.look(at(0))

    with files_up_to(1):
        for seconds in range(15, 3_690, 15):
            watch.look(at(seconds))
        receiver.wait_for(2)

    assert told(receiver) == [("alert.firing", "database")] * 2
    watch.look(at(3_700))
    watch.look(at(3_705))
    receiver.wait_for(3)
    assert told(receiver)[-1] == ("alert.resolved", "database")


def test_what_is_gone_at_the_next_look_is_told_of_to_nobody(
    services: Services, watch: AlertWatch, receiver: Receiver
) -> None:
    add(services, receiver)
    watch.look(at(0))
    for seconds in (15, 75):
        with files_up_to(1):
            watch.look(at(seconds))
        watch.look(at(seconds + 30))

    assert receiver.heard == []


@pytest.mark.data_file("its disk is this machine's")
def test_of_the_processes_of_a_machine_one_tells(services: Services, watch: AlertWatch, receiver: Receiver) -> None:
    add(services, receiver)
    other = Watch(open_services(services.config))
    for each in (watch, other):
        each.look(at(0))

    with files_up_to(1):
        for seconds in (75, 90, 105):  # the lease of the one is over: the other finds the same
            for each in (watch, other):
                each.look(at(seconds))
        receiver.wait_for(1)
    for each in (watch, other):
        each.look(at(120))
        each.look(at(125))
    receiver.wait_for(2)

    assert told(receiver) == [("alert.firing", "database"), ("alert.resolved", "database")]


def test_when_the_one_that_told_is_gone_another_tells_after_one_more_look(services: Services, tmp_path: Path) -> None:
    one, other = (Emergency(services.deliverer.send, services.database) for _ in range(2))
    for seconds in (0, 15, 30):
        one.tell(at(seconds).wall)
        other.tell(at(seconds).wall)
    assert (len(one.told), other.told) == (1, [])

    one.forget()
    other.tell(at(45).wall)
    assert other.told == []
    other.tell(at(60).wall)

    assert [each.alert for each in other.told] == [Alert.DATABASE]
    other.forget()


@pytest.mark.data_file("its disk is this machine's")
def test_a_full_disk_is_told_of_beside_it_unless_it_was(services: Services, receiver: Receiver, tmp_path: Path) -> None:
    destinations, thresholds = [], replace(services.thresholds.current(), disk_megabytes=10**9)
    emergency = Emergency(services.deliverer.send, services.database)
    emergency.remember(destinations, thresholds, {Alert.DISK})
    emergency.tell(at(0).wall)
    emergency.tell(at(15).wall)
    assert [each.alert for each in emergency.told] == [Alert.DATABASE]
    emergency.forget()

    emergency.remember(destinations, thresholds, set())
    emergency.tell(at(30).wall)
    emergency.tell(at(45).wall)

    assert [each.alert for each in emergency.told] == [Alert.DATABASE, Alert.DISK]
    emergency.forget()


def test_a_data_file_that_another_process_holds_is_borne_for_longer(
    services: Services, watch: AlertWatch, receiver: Receiver
) -> None:
    add(services, receiver)
    watch.look(at(0))
    database: Any = services.database
    database._busy_ms = 1
    database.close()
    held = open_services(services.config)

    with held.database.writing() as write:
        write.row("SELECT 1")  # from here on it has the lock, at a server, too
        for seconds in range(15, 300, 15):
            watch.look(at(seconds))
        assert receiver.heard == []
        watch.look(at(320))
        receiver.wait_for(1)

    watch.look(at(330))
    assert told(receiver)[0] == ("alert.firing", "database")


def test_a_server_that_is_away_is_told_of_after_a_minute(tmp_path: Path, receiver: Receiver) -> None:
    with PostgresServer() as server:
        services = open_services(Config(home=tmp_path / "other", database_url=server.url("away"), locale="en"))
        add(services, receiver)
        watch = Watch(services)
        watch.look(at(0))

        server.stop()
        for seconds in (15, 30, 45):
            watch.look(at(seconds))
        assert receiver.heard == []
        watch.look(at(80))
        receiver.wait_for(1)
        server.start()
        watch.look(at(95))
        receiver.wait_for(2)

        assert told(receiver) == [("alert.firing", "database"), ("alert.resolved", "database")]
        assert "The database server takes no changes" in receiver.heard[0].body.decode()
        services.database.close()
    clock.follow_none()
