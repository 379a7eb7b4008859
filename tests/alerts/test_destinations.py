"""Destinations: what is kept of them, who may see what, and where their secrets may go."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from panel.alerts.destination import Destination
from panel.alerts.destinations import (
    DestinationStore,
    NoSuchDestination,
    SavedDestination,
    StaleDestination,
    nobody_hears,
)
from panel.alerts.kinds.reading import InvalidDestination
from panel.errors import DatabaseError, VaultError
from panel.settings.fields.sealing import keeps_secrets
from panel.settings.keys.rotation import KeyRotation
from panel.storage import vault
from panel.storage.database import Database
from panel.storage.vault import Vault
from tests.support.actors import actor, without_journal
from tests.support.servers import Authority

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
URL = "https://hooks.example.org/T0/secret-path?key=secret-key"
HEADER = "Authorization: Bearer secret-header"
BY = actor("hanako", address="192.0.2.1")


@pytest.fixture
def keys() -> Vault:
    return Vault([vault.new_key()])


@pytest.fixture
def store(database: Database, keys: Vault) -> DestinationStore:
    return DestinationStore(database, keys)


@pytest.fixture
def webhook(store: DestinationStore) -> SavedDestination:
    return store.add("webhook", {"url": URL, "header": HEADER, "name": "Operations"}, BY, NOW)


def test_what_is_added_comes_back_with_its_host_alone(store: DestinationStore, webhook: SavedDestination) -> None:
    (found,) = store.list()

    assert (found.number, found.version, found.kind, found.name) == (1, 1, "webhook", "Operations")
    assert found.host == "hooks.example.org"
    assert found.secrets == {"url": URL, "header": HEADER, "secret": webhook.secret}
    assert "secret" not in repr(found)
    assert "secret" not in json.dumps(found.values)


def test_the_secret_of_a_webhook_is_shown_once_and_no_two_are_alike(store: DestinationStore) -> None:
    made = [store.add("webhook", {"url": URL}, BY, NOW).secret for _ in range(2)]

    assert all(re.fullmatch(r"whsec_[A-Za-z0-9+/]{32}", each) for each in made)
    assert len(set(made)) == 2


@pytest.mark.data_file("its bytes are looked at")
def test_no_secret_stands_in_the_data_file_or_the_journal(database: Database, webhook: SavedDestination) -> None:
    kept = [*database.rows("SELECT * FROM destinations"), *database.rows("SELECT * FROM audit")]
    data = database.path.read_bytes() + database.path.with_name(f"{database.path.name}-wal").read_bytes()

    assert b"hooks.example.org" in data
    for secret in ("secret-path", "secret-key", "secret-header", webhook.secret):
        assert secret.encode() not in data
        assert secret not in str([tuple(row) for row in kept])


def test_who_did_what_is_noted_with_the_host_only(
    database: Database, store: DestinationStore, webhook: SavedDestination
) -> None:
    store.update(1, {"url": f"{URL}2", "name": "Night"}, 1, BY, NOW)
    store.remove(1, BY, NOW)

    rows = database.rows("SELECT action, account, object, changed FROM audit ORDER BY number")
    assert [(row["action"], row["account"], row["object"]) for row in rows] == [
        ("alert_destination_added", "hanako", "destination/1"),
        ("alert_destination_changed", "hanako", "destination/1"),
        ("alert_destination_removed", "hanako", "destination/1"),
    ]
    assert json.loads(rows[0]["changed"]) == {"kind": [None, "webhook"], "host": [None, "hooks.example.org"]}
    assert json.loads(rows[1]["changed"]) == {"name": ["Operations", "Night"], "url": "changed"}


@pytest.mark.usefixtures("webhook")
def test_what_cannot_be_noted_is_not_done(database: Database, store: DestinationStore) -> None:
    with without_journal(database):
        for act in (
            lambda: store.add("ping", {"url": URL}, BY, NOW),
            lambda: store.update(1, {"name": "Night"}, 1, BY, NOW),
            lambda: store.remove(1, BY, NOW),
        ):
            with pytest.raises(DatabaseError):
                act()

    assert [(each.name, each.version) for each in store.list()] == [("Operations", 1)]


@pytest.mark.usefixtures("webhook")
def test_a_blank_secret_is_the_stored_one_on_the_same_host(store: DestinationStore) -> None:
    before = store.get(1)

    saved = store.update(1, {"name": "Night", "url": "", "header": ""}, 1, BY, NOW)

    assert before
    assert (saved.destination.name, saved.destination.version) == ("Night", 2)
    assert saved.destination.secrets == before.secrets
    assert saved.secret == ""


@pytest.mark.usefixtures("webhook")
def test_another_host_asks_for_what_is_sent_along(store: DestinationStore) -> None:
    with pytest.raises(InvalidDestination) as caught:
        store.update(1, {"url": "https://evil.example.net/"}, 1, BY, NOW)

    assert [each.field for each in caught.value.problems] == ["header"]
    assert "another host" in str(caught.value.problems[0].text)


@pytest.mark.parametrize("url", ["https://hooks.example.org:8443/", "https://hooks.example.org.evil.example.net/"])
@pytest.mark.usefixtures("webhook")
def test_another_port_and_a_longer_name_are_other_hosts(store: DestinationStore, url: str) -> None:
    with pytest.raises(InvalidDestination):
        store.update(1, {"url": url}, 1, BY, NOW)


@pytest.mark.parametrize("url", ["https://HOOKS.example.org:443/other", "https://hooks.example.org./other"])
@pytest.mark.usefixtures("webhook")
def test_the_same_host_written_otherwise_is_the_same(store: DestinationStore, url: str) -> None:
    saved = store.update(1, {"url": url}, 1, BY, NOW)

    assert saved.destination.secrets["header"] == HEADER


def test_another_host_gets_another_signing_secret(store: DestinationStore, webhook: SavedDestination) -> None:
    saved = store.update(1, {"url": "https://other.example.net/", "header": HEADER}, 1, BY, NOW)

    assert saved.secret == saved.destination.secrets["secret"]
    assert saved.secret not in ("", webhook.secret)


@pytest.mark.parametrize("kind", ["webhook", "ntfy", "ping"])
def test_a_saved_address_is_not_told_to_whom_another_authority_vouches_for(store: DestinationStore, kind: str) -> None:
    store.add(kind, {"url": "https://hooks.example.org/topic"}, BY, NOW)
    authority = Authority.make("hooks.example.org").pem

    with pytest.raises(InvalidDestination) as caught:
        store.update(1, {"url": "", "ca_certificate": authority}, 1, BY, NOW)
    assert [each.field for each in caught.value.problems] == ["url"]
    assert "CA certificate" in str(caught.value.problems[0].text)

    store.update(1, {"url": "https://hooks.example.org/topic", "ca_certificate": authority}, 1, BY, NOW)
    assert store.update(1, {"name": "Night"}, 2, BY, NOW).destination.name == "Night"


def test_a_token_that_went_by_tls_is_asked_for_where_it_would_go_without(store: DestinationStore) -> None:
    store.add("ntfy", {"url": "https://localhost:8443/topic", "token": "tk_secret"}, BY, NOW)

    with pytest.raises(InvalidDestination) as caught:
        store.update(1, {"url": "http://localhost:8443/topic"}, 1, BY, NOW)

    assert [each.field for each in caught.value.problems] == ["token"]


@pytest.mark.usefixtures("webhook")
def test_a_header_can_be_cleared(store: DestinationStore) -> None:
    saved = store.update(1, {}, 1, BY, NOW, clear=frozenset({"header"}))

    assert set(saved.destination.secrets) == {"url", "secret"}


@pytest.mark.usefixtures("webhook")
def test_a_form_opened_before_does_not_overwrite(store: DestinationStore) -> None:
    store.update(1, {"name": "Night"}, 1, BY, NOW)

    with pytest.raises(StaleDestination) as caught:
        store.update(1, {"name": "Day"}, 1, BY, NOW)

    assert caught.value.current.name == "Night"
    with pytest.raises(NoSuchDestination):
        store.update(2, {}, 1, BY, NOW)


def test_a_renewed_secret_leaves_the_former_one_for_a_day(store: DestinationStore, webhook: SavedDestination) -> None:
    renewed = store.renew_secret(1, 1, BY, NOW)

    assert renewed.secret not in ("", webhook.secret)
    assert renewed.destination.secrets["former_secret"] == webhook.secret
    assert renewed.destination.values["former_until"] == "2026-11-28T09:00:00.000Z"
    assert store.update(1, {"name": "x"}, 2, BY, NOW).destination.secrets["former_secret"] == webhook.secret


def test_only_a_webhook_has_a_secret_to_renew(store: DestinationStore) -> None:
    store.add("ping", {"url": URL}, BY, NOW)

    with pytest.raises(InvalidDestination):
        store.renew_secret(1, 1, BY, NOW)


def test_there_are_ten_at_most(store: DestinationStore) -> None:
    for _ in range(10):
        store.add("ping", {"url": URL}, BY, NOW)

    with pytest.raises(InvalidDestination) as caught:
        store.add("ping", {"url": URL}, BY, NOW)

    assert [each.field for each in caught.value.problems] == ["kind"]
    assert len(store.list()) == 10


def test_removing_takes_what_waits_along(database: Database, store: DestinationStore) -> None:
    store.add("ping", {"url": URL}, BY, NOW)
    with database.writing() as write:
        write.run(
            "INSERT INTO notices (destination, type, webhook_id, body, made_at) VALUES (1, 'alert.test', '', '{}', '')"
        )

    assert store.remove(1, BY, NOW)
    assert not store.remove(1, BY, NOW)
    assert store.get(1) is None
    assert database.rows("SELECT * FROM notices") == []


# Keys


def test_a_destination_alone_needs_a_key(database: Database, store: DestinationStore) -> None:
    assert not keeps_secrets(database)

    store.add("ping", {"url": URL}, BY, NOW)

    assert keeps_secrets(database)


def test_a_lost_key_keeps_the_destination_and_asks_again(database: Database, webhook: SavedDestination) -> None:
    lost = DestinationStore(database, Vault([vault.new_key()]))

    (found,) = lost.list()
    assert (found.readable, found.host, found.secrets) == (False, "hooks.example.org", {})
    assert lost.unreadable() == [1]
    with pytest.raises(InvalidDestination) as caught:
        lost.update(1, {"name": "Night"}, 1, BY, NOW)
    assert [(each.field, "cannot be read" in str(each.text)) for each in caught.value.problems] == [("url", True)]

    saved = lost.update(1, {"url": URL}, 1, BY, NOW)
    assert saved.destination.readable
    assert saved.secret.startswith("whsec_")
    assert saved.secret != webhook.secret


def test_a_secret_that_is_moved_to_another_row_or_host_does_not_open(
    database: Database, store: DestinationStore, webhook: SavedDestination
) -> None:
    store.add("webhook", {"url": "https://evil.example.net/"}, BY, NOW)
    store.add("webhook", {"url": URL}, BY, NOW)  # the same host, and another record
    with database.writing() as write:
        write.run("UPDATE destinations SET secrets = (SELECT secrets FROM destinations WHERE number = 1)")
    assert [each.readable for each in store.list()] == [True, False, False]

    with database.writing() as write:
        write.run("UPDATE destinations SET host = 'evil.example.net' WHERE number = 1")
    assert [each.readable for each in store.list()] == [False, False, False]


def test_a_rotation_seals_destinations_too_and_an_old_key_stays_while_one_needs_it(
    database: Database, webhook: SavedDestination
) -> None:
    old, new, other = (vault.new_key() for _ in range(3))
    keys = Vault([old])
    store = DestinationStore(database, keys)
    store.update(1, {"url": URL, "header": HEADER}, 1, BY, NOW)
    rotated = Vault([new, old])
    rotation = KeyRotation(database, rotated, lambda: DestinationStore(database, rotated))
    needed: list[frozenset[bytes]] = []
    rotation.release(needed.append, by=BY, now=NOW)

    count = rotation.reseal(by=BY, now=NOW)

    assert count == 3
    assert DestinationStore(database, Vault([new])).get(1).readable
    rotation.release(needed.append, by=BY, now=NOW)
    assert [rotated.needs(Vault([each]).seal("x", "")) in needed[0] for each in (old, new)] == [True, False]
    assert [rotated.needs(Vault([each]).seal("x", "")) in needed[1] for each in (old, new)] == [False, True]
    with pytest.raises(VaultError):
        Vault([other]).open(database.row("SELECT secrets FROM destinations")["secrets"], "")


def test_all_have_failed_for_an_hour(store: DestinationStore) -> None:
    def one(minutes: int | None = None, **values: object) -> Destination:
        since = NOW - timedelta(minutes=minutes) if minutes is not None else None
        return Destination(1, 1, "ping", "h", {}, {}, failing_since=since, **values)

    assert not nobody_hears([], NOW)
    assert not nobody_hears([one()], NOW)
    assert not nobody_hears([one(59)], NOW)
    assert nobody_hears([one(60)], NOW)
    assert not nobody_hears([one(90), one()], NOW)
    assert nobody_hears([one(90), one(disabled_at=NOW), one(readable=False)], NOW)
