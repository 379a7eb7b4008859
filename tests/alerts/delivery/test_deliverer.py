"""Delivery to real receivers: over HTTP and HTTPS, slow, gone, lying, and several at once."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from panel import clock
from panel.alerts.delivery.deliverer import Deliverer
from panel.alerts.delivery.schedule import TooManyAlertTests
from panel.alerts.destinations import DestinationStore, NoSuchDestination
from panel.alerts.notice import NoticeType
from panel.mail.net.policy import Policy
from panel.outbox.listing.look import totals
from panel.storage import vault
from panel.storage.database import Database
from panel.storage.vault import Vault
from tests.support.actors import actor
from tests.support.alerts import NOW, incident, notice, tell
from tests.support.receiver import Receiver, receiving
from tests.support.scripted import (
    ScriptedServer,
    Step,
    begins_tls,
    drips,
    goes_on_for_ever,
    hangs_up,
    hears_request,
    is_silent,
    says,
)
from tests.support.servers import Authority

BY = actor("hanako")
LATER = timedelta(seconds=1)


@pytest.fixture
def keys() -> Vault:
    return Vault([vault.new_key()])


@pytest.fixture
def store(database: Database, keys: Vault) -> DestinationStore:
    return DestinationStore(database, keys)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def deliverer(database: Database, keys: Vault) -> Iterator[Deliverer]:
    deliverer = Deliverer(database, keys, Policy(), panel="panel.example")
    yield deliverer
    deliverer.stop()
    assert deliverer.wait(20)


@pytest.fixture
def deliver(deliverer: Deliverer) -> Callable[[datetime], datetime | None]:
    """Deliver what is due and wait until that is over."""

    def until_over(at: datetime) -> datetime | None:
        deliverer.deliver_due(at)
        assert deliverer.wait(30)
        return deliverer.deliver_due(at)

    return until_over


def rows(database: Database) -> list[tuple[Any, ...]]:
    found = database.rows("SELECT outcome, tries, status FROM notices ORDER BY number")
    return [tuple(row) for row in found]


def test_a_notice_arrives_signed_and_once(
    database: Database, store: DestinationStore, deliver: Any, receiver: Receiver
) -> None:
    secret = store.add("webhook", {"url": receiver.url, "locale": "ja"}, BY, NOW).secret
    now = clock.now()

    assert tell(database, now=now) == 1
    deliver(now)
    deliver(now + LATER)

    (heard,) = receiver.heard
    Webhook(secret).verify(heard.body, heard.headers)
    document = json.loads(heard.body)
    assert (document["type"], document["id"], document["data"]["waiting"]) == ("alert.firing", "inc_91", 41)
    assert document["data"]["url"].startswith("https://panel.example/")
    assert not document["data"]["what"].isascii()  # in Japanese
    assert rows(database) == [("delivered", 1, "200 OK")]
    found = store.get(1)
    assert found
    assert (found.status, found.delivered_at is not None, found.failing_since) == ("200 OK", True, None)


def test_it_is_tried_on_schedule_and_then_given_up(
    database: Database, store: DestinationStore, deliver: Any, receiver: Receiver, log: Any
) -> None:
    store.add("webhook", {"url": receiver.url}, BY, NOW)
    receiver.always = 503
    tell(database)
    at, pauses = NOW, []
    for _ in range(7):
        due = deliver(at)
        pauses.append(round((due - at).total_seconds()) if due else None)
        at = due or at

    assert pauses == [5, 55, 240, 1_500, 5_400, 28_800, None]  # at 5 s, 1 min, 5 min, 30 min, 2 h and 10 h
    assert rows(database) == [("failed", 7, "503 Service Unavailable")]
    assert len({each.headers["webhook-id"] for each in receiver.heard}) == 1
    assert len({each.headers["webhook-timestamp"] for each in receiver.heard}) == 7
    assert len({each.headers["webhook-signature"] for each in receiver.heard}) == 7
    assert totals(database, "alert_deliveries") == {"failed": 6, "given_up": 1}
    assert deliver(at + timedelta(days=1)) is None
    assert len(receiver.heard) == 7


def test_who_no_longer_asks_for_the_servers_words_is_not_told_them(
    database: Database, store: DestinationStore, deliver: Any, receiver: Receiver
) -> None:
    store.add("webhook", {"url": receiver.url, "details": "yes"}, BY, NOW)
    tell(database, incident(facts={"reply": "535 5.7.8 no"}))
    store.update(1, {"details": "no"}, 1, BY, NOW)
    deliver(NOW)

    assert [b"535" in each.body for each in receiver.heard] == [False]


def test_nothing_is_tried_before_its_time(
    database: Database, store: DestinationStore, deliver: Any, receiver: Receiver
) -> None:
    store.add("webhook", {"url": receiver.url}, BY, NOW)
    receiver.answers.append(500)
    tell(database)

    due = deliver(NOW)
    deliver(due - timedelta(milliseconds=1))
    assert len(receiver.heard) == 1
    deliver(due)

    assert len(receiver.heard) == 2
    assert rows(database) == [("delivered", 2, "200 OK")]


@pytest.mark.parametrize(
    ("after", "seconds"), [("120", 120), ("0", 5), ("86400", 3_600), ("-5", 5), ("soon", 5), ("9" * 30, 5)]
)
def test_retry_after_is_obeyed_within_bounds(
    database: Database, store: DestinationStore, deliver: Any, receiver: Receiver, after: str, seconds: int
) -> None:
    store.add("webhook", {"url": receiver.url}, BY, NOW)
    receiver.answers.append((429, {"Retry-After": after}))
    tell(database)

    due = deliver(NOW)

    assert seconds <= (due - NOW).total_seconds() < seconds + 5


def test_410_disables_the_destination_until_it_is_changed(
    database: Database, store: DestinationStore, deliver: Any, receiver: Receiver
) -> None:
    store.add("webhook", {"url": receiver.url}, BY, NOW)
    receiver.answers.append(410)
    tell(database)
    tell(database, incident(92))

    deliver(NOW)

    found = store.get(1)
    assert found
    assert found.disabled_at
    assert {row[0] for row in rows(database)} == {"failed"}
    assert len(receiver.heard) == 1
    assert tell(database, incident(93)) == 0
    action = database.row("SELECT action, account, via FROM audit ORDER BY number DESC")
    assert action
    assert tuple(action) == ("alert_destination_disabled", "", "worker")

    store.update(1, {"name": "again"}, 1, BY, NOW)
    assert tell(database, incident(94)) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(
    database: Database, store: DestinationStore, deliver: Any, receiver: Receiver, status: int
) -> None:
    with receiving() as other:
        store.add("webhook", {"url": receiver.url}, BY, NOW)
        receiver.answers.append((status, {"Location": other.url}))
        tell(database)

        deliver(NOW)

        assert other.heard == []
    assert [row[0] for row in rows(database)] == ["waiting"]


def test_one_that_is_slow_keeps_no_other_waiting(
    database: Database, store: DestinationStore, deliverer: Deliverer, receiver: Receiver
) -> None:
    with receiving() as quick:
        store.add("webhook", {"url": receiver.url}, BY, NOW)
        store.add("webhook", {"url": quick.url}, BY, NOW)
        receiver.may_answer.clear()
        tell(database)

        deliverer.deliver_due(NOW)
        receiver.wait_for(1)
        quick.wait_for(1)
        tell(database, incident(92))
        deliverer.deliver_due(NOW + LATER)
        quick.wait_for(2)

        assert len(receiver.heard) == 1
        assert [lane.name for lane in threading.enumerate()].count("alert-destination-1") == 1
        receiver.may_answer.set()
        assert deliverer.wait(20)
    assert rows(database)[0][0] == "delivered"


def test_two_deliverers_do_not_send_one_notice_twice(
    database: Database, keys: Vault, store: DestinationStore, deliverer: Deliverer, receiver: Receiver
) -> None:
    other = Deliverer(database, keys, Policy())
    store.add("webhook", {"url": receiver.url}, BY, NOW)
    for number in range(20):
        tell(database, incident(number + 1))

    for _ in range(20):
        deliverer.deliver_due(NOW)
        other.deliver_due(NOW)
        assert deliverer.wait(20)
        assert other.wait(20)

    ids = [each.headers["webhook-id"] for each in receiver.heard]
    assert len(ids) == len(set(ids)) == 20


def test_of_one_incident_no_notice_overtakes(
    database: Database, store: DestinationStore, deliver: Any, receiver: Receiver
) -> None:
    store.add("webhook", {"url": receiver.url}, BY, NOW)
    receiver.answers.append(500)
    tell(database)
    deliver(NOW)
    tell(database, type=NoticeType.RESOLVED, now=NOW + LATER)
    tell(database, incident(92), now=NOW + LATER)

    deliver(NOW + LATER)

    kinds = [(json.loads(each.body)["id"], json.loads(each.body)["type"]) for each in receiver.heard]
    assert kinds == [
        ("inc_91", "alert.firing"),
        ("inc_92", "alert.firing"),  # the way is open again: what waited follows at once
        ("inc_91", "alert.firing"),
        ("inc_91", "alert.resolved"),
    ]


def test_what_cannot_be_read_is_given_up_and_keeps_nothing_else_waiting(
    database: Database, store: DestinationStore, deliver: Any, receiver: Receiver
) -> None:
    store.add("webhook", {"url": receiver.url}, BY, NOW)
    tell(database)
    with database.writing() as write:
        write.run("UPDATE notices SET body = '{}'")
    tell(database, incident(92))
    at = NOW
    for _ in range(8):
        at = deliver(at) or at

    assert rows(database) == [("failed", 7, "panel_fault"), ("delivered", 1, "200 OK")]


# Receivers that lie, over TLS

ANSWER = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([says(ANSWER + b"Content-Length: 0\r\n\r\n")], True),
        ([says(ANSWER + b"Content-Length: 99999999999\r\n\r\nok"), hangs_up], True),
        ([says(ANSWER + b"Content-Length: -1\r\n\r\n")], True),
        ([says(ANSWER + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08")], True),
        ([says(ANSWER + b"\r\n"), goes_on_for_ever(b"x" * 65_536)], True),
        ([says(b"HTTP/1.1 500 Fine\r\n\r\n")], False),
        ([says(b"200 OK\r\n\r\n")], False),
        ([goes_on_for_ever(b"X-More: x\r\n")], False),
        ([hangs_up], False),
        ([says(b"HTTP/1.1 101 Switching\r\n\r\n")], False),
        ([says(b"HTTP/1.1 100 Continue\r\n\r\n" + ANSWER + b"\r\n")], True),
    ],
)
def test_of_an_answer_the_status_counts_and_nothing_else_is_read(
    deliverer: Deliverer, store: DestinationStore, authority: Authority, steps: list[Step], told: bool
) -> None:
    with ScriptedServer(begins_tls(authority), hears_request, *steps) as server:
        url = f"https://localhost:{server.port}/secret-path"
        added = store.add("webhook", {"url": url, "ca_certificate": authority.pem}, BY, NOW).destination

        answered = deliverer.send(added, notice(), NOW)

    assert answered.told is told
    assert "secret" not in answered.status
    assert "Fine" not in answered.status


def test_a_name_that_is_not_in_the_certificate_is_told_nothing(deliverer: Deliverer, store: DestinationStore) -> None:
    authority = Authority.make("other.example.org")
    with receiving(authority) as receiver:
        trusted = {"url": receiver.url, "ca_certificate": authority.pem}
        named = store.add("webhook", trusted, BY, NOW).destination
        trusting_nobody = store.add("webhook", {"url": receiver.url}, BY, NOW).destination

        assert deliverer.send(named, notice(), NOW).status == "certificate_hostname"
        assert deliverer.send(trusting_nobody, notice(), NOW).status == "certificate_untrusted"
        assert receiver.heard == []


def test_a_network_that_is_denied_is_told_nothing(database: Database, keys: Vault, receiver: Receiver) -> None:
    store = DestinationStore(database, keys)
    added = store.add("webhook", {"url": receiver.url}, BY, NOW).destination
    strict = Deliverer(database, keys, Policy((ip_network("127.0.0.0/8"), ip_network("::1/128"))))

    assert strict.send(added, notice(), NOW).status == "address_denied"
    assert receiver.heard == []


@pytest.mark.parametrize(
    "steps",
    [[is_silent], [hears_request, is_silent], [hears_request, says(ANSWER), drips(b"X-More: x\r\n" * 99, seconds=0.2)]],
    ids=["no handshake", "no answer", "drips"],
)
def test_one_that_hangs_has_had_its_seconds(
    database: Database, keys: Vault, store: DestinationStore, authority: Authority, steps: list[Step]
) -> None:
    begins = [begins_tls(authority)] if hears_request in steps else []
    hasty = Deliverer(database, keys, Policy(), http_seconds=0.3)
    with ScriptedServer(*begins, *steps) as server:
        url = f"https://localhost:{server.port}/"
        added = store.add("webhook", {"url": url, "ca_certificate": authority.pem}, BY, NOW).destination

        assert hasty.send(added, notice(), NOW).status == "reply_timeout"


def test_a_stop_breaks_off_and_gives_back_what_is_under_way(
    database: Database, keys: Vault, store: DestinationStore, receiver: Receiver
) -> None:
    store.add("webhook", {"url": receiver.url}, BY, NOW)
    tell(database)
    receiver.may_answer.clear()
    stopped, next_one = (Deliverer(database, keys, Policy()) for _ in range(2))
    stopped.deliver_due(NOW)
    receiver.wait_for(1)

    stopped.stop()

    assert stopped.wait(20)
    assert rows(database) == [("waiting", 0, None)]
    receiver.may_answer.set()
    next_one.deliver_due(NOW)
    assert next_one.wait(20)
    assert rows(database) == [("delivered", 1, "200 OK")]


def test_no_secret_is_logged_or_kept_whatever_a_receiver_says(
    database: Database, store: DestinationStore, deliverer: Deliverer, deliver: Any, receiver: Receiver, log: Any
) -> None:
    header, token = "Authorization: Bearer header-is-secret", "token-is-secret"
    signing = store.add("webhook", {"url": receiver.url, "header": header}, BY, NOW).secret
    store.add("ntfy", {"url": receiver.url.replace("/hook/", "/"), "token": token}, BY, NOW)
    echo = {"X-Echo": f"{header} {token} {signing} secret-path", "Location": receiver.url}
    receiver.answers = [(500, echo), (302, echo), b"HTTP/1.1 500 secret-path token-is-secret\r\n\r\n"]
    tell(database)

    for seconds in (0, 5, 60, 300):
        deliver(NOW + timedelta(seconds=seconds))
    deliverer.test(1, BY, NOW)
    deliverer.test(2, BY, NOW)

    told = "\n".join(log())
    kept = str([tuple(row) for table in ("notices", "destinations", "audit") for row in database.rows(_ALL[table])])
    assert {"alert_delivered", "alert_failed"} <= {line.split(" ")[2] for line in told.splitlines()}
    for secret in ("secret-path", "header-is-secret", token, signing):
        assert secret not in told
        assert secret not in kept


_ALL = {table: f"SELECT * FROM {table}" for table in ("notices", "destinations", "audit")}

# Tests


def test_a_test_arrives_and_says_how_long_it_took(
    database: Database, store: DestinationStore, deliverer: Deliverer, receiver: Receiver
) -> None:
    store.add("webhook", {"url": receiver.url}, BY, NOW)

    answered = deliverer.test(1, BY, NOW)

    assert (answered.told, answered.status) == (True, "200 OK")
    assert json.loads(receiver.heard[0].body)["type"] == "alert.test"
    found = store.get(1)
    assert found
    assert found.tested_at == NOW
    row = database.row("SELECT action, object, changed FROM audit ORDER BY number DESC")
    assert row
    assert tuple(row) == ("alert_tested", "destination/1", "{}")


def test_the_eleventh_test_within_a_minute_is_refused(
    store: DestinationStore, deliverer: Deliverer, receiver: Receiver
) -> None:
    store.add("webhook", {"url": receiver.url}, BY, NOW)
    for _ in range(10):
        deliverer.test(1, BY, NOW)

    with pytest.raises(TooManyAlertTests):
        deliverer.test(1, BY, NOW)

    assert len(receiver.heard) == 10
    assert deliverer.test(1, BY, NOW + timedelta(seconds=61)).told
    with pytest.raises(NoSuchDestination):
        deliverer.test(2, BY, NOW)


def test_a_destination_that_cannot_be_read_is_told_nothing(
    database: Database, store: DestinationStore, receiver: Receiver
) -> None:
    store.add("webhook", {"url": receiver.url}, BY, NOW)
    tell(database)
    lost = Deliverer(database, Vault([vault.new_key()]), Policy())

    lost.deliver_due(NOW)
    assert lost.wait(20)

    assert rows(database) == [("waiting", 1, "secret_unreadable")]
    assert receiver.heard == []


# Pings


def test_a_ping_says_every_five_minutes_that_all_is_well(
    store: DestinationStore, deliverer: Deliverer, receiver: Receiver
) -> None:
    store.add("ping", {"url": receiver.url}, BY, NOW)
    for minutes in (0, 1, 4.99, 5, 9, 10):
        deliverer.beat(NOW + timedelta(minutes=minutes))
        assert deliverer.wait(20)

    assert [(each.method, each.path) for each in receiver.heard] == [("GET", "/hook/secret-path")] * 3


def test_a_ping_that_failed_is_tried_again_after_a_minute(
    store: DestinationStore, deliverer: Deliverer, receiver: Receiver
) -> None:
    store.add("ping", {"url": receiver.url}, BY, NOW)
    receiver.answers.append(502)
    for seconds in (0, 59, 60, 120):
        deliverer.beat(NOW + timedelta(seconds=seconds))
        assert deliverer.wait(20)

    assert len(receiver.heard) == 2


def test_an_alert_pings_a_failure_and_the_next_beat_is_due_at_once(
    database: Database, store: DestinationStore, deliverer: Deliverer, deliver: Any, receiver: Receiver
) -> None:
    store.add("ping", {"url": receiver.url}, BY, NOW)
    deliverer.beat(NOW)
    assert deliverer.wait(20)
    tell(database)
    tell(database, type=NoticeType.RESOLVED)

    deliver(NOW)
    deliverer.beat(NOW + LATER)
    assert deliverer.wait(20)

    assert [(each.method, each.path) for each in receiver.heard] == [
        ("GET", "/hook/secret-path"),
        ("POST", "/hook/secret-path/fail"),
        ("GET", "/hook/secret-path"),
    ]
