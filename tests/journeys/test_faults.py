"""The disk is full, the file is read-only, held, damaged, moved or newer: nothing is acknowledged that is not there."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from panel import clock
from panel.errors import DatabaseBusy, DatabaseError
from panel.outbox.outbox import Outbox
from panel.outbox.pace.pace import Reason, Terms, Wait
from panel.outbox.pace.store import PaceStore
from panel.outbox.state import State
from panel.storage.database import Database
from panel.storage.opening import open_database
from panel.storage.sqlite import migrations
from panel.storage.steps import SCHEMA
from tests.support.actors import actor
from tests.support.limits import a_disk_of, files_up_to, without_root_rights
from tests.support.mail import mail
from tests.support.rows import bodies
from tests.support.sending import Office
from tests.support.servers import SmtpServer

pytestmark = pytest.mark.data_file("its disk, its lock and what is damaged in it")


def opened(path: Path) -> Outbox:
    database = open_database(path)
    database.prepare()
    return Outbox(database)


def enqueue(outbox: Outbox) -> int:
    return outbox.enqueue(mail(), by=actor(), now=clock.now()).number


def kept(path: Path) -> list[int]:
    """Give the numbers that another process finds, in a file that is whole."""
    database = open_database(path)
    assert [row[0] for row in database.rows("PRAGMA integrity_check")] == ["ok"]
    return [*bodies(database)]


def fill(outbox: Outbox, told: list[int]) -> str:
    """Hand in mail until there is no more room for it, and give the sentence that says so."""
    try:
        while True:
            told.append(enqueue(outbox))
    except DatabaseError as fault:
        return str(fault)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that others can come to."""
    folder = Path(tempfile.mkdtemp(prefix="mail-panel-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


def test_a_full_disk_takes_no_mail_and_keeps_what_it_took() -> None:
    with a_disk_of(600) as disk:
        outbox = opened(disk / "panel.db")
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(100_000))
        told: list[int] = []

        assert "is full" in fill(outbox, told)
        assert kept(disk / "panel.db") == told

        ballast.unlink()
        told.append(enqueue(outbox))
        assert kept(disk / "panel.db") == told
        outbox._database.close()


def test_a_full_disk_is_told_and_so_is_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("panel.storage.database.PROBE_SECONDS", 0)
    with a_disk_of(600) as disk:
        outbox = opened(disk / "panel.db")
        database = outbox._database
        clocked = PaceStore(database)
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(100_000))
        told: list[int] = []
        fill(outbox, told)
        fill_up(disk)

        with pytest.raises(DatabaseError):
            enqueue(outbox)
        assert clocked.state(Terms(1), clock.instant()).wait == Wait(Reason.DATABASE)

        ballast.unlink()
        assert database.fault() is None
        assert clocked.state(Terms(1), clock.instant()).wait != Wait(Reason.DATABASE)
        told.append(enqueue(outbox))
        assert kept(disk / "panel.db") == told
        database.close()


def fill_up(disk: Path) -> None:
    """Leave no byte free."""
    with suppress(OSError), (disk / "rest").open("wb", buffering=0) as rest:
        while True:
            rest.write(bytes(1024))


def test_a_lock_is_no_full_disk_and_few_writes_try_it(tmp_path: Path) -> None:
    database = opened(tmp_path / "panel.db")._database
    holder = open_database(tmp_path / "panel.db")
    with holder.writing():
        assert database.fault() is None
    before = holder.changes()
    assert [database.fault() for _ in range(20)] == [None] * 20
    assert holder.changes() == before


def test_a_write_that_fails_wherever_it_may_is_not_acknowledged(tmp_path: Path) -> None:
    """Each round lets the log grow a little further, so that another write of a commit is the one that fails."""
    outbox = opened(tmp_path / "panel.db")
    log = tmp_path / "panel.db-wal"
    told: list[int] = []

    for room in range(0, 60_000, 1_500):
        with files_up_to(log.stat().st_size + room):
            assert "cannot be used" in fill(outbox, told)

    assert kept(tmp_path / "panel.db") == told
    assert enqueue(outbox)


def test_a_new_file_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "panel.db"
    size, failed = 0, 0
    while True:
        try:
            with files_up_to(size):
                opened(path)
        except DatabaseError:
            failed += 1
        else:
            break
        assert open_database(path).row("SELECT count(*) FROM sqlite_schema")[0] == 0
        size += 7_000

    assert failed > 5
    assert enqueue(Outbox(open_database(path)))


def test_an_older_file_is_brought_up_to_date_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "panel.db"
    monkeypatch.setattr("panel.storage.sqlite.schema.SCHEMA", SCHEMA - 1)
    with monkeypatch.context() as older:
        older.setattr(migrations.steps, "_migrations", migrations.steps._migrations[:-1])
        open_database(path).prepare()
    monkeypatch.undo()
    before = open_database(path).rows("SELECT * FROM sqlite_schema")

    with files_up_to(path.with_name("panel.db-wal").stat().st_size + 9_000), pytest.raises(DatabaseError):
        opened(path)
    assert open_database(path).rows("SELECT * FROM sqlite_schema") == before

    assert enqueue(opened(path))


def test_a_read_only_file_takes_no_mail_until_it_can_be_written(folder: Path) -> None:
    path = folder / "panel.db"
    first = opened(path)
    told = [enqueue(first)]
    first._database.close()

    with without_root_rights(folder):
        path.chmod(0o400)
        outbox = Outbox(open_database(path))
        with pytest.raises(DatabaseError, match=r"readonly.*its rights"):
            enqueue(outbox)
        outbox._database.close()
        path.chmod(0o600)
        told.append(enqueue(outbox))
        outbox._database.close()

    assert kept(path) == told


def test_a_read_only_folder_is_told_in_one_sentence(folder: Path) -> None:
    with without_root_rights(folder):
        folder.chmod(0o500)
        try:
            with pytest.raises(DatabaseError, match="cannot be made: Permission denied"):
                opened(folder / "panel.db")
        finally:
            folder.chmod(0o700)


def test_a_file_that_another_process_holds_is_told_as_busy(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("panel.storage.sqlite.database.BUSY_MS", 10)
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    outbox = Outbox(open_database(database.path))
    with pytest.raises(DatabaseBusy):
        enqueue(outbox)
    other.execute("ROLLBACK")

    number = enqueue(outbox)
    assert kept(database.path) == [number]


def test_a_damaged_file_takes_no_mail_until_a_copy_is_restored(tmp_path: Path) -> None:
    path, copy = tmp_path / "panel.db", tmp_path / "copy.db"
    outbox = opened(path)
    told = [enqueue(outbox) for _ in range(50)]
    outbox._database.copy_to(copy)
    outbox._database.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))

    with pytest.raises(DatabaseError, match="Restore a copy"):
        enqueue(outbox)

    outbox._database.close()
    shutil.copyfile(copy, path)
    assert kept(path) == told
    assert enqueue(outbox)


@pytest.mark.parametrize("gone", [["panel.db-wal"], ["panel.db-wal", "panel.db-shm"], ["panel.db"]])
def test_a_file_that_is_gone_takes_no_mail(gone: list[str], tmp_path: Path) -> None:
    outbox = opened(tmp_path / "panel.db")
    enqueue(outbox)
    for name in gone:
        (tmp_path / name).unlink()

    for _ in range(2):
        with pytest.raises(DatabaseError, match="moved or removed"):
            enqueue(outbox)


def test_another_file_in_its_place_takes_no_mail_unseen(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "panel.db")
    opened(tmp_path / "other.db")._database.close()
    os.replace(tmp_path / "other.db", tmp_path / "panel.db")

    with pytest.raises(DatabaseError, match="moved or removed"):
        enqueue(outbox)


def test_a_program_that_runs_while_a_newer_one_changes_the_file_stops_writing(database: Database) -> None:
    outbox = Outbox(database)
    enqueue(outbox)
    sqlite3.connect(database.path).execute(f"PRAGMA user_version = {SCHEMA + 1}")

    with pytest.raises(DatabaseError, match="newer"):
        enqueue(outbox)


@pytest.fixture
def office(database: Database, server: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr("panel.storage.sqlite.database.BUSY_MS", 10)
    monkeypatch.setattr("panel.outbox.delivery.worker.FAULT_SECONDS", 0.02)
    office = Office.open(database)
    office.use(server)
    return office


def test_what_was_sent_while_the_file_was_held_is_recorded_and_not_sent_again(
    office: Office, server: SmtpServer, caplog: pytest.LogCaptureFixture
) -> None:
    other = sqlite3.connect(office.database.path, isolation_level=None)
    number = office.enqueue()
    server.may_answer.clear()

    with office.working():
        assert server.dot_came.wait(10)
        other.execute("BEGIN IMMEDIATE")
        server.may_answer.set()
        wait_for_faults(caplog, 1)
        other.execute("ROLLBACK")
        wait_until_sent(office, number)

    assert len(server.messages) == 1
    assert [each.outcome for each in office.entry(number).tried] == ["sent"]


def test_what_was_sent_while_the_disk_was_full_is_recorded_and_not_sent_again(
    office: Office, server: SmtpServer, caplog: pytest.LogCaptureFixture
) -> None:
    number = office.enqueue()
    server.may_answer.clear()

    with office.working():
        assert server.dot_came.wait(10)
        with files_up_to(0):
            server.may_answer.set()
            wait_for_faults(caplog, 1)
        wait_until_sent(office, number)

    assert len(server.messages) == 1
    assert not office.entry(number).uncertain


def wait_for_faults(caplog: pytest.LogCaptureFixture, number: int) -> None:
    """Wait until a worker has failed so often to get through to the database."""
    ends = clock.instant().steady_ms + 10_000
    while sum("database" in record.message for record in caplog.records) < number:
        assert clock.instant().steady_ms < ends


def wait_until_sent(office: Office, number: int) -> None:
    ends = clock.instant().steady_ms + 10_000
    while office.entry(number).state is not State.SENT:
        assert clock.instant().steady_ms < ends, office.entry(number)
