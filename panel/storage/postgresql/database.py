"""The door to a server: a connection for each thread, statements that are read, and transactions that write."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import psycopg

from panel.errors import CannotDo, DatabaseError
from panel.storage.database import Database, Row, Value, Writer
from panel.storage.postgresql.faults import in_our_words, is_lost
from panel.storage.postgresql.fitness import refuse_unfit
from panel.storage.postgresql.history import SeenHistory, open_newest
from panel.storage.postgresql.notifier import ChannelNotifier
from panel.storage.postgresql.reaching.address import ServerAddress
from panel.storage.postgresql.schema import ServerKey, grant_to, make_or_update, refuse_other_step, step_of
from panel.storage.postgresql.session import Connecting, ServerSession
from panel.storage.postgresql.writing.transaction import PostgresWriter
from panel.storage.steps import SCHEMA


class PostgresDatabase(Database):
    """A schema of a database on a PostgreSQL server, with one connection for each thread of each process."""

    is_server = True

    def __init__(self, url: str, path: Path, *, password_file: Path | None = None, busy_ms: int | None = None) -> None:
        self._given = url, path, password_file
        self.address = ServerAddress.of(url, password_file)
        self.encryption = self.address.encryption
        self._history = SeenHistory(path)
        super().__init__(path, self.address.name, ChannelNotifier(self.address, path, self._history))
        self.shared_key = ServerKey(self)
        self._busy_ms = busy_ms
        self._local = threading.local()
        self._sessions = Connecting(self.name, self.address.schema, self.session, self.close)
        self._number = itertools.count()

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        if writer := self._writer:
            return writer.rows(sql, parameters)
        return self._read(sql, parameters, again=True)

    def _read(self, sql: str, parameters: Sequence[Value], *, again: bool) -> list[Row]:
        """Read by the connection there is, or by a new one where that was lost while nothing was asked of it."""
        session = self.session()
        try:
            return session.line.ask(sql, parameters)
        except psycopg.Error as fault:
            lost = is_lost(fault, session.connection)
            if lost:
                self.close()
            if not (lost and again):
                raise in_our_words(fault, self.name) or fault from fault
        return self._read(sql, parameters, again=False)

    def changes(self) -> int:
        return next(self._number)  # the server does not say: who asks reads what may have changed

    def writing(self) -> ServerWriting:
        return ServerWriting(self._sessions, self._local)

    def _probe(self) -> DatabaseError | None:
        try:
            with self.writing():
                pass
        except DatabaseError as fault:
            return fault
        return None

    def refuse_unfit(self) -> None:
        with self._our_errors():
            refuse_unfit(self.session().connection, self.address, self.name)

    def prepare(self) -> None:
        if self.step() != SCHEMA:
            with self._our_errors():
                make_or_update(self.session().connection, self.address.schema, self.name)

    def step(self) -> int:
        with self._our_errors():
            return step_of(self.session().connection, self.address.schema)

    def size(self) -> int:
        row = self.row(_SIZE, (self.address.schema,))
        return int(row[0]) if row else 0

    def let_use(self, user: str) -> None:
        with self._our_errors():
            grant_to(self.session().connection, self.address.schema, user)

    def require(self) -> None:
        refuse_other_step(self.step(), self.name)

    @contextmanager
    def _our_errors(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as fault:
            raise in_our_words(fault, self.name) or fault from fault

    def copy_to(self, path: Path) -> Database:
        raise CannotDo(f"{self.name} is copied by PostgreSQL's own program: pg_dump --schema={self.address.schema}.")

    def shrink(self, pages: int) -> bool:
        return False  # the server gives space back by itself

    def with_patience(self, busy_ms: int) -> PostgresDatabase:
        url, path, password_file = self._given
        return PostgresDatabase(url, path, password_file=password_file, busy_ms=busy_ms)

    def close(self) -> None:
        session: ServerSession | None = getattr(self._local, "session", None)
        if session and self._local.pid == os.getpid():
            session.connection.close()
        self._local.session = None

    def mark(self, name: str) -> None:
        """Do nothing: a mark on this machine would tell the others nothing, so that each looks into the tables."""

    def unmark(self, name: str) -> None:
        """Do nothing."""

    def is_marked(self, name: str) -> bool:
        return True

    def session(self) -> ServerSession:
        """Give this thread's connection, a new one where that has ended; one of before a fork is the parent's."""
        session: ServerSession | None = getattr(self._local, "session", None)
        if session is None or session.is_lost or self._local.pid != os.getpid():
            try:
                session = self._local.session = open_newest(self.address, self._history, lock_ms=self._busy_ms)
            except psycopg.Error as fault:
                raise in_our_words(fault, self.name) or fault from fault
            self._local.pid = os.getpid()
        return session

    @property
    def _writer(self) -> Writer | None:
        """Give the transaction that this thread is in, if it is in one: what it reads is read there."""
        return getattr(self._local, "writer", None)


_SIZE = (
    "SELECT coalesce(sum(pg_total_relation_size(pg_class.oid)), 0)::bigint FROM pg_class "
    "JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = ? AND relkind = 'r'"
)


class ServerWriting:
    """A write that is committed at its end, or rolled back where something was raised."""

    __slots__ = ("_local", "_sessions", "_writer")

    def __init__(self, sessions: Connecting, local: threading.local) -> None:
        self._sessions, self._local = sessions, local

    def __enter__(self) -> Writer:
        if getattr(self._local, "writer", None):
            raise RuntimeError("a transaction was begun within another one, which that one's end would keep")
        self._writer = self._local.writer = PostgresWriter(self._sessions)
        return self._writer

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._local.writer = None
        if fault is not None:
            self._writer.abandon()
            return
        self._writer.commit()
        for act in self._writer.afterwards:
            act()
