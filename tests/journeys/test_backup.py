"""A backup that is made while mail goes out, and restored as the documentation says."""

from __future__ import annotations

import gc
import os
from collections import Counter
from email import message_from_bytes
from pathlib import Path

import pytest

from panel import clock
from panel.errors import CannotCreate
from panel.outbox.outbox import Outbox
from panel.outbox.pace.pace import Reason
from panel.storage.opening import open_database
from tests.support.actors import actor
from tests.support.killing import finish, program
from tests.support.mail import at, mail
from tests.support.sending import Office
from tests.support.servers import SmtpServer

pytestmark = pytest.mark.data_file("a server is copied by pg_dump")


@pytest.fixture
def office(tmp_path: Path, server: SmtpServer) -> Office:
    return office_in(tmp_path, server)


def office_in(folder: Path, server: SmtpServer) -> Office:
    database = open_database(folder / "mail-panel.db")
    database.prepare()
    office = Office.open(database)
    office.use(server)
    return office


def restore(copy: Path, home: Path, server: SmtpServer) -> Office:
    """Do what docs/howto/backup.md says; it is open in no thread that has ended, once those are tidied up."""
    gc.collect()
    with program("-m", "panel", "restore", str(copy), home=home) as restoring:
        assert restoring.wait(30) == 0
    return office_in(home, server)


def test_after_a_restore_nothing_is_missing_and_what_comes_twice_is_marked(
    office: Office, server: SmtpServer, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    office.use(server, send_interval_ms=5)  # so that it lasts
    tickets = office.outbox.enqueue_all([mail(number=each) for each in range(300)], by=actor(), now=clock.now())
    with office.working():
        server.wait_for(20)
        with program("-m", "panel", "backup", str(copy), home=tmp_path) as backup:
            assert backup.wait(30) == 0
    finish(office, server)
    office.database.close()

    restored = restore(copy, tmp_path, server)
    finish(restored, server)

    arrived = Counter(message_from_bytes(message.raw)["Message-ID"] for message in server.messages)
    twice = {message_id for message_id, times in arrived.items() if times > 1}
    marked = {row[0] for row in restored.database.rows("SELECT message_id FROM messages WHERE uncertain = 1")}
    assert arrived.keys() == {ticket.message_id for ticket in tickets}
    assert twice == marked != set()
    assert copy.stat().st_mode & 0o077 == 0


def test_a_backup_marks_nothing_in_what_goes_on(office: Office, tmp_path: Path) -> None:
    number = office.enqueue()

    office.outbox.copy_to(tmp_path / "copy.db")

    assert not office.entry(number).uncertain
    assert [path.name for path in tmp_path.glob("copy.db*")] == ["copy.db"]


def test_a_restored_clock_begins_with_a_whole_interval(office: Office, tmp_path: Path, server: SmtpServer) -> None:
    office.use(server, send_interval_ms=6_000)
    office.enqueue()
    office.enqueue()
    office.worker(time=lambda: at(0)).run_once()
    office.outbox.copy_to(tmp_path / "copy.db")
    office.database.close()

    restored = restore(tmp_path / "copy.db", tmp_path, server)
    restored.use(server, send_interval_ms=6_000)

    wait = restored.worker(time=lambda: at(100)).run_once()
    assert (wait.reason, wait.ms) == (Reason.PACE, 6_000)


def test_a_backup_holds_no_room_of_what_has_left(office: Office, tmp_path: Path, is_long: bool) -> None:
    lines = 171_000 if is_long else 6_000
    for number in range(20):
        office.outbox.enqueue(mail(number=number, lines=lines), by=actor(), now=clock.now())
    office.worker().run_once()

    office.outbox.copy_to(tmp_path / "copy.db")

    office.database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    assert office.outbox.counts().by_state["sent"] == 20
    assert office.database.path.stat().st_size > 20 * lines * 78
    assert (tmp_path / "copy.db").stat().st_size * 20 < office.database.path.stat().st_size
    copy = open_database(tmp_path / "copy.db")
    copy.require()
    assert copy.rows("PRAGMA freelist_count")[0][0] == 0
    assert copy.rows("PRAGMA integrity_check")[0][0] == "ok"


def test_writers_go_on_while_a_backup_is_made(office: Office, tmp_path: Path, is_long: bool) -> None:
    """A writer that had to wait for the copy would give up at once: it waits for nobody."""
    for number in range(4):
        office.outbox.enqueue(mail(number=number, lines=171_000 if is_long else 20_000), by=actor(), now=clock.now())
    hasty = Outbox(open_database(office.database.path, busy_ms=1))
    written = []

    with program("-m", "panel", "backup", str(tmp_path / "copy.db"), home=tmp_path) as backup:
        while backup.poll() is None or not written:
            written.append(hasty.enqueue(mail(number="hasty"), by=actor(), now=clock.now()))
        assert backup.wait(60) == 0

    assert hasty.counts().waiting == 4 + len(written)
    assert 4 <= Outbox(open_database(tmp_path / "copy.db")).counts().waiting <= 4 + len(written)


def test_a_copy_needs_a_name_in_utf_8(office: Office, tmp_path: Path) -> None:
    with pytest.raises(CannotCreate, match="UTF-8"):
        office.outbox.copy_to(tmp_path / os.fsdecode(b"caf\xe9.db"))

    assert [each.name for each in tmp_path.iterdir() if "caf" in each.name] == []
