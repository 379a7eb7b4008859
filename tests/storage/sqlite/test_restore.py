"""A backup in the place of the data file: checked before, whole after, and the file of before is kept."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from panel.errors import CannotDo, CannotRead, DatabaseBusy, DatabaseError
from panel.storage.sqlite.database import SqliteDatabase
from panel.storage.sqlite.restore import checked_copy, put_in_place, schema_in
from panel.storage.steps import SCHEMA
from tests.support.mail import NOW
from tests.support.nth_call import run_injected

pytestmark = pytest.mark.data_file("its own")

KEPT = "panel-before-20261123T090000Z.db"
CALLS = ("pwrite64", "fdatasync", "fsync", "rename", "link", "unlink", "ftruncate")
RESTORES = """
import sys
from datetime import datetime
from pathlib import Path
from panel.storage.sqlite.restore import checked_copy, put_in_place
path = Path(sys.argv[2])
with checked_copy(Path(sys.argv[1]), path) as copy:
    put_in_place(copy, path, datetime.fromisoformat(sys.argv[3]))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The data file, whose mark is `present`."""
    (tmp_path / "home").mkdir(mode=0o700)
    return marked(tmp_path / "home" / "panel.db", "present")


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A copy, whose mark is `backup`."""
    database = marked(tmp_path / "made.db", "backup")
    SqliteDatabase(database).copy_to(tmp_path / "backup.db")
    return tmp_path / "backup.db"


def marked(path: Path, mark: str) -> Path:
    """Make a data file that can be told from others."""
    database = SqliteDatabase(path)
    database.prepare()
    with database.writing() as write:
        write.run("INSERT INTO totals (what, name, number) VALUES ('mark', ?, 1)", (mark,))
    database.close()
    return path


def mark_of(path: Path) -> str:
    """Read which one it is, and that it is whole."""
    database = SqliteDatabase(path)
    database.require()
    assert [row[0] for row in database.rows("PRAGMA integrity_check")] == ["ok"]
    [row] = database.rows("SELECT name FROM totals WHERE what = 'mark'")
    database.close()
    return str(row[0])


def restore(file: Path, path: Path) -> Path | None:
    with checked_copy(file, path) as copy:
        return put_in_place(copy, path, NOW)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_the_backup_takes_the_place_and_the_file_of_before_is_kept(path: Path, backup: Path) -> None:
    kept = restore(backup, path)

    assert kept == path.with_name(KEPT)
    assert (mark_of(path), mark_of(kept)) == ("backup", "present")
    assert [each.stat().st_mode & 0o777 for each in (path, kept)] == [0o600, 0o600]
    assert names(path.parent) == [KEPT, "panel.db"]
    assert mark_of(backup) == "backup"


def test_two_at_the_same_second_keep_both(path: Path, backup: Path) -> None:
    restore(backup, path)

    again = restore(path.with_name(KEPT), path)

    assert again
    assert (mark_of(path), mark_of(again)) == ("present", "backup")


def test_where_nothing_was_the_backup_is_put(tmp_path: Path, backup: Path) -> None:
    (tmp_path / "new").mkdir()

    assert restore(backup, tmp_path / "new" / "panel.db") is None

    assert names(tmp_path / "new") == ["panel.db"]
    assert mark_of(tmp_path / "new" / "panel.db") == "backup"
    assert backup.stat().st_nlink == 1


def test_a_copy_by_hand_is_taken_with_its_log(path: Path, tmp_path: Path) -> None:
    there = marked(tmp_path / "there.db", "early")
    with closing(sqlite3.connect(there)) as opened:
        opened.execute("UPDATE totals SET name = 'late' WHERE what = 'mark'")
        opened.commit()
        for end in ("", "-wal"):
            shutil.copy(f"{there}{end}", tmp_path / f"hand.db{end}")

    restore(tmp_path / "hand.db", path)

    assert mark_of(path) == "late"


@contextmanager
def opened_elsewhere(path: Path) -> Iterator[None]:
    """Have another process hold the file open, and nothing more."""
    holds = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM sqlite_schema').fetchall();"
        "print('open', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", holds, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holding:
        assert holding.stdout
        assert holding.stdout.readline() == b"open\n"
        yield
        holding.communicate()


def test_a_file_that_something_has_open_is_left_alone(path: Path, backup: Path) -> None:
    with opened_elsewhere(path), pytest.raises(DatabaseBusy, match=r"has .*panel\.db open\. Stop the panel"):
        restore(backup, path)

    assert mark_of(path) == "present"
    assert names(path.parent) == ["panel.db"]


@pytest.mark.parametrize("content", [b"no database at all" * 300, b""])
def test_a_file_that_cannot_be_read_is_put_aside_as_it_is(path: Path, backup: Path, content: bytes) -> None:
    path.write_bytes(content)

    kept = restore(backup, path)

    assert kept == path.with_name(KEPT)
    assert (mark_of(path), kept.read_bytes()) == ("backup", content)
    assert names(path.parent) == [KEPT, "panel.db"]


@pytest.mark.parametrize("remains", ["gone", "empty"])
def test_a_log_whose_file_is_gone_is_kept_with_what_is_in_it(path: Path, backup: Path, remains: str) -> None:
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("UPDATE totals SET number = 2 WHERE what = 'mark'")
        opened.commit()
        log = Path(f"{path}-wal").read_bytes()
    Path(f"{path}-wal").write_bytes(log)
    path.unlink() if remains == "gone" else path.write_bytes(b"")

    kept = restore(backup, path)

    assert kept == path.with_name(KEPT)
    assert Path(f"{kept}-wal").read_bytes() == log != b""
    assert mark_of(path) == "backup"


def test_a_damaged_page_of_the_present_file_does_not_stand_in_the_way(path: Path, backup: Path) -> None:
    with path.open("rb+") as file:
        file.seek(3 * 4096)
        file.write(b"\xff" * 4096)

    kept = restore(backup, path)

    assert kept
    assert mark_of(path) == "backup"
    assert kept.read_bytes()[3 * 4096 : 4 * 4096] == b"\xff" * 4096


def broken(backup: Path) -> None:
    data = bytearray(backup.read_bytes())
    for page in range(4, len(data) // 4096):
        data[page * 4096 : page * 4096 + 12] = b"\xff" * 12
    backup.write_bytes(data)


def cut_off(backup: Path) -> None:
    backup.write_bytes(backup.read_bytes()[:-40_960])


def of_another_program(backup: Path) -> None:
    with closing(sqlite3.connect(backup)) as opened:
        opened.execute("PRAGMA application_id = 7")


def newer(backup: Path) -> None:
    with closing(sqlite3.connect(backup)) as opened:
        opened.execute(f"PRAGMA user_version = {SCHEMA + 1}")


def empty(backup: Path) -> None:
    backup.write_bytes(b"")


def text(backup: Path) -> None:
    backup.write_text("a text " * 1000)


@pytest.mark.parametrize(
    ("spoil", "fault", "said"),
    [
        (broken, CannotDo, "is damaged"),
        (cut_off, CannotDo, "is damaged"),
        (text, CannotDo, "is no database"),
        (empty, CannotDo, "holds no panel"),
        (of_another_program, DatabaseError, "belongs to another program"),
        (newer, DatabaseError, "was written by a newer mail-panel"),
    ],
)
def test_what_is_no_whole_backup_is_refused(path: Path, backup: Path, spoil, fault, said: str) -> None:
    spoil(backup)

    with pytest.raises(fault, match=said) as refused:
        restore(backup, path)

    assert str(backup) in str(refused.value)
    assert mark_of(path) == "present"
    assert names(path.parent) == ["panel.db"]


def test_what_is_no_file_is_refused(path: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for file in (tmp_path / "away.db", tmp_path, tmp_path / "pipe"):
        with pytest.raises(CannotRead, match="cannot be read"):
            restore(file, path)
    with pytest.raises(CannotDo, match="is the data file itself"):
        restore(path, path)


def test_the_steps_that_a_copy_has_seen_are_told(path: Path, backup: Path) -> None:
    with checked_copy(backup, path) as copy:
        assert schema_in(copy) == SCHEMA


def run_until(call: str, when: int, backup: Path, path: Path) -> int:
    """Restore in a process that is killed at the n-th of a system call; give its exit code."""
    told = run_injected(f"{call}:signal=KILL:when={when}", "-c", RESTORES, str(backup), str(path), NOW.isoformat())
    return told.returncode


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("present", ["whole", "unreadable"])
def test_who_is_killed_leaves_the_old_or_the_new(
    tmp_path: Path, path: Path, backup: Path, call: str, present: str, is_long: bool
) -> None:
    """Each call is the last one once; a few of the many writes where the tests are to be quick."""
    old = path.read_bytes() if present == "whole" else b"no database at all" * 300
    found = set()
    for when in range(1, 1_000):
        if not is_long and when not in (1, 2, 3, 60, 150, 151, 999):
            continue
        shutil.rmtree(path.parent)
        path.parent.mkdir(mode=0o700)
        path.write_bytes(old)

        code = run_until(call, when, backup, path)

        if path.read_bytes() == old and present == "unreadable":
            found.add("old")
        else:
            found.add(mark_of(path))
        if code == 0:
            break
        assert code == -signal.SIGKILL
        restore(backup, path)  # which removes what the killed one has left
        assert mark_of(path) == "backup"
        assert [each for each in names(path.parent) if "restoring" in each] == []

    assert code == 0, "killed at each of a thousand calls"
    assert found <= {"backup", "present", "old"}
