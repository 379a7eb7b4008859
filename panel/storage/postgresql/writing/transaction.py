"""One transaction that writes: what it says to the server goes in as few journeys as its answers allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TypeVar

import psycopg

from panel import clock
from panel.clock import Instant
from panel.errors import DatabaseError
from panel.storage.database import Row, Value, Writer
from panel.storage.postgresql.faults import in_our_words, is_lost, is_refused, may_be_run_again
from panel.storage.postgresql.line import ServerAnswer
from panel.storage.postgresql.schema import refuse_other_step
from panel.storage.postgresql.session import Connecting
from panel.storage.postgresql.writing import lock
from panel.storage.postgresql.writing.outcome import Doubtful

MOST_BEGINS = 3  # of what the server rolled back before it had answered anything
_T = TypeVar("_T")


class _Said:
    """A statement, and what is answered to it the last time that it was said."""

    __slots__ = ("answer", "parameters", "sql")

    def __init__(self, sql: str, parameters: Sequence[Value]) -> None:
        self.sql, self.parameters = sql, parameters
        self.answer: ServerAnswer


class PostgresWriter(Writer):
    """Plain SQL inside one transaction of the server.

    Nothing is waited for before the first statement whose answer is needed: until then the connection may be lost, and
    all that was said is said again by another one.
    """

    is_far = True
    __slots__ = ("_begins", "_line", "_look", "_moment", "_said", "_session", "_sessions", "_xact")

    def __init__(self, sessions: Connecting) -> None:
        super().__init__()
        self._sessions = sessions
        self._said: list[_Said] = []
        self._moment: Instant | None = None  # once the server has answered
        self._begins = 0
        self._xact = ""
        self._begin()

    def run(self, sql: str, parameters: Sequence[Value] = ()) -> None:
        self._say(sql, parameters)

    def run_all(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        for parameters in rows:
            self.run(sql, parameters)

    def changed(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        return self.changed_by_all(sql, [parameters])

    def run_and_count(self, sql: str, rows: Iterable[Sequence[Value]]) -> Callable[[], int]:
        said = [self._say(sql, parameters) for parameters in rows]
        return lambda: self._answered(lambda: sum(each.answer.touched for each in said))

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        return self.foresee(sql, parameters)()

    def foresee(self, sql: str, parameters: Sequence[Value] = ()) -> Callable[[], list[Row]]:
        said = self._say(sql, parameters)
        return lambda: self._answered(lambda: said.answer.rows())

    def notify(self) -> None:
        self.run("SELECT pg_notify(?, '')", (self._sessions.schema,))

    def moment(self, at: Instant) -> Instant:
        if at.boot != self._session.boot:
            return at  # it is of another clock, as a test gives one
        return self._begun()

    def commit(self) -> None:
        """Make all of it last, or raise: `OutcomeUnknown` where nobody can say whether it does."""
        try:
            began = self._begun()
        except BaseException:
            self.abandon()
            raise
        try:
            ended = self._line.say("COMMIT")
            self._line.rest()
        except psycopg.Error as fault:
            lost = is_lost(fault, self._session.connection)
            if lost:
                self._sessions.drop()
            else:
                self.abandon()
            if is_refused(fault) or not lost:
                raise in_our_words(fault, self._sessions.name) or fault from fault
            Doubtful(self._xact, self._session.boot, began.steady_ms).find_out(self._sessions, fault)
            return
        if ended.status != b"COMMIT":
            raise DatabaseError(f"{self._sessions.name} has rolled a transaction back. Look at the log of the server.")

    def abandon(self) -> None:
        """Leave nothing of it."""
        try:
            with suppress(psycopg.Error):
                self._line.hear()
            self._line.say("ROLLBACK")
            self._line.rest()
        except psycopg.Error:
            self._sessions.drop()

    # What is said to the server

    def _begin(self) -> None:
        self._session = self._sessions.get()
        line = self._line = self._session.line
        try:
            line.say("BEGIN")
            line.say(lock.TAKE, (self._sessions.schema,))
            self._look = line.say(_LOOK)
            for each in self._said:
                each.answer = line.say(each.sql, each.parameters)
        except psycopg.Error as fault:
            self._begin_again(fault)

    def _say(self, sql: str, parameters: Sequence[Value]) -> _Said:
        """Say something, again where all is begun anew before the server has answered."""
        said = _Said(sql, parameters)
        try:
            said.answer = self._line.say(sql, parameters)
            if self._moment is None:
                self._said.append(said)
        except psycopg.Error as fault:
            self._said.append(said)
            self._begin_again(fault)
        return said

    def _answered(self, ask: Callable[[], _T]) -> _T:
        """Give the answer to something; begin anew, and ask again, where the server had answered nothing before."""
        while True:
            try:
                answer = ask()
                if self._moment is None:
                    self._note_begin()
                return answer
            except psycopg.Error as fault:
                self._begin_again(fault)

    def _begun(self) -> Instant:
        """Give the moment of this transaction, which the server says once it has the write lock."""
        if self._moment is None:
            self._answered(lambda: None)
        assert self._moment
        return self._moment

    def _note_begin(self) -> None:
        """Note what the server has said of the begin: by that the transaction is known from here on."""
        [[step, self._xact, ms]] = self._look.rows()
        self._said.clear()
        clock.follow(ms, self._session.boot)
        self._moment = Instant(datetime.fromtimestamp(ms / 1000, UTC), int(ms), self._session.boot)
        refuse_other_step(step, self._sessions.name)

    def _begin_again(self, fault: psycopg.Error) -> None:
        """Begin anew on what the server has answered nothing of, or raise."""
        self._begins += 1
        lost = is_lost(fault, self._session.connection)
        if lost:
            self._sessions.drop()
        elif not self._moment:
            self.abandon()
        if self._moment or self._begins > MOST_BEGINS or not (lost or self._may_be_run_again(fault)):
            raise in_our_words(fault, self._sessions.name) or fault from fault
        self._begin()

    def _may_be_run_again(self, fault: psycopg.Error) -> bool:
        if isinstance(fault, psycopg.errors.LockNotAvailable):
            return lock.take_from_silent(self._session, self._sessions.schema)
        return may_be_run_again(fault)


_LOOK = (
    "SELECT step, pg_current_xact_id()::text, (extract(epoch FROM clock_timestamp()) * 1000)::float8 "
    "FROM mail_panel_schema"
)
