"""Wakes the workers of all machines by the server's LISTEN and NOTIFY; where that does not come through, they look."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from panel import logs
from panel.errors import DatabaseError
from panel.storage.postgresql.condition import LISTENS_AS
from panel.storage.postgresql.history import SeenHistory, open_newest
from panel.storage.postgresql.reaching.address import ServerAddress
from panel.storage.wakeup import Notifier, PipeNotifier, Waiter

POLL_SECONDS = 2.0  # between two looks of a worker whom nothing wakes
HEARING_SECONDS = 60.0  # between two looks whether what is sent to the channel comes through
_ANSWER_SECONDS = 2.0


class ChannelNotifier(Notifier):
    """Notifies every worker of every machine; what a pipe says of a worker's death is true of this machine's alone."""

    def __init__(self, address: ServerAddress, place: Path, seen: SeenHistory) -> None:
        self._address, self._seen = address, seen
        self._pipes = PipeNotifier(place.with_name(f"{place.name}.{os.uname().nodename}"))  # a folder may be shared

    def notify(self) -> None:
        """Wake whoever waits; where that fails, they look within a minute."""
        with suppress(psycopg.Error, DatabaseError):
            session = open_newest(self._address, self._seen)
            with session.connection:
                session.line.ask("SELECT pg_notify(?, '')", (self._address.schema,))

    def has_died(self, name: str) -> bool:
        return self._pipes.has_died(name)

    def sweep(self) -> None:
        self._pipes.sweep()

    def waiter(self, name: str) -> ChannelWaiter:
        return ChannelWaiter(self._pipes.make(name), self._address, self._seen)


class ChannelWaiter(Waiter):
    """Waits for the channel of the server, and for the pipe that hears signals."""

    def __init__(self, pipe: Path, address: ServerAddress, seen: SeenHistory) -> None:
        super().__init__(pipe)
        self._address, self._seen = address, seen
        self._connection: psycopg.Connection[Any] | None = None
        self._probed_at = -HEARING_SECONDS
        self.is_delivered = False
        self._name = pipe.stem

    def wait(self, seconds: float | None, *, beside: int | None = None) -> None:
        if self._listen():
            return  # what was said meanwhile may have been for us
        if not self.is_delivered:
            seconds = POLL_SECONDS if seconds is None else min(seconds, POLL_SECONDS)
        super().wait(seconds, beside=beside)

    def sources(self) -> list[int]:
        return [*super().sources(), *([self._connection.fileno()] if self._connection else [])]

    def heard(self) -> None:
        super().heard()
        if self._connection:
            try:
                for _ in self._connection.notifies(timeout=0):
                    pass
            except psycopg.Error:
                self._drop()

    def close(self) -> None:
        self._drop()

    def _listen(self) -> bool:
        """Have a connection that listens, and know whether it hears; say whether something may have been missed.

        A probe that is not heard costs its seconds.
        """
        if self._connection and time.monotonic() - self._probed_at < HEARING_SECONDS:
            return False
        self._probed_at = time.monotonic()
        was, missed = self.is_delivered, self._connection is None
        try:
            if self._connection is None:
                session = open_newest(self._address, self._seen)
                self._connection, self._line = session.connection, session.line
                self._line.ask(f'LISTEN "{self._address.schema}"')
            self.is_delivered, others = self._hears(self._connection)
            named = f"{LISTENS_AS}{self._name}" if self.is_delivered else "mail-panel"  # which tells the others
            self._line.ask("SELECT set_config('application_name', ?, false)", (named,))
            missed = missed or others or self._connection.pgconn.notifies() is not None
        except (psycopg.Error, DatabaseError):
            self._drop()
        if was != self.is_delivered:
            logs.info("wake_up_changed", by="notify" if self.is_delivered else "polling")
        return missed and self.is_delivered

    def _hears(self, connection: psycopg.Connection[Any]) -> tuple[bool, bool]:
        """Say whether a probe comes through, and whether something else came before it."""
        token, others = f"{os.getpid()}-{uuid4().hex[:8]}", False
        self._line.ask("SELECT pg_notify(?, ?)", (self._address.schema, token))
        for said in _said_over(connection):
            if said == token:
                return True, others
            others = True
        return False, others

    def _drop(self) -> None:
        self.is_delivered = False
        if self._connection:
            self._connection.close()
            self._connection = None


def _said_over(connection: psycopg.Connection[Any]) -> Iterator[str]:
    """Give what has come with an answer, then what comes within a moment."""
    while found := connection.pgconn.notifies():
        yield found.extra.decode()
    for each in connection.notifies(timeout=_ANSWER_SECONDS):
        yield each.payload
