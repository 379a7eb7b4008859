"""What is said to the server over one connection and what it answers: one journey for all that waits for no answer.

psycopg's own cursors send each statement by itself, and take four times as much of the processor for it.
"""

from __future__ import annotations

import select
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import PipelineAborted, error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format, PipelineStatus
from psycopg.pq.abc import PGresult

from panel.storage.database import Row, Value
from panel.storage.postgresql.rows import ServerRow, row_class
from panel.storage.postgresql.words import as_the_server_takes, in_servers_words

ANSWERS_MS = 10_000  # with a server that says nothing, where it is asked for what takes no time
MOST_KNOWN = 512  # statements that the server may have ready for a connection


class _Statement:
    """A statement with parameters of certain types, which the server gets ready when it is said again."""

    __slots__ = ("name", "row")

    def __init__(self) -> None:
        self.name: bytes | None = None
        self.row: type[ServerRow] | None = None


class ServerAnswer:
    """What the server answers to a statement: whoever looks waits for it."""

    __slots__ = ("_line", "_result", "_statement")

    def __init__(self, line: ServerLine, statement: _Statement) -> None:
        self._line, self._statement = line, statement
        self._result: PGresult | None = None

    def rows(self) -> list[Row]:
        return self._line.read(self._heard, self._statement)

    @property
    def touched(self) -> int:
        """Give the number of rows that were changed."""
        return self._heard.command_tuples or 0

    @property
    def status(self) -> bytes | None:
        """Give the command that was carried out."""
        return self._heard.command_status

    def keep(self, result: PGresult) -> None:
        self._result = result

    @property
    def _heard(self) -> PGresult:
        if self._result is None:
            self._line.hear()
        assert self._result is not None
        return self._result


class _Preparing(ServerAnswer):
    """What the server answers to being asked to have a statement ready."""

    __slots__ = ()

    def keep(self, result: PGresult) -> None:
        if result.status != ExecStatus.COMMAND_OK:
            self._statement.name = None


class ServerLine:
    """A connection, and what was said over it that nobody has waited for yet; one thread uses it.

    A server that hangs, or whose disk does, still has its system answer for it, and nobody would find that it is lost.
    """

    __slots__ = ("_known", "_named", "_pg", "_poll", "_said", "_transformer", "journeys", "patience_ms")

    def __init__(self, connection: psycopg.Connection[Any], *, patience_ms: int = ANSWERS_MS) -> None:
        self.patience_ms = patience_ms
        self._pg = connection.pgconn
        self._transformer = Transformer.from_context(connection)
        self._poll = select.poll()
        self._known: dict[tuple[bytes, tuple[int, ...]], _Statement] = {}
        self._named = 0
        self._said: list[ServerAnswer] = []
        self.journeys = 0  # how often answers were waited for

    def say(self, sql: str, parameters: Sequence[Value] = ()) -> ServerAnswer:
        """Say one statement; it travels with the first that is waited for."""
        if self._pg.pipeline_status == PipelineStatus.OFF:
            self._pg.enter_pipeline_mode()
        text = in_servers_words(sql)
        try:
            values = self._dump(parameters)
        except (psycopg.DataError, UnicodeEncodeError):  # seldom: what is looked for in each text takes its time
            values = self._dump(as_the_server_takes(parameters))
        types, formats = self._transformer.types or (), self._transformer.formats or ()
        statement = self._statement(text, types)
        if statement.name is None:
            self._pg.send_query_params(text, values, types, formats, Format.BINARY)
        else:
            self._pg.send_query_prepared(statement.name, values, formats, Format.BINARY)
        answer = ServerAnswer(self, statement)
        self._said.append(answer)
        return answer

    def hear(self) -> None:
        """Wait for the answers to all that was said, and raise the first fault among them."""
        if not self._said:
            return
        said, self._said = self._said, []
        self.journeys += 1
        first: psycopg.Error | None = None
        try:
            self._pg.pipeline_sync()
            for each in said:
                fault = self._fault_of(each)
                first = first or fault
            self._next_result()  # that of the end
        except psycopg.Error as lost:
            raise first or lost from None
        except BaseException:
            self._pg.finish()  # nobody will read what is under way
            raise
        if first:
            raise first

    def rest(self) -> None:
        """Leave the connection to whoever speaks by psycopg's own means."""
        self.hear()
        if self._pg.pipeline_status != PipelineStatus.OFF:
            self._pg.exit_pipeline_mode()

    def ask(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """Say one statement outside of a transaction, and give its rows."""
        try:
            rows = self.say(sql, parameters).rows()
        except psycopg.Error:
            if self._pg.status == ConnStatus.OK:
                self.rest()
            raise
        self.rest()
        return rows

    def read(self, result: PGresult, statement: _Statement) -> list[Row]:
        """Read the rows of an answer."""
        if statement.row is None:
            names = [result.fname(place) or b"" for place in range(result.nfields)]
            statement.row = row_class(tuple(name.decode() for name in names))
        self._transformer.set_pgresult(result)
        rows: list[Row] = self._transformer.load_rows(0, result.ntuples, statement.row)
        return rows

    def _dump(self, parameters: Sequence[Value]) -> Sequence[Any]:
        return self._transformer.dump_sequence(parameters, [PyFormat.AUTO] * len(parameters))

    def _statement(self, text: bytes, types: tuple[int, ...]) -> _Statement:
        statement = self._known.get((text, types))
        if statement is None:
            if len(self._known) >= MOST_KNOWN:
                self._forget()
            statement = self._known[text, types] = _Statement()
        elif statement.name is None:
            self._named += 1
            statement.name = b"s%d" % self._named
            statement.row = None  # from here on the server refuses what gives other columns than it does now
            self._pg.send_prepare(statement.name, text, types)
            self._said.append(_Preparing(self, statement))
        return statement

    def _forget(self) -> None:
        """Begin anew with what the server has ready."""
        self._known.clear()
        self._pg.send_query_params(b"DEALLOCATE ALL", None)
        self._said.append(ServerAnswer(self, _Statement()))

    def _fault_of(self, answer: ServerAnswer) -> psycopg.Error | None:
        result = self._next_result()
        answer.keep(result)
        self._pg.get_result()  # an answer ends with none, which is not waited for
        if result.status in _GOOD:
            return None
        if result.status == ExecStatus.PIPELINE_ABORTED:
            return PipelineAborted("an earlier statement has failed")
        return error_from_result(result)

    def _next_result(self) -> PGresult:
        while (result := self._result()) is None:
            if self._pg.status != ConnStatus.OK:
                raise psycopg.OperationalError("the connection is lost")
        return result

    def _result(self) -> PGresult | None:
        while self._pg.is_busy():
            events = select.POLLIN | (select.POLLOUT if self._pg.flush() else 0)
            self._poll.register(self._pg.socket, events)
            ready = self._poll.poll(self.patience_ms)
            if not ready:
                self._pg.finish()
                raise psycopg.OperationalError(f"the server has said nothing for {self.patience_ms / 1000:.0f} seconds")
            if ready[0][1] & ~select.POLLOUT:
                self._pg.consume_input()
        return self._pg.get_result()


_GOOD = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK, ExecStatus.EMPTY_QUERY)
