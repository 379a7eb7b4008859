"""The data file: private, brought up to date by one process at a time, refused where it is not ours."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database as Steps

from panel.errors import CannotCreate, DatabaseBusy, DatabaseError
from panel.outbox.pace import patience
from panel.outbox.pace import row as clock_row
from panel.outbox.pace.pace import MOST_WINDOW, Reason, Terms, Wait, server_of
from panel.outbox.pace.rate import HOUR_MS
from panel.outbox.pace.route import Choice, Which
from panel.outbox.pace.store import PaceStore
from panel.storage.database import Database
from panel.storage.sqlite import database, migrations, schema
from panel.storage.sqlite.database import SqliteDatabase
from panel.storage.steps import SCHEMA
from tests.support.mail import TERMS, at

pytestmark = pytest.mark.data_file("its own")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "panel.db"


@pytest.fixture
def opened(path: Path) -> Database:
    opened = SqliteDatabase(path)
    opened.prepare()
    return opened


def test_the_number_of_steps_is_the_one_the_program_knows() -> None:
    assert len(migrations.steps._migrations) == SCHEMA


def test_the_file_and_its_log_are_private_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        opened = SqliteDatabase(path)
        opened.prepare()
    finally:
        os.umask(before)

    assert {file.stat().st_mode & 0o077 for file in path.parent.iterdir()} == {0}


def test_a_write_is_durable_in_a_file_that_many_read(opened: Database) -> None:
    assert opened.row("PRAGMA journal_mode")[0] == "wal"
    assert opened.row("PRAGMA synchronous")[0] == 2


def test_preparing_twice_changes_nothing(opened: Database, path: Path) -> None:
    before = opened.rows("SELECT * FROM sqlite_schema")

    SqliteDatabase(path).prepare()

    assert opened.rows("SELECT * FROM sqlite_schema") == before


def test_an_upgrade_keeps_a_hold_and_knows_with_which_settings_mail_was_sent(path: Path) -> None:
    connection = sqlite3.connect(path)
    migrations.steps.apply(Steps(connection), stop_before="m007_healing")
    connection.executescript(
        f"PRAGMA application_id = {schema.APPLICATION_ID}; PRAGMA user_version = 6;"
        "INSERT INTO messages (state, urgency, due_at, queued_at, since, subject, message_id, reply_to, size, door, "
        "account) VALUES ('sent', 1, '', '', '', '', '', '', 1, 'api', '');"
        "INSERT INTO attempts (message, at, ms, outcome, version) VALUES (1, '2026-11-25T09:00:00', 1, 'sent', 7);"
        "UPDATE pace SET held_cause = 'connect_timeout', probe_ms = 5"
    )
    connection.close()

    upgraded = SqliteDatabase(path)
    upgraded.prepare()

    row = upgraded.row("SELECT held_again, held_logins, worked_version, probe_ms FROM pace")
    assert row
    assert tuple(row) == ("soon", 0, 7, 5)


def test_an_upgrade_takes_as_many_messages_at_once_as_before(path: Path) -> None:
    connection = sqlite3.connect(path)
    migrations.steps.apply(Steps(connection), stop_before="m008_calm")
    connection.executescript(f"PRAGMA application_id = {schema.APPLICATION_ID}; PRAGMA user_version = 7")
    connection.close()

    upgraded = SqliteDatabase(path)
    upgraded.prepare()

    row = upgraded.row("SELECT window, unclean, calm_ms FROM pace")
    assert row
    assert tuple(row) == (MOST_WINDOW, 0, 0)


def test_an_upgrade_keeps_the_end_of_the_last_message_for_the_server_in_force(path: Path) -> None:
    connection = sqlite3.connect(path)
    migrations.steps.apply(Steps(connection), stop_before="m009_clock_of_a_server")
    connection.executescript(
        f"PRAGMA application_id = {schema.APPLICATION_ID}; PRAGMA user_version = 8; UPDATE pace SET ended_ms = 10"
    )
    connection.close()
    upgraded = SqliteDatabase(path)

    upgraded.prepare()

    pace = clock_row.pace_of_row(upgraded.row(clock_row.SELECT))
    clock_row.switch_to(upgraded, pace, "smtp.example.org")
    assert (pace.server, pace.ended_ms) == ("smtp.example.org", 10)


def test_an_upgrade_keeps_a_hold_and_what_a_worker_had_in_hand_for_the_first_server(path: Path) -> None:
    connection = sqlite3.connect(path)
    migrations.steps.apply(Steps(connection), stop_before="m017_when_mail_stops")
    connection.executescript(
        f"PRAGMA application_id = {schema.APPLICATION_ID}; PRAGMA user_version = 16;"
        "UPDATE pace SET held_at = '2026-11-23T09:00:00.000Z', held_cause = 'login_refused', held_stage = 'auth', "
        "held_version = 3, held_again = 'seldom', held_logins = 2, probe_ms = 99, rest_ms = 7, worked_version = 3, "
        "hand = '[5]', hand_by = 'w/5.1'"
    )
    connection.close()
    upgraded = SqliteDatabase(path)

    upgraded.prepare()

    pace = clock_row.pace_of_row(upgraded.row(clock_row.SELECT))
    assert pace.held is not None
    assert (pace.held.cause, pace.held.logins, pace.held.probe_ms, pace.held.since_ms) == ("login_refused", 2, 99, 0)
    assert (pace.first.rest_ms, pace.first.has_worked) == (7, True)
    assert (pace.second, pace.choice, pace.hand_server) == (None, Choice.AUTO, Which.FIRST)
    assert pace.in_hand == [5]


@pytest.mark.parametrize(
    ("known", "host", "port", "server"),
    [
        ("", "SMTP.example.org.", 587, "smtp.example.org"),
        ("", "127.0.0.1", 5025, "127.0.0.1:5025"),
        ("old.example.org", "smtp.example.org", 587, "old.example.org"),
    ],
)
def test_an_upgrade_counts_what_was_sent_at_the_server_in_force(
    path: Path, known: str, host: str, port: int, server: str
) -> None:
    connection = sqlite3.connect(path)
    migrations.steps.apply(Steps(connection), stop_before="m011_caps_of_a_server")
    connection.executescript(
        f"PRAGMA application_id = {schema.APPLICATION_ID}; PRAGMA user_version = 10;"
        f"UPDATE pace SET ended_ms = 10, server = '{known}';"
        "INSERT INTO sendings (number, at_ms) VALUES (7, 8), (9, 10);"
        "INSERT INTO settings (version, saved_at, saved_by, saved_from, changed, fingerprint, document) "
        f"""VALUES (1, '', '', '', '', '', '{{"smtp_host": "{host}", "smtp_port": {port}}}')"""
    )
    connection.close()
    upgraded = SqliteDatabase(path)

    upgraded.prepare()

    assert server in (known, server_of(host, port))
    pace = clock_row.pace_of_row(upgraded.row(clock_row.SELECT))
    clock_row.switch_to(upgraded, pace, server)
    assert (pace.server, pace.ended_ms) == (server, 10)
    terms = Terms(1, max_per_hour=2, server=server)
    assert clock_row.capped(upgraded, 10, terms) == Wait(Reason.HOUR, HOUR_MS - 2)
    assert clock_row.capped(upgraded, 10, replace(terms, server="new.example.org")) is None


def test_a_pause_outlives_the_step_that_notes_open_sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "panel.db"
    with monkeypatch.context() as older:
        older.setattr("panel.storage.sqlite.schema.SCHEMA", 5)
        older.setattr(migrations.steps, "_migrations", migrations.steps._migrations[:5])
        before = SqliteDatabase(path)
        before.prepare()
        before.rows("UPDATE pace SET paused_at = '2026-11-25T09:00:00.000Z', ended_ms = 7")
        before.close()

    after = SqliteDatabase(path)
    after.prepare()

    pace = PaceStore(after).state(TERMS, at()).pace
    assert (pace.paused_at, pace.open_by, pace.asked_ms) == ("2026-11-25T09:00:00.000Z", None, 0)
    assert patience.bears_ms(after, "a:25", 0) == patience.MOST_MS


def test_several_processes_prepare_at_once(path: Path) -> None:
    loads = "from pathlib import Path\nfrom panel.storage.sqlite.database import SqliteDatabase\n"
    program = f"{loads}SqliteDatabase(Path({str(path)!r})).prepare()"

    processes = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(4)]

    assert [process.wait() for process in processes] == [0, 0, 0, 0]


def test_all_of_a_transaction_or_none(opened: Database) -> None:
    def insert_and_fail() -> None:
        with opened.writing() as write:
            write.run("INSERT INTO setup_links (digest, made_at) VALUES (x'00', 'now')")
            write.run("INSERT INTO setup_links (digest, made_at) VALUES (x'00', 'again')")

    with pytest.raises(sqlite3.IntegrityError):
        insert_and_fail()

    assert opened.rows("SELECT * FROM setup_links") == []


def test_two_writers_wait_for_each_other(opened: Database) -> None:
    def add(number: int) -> None:
        for _ in range(20):
            with opened.writing() as write:
                count = write.row("SELECT count(*) FROM setup_links")
                assert count
                write.run("INSERT INTO setup_links VALUES (?, 'now')", (f"{number}-{count[0]}".encode(),))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert opened.row("SELECT count(*) FROM setup_links")[0] == 80


def test_a_held_file_is_told_as_busy(opened: Database, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_MS", 10)
    impatient = SqliteDatabase(path)
    impatient.rows("SELECT 1")

    with opened.writing(), pytest.raises(DatabaseBusy), impatient.writing():
        pass


def test_another_programs_file_is_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (a)")

    with pytest.raises(DatabaseError, match="belongs to another program"):
        SqliteDatabase(path).prepare()


def test_a_newer_programs_file_is_left_alone(opened: Database, path: Path) -> None:
    opened.rows(f"PRAGMA user_version = {SCHEMA + 1}")

    with pytest.raises(DatabaseError, match="newer"):
        SqliteDatabase(path).prepare()


def test_what_is_no_database_is_told(path: Path) -> None:
    path.write_bytes(b"this is not a database, but it is long enough to look at" * 100)

    with pytest.raises(DatabaseError):
        SqliteDatabase(path).prepare()


def test_a_forked_process_opens_its_own_connection(opened: Database) -> None:
    child = os.fork()
    if child == 0:
        with opened.writing() as write:
            write.run("INSERT INTO setup_links VALUES (x'01', 'child')")
        os._exit(0)
    os.waitpid(child, 0)

    assert len(opened.rows("SELECT * FROM setup_links")) == 1


def test_a_copy_is_whole_private_and_made_while_another_writes(opened: Database, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with opened.writing() as write:
        write.run("INSERT INTO setup_links VALUES (x'01', '2026')")

    opened.copy_to(copy)

    assert SqliteDatabase(copy).row("SELECT made_at FROM setup_links")["made_at"] == "2026"
    assert copy.stat().st_mode & 0o077 == 0


def test_a_copy_overwrites_nothing(opened: Database, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("mine")

    with pytest.raises(CannotCreate, match="there already"):
        opened.copy_to(tmp_path / "copy.db")

    assert (tmp_path / "copy.db").read_text() == "mine"


def test_free_pages_go_back_to_the_disk_step_by_step(opened: Database, path: Path) -> None:
    with opened.writing() as write:
        write.run("CREATE TABLE filling (content BLOB)")
        write.run_all("INSERT INTO filling VALUES (zeroblob(400000))", [()] * 50)
    opened.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.stat().st_size
    with opened.writing() as write:
        write.run("DROP TABLE filling")

    steps = 1
    while opened.shrink(500):
        steps += 1

    opened.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    assert steps == -(-(before // 4096 - database.SPARE) // 500)
    assert opened.rows("PRAGMA freelist_count")[0][0] == database.SPARE
    assert path.stat().st_size < before // 3
    assert opened.rows("PRAGMA integrity_check")[0][0] == "ok"


def test_what_is_removed_is_not_left_in_the_file(opened: Database, path: Path) -> None:
    with opened.writing() as write:
        write.run("CREATE TABLE texts (content BLOB)")
        write.run_all("INSERT INTO texts VALUES (?)", [(b"a text of somebody " * 500,)] * 20)
    opened.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"a text of somebody" in path.read_bytes()

    with opened.writing() as write:
        write.run("DELETE FROM texts")

    opened.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    assert opened.rows("PRAGMA secure_delete")[0][0] == 1
    assert b"a text of somebody" not in path.read_bytes()
