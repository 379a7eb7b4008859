"""Puts messages into the outbox from a thread of its own: those that come during one commit share the next.

A message that nobody else's could share its commit with is written at once, by the thread that serves all clients. That
spares two changes of threads, a quarter of what a message in a connection of its own costs; who connects meanwhile
waits for the disk, as their message would have to.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from functools import partial
from queue import SimpleQueue

from panel import logs
from panel.errors import DatabaseBusy
from panel.outbox.enqueue import Enqueuer, Ticket
from panel.outbox.shared_commit import MOST_BYTES_TOGETHER, MOST_TOGETHER, Group, SharedCommit
from panel.server.smtpd.posting import Posting
from panel.settings.sender import message_host
from panel.storage.database import Database

MOST_BYTES_AT_ONCE = 64 * 1024  # a message for which the others need not wait
AT_ONCE_MS = 5  # how long they do where somebody else writes to the data file

TicketOrFault = Ticket | Exception
_Tell = Callable[[TicketOrFault], None]
_Order = tuple[Posting, _Tell]


class GroupCommit:
    """Keeps messages, many in one transaction; each hears for itself what became of it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._shared = SharedCommit(Enqueuer(database.with_patience(AT_ONCE_MS)))
        self._patient = SharedCommit(Enqueuer(database))
        self._orders: SimpleQueue[_Order | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    def keep(self, posting: Posting, tell: _Tell, *, alone: bool) -> TicketOrFault | None:
        """Give what became of a message that is written at once; call back with that of others, when they are on disk.

        Alone is whom no other message follows.
        """
        if alone and len(posting.content) <= MOST_BYTES_AT_ONCE:
            [outcome] = self._keep(self._shared, [posting])
            if not isinstance(outcome, DatabaseBusy):
                return outcome
        self._orders.put((posting, tell))
        return None

    async def stop(self) -> None:
        """Return when all that was handed in has its answer."""
        self._orders.put(None)
        await self._loop.run_in_executor(None, self._thread.join)

    def _run(self) -> None:
        while batch := self._next():
            outcomes = self._keep(self._patient, [posting for posting, _ in batch])
            self._loop.call_soon_threadsafe(_tell, [tell for _, tell in batch], outcomes)

    def _next(self) -> list[_Order]:
        """Wait for a message, and take along what came meanwhile; nothing in the end."""
        batch: list[_Order] = []
        while sum(len(posting.content) for posting, _ in batch) < MOST_BYTES_TOGETHER and len(batch) < MOST_TOGETHER:
            if batch and self._orders.empty():
                break
            order = self._orders.get()
            if order is None:
                self._orders.put(None)  # for the next time
                break
            batch.append(order)
        return batch

    def _keep(self, shared: SharedCommit, postings: Sequence[Posting]) -> list[TicketOrFault]:
        """Give a ticket for each, or why it was not kept."""
        read = [_read(posting, partial(message_host, self.database)) for posting in postings]
        kept = iter(shared.write([group for group in read if isinstance(group, Group)]))
        outcomes = [group if isinstance(group, Exception) else next(kept) for group in read]
        return [each if isinstance(each, Exception) else each.tickets[0] for each in outcomes]


def _read(posting: Posting, host: Callable[[], str]) -> Group | Exception:
    try:
        submission = posting.submission(host, hops=1)
    except Exception as fault:  # whatever it is, the client is told, and the thread goes on
        return fault
    return Group([submission], posting.by, [posting.key])


def _tell(tells: Sequence[_Tell], outcomes: Sequence[TicketOrFault]) -> None:
    with logs.together():
        for tell, outcome in zip(tells, outcomes, strict=True):
            tell(outcome)
