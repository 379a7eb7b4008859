"""Versions of the settings: nothing overwritten, nothing lost, no secret in clear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from panel.settings.fields.secret import SECRETS
from panel.settings.keys.rotation import KeyRotation
from panel.settings.model import Settings
from panel.settings.store import SettingsStore, StaleVersion
from panel.storage import vault
from panel.storage.database import Database, Row, Value
from panel.storage.opening import open_database
from panel.storage.vault import Vault
from tests.support.actors import actor

pytestmark = pytest.mark.both_doors

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SETTINGS = Settings(
    from_address="report@example.org",
    from_name="活動報告",
    smtp_host="smtp.example.org",
    smtp_user="report",
    smtp_password="a long secret パスワード",
)
WITH_SECOND = replace(
    SETTINGS,
    second=True,
    second_smtp_host="relay.example.net",
    second_smtp_user="relay",
    second_smtp_password="a secret of the second",
)


@pytest.fixture
def store(database: Database) -> SettingsStore:
    return SettingsStore(database, Vault([vault.new_key()]))


def test_nothing_saved_is_version_0(store: SettingsStore) -> None:
    assert store.current().number == 0
    assert store.current().settings == Settings()


def test_what_is_saved_comes_back(store: SettingsStore) -> None:
    store.save(SETTINGS, base=0, by=actor("hanako", address="192.0.2.1"), now=NOW)

    version = store.current()

    assert (version.number, version.saved_by, version.saved_from, version.saved_at) == (1, "hanako", "192.0.2.1", NOW)
    assert version.settings == SETTINGS
    assert version.secrets_set == {"smtp_password"}


def test_a_form_opened_on_an_old_version_does_not_overwrite(store: SettingsStore) -> None:
    store.save(SETTINGS, base=0, by=actor("hanako"), now=NOW)
    store.save(replace(SETTINGS, smtp_port=465), base=1, by=actor("ken"), now=NOW)

    with pytest.raises(StaleVersion) as caught:
        store.save(replace(SETTINGS, smtp_port=25), base=1, by=actor("hanako"), now=NOW)

    assert caught.value.current.saved_by == "ken"
    assert store.current().settings.smtp_port == 465


def test_a_version_names_what_it_changed(store: SettingsStore) -> None:
    store.save(SETTINGS, base=0, by=actor("hanako"), now=NOW)

    version = store.save(replace(SETTINGS, smtp_port=465, smtp_password="other"), base=1, by=actor("hanako"), now=NOW)

    assert version.changed == ("smtp_port", "smtp_password")


@pytest.mark.data_file("its bytes are looked at")
def test_no_secret_stands_in_the_file(store: SettingsStore, tmp_path: Path) -> None:
    store.save(SETTINGS, base=0, by=actor("hanako"), now=NOW)

    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert b"a long secret" not in written
    assert "パスワード".encode() not in written
    assert b"smtp.example.org" in written


def test_a_past_version_is_read_without_its_secrets(store: SettingsStore) -> None:
    store.save(SETTINGS, base=0, by=actor("hanako"), now=NOW)
    store.save(replace(SETTINGS, smtp_host="mail.example.org"), base=1, by=actor("hanako"), now=NOW)

    assert store.past(1) == replace(SETTINGS, smtp_password="")
    assert store.past(None) == store.past(9) == Settings()


def test_the_history_is_newest_first_and_opens_no_secret(store: SettingsStore) -> None:
    for base in range(3):
        store.save(replace(SETTINGS, smtp_port=25 + base), base=base, by=actor("hanako"), now=NOW)

    history = store.history()

    assert [version.number for version in history] == [3, 2, 1]
    assert all(not version.settings.smtp_password for version in history)


def test_a_lost_key_loses_nothing_else(database: Database) -> None:
    SettingsStore(database, Vault([vault.new_key()])).save(SETTINGS, base=0, by=actor("hanako"), now=NOW)

    version = SettingsStore(database, Vault([vault.new_key()])).current()

    assert version.unreadable == {"smtp_password"}
    assert version.settings == SETTINGS.without_secrets()


def test_a_key_that_comes_back_opens_again(database: Database) -> None:
    key = vault.new_key()
    SettingsStore(database, Vault([key])).save(SETTINGS, base=0, by=actor("hanako"), now=NOW)
    SettingsStore(database, Vault([vault.new_key()])).current()

    assert SettingsStore(database, Vault([vault.new_key(), key])).current().settings == SETTINGS


def test_resealing_lets_the_old_key_go(database: Database) -> None:
    old, new = vault.new_key(), vault.new_key()
    SettingsStore(database, Vault([old])).save(SETTINGS, base=0, by=actor("hanako"), now=NOW)

    count = KeyRotation(database, Vault([new, old])).reseal(by=actor(), now=NOW)

    assert count == 1
    assert SettingsStore(database, Vault([new])).current().settings == SETTINGS


def test_a_secret_copied_to_another_destination_does_not_open(store: SettingsStore, database: Database) -> None:
    store.save(SETTINGS, base=0, by=actor("hanako"), now=NOW)

    with database.writing() as write:
        write.run("UPDATE settings SET document = replace(document, 'smtp.example.org', 'evil.example.org')")

    assert store.current().unreadable == {"smtp_password"}


def test_an_unknown_field_of_a_document_is_left_alone(store: SettingsStore, database: Database) -> None:
    store.save(SETTINGS, base=0, by=actor("hanako"), now=NOW)

    with database.writing() as write:
        write.run("""UPDATE settings SET document = replace(document, '{', '{"of_later": 1, ')""")

    assert store.current().settings == SETTINGS


def test_what_another_process_saved_is_in_force_at_once(store: SettingsStore, database: Database) -> None:
    store.save(SETTINGS, base=0, by=actor("hanako"), now=NOW)
    assert store.current().number == 1

    other = SettingsStore(open_database(database.path), Vault([vault.new_key()]))
    other.save(replace(SETTINGS, smtp_port=465), base=1, by=actor("taro"), now=NOW)

    assert (store.current().number, store.current().settings.smtp_port) == (2, 465)


@pytest.mark.data_file("both have the same columns")
def test_every_secret_has_a_column_that_is_sealed(database: Database) -> None:
    columns = database.rows("SELECT name, type FROM pragma_table_info('settings')")

    assert {row["name"] for row in columns if row["type"] == "BLOB"} == {*SECRETS}


def test_a_second_server_comes_back_with_its_own_password(store: SettingsStore, tmp_path: Path) -> None:
    store.save(SETTINGS, base=0, by=actor("hanako"), now=NOW)
    version = store.save(WITH_SECOND, base=1, by=actor("hanako"), now=NOW)

    assert store.current().settings == WITH_SECOND
    assert set(version.changed) == {"second", "second_smtp_host", "second_smtp_user", "second_smtp_password"}
    assert b"a secret of the second" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_a_password_of_the_second_does_not_open_as_that_of_the_first(store: SettingsStore, database: Database) -> None:
    """Though both lead to the same server."""
    second = replace(WITH_SECOND, second_smtp_host=SETTINGS.smtp_host, second_smtp_user=SETTINGS.smtp_user)
    store.save(second, base=0, by=actor("hanako"), now=NOW)

    with database.writing() as write:
        write.run("UPDATE settings SET smtp_password = second_smtp_password")

    assert store.current().unreadable == {"smtp_password"}


def test_each_server_is_seen_by_itself(store: SettingsStore) -> None:
    version = store.save(WITH_SECOND, base=0, by=actor("hanako"), now=NOW)

    assert version.by_first.secrets_set == version.by_second.secrets_set == {"smtp_password"}
    assert version.by_second.settings.smtp_password == "a secret of the second"
    assert version.by_second.fingerprint == store.fingerprint(WITH_SECOND.by_second)
    assert version.by_first.fingerprint == store.fingerprint(SETTINGS)
    assert store.save(SETTINGS, base=1, by=actor("hanako"), now=NOW).by_second.fingerprint == ""


def test_a_new_key_seals_the_second_password_too_and_leaves_its_tests_proven(database: Database) -> None:
    old, new = vault.new_key(), vault.new_key()
    before = SettingsStore(database, Vault([old])).save(WITH_SECOND, base=0, by=actor("hanako"), now=NOW)
    with database.writing() as write:
        for fingerprint in (before.fingerprint, before.second_fingerprint):
            write.run(TRIAL, (fingerprint,))

    assert KeyRotation(database, Vault([new, old])).reseal(by=actor(), now=NOW) == 2

    version = SettingsStore(database, Vault([new])).current()
    assert version.settings == WITH_SECOND
    assert version.second_fingerprint not in (before.second_fingerprint, version.fingerprint)
    tested = [row["fingerprint"] for row in database.rows("SELECT fingerprint FROM trials ORDER BY id")]
    assert tested == [version.fingerprint, version.second_fingerprint]


TRIAL = """
INSERT INTO trials (started_at, beat_at, outcome, mode, recipient, report, account, address, fingerprint)
VALUES ('x', 'x', 'success', 'send', 'x', '{}', 'x', 'x', ?)
"""


def test_what_nobody_has_touched_stays_sealed_while_its_key_is_away(database: Database) -> None:
    key, other = vault.new_key(), vault.new_key()
    SettingsStore(database, Vault([key])).save(WITH_SECOND, base=0, by=actor("hanako"), now=NOW)
    store = SettingsStore(database, Vault([other]))
    entered = replace(WITH_SECOND.without_secrets(), smtp_password="entered again")

    saved = store.save(entered, base=1, by=actor("hanako"), now=NOW, untouched=frozenset({"second_smtp_password"}))

    assert (saved.changed, saved.unreadable) == (("smtp_password",), {"second_smtp_password"})
    assert store.current().unreadable == {"second_smtp_password"}
    back = SettingsStore(database, Vault([other, key])).current()
    assert back.settings == replace(WITH_SECOND, smtp_password="entered again")


def test_what_is_left_sealed_leads_where_it_did_or_is_lost(database: Database) -> None:
    SettingsStore(database, Vault([vault.new_key()])).save(WITH_SECOND, base=0, by=actor("hanako"), now=NOW)
    store = SettingsStore(database, Vault([vault.new_key()]))
    elsewhere = replace(WITH_SECOND.without_secrets(), second_smtp_host="other.example.net")

    saved = store.save(elsewhere, base=1, by=actor("hanako"), now=NOW, untouched=frozenset(SECRETS))

    assert saved.unreadable == {"smtp_password"}
    assert "second_smtp_password" in saved.changed


def test_what_opens_no_secret_reads_none(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the secrets it is said that they are there, which takes none of what is sealed out of the data file."""
    store = SettingsStore(database, Vault([vault.new_key()]))
    saved = store.save(SETTINGS, base=0, by=actor("hanako"), now=NOW)
    read: list[str] = []

    def rows(sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        found = read_rows(sql, parameters)
        read.extend(name for row in found for name in row.keys() if isinstance(row[name], bytes))  # noqa: SIM118 - a row is no mapping
        return found

    read_rows = database.rows
    monkeypatch.setattr(database, "rows", rows)
    watched = SettingsStore(database, Vault([vault.new_key()]))
    told = [*watched.history(), *watched.in_force_since(NOW)]
    past = watched.past(1)

    assert read == []
    assert [each.secrets_set for each in told] == [saved.secrets_set] * 2
    assert (past, saved.secrets_set) == (replace(SETTINGS, smtp_password=""), {"smtp_password"})
