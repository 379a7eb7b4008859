"""A data file of an earlier program is brought up with every try, window and place in the queue, and its settings."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database as Steps

from panel import clock
from panel.access import passwords
from panel.access.accounts import Account
from panel.access.logins import Logins
from panel.access.rights import Role
from panel.access.sessions import Sessions
from panel.checks.trial.report import Mode, Outcome, Report, to_document
from panel.checks.trial.store import TrialStore
from panel.errors import DatabaseError
from panel.outbox.outbox import Outbox
from panel.outbox.pace.pace import Reason, Terms, Wait
from panel.outbox.pace.rate import HOUR_MS
from panel.outbox.pace.route import Which
from panel.outbox.pace.row import capped, within
from panel.outbox.state import State
from panel.outbox.statistics import traffic
from panel.settings.fields.fingerprint import fingerprint
from panel.settings.model import Settings
from panel.settings.store import SettingsStore
from panel.storage import vault
from panel.storage.database import Database
from panel.storage.sqlite import migrations, schema
from panel.storage.sqlite.database import SqliteDatabase
from panel.storage.vault import Vault
from tests.support.actors import actor
from tests.support.limited import OLD_TOKEN, OLD_TOKEN_ROW, OLD_TOKEN_TEXT, knows_its_token_and_limits_it
from tests.support.mail import NOW, TERMS, OneByOne, at

pytestmark = pytest.mark.data_file("its own")

_MESSAGES = """
INSERT INTO messages (number, state, urgency, due_at, queued_at, since, ended_at, subject, message_id, reply_to, size,
        door, account, attempts, cause, reply, ms, version, rcpt_to, content)
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 8)
    SELECT n, CASE n % 4 WHEN 0 THEN 'sent' WHEN 1 THEN 'queued' WHEN 2 THEN 'deferred' ELSE 'failed' END, n % 2,
        '2026-11-23T08:00:0' || n || '.000Z', '2026-11-23T08:00:00.000Z', '2026-11-23T08:00:00.000Z',
        CASE WHEN n % 4 IN (0, 3) THEN '2026-11-23T08:30:00.000Z' END, 'Report ' || n, '<' || n || '@example.org>', '',
        9, 'http', 'shop', n % 4 > 1, CASE WHEN n % 4 > 1 THEN 'greylisted' END, '451 4.7.1 Later', n % 4 + 20, n,
        '["hanako@example.org"]', CAST('text' AS BLOB)
    FROM numbers;
INSERT INTO recipients SELECT number, 0, 'hanako@example.org', CASE state WHEN 'failed' THEN 'failed' ELSE 'waiting'
        END, cause, reply, '2026-11-23T08:29:00.000Z' FROM messages WHERE attempts > 0;
INSERT INTO attempts (message, at, ms, outcome, version, cause, reply) SELECT number, '2026-11-23T08:00:00.000Z', each,
        CASE each WHEN 7 THEN 'sent' ELSE state END, 40 + each, cause, reply
    FROM messages JOIN (SELECT 7 AS each UNION ALL SELECT 8) WHERE attempts > 0 ORDER BY each, number;
INSERT INTO sendings (at_ms, server, nth, many) VALUES (10, 'a.example.org', 1, 1), (20, 'a.example.org', 2, 3),
    (30, 'b.example.org', 1, 2);
INSERT INTO minutes VALUES ('2026-11-23T08:30', 'sent', '', 2);
INSERT INTO bodies SELECT number, CAST('long' AS BLOB) FROM messages WHERE number = 5;
UPDATE messages SET content = NULL WHERE number = 5;
UPDATE pace SET worked_version = 5
"""
TRIED = [(message, ms) for ms in (7, 8) for message in (2, 3, 6, 7)]  # in their order


def of_before(path: Path, last_sent: str | None = None) -> None:
    """Make a data file as the step before left it."""
    with closing(sqlite3.connect(path)) as connection:
        migrations.steps.apply(Steps(connection), stop_before="m013_fewer_pages_a_try")
        connection.executescript(f"{_MESSAGES}; PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute("UPDATE pace SET last_sent = ?", (last_sent,))
        connection.commit()
        connection.executescript("PRAGMA user_version = 12; PRAGMA journal_mode = WAL")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "panel.db"


def upgraded(path: Path, last_sent: str | None = None) -> Database:
    of_before(path, last_sent)
    database = SqliteDatabase(path)
    database.prepare()
    return database


def test_every_try_and_every_recipient_is_told_as_before(path: Path) -> None:
    outbox = Outbox(upgraded(path))

    entries = {number: outbox.get(number) for number in range(1, 9)}

    for number, entry in entries.items():
        assert entry
        assert [each.ms for each in entry.tried if each.cause] == [ms for message, ms in TRIED if message == number]
        waits, tried = entry.state in (State.QUEUED, State.DEFERRED), number % 4 in (2, 3)
        [hanako] = entry.recipients
        state = "waiting" if waits else str(entry.state)
        assert (hanako.state, hanako.cause) == (state, "greylisted" if tried else None)
        assert [each.outcome for each in entry.tried] == {0: ["sent"], 1: []}.get(
            number % 4, ["sent", str(entry.state)]
        )


@pytest.mark.parametrize(
    ("last_sent", "last", "version"),
    [
        (None, [(7, 8), (6, 8), (3, 8)], 47),  # no success that its message tells of: the newest row of one
        ([[8, 8], [4, 5]], [(8, 0), (7, 8), (6, 8)], 8),
        ([[8, 7], [4, 7]], [(7, 8), (8, 0), (4, 0)], 8),
        ([[99, 8]], [(99, 0), (7, 8), (6, 8)], 47),  # of a message that is gone
    ],
)
def test_the_last_tries_are_the_same(
    path: Path, last_sent: list[list[int]] | None, last: list[tuple[int, int]], version: int
) -> None:
    database = upgraded(path, json.dumps(last_sent) if last_sent else None)

    seen = traffic(database, NOW, ())

    still_there = [(message, ms or 20) for message, ms in last if message != 99]
    assert [each.ms for each in seen.last] == [ms for _, ms in still_there]
    assert seen.proven_version == version


def test_the_windows_of_each_server_are_as_full_as_before(path: Path) -> None:
    database, terms = upgraded(path), Terms(1, max_per_hour=4, server="a.example.org")

    assert capped(database, 100, terms) == Wait(Reason.HOUR, HOUR_MS + 10 - 100)
    assert capped(database, 100, replace(terms, max_per_hour=5)) is None
    assert [within(database, since, "a.example.org") for since in (0, 10, 20)] == [4, 3, 0]
    assert within(database, 0, "b.example.org") == 2


def test_what_waits_leaves_in_its_order(path: Path) -> None:
    claims = OneByOne(upgraded(path))

    window = claims.claim_window("w", TERMS, at(), most=9)

    assert isinstance(window, list)
    left = [(claim.number, claim.submission.message) for claim in window]
    assert left == [(2, b"text"), (6, b"text"), (1, b"text"), (5, b"long")]


def test_what_was_in_hand_is_marked_uncertain(path: Path) -> None:
    of_before(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE pace SET hand = '[1]', hand_by = 'dead/1.0'")
        connection.commit()
    database = SqliteDatabase(path)
    database.prepare()

    OneByOne(database).claim_window("w", TERMS, at(), most=9)

    left_behind = Outbox(database).get(1)
    assert left_behind
    assert left_behind.uncertain


def test_the_program_of_before_refuses_the_file_and_says_the_way_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgraded(path).close()
    monkeypatch.setattr(schema, "SCHEMA", 12)

    with pytest.raises(DatabaseError, match=r"written by a newer mail-panel\. Update this one"):
        SqliteDatabase(path).prepare()


def test_a_step_that_breaks_off_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of_before(path)
    broken_off = migrations._FEWER_PAGES_A_TRY.replace("DROP INDEX messages_deferred", "DROP INDEX not_there")
    monkeypatch.setattr(migrations, "_FEWER_PAGES_A_TRY", broken_off)

    with pytest.raises(DatabaseError, match="cannot be used"):
        SqliteDatabase(path).prepare()

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (12,)
        assert [*connection.execute("SELECT message, ms FROM attempts ORDER BY number")] == TRIED
        assert connection.execute("SELECT count(*) FROM sendings").fetchone() == (3,)


KEY = vault.new_key()
BEFORE = Settings(from_address="a@example.org", smtp_host="smtp.example.org", smtp_user="a", smtp_password="kept")
LATER = ("smtp_login", "oauth_")  # how the fields begin that came with this step


def of_before_grants(path: Path) -> str:
    """Make a data file of before a login could be made with tokens; give the fingerprint of its settings."""
    sealer = Vault([KEY])
    document = {name: value for name, value in BEFORE.public().items() if not name.startswith(LATER)}
    stamp = fingerprint(BEFORE, sealer.derive("fingerprint")[0])
    with closing(sqlite3.connect(path)) as connection:
        migrations.steps.apply(Steps(connection), stop_before="m014_grants")
        connection.execute(
            "INSERT INTO settings VALUES (1, '2026-11-23T09:00:00.000Z', 'hanako', '', '[]', ?, ?, ?, NULL)",
            (stamp, json.dumps(document), sealer.seal("kept", f"settings/smtp_password/{BEFORE.smtp_destination}")),
        )
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.commit()
        connection.executescript("PRAGMA user_version = 13; PRAGMA journal_mode = WAL")
    return stamp


def test_the_settings_and_their_proof_are_as_before(tmp_path: Path) -> None:
    stamp = of_before_grants(tmp_path / "panel.db")
    database = SqliteDatabase(tmp_path / "panel.db")
    database.prepare()
    store = SettingsStore(database, Vault([KEY]))

    version = store.current()

    assert version.settings == BEFORE
    assert version.secrets_set == {"smtp_password"}
    assert store.fingerprint(version.settings) == version.fingerprint == stamp
    assert database.rows("SELECT * FROM grants") == database.rows("SELECT * FROM sign_ins") == []


def test_who_has_an_account_is_as_before_and_known_by_the_panel(tmp_path: Path) -> None:
    path, now = tmp_path / "panel.db", NOW
    with closing(sqlite3.connect(path)) as connection:
        migrations.steps.apply(Steps(connection), stop_before="m016_access")
        connection.execute(
            "INSERT INTO accounts (name, password, role, created_at) VALUES ('hanako', ?, 'administrator', ?)",
            (passwords.hashed("correct horse battery"), clock.stamp(now)),
        )
        connection.execute(
            "INSERT INTO sessions (digest, account, address, opened_at, seen_at) VALUES (?, 'hanako', '', ?, ?)",
            (hashlib.sha256(b"token").digest(), clock.stamp(now), clock.stamp(now)),
        )
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.commit()
        connection.executescript("PRAGMA user_version = 15; PRAGMA journal_mode = WAL")
    database = SqliteDatabase(path)
    database.prepare()
    expected = Account("hanako", Role.ADMINISTRATOR, created_at=now)

    assert Sessions(database).account("token", now) == expected
    assert Logins(database).log_in("hanako", "correct horse battery", address="", now=now) == expected


def of_before_second(path: Path) -> str:
    """Make a data file of before there was a second server: settings, a test of them, a message, an account."""
    sealer = Vault([KEY])
    document = {name: value for name, value in BEFORE.public().items() if not name.startswith(("second", "bounce_"))}
    stamp = fingerprint(BEFORE, sealer.derive("fingerprint")[0])
    with closing(sqlite3.connect(path)) as connection:
        migrations.steps.apply(Steps(connection), stop_before="m017_when_mail_stops")
        connection.execute(
            "INSERT INTO settings (version, saved_at, saved_by, saved_from, changed, fingerprint, document, "
            "smtp_password) VALUES (3, '2026-11-23T09:00:00.000Z', 'hanako', '', '[]', ?, ?, ?)",
            (stamp, json.dumps(document), sealer.seal("kept", f"settings/smtp_password/{BEFORE.smtp_destination}")),
        )
        proven = to_document(
            Report(Mode.SEND, "taro@example.net", "smtp.example.org", 587, NOW, 3, outcome=Outcome.SUCCESS)
        )
        report = json.dumps({name: value for name, value in proven.items() if name != "server"})
        connection.execute(
            "INSERT INTO trials (started_at, beat_at, outcome, mode, recipient, version, report, account, address, "
            "fingerprint) VALUES (?, ?, 'success', 'send', 'taro@example.net', 3, ?, 'hanako', '', ?)",
            (clock.stamp(NOW), clock.stamp(NOW), report, stamp),
        )
        connection.execute(
            "INSERT INTO accounts (name, password, role, created_at) VALUES ('hanako', 'x', 'administrator', ?)",
            (clock.stamp(NOW),),
        )
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.commit()
        connection.executescript("PRAGMA user_version = 16; PRAGMA journal_mode = WAL")
    return stamp


def test_a_home_of_before_the_second_server_has_its_settings_and_their_proof_as_before(tmp_path: Path) -> None:
    stamp = of_before_second(tmp_path / "panel.db")
    database = SqliteDatabase(tmp_path / "panel.db")
    database.prepare()
    store = SettingsStore(database, Vault([KEY]))

    version = store.current()

    assert (version.number, version.settings, version.fingerprint) == (3, BEFORE, stamp)
    assert store.fingerprint(version.settings) == stamp
    assert (version.settings.second, version.second_fingerprint, version.secrets_set) == (False, "", {"smtp_password"})
    trials = TrialStore(database)
    proven = trials.latest_success(stamp, 3, NOW)
    assert proven
    assert (proven.report.server, proven.is_of(version)) == (Which.FIRST, True)
    assert trials.latest_of("", 3, NOW, Which.SECOND) is None
    assert store.save(replace(BEFORE, second_smtp_port=25), base=3, by=actor("hanako"), now=NOW).number == 4


def test_the_program_of_before_the_second_server_refuses_the_file_and_says_the_way_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_before_second(tmp_path / "panel.db")
    SqliteDatabase(tmp_path / "panel.db").prepare()
    monkeypatch.setattr(schema, "SCHEMA", 16)

    with pytest.raises(DatabaseError, match=r"written by a newer mail-panel\. Update this one"):
        SqliteDatabase(tmp_path / "panel.db").prepare()


_OF_STATE = (
    "INSERT INTO messages (number, state, urgency, due_at, queued_at, since, ended_at, subject, message_id, reply_to, "
    "size, door, account, attempts, rcpt_to, content, cause) VALUES (?, ?, 1, '2026-11-01T08:00:00.000Z', "
    "'2026-11-01T08:00:00.000Z', '2026-11-01T08:00:00.000Z', ?, 'Report', '', '', 4, 'http', 'shop', 1, "
    "'[\"a@example.org\"]', ?, ?)"
)


def of_before_undo(path: Path, ended_at: str) -> None:
    """Make a data file of before acts could be undone: one message each that is sent, waits, failed, was cancelled."""
    with closing(sqlite3.connect(path)) as connection:
        migrations.steps.apply(Steps(connection), stop_before="m018_answers")
        for number, state in enumerate(("sent", "queued", "deferred", "failed", "failed", "cancelled"), 1):
            ended = None if state in ("queued", "deferred") else "2026-11-01T09:00:00.000Z"
            text = None if state in ("sent", "cancelled") else b"text"
            connection.execute(_OF_STATE, (number, state, ended, text, "greylisted" if state == "failed" else None))
            connection.execute("UPDATE totals SET number = number + 1 WHERE what = 'messages' AND name = ?", (state,))
        connection.execute("UPDATE messages SET ended_at = ? WHERE number = 5", (ended_at,))
        connection.execute("UPDATE totals SET number = 6 WHERE what = 'number' AND name = 'last'")
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.commit()
        connection.executescript("PRAGMA user_version = 17; PRAGMA journal_mode = WAL")


def test_a_home_of_before_undo_keeps_its_mail_and_only_late_failures_are_unseen(tmp_path: Path) -> None:
    of_before_undo(tmp_path / "panel.db", clock.stamp(clock.now()))
    database = SqliteDatabase(tmp_path / "panel.db")
    database.prepare()
    outbox = Outbox(database)

    entries = {number: outbox.get(number) for number in range(1, 7)}

    assert [each.state for each in entries.values() if each] == [
        "sent",
        "queued",
        "deferred",
        "failed",
        "failed",
        "cancelled",
    ]
    assert outbox.unseen_failures() == 1
    assert (entries[4].seen_by, entries[5].seen_at) == ("", None)
    assert {each.undo_until for each in entries.values() if each} == {None}
    assert outbox.erase_cancelled(now=clock.now()) == 0
    claims = OneByOne(database).claim_window("w", TERMS, at(), most=9)
    assert isinstance(claims, list)
    assert [claim.submission.message for claim in claims] == [b"text", b"text"]
    assert outbox.retry(4, by=actor(), now=NOW).seen_at is None


def test_the_program_of_before_undo_refuses_the_file_and_says_the_way_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_before_undo(tmp_path / "panel.db", clock.stamp(NOW))
    SqliteDatabase(tmp_path / "panel.db").prepare()
    monkeypatch.setattr(schema, "SCHEMA", 17)

    with pytest.raises(DatabaseError, match=r"written by a newer mail-panel\. Update this one"):
        SqliteDatabase(tmp_path / "panel.db").prepare()


def of_before_limits(path: Path) -> str:
    """Make a data file of before tokens had limits, with a token in it."""
    with closing(sqlite3.connect(path)) as connection:
        migrations.steps.apply(Steps(connection), stop_before="m019_token_limits")
        connection.execute(OLD_TOKEN, OLD_TOKEN_ROW)
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.commit()
        connection.executescript("PRAGMA user_version = 18; PRAGMA journal_mode = WAL")
    return OLD_TOKEN_TEXT


def test_a_home_of_before_limits_keeps_its_tokens_and_they_have_none(tmp_path: Path) -> None:
    text = of_before_limits(tmp_path / "panel.db")
    database = SqliteDatabase(tmp_path / "panel.db")
    database.prepare()

    knows_its_token_and_limits_it(database, text)


def test_the_program_of_before_limits_refuses_the_file_and_says_the_way_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_before_limits(tmp_path / "panel.db")
    SqliteDatabase(tmp_path / "panel.db").prepare()
    monkeypatch.setattr(schema, "SCHEMA", 18)

    with pytest.raises(
        DatabaseError, match=r"written by a newer mail-panel\. Update this one, or restore an older copy"
    ):
        SqliteDatabase(tmp_path / "panel.db").prepare()
