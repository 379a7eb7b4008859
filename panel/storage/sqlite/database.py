"""Opens the data file, brings its tables up to date, and is the one door to it: plain SQL in, rows out.

A write is durable when `writing` ends: WAL with `synchronous=FULL` syncs the log at each commit.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path

from panel.clock import Instant
from panel.errors import CannotCreate, CannotDo, CannotWrite, DatabaseBusy, DatabaseError, NoAccess
from panel.storage.database import Database, Row, Value, Writer
from panel.storage.sqlite.connection import set_up
from panel.storage.sqlite.schema import bring_up_to_date, can_shrink, moved_away, moved_name, refuse_newer, schema_of
from panel.storage.steps import SCHEMA
from panel.storage.wakeup import Notifier, PipeNotifier

BUSY_MS = 5_000
SPARE = 1_024  # free pages that stay in the file for what comes next
ROOM = 65_536  # for a short mail; less may fit into what the log has already
_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EROFS, errno.EIO}


class SqliteDatabase(Database):
    """A SQLite file with one connection for each thread of each process."""

    def __init__(self, path: Path, *, busy_ms: int | None = None) -> None:
        super().__init__(path, str(path), PipeNotifier(path))
        self._names = (str(path), f"{path}-wal")
        self._busy_ms = busy_ms
        self._local = threading.local()

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        with _OurErrors(self.path):
            return self._connection().execute(sql, parameters).fetchall()

    def changes(self) -> int:
        self._connection()
        try:
            number: int = self._local.changes.execute("PRAGMA data_version").fetchall()[0][0]
        except sqlite3.DatabaseError as fault:
            raise _in_our_words(fault, self.path) from fault
        return number

    def writing(self) -> Writing:
        return Writing(self._connection(), self.path, self._refuse_moved, self.notifier)

    def _probe(self) -> DatabaseError | None:
        """Commit one page: only what is committed reaches the disk. Who finds it busy learns nothing new."""
        if fault := _no_room(self.path):
            return fault
        connection = self._connection()
        patience = connection.execute("PRAGMA busy_timeout").fetchone()[0]
        connection.execute("PRAGMA busy_timeout = 0")
        try:
            with self.writing() as write:
                write.run(f"PRAGMA user_version = {SCHEMA}")  # the number it has: the page is written all the same
        except DatabaseBusy:
            return self._fault
        except DatabaseError as fault:
            return fault
        finally:
            connection.execute(f"PRAGMA busy_timeout = {patience}")
        return None

    def prepare(self) -> None:
        """Make or update the tables; refuse a file that is not ours or newer than this program."""
        with _OurErrors(self.path):
            bring_up_to_date(self._connection(), self.path)

    def step(self) -> int:
        return int(self.rows("PRAGMA user_version")[0][0])

    def size(self) -> int:
        return sum(Path(name).stat().st_size for name in self._names if Path(name).exists())

    def let_use(self, user: str) -> None:
        raise CannotDo(f"{self.path} is a file: who may use it is said by its owner and mode, and not to {user}.")

    def is_blank(self) -> bool:
        """Say whether the file has no tables yet."""
        with _OurErrors(self.path):
            return schema_of(self._connection(), self.path) == 0

    def refuse_unfit(self) -> None:
        from panel.storage.filesystem import refuse_shared  # who hands mail in does not ask

        refuse_shared(self.path)

    def require(self) -> None:
        """Raise where the file is not there, not ours, or not of this program's version; make and change nothing."""
        refuse_lost(self.path)
        try:
            self.path.stat()
        except FileNotFoundError:
            raise DatabaseError(f"There is no {self.path}. Start the panel once, or set MAIL_PANEL_HOME.") from None
        except PermissionError:
            raise _no_access(self.path) from None
        if not os.access(self.path, os.R_OK | os.W_OK):
            raise _no_access(self.path)
        with _OurErrors(self.path):
            if schema_of(self._connection(), self.path) != SCHEMA:
                raise DatabaseError(f"{self.path} is of an older mail-panel. Start the panel: it brings it up to date.")

    def copy_to(self, path: Path) -> SqliteDatabase:
        """Write a copy to a new file while others go on reading and writing: what is in it, and no page that is free.

        It is one statement that reads, and holds a few pages at a time; it syncs no file, so that is done here.
        """
        try:
            name = os.fsencode(path).decode()
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except UnicodeDecodeError:
            raise CannotCreate(f"{str(path)!a} is no name in UTF-8, as SQLite needs one.") from None
        except FileExistsError:
            raise CannotCreate(f"{path} is there already. Choose a new name.") from None
        except OSError as fault:
            raise CannotCreate(f"{path} cannot be made: {fault.strerror}.") from fault
        try:
            with _OurErrors(path):
                self._connection().execute("VACUUM INTO ?", (name,))
                with closing(sqlite3.connect(path)) as copy:
                    copy.execute("PRAGMA journal_mode = WAL")  # which it has not from the file that it is a copy of
            _sync(path)
        except BaseException:
            path.unlink()
            raise
        return SqliteDatabase(path)

    def shrink(self, pages: int) -> bool:
        if not can_shrink(self._connection()):
            return False
        with self.writing() as write:
            free = write.row("PRAGMA freelist_count")
            assert free
            more = int(free[0]) - SPARE
            for _ in range(min(pages, more)):
                write.run("PRAGMA incremental_vacuum(1)")  # one for each: Python takes no further step of a pragma
        return more > pages

    def with_patience(self, busy_ms: int) -> SqliteDatabase:
        return SqliteDatabase(self.path, busy_ms=busy_ms)

    def mark(self, name: str) -> None:
        self.mark_of(name).touch(mode=0o600)

    def unmark(self, name: str) -> None:
        self.mark_of(name).unlink(missing_ok=True)

    def is_marked(self, name: str) -> bool:
        return self.mark_of(name).exists()

    def mark_of(self, name: str) -> Path:
        """Give where a mark stands: beside the file."""
        return self.path.with_name(f"{self.path.name}.{name}")

    def close(self) -> None:
        connection = getattr(self._local, "connection", None)
        if connection:
            connection.close()
            self._local.connection = None

    def _refuse_moved(self) -> None:
        """Raise where what was committed went to a file, or to its log, that has another name by now, or none."""
        if _files(self._names) != self._local.files:
            raise DatabaseError(
                f"{self.path} or its -wal file was moved or removed while mail-panel had it open. "
                "Stop mail-panel, restore a copy, and start it again."
            )

    def _connection(self) -> sqlite3.Connection:
        """Give this thread's connection; one that was opened before a fork belongs to the parent."""
        if getattr(self._local, "pid", None) != os.getpid() or self._local.connection is None:
            with _OurErrors(self.path):
                self._local.connection = _connect(self.path, self._busy_ms or BUSY_MS)
                self._local.changes = self._local.connection.cursor()  # kept: it is asked before each message
                self._local.files = _files(self._names)
            self._local.pid = os.getpid()
        connection: sqlite3.Connection = self._local.connection
        return connection


def _sync(path: Path) -> None:
    try:
        with path.open("rb+") as copy:
            os.fsync(copy.fileno())
    except OSError as fault:
        raise DatabaseError(f"{path} cannot be written: {fault.strerror}.") from fault


class _OurErrors:
    """Turn what SQLite says into a sentence for the operator; a class, for it is entered for each statement."""

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> object:
        return None

    def __exit__(self, kind: object, fault: BaseException | None, trace: object) -> None:
        if isinstance(fault, sqlite3.DatabaseError) and not isinstance(fault, _OF_STATEMENTS):
            raise _in_our_words(fault, self._path) from fault


_OF_STATEMENTS = (sqlite3.IntegrityError, sqlite3.ProgrammingError)  # faults of ours


class Writing(_OurErrors):
    """A write that is committed at its end, or rolled back where something was raised."""

    __slots__ = ("_committed", "_connection", "_notifier", "_writer")

    def __init__(
        self, connection: sqlite3.Connection, path: Path, committed: Callable[[], None], notifier: Notifier
    ) -> None:
        super().__init__(path)
        self._connection = connection
        self._committed, self._notifier = committed, notifier

    def __enter__(self) -> Writer:
        with _OurErrors(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                refuse_newer(self._connection, self._path)
            except BaseException:
                self._roll_back()
                raise
        self._writer = SqliteWriter(self._connection, self._notifier)
        return self._writer

    def __exit__(self, kind: object, fault: BaseException | None, trace: object) -> None:
        with _OurErrors(self._path):
            if fault is None:
                self._commit()
            else:
                self._roll_back()
        super().__exit__(kind, fault, trace)
        if fault is None:
            self._committed()
            for act in self._writer.afterwards:
                act()

    def _commit(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


class SqliteWriter(Writer):
    """Plain SQL inside one transaction of a data file."""

    __slots__ = ("_connection", "_notifier")

    def __init__(self, connection: sqlite3.Connection, notifier: Notifier) -> None:
        super().__init__()
        self._connection = connection
        self._notifier = notifier

    def run(self, sql: str, parameters: Sequence[Value] = ()) -> None:
        self._connection.execute(sql, parameters)

    def run_all(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        self._connection.executemany(sql, rows)

    def changed(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        return self._connection.execute(sql, parameters).rowcount

    def run_and_count(self, sql: str, rows: Iterable[Sequence[Value]]) -> Callable[[], int]:
        touched = self._connection.executemany(sql, rows).rowcount
        return lambda: touched

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        return self._connection.execute(sql, parameters).fetchall()

    def foresee(self, sql: str, parameters: Sequence[Value] = ()) -> Callable[[], list[Row]]:
        found = self.rows(sql, parameters)
        return lambda: found

    def notify(self) -> None:
        self.after_commit(self._notifier.notify)

    def moment(self, at: Instant) -> Instant:
        return at


def refuse_lost(path: Path) -> None:
    """Raise where the data file is gone or empty and its log is there: SQLite would begin anew and remove the log."""
    with suppress(OSError):  # the log is missing, as it should be, or in another user's folder
        if not path.exists() and moved_name(path).exists():
            raise moved_away(path)
        if Path(f"{path}-wal").stat().st_size and not (path.exists() and path.stat().st_size):
            raise DatabaseError(
                f"{path} is gone or empty, but its newest changes are there in {path}-wal. "
                "Keep that file, and put the database back beside it, or restore a copy and move it away."
            )


def _no_room(path: Path) -> DatabaseError | None:
    """Write a little to a file without a name beside the data file, and say why that failed, if the disk is why."""
    try:
        import tempfile  # slow to load, and asked for only where something failed

        with tempfile.TemporaryFile(dir=path.parent, buffering=0) as beside:
            _write_all(beside.fileno(), bytes(ROOM))
            os.fsync(beside.fileno())
    except OSError as fault:
        if fault.errno in _FULL:
            return CannotWrite(f"{path} cannot be written: {fault.strerror}. Check the disk and its rights.")
    return None


def _write_all(file: int, data: bytes) -> None:
    """Write all of it: where only a part finds room, the next write says why."""
    while data:
        data = data[os.write(file, data) :]


def _no_access(path: Path) -> NoAccess:
    return NoAccess(f"This user may not write to {path}. Run this as the user whose file it is.")


def _connect(path: Path, busy_ms: int) -> sqlite3.Connection:
    refuse_lost(path)
    _make_private(path)
    connection = sqlite3.connect(path, timeout=busy_ms / 1000, isolation_level=None)
    connection.row_factory = sqlite3.Row
    set_up(connection)
    connection.execute("SELECT 1 FROM sqlite_schema")  # its log is open from here on
    return connection


def _files(names: Iterable[str]) -> list[tuple[int, int] | None]:
    """Tell the data file and its log from others that may come to stand in their places."""
    return [_file(each) for each in names]


def _file(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _make_private(path: Path) -> None:
    """Make the file readable by its owner alone, whatever the umask; SQLite gives its log the same mode."""
    try:
        if not path.exists():
            _make(path)
        _free_from_read_only(path)
    except OSError as fault:
        raise DatabaseError(f"{path} cannot be made: {fault.strerror}. Check the disk and its rights.") from fault


def _make(path: Path) -> None:
    """Make a database without tables, which is no empty file: one of those has lost what was in it."""
    beside = path.with_name(f"{path.name}.{os.urandom(4).hex()}")
    try:
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(beside)) as connection:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("PRAGMA journal_mode = WAL")
        with suppress(FileExistsError):  # another process was faster
            os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _free_from_read_only(path: Path) -> None:
    """Let what SQLite left beside a file that was read-only be written again, now that the file may be."""
    for beside in (Path(f"{path}-wal"), Path(f"{path}-shm")):
        with suppress(FileNotFoundError):
            if path.stat().st_mode & 0o200 and not beside.stat().st_mode & 0o200:
                beside.chmod(0o600)


def _in_our_words(fault: sqlite3.DatabaseError, path: Path) -> DatabaseError:
    if not isinstance(fault, sqlite3.OperationalError):
        return DatabaseError(f"{path} is not a usable database: {fault}. Restore a copy.")
    if "locked" in str(fault) or "busy" in str(fault):
        return DatabaseBusy(f"Another process holds {path}. Try again in a moment.")
    return CannotWrite(f"{path} cannot be used: {fault}. Check the disk and its rights.")
