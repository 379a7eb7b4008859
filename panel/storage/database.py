"""The one door to the data: plain SQL in, rows out, whether a file of this machine or a server keeps them.

The statements are the same for both. What only one of the engines knows stands in its room beside this module.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Protocol

from panel.clock import Instant
from panel.errors import DatabaseError
from panel.storage.shared_key import SharedKey
from panel.storage.wakeup import Notifier

PROBE_SECONDS = 3  # at most one write in so long asks whether writing is possible, however many ask

Value = str | bytes | int | float | None


class Row(Protocol):
    """What a statement gives: its columns by name, or by their place."""

    def __getitem__(self, column: str | int | slice, /) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...
    def keys(self) -> Collection[str]: ...


class Database(ABC):
    """Where settings, accounts and mail are kept; any thread of any process may use it."""

    notifier: Notifier
    is_server = False  # which several machines use; else it is a file of this one
    encryption = ""  # of the way to another machine: libpq's sslmode
    shared_key: SharedKey | None = None  # where several machines have to have one key

    def __init__(self, path: Path, name: str, notifier: Notifier) -> None:
        self.path = path  # of the file; where a server has the data, beside it stands what is of this machine alone
        self.name = name  # as sentences call it
        self.notifier = notifier
        self._probing = threading.Lock()
        self._probed_at: float | None = None
        self._fault: DatabaseError | None = None

    @abstractmethod
    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """Run one statement that reads, and give its rows."""

    def row(self, sql: str, parameters: Sequence[Value] = ()) -> Row | None:
        found = self.rows(sql, parameters)
        return found[0] if found else None

    @abstractmethod
    def changes(self) -> int:
        """Give a number that stays the same as long as no other connection, of any process, has written.

        Who cannot know gives another one each time.
        """

    @abstractmethod
    def writing(self) -> AbstractContextManager[Writer]:
        """Hold the write lock from the first statement on: all of it is committed at the end, or none."""

    def fault(self) -> DatabaseError | None:
        """Say why nothing can be written, if so, as a real write found within the last seconds."""
        with self._probing:
            if self._probed_at is None or time.monotonic() - self._probed_at >= PROBE_SECONDS:
                self._fault = self._probe()
                self._probed_at = time.monotonic()  # it may take long, and is news to all who have waited for it
        return self._fault

    @abstractmethod
    def _probe(self) -> DatabaseError | None:
        """Write something that changes nothing, and say why that failed, if it did."""

    @abstractmethod
    def refuse_unfit(self) -> None:
        """Raise where mail must not be kept in it, for it would be lost or sent twice; whoever stays asks once."""

    @abstractmethod
    def prepare(self) -> None:
        """Make or update the tables; refuse what is not ours or newer than this program."""

    @abstractmethod
    def step(self) -> int:
        """Give how many steps the tables have seen; 0 where there are none."""

    @abstractmethod
    def size(self) -> int:
        """Give how many bytes it takes on its disk."""

    @abstractmethod
    def let_use(self, user: str) -> None:
        """Let a user of the server, who may change no tables, read and write what is in them."""

    @abstractmethod
    def require(self) -> None:
        """Raise where it is not there, not ours, or not of this program's version; make and change nothing."""

    @abstractmethod
    def copy_to(self, path: Path) -> Database:
        """Write a copy to a new file while others go on reading and writing, and give that."""

    @abstractmethod
    def shrink(self, pages: int) -> bool:
        """Give some of the free pages back to the disk, unless few are free; say whether there may be more."""

    @abstractmethod
    def with_patience(self, busy_ms: int) -> Database:
        """Give the same database to somebody who waits so long for the write lock, and no longer."""

    @abstractmethod
    def close(self) -> None:
        """Close this thread's connection."""

    # Marks: so that who never used a capability reads no table for it

    @abstractmethod
    def mark(self, name: str) -> None:
        """Leave a mark that there is something to look after."""

    @abstractmethod
    def unmark(self, name: str) -> None:
        """Take the mark away."""

    @abstractmethod
    def is_marked(self, name: str) -> bool:
        """Say whether there may be something to look after."""


class Writer(ABC):
    """Plain SQL inside one transaction."""

    __slots__ = ("afterwards",)
    is_far = False  # where each answer is waited for, so that it is worth while to ask beforehand what may be needed

    def __init__(self) -> None:
        self.afterwards: Sequence[Callable[[], object]] = ()

    def after_commit(self, act: Callable[[], object]) -> None:
        """Have something done once this transaction is on the disk; nothing where it is rolled back."""
        self.afterwards = (*self.afterwards, act)

    @abstractmethod
    def run(self, sql: str, parameters: Sequence[Value] = ()) -> None:
        """Run one statement whose answer nobody needs: a server hears of it with the next that is answered."""

    @abstractmethod
    def run_all(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Run one such statement for each row of parameters."""

    @abstractmethod
    def changed(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """Run one statement and give the number of rows it touched."""

    def changed_by_all(self, sql: str, rows: Iterable[Sequence[Value]]) -> int:
        """Run one statement for each row of parameters, and give the number of rows that all have touched."""
        return self.run_and_count(sql, rows)()

    @abstractmethod
    def run_and_count(self, sql: str, rows: Iterable[Sequence[Value]]) -> Callable[[], int]:
        """Do the same, and give what tells the number: a server is waited for only when that is asked."""

    @abstractmethod
    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """Run one statement and give its rows, such as those of RETURNING."""

    def row(self, sql: str, parameters: Sequence[Value] = ()) -> Row | None:
        """Run one statement and give its first row."""
        found = self.rows(sql, parameters)
        return found[0] if found else None

    @abstractmethod
    def foresee(self, sql: str, parameters: Sequence[Value] = ()) -> Callable[[], list[Row]]:
        """Have something read as it stands now, and give what tells it; only then is a server waited for."""

    @abstractmethod
    def notify(self) -> None:
        """Wake the workers once this transaction is committed."""

    @abstractmethod
    def moment(self, at: Instant) -> Instant:
        """Give the moment of this transaction by the clock that all share; `at` where this machine's is that clock."""

    def writing(self) -> AbstractContextManager[Writer]:
        """Go on in this transaction: whoever began it commits."""
        return nullcontext(self)


Reader = Database | Writer


def marks(values: Collection[object]) -> str:
    """Give the question marks of so many values, as `IN (…)` holds them: what is among none is among NULL."""
    return ", ".join("?" * len(values)) or "NULL"
