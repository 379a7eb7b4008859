"""Puts messages into the outbox from a thread of its own: those that come during one commit share the next."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from panel import clock
from panel.mail.message.normalize import normalize
from panel.outbox.enqueue import Enqueuer, Key, Ticket
from panel.outbox.shared_commit import MOST_BYTES_TOGETHER, MOST_TOGETHER, Group, SharedCommit
from panel.settings.sender import message_host
from panel.storage.actor import Actor
from panel.storage.database import Database


@dataclass(frozen=True, slots=True)
class Posting:
    """A message as a door has received it."""

    content: bytes
    rcpt_to: tuple[str, ...]
    by: Actor
    sender: str = ""
    key: Key | None = None


TicketOrFault = Ticket | Exception
_Order = tuple[Posting, "asyncio.Future[Ticket]"]


class GroupCommit:
    """Keeps messages, many in one transaction; each hears for itself what became of it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._shared = SharedCommit(Enqueuer(database))
        self._orders: SimpleQueue[_Order | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)

    def start(self) -> None:
        """Begin to keep what is posted, in a thread of its own."""
        self._thread.start()

    async def keep(self, posting: Posting) -> Ticket:
        """Return when the message is on disk; raise why it is not."""
        outcome = self._loop.create_future()
        self._orders.put((posting, outcome))
        ticket: Ticket = await outcome
        return ticket

    async def stop(self) -> None:
        """Return when all that was handed in has its answer."""
        self._orders.put(None)
        await self._loop.run_in_executor(None, self._thread.join)

    def _run(self) -> None:
        while batch := self._next():
            outcomes = self._keep([posting for posting, _ in batch])
            futures = [future for _, future in batch]
            self._loop.call_soon_threadsafe(_tell, list(zip(futures, outcomes, strict=True)))

    def _next(self) -> list[_Order]:
        """Wait for a message, and take along what came meanwhile; nothing in the end."""
        batch: list[_Order] = []
        size = 0
        order = self._orders.get()
        while order:
            batch.append(order)
            size += len(order[0].content)
            if len(batch) >= MOST_TOGETHER or size >= MOST_BYTES_TOGETHER:
                return batch
            try:
                order = self._orders.get_nowait()
            except Empty:
                return batch
        if batch:
            self._orders.put(None)  # the end, for the next time
        return batch

    def _keep(self, postings: Sequence[Posting]) -> list[TicketOrFault]:
        """Give a ticket for each, or why it was not kept."""
        read = [self._read(posting) for posting in postings]
        kept = iter(self._shared.keep([group for group in read if isinstance(group, Group)]))
        outcomes = [group if isinstance(group, Exception) else next(kept) for group in read]
        return [each if isinstance(each, Exception) else each.tickets[0] for each in outcomes]

    def _read(self, posting: Posting) -> Group | Exception:
        try:
            submission = normalize(
                posting.content,
                rcpt_to=posting.rcpt_to,
                sender=posting.sender,
                now=clock.now(),
                host=message_host(self._database),
                hops=1,
            )
        except Exception as fault:  # whatever it is, the client is told, and the thread goes on
            return fault
        return Group([submission], posting.by, [posting.key])


def _tell(outcomes: Sequence[tuple[asyncio.Future[Ticket], TicketOrFault]]) -> None:
    for future, outcome in outcomes:
        if future.done():
            continue  # its client has gone: the message stays, for it was handed over in full
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
