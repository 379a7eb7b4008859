"""The notices that wait: in whose language, with what in them, how many an hour, and for how long."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from panel.alerts.delivery import queue
from panel.alerts.delivery.answered import Answered
from panel.alerts.delivery.schedule import LEASE
from panel.alerts.destinations import DestinationStore
from panel.alerts.notice import NoticeType
from panel.storage import vault
from panel.storage.database import Database
from panel.storage.vault import Vault
from tests.support.actors import actor
from tests.support.alerts import NOW, incident, tell

BY = actor("hanako")
URL = "https://hooks.example.org/x"
MAIL = {"recipients": "ops@example.net", "host": "mail.example.net", "from": "alerts@example.net"}
REPLY = {"stage": "auth", "reply": [535, ["5.7.8 Go away"]]}
OK, NO = Answered(told=True, status="200 OK"), Answered(told=False, status="503")


@pytest.fixture
def store(database: Database) -> DestinationStore:
    return DestinationStore(database, Vault([vault.new_key()]))


def bodies(database: Database, where: str = "1 = 1") -> list[Any]:
    found = database.rows(f"SELECT body FROM notices WHERE {where} ORDER BY number")
    return [json.loads(row["body"]) for row in found]


def test_nobody_is_told_where_nobody_is_named(database: Database) -> None:
    assert tell(database) == 0
    assert queue.due(database, NOW) == []
    assert queue.next_due(database) is None


def test_each_is_told_in_its_language(database: Database, store: DestinationStore) -> None:
    store.add("webhook", {"url": URL, "locale": "en"}, BY, NOW)
    store.add("ntfy", {"url": URL, "locale": "ja"}, BY, NOW)

    assert tell(database) == 2

    english, japanese = (each["data"]["what"] for each in bodies(database))
    assert english.isascii()
    assert not japanese.isascii()
    assert queue.next_due(database) == NOW


@pytest.mark.parametrize(
    ("kind", "values", "asks"),
    [
        ("webhook", {"url": URL, "details": "yes"}, True),
        ("mail", {**MAIL, "details": "yes"}, True),
        ("webhook", {"url": URL}, False),
        ("mail", MAIL, False),
        ("ntfy", {"url": URL}, False),
        ("ping", {"url": URL}, False),
    ],
)
def test_the_servers_words_go_only_where_they_are_asked_for(
    database: Database, store: DestinationStore, kind: str, values: dict[str, str], asks: bool
) -> None:
    store.add(kind, values, BY, NOW)

    tell(database, incident(facts={"waiting": 1, "reply": "535 5.7.8 Go away"}))

    assert ("Go away" in json.dumps(bodies(database))) is asks


def test_thirty_an_hour_are_told_one_by_one_and_the_rest_in_one(database: Database, store: DestinationStore) -> None:
    store.add("webhook", {"url": URL}, BY, NOW)
    for number in range(45):
        tell(database, incident(number + 1), now=NOW + timedelta(minutes=number))

    waiting = bodies(database, "outcome = 'waiting'")
    assert len(waiting) == 31
    summed = waiting[-1]
    assert summed["data"]["what"].startswith("15 more notices came within the hour")
    assert summed["type"] == "alert.updated"
    row = database.row("SELECT due_at FROM notices WHERE outcome = 'waiting' AND incident ISNULL")
    assert row
    assert row["due_at"] == "2026-11-27T10:00:00.000Z"
    for each in queue.due(database, NOW + timedelta(minutes=45)):
        claimed = queue.claim(database, each, NOW + timedelta(minutes=45))
        assert claimed
        queue.settle_notice(database, store.get(1), claimed, OK, NOW + timedelta(minutes=45))
    tell(database, incident(99), now=NOW + timedelta(minutes=46))
    assert len(queue.due(database, NOW + timedelta(minutes=47))) == 0
    (last,) = queue.due(database, NOW + timedelta(hours=1))
    assert "16 more" in last.dispatch.notice.what


def test_an_hour_later_they_are_told_again(database: Database, store: DestinationStore) -> None:
    store.add("webhook", {"url": URL}, BY, NOW)
    for number in range(30):
        tell(database, incident(number + 1))

    tell(database, incident(31), now=NOW + timedelta(minutes=61))

    assert len(bodies(database, "outcome = 'waiting'")) == 31
    assert bodies(database, "outcome = 'summed'") == []


def test_of_mails_it_is_six_an_hour(database: Database, store: DestinationStore) -> None:
    store.add("mail", MAIL, BY, NOW)
    for number in range(8):
        tell(database, incident(number + 1))

    assert len(bodies(database, "outcome = 'waiting'")) == 7
    assert len(bodies(database, "outcome = 'summed'")) == 2


def test_a_ping_hears_of_what_fires_only(database: Database, store: DestinationStore) -> None:
    store.add("ping", {"url": URL}, BY, NOW)

    assert tell(database) == 1
    assert tell(database, type=NoticeType.UPDATED) == 0
    assert tell(database, type=NoticeType.RESOLVED) == 0


def test_one_claim_is_good_until_its_lease_is_over(database: Database, store: DestinationStore) -> None:
    store.add("webhook", {"url": URL}, BY, NOW)
    tell(database)
    (due,) = queue.due(database, NOW)

    assert queue.claim(database, due, NOW)
    assert queue.claim(database, due, NOW) is None
    assert queue.due(database, NOW + LEASE - timedelta(seconds=1)) == []
    assert queue.next_due(database) == NOW + LEASE
    (again,) = queue.due(database, NOW + LEASE)
    assert again.dispatch.webhook_id == due.dispatch.webhook_id
    claimed = queue.claim(database, again, NOW + LEASE)
    assert claimed
    assert claimed.tries == 2


def test_a_try_that_was_broken_off_counts_for_nothing(database: Database, store: DestinationStore) -> None:
    store.add("webhook", {"url": URL}, BY, NOW)
    tell(database)
    (due,) = queue.due(database, NOW)
    claimed = queue.claim(database, due, NOW)
    assert claimed

    queue.give_back_notice(database, claimed)

    (again,) = queue.due(database, NOW)
    assert again.tries == 0


def test_a_destination_knows_since_when_it_has_failed(database: Database, store: DestinationStore) -> None:
    store.add("webhook", {"url": URL}, BY, NOW)
    tell(database)
    found = store.get(1)
    assert found
    for minutes, answered in ((0, NO), (10, NO)):
        at = NOW + timedelta(minutes=minutes)
        (due,) = queue.due(database, at)
        claimed = queue.claim(database, due, at)
        assert claimed
        queue.settle_notice(database, found, claimed, answered, at)
    failing = store.get(1)
    assert failing
    assert (failing.failing_since, failing.failed_at, failing.status) == (NOW, NOW + timedelta(minutes=10), "503")

    at = NOW + timedelta(minutes=20)
    claimed = queue.claim(database, queue.due(database, at)[0], at)
    assert claimed
    queue.settle_notice(database, found, claimed, OK, at)

    told = store.get(1)
    assert told
    assert (told.failing_since, told.delivered_at) == (None, at)


def test_what_ended_is_forgotten_after_90_days(database: Database, store: DestinationStore) -> None:
    store.add("webhook", {"url": URL}, BY, NOW)
    tell(database)
    (due,) = queue.due(database, NOW)
    claimed = queue.claim(database, due, NOW)
    assert claimed
    queue.settle_notice(database, store.get(1), claimed, OK, NOW)
    tell(database, incident(92), now=NOW + timedelta(days=90, seconds=-1))
    assert len(bodies(database)) == 2

    tell(database, incident(93), now=NOW + timedelta(days=91))

    assert len(bodies(database)) == 2


def test_nothing_is_added_where_the_incident_is_not(database: Database, store: DestinationStore) -> None:
    store.add("webhook", {"url": URL}, BY, NOW)

    with pytest.raises(ZeroDivisionError):
        _tell_and_fail(database)

    assert bodies(database) == []


def _tell_and_fail(database: Database) -> None:
    with database.writing() as write:
        queue.add_notices(write, incident(), NoticeType.FIRING, NOW)
        write.run("SELECT ?", (1 // 0,))
