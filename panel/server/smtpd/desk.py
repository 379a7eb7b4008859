"""What the sessions of a listener share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from panel import clock
from panel.access.rights import Right
from panel.access.tokens import Tokens
from panel.errors import TokenLimited
from panel.mail.limits import LARGEST_BYTES, MAX_BYTES, MessageLimits
from panel.server.smtpd.dialogue import SMTP_DOOR
from panel.server.smtpd.group_commit import GroupCommit
from panel.server.smtpd.stream import CHUNK, Room
from panel.storage.actor import Actor
from panel.storage.journal import Action, Refusals

MAX_HELD_OF_GUESTS = LARGEST_BYTES + 2 * CHUNK  # what sessions from beyond this machine hold of messages coming in
MAX_HELD = MAX_HELD_OF_GUESTS + MAX_BYTES  # the same of all sessions together


class DeskSession(Protocol):
    """One of them, as far as the listener and the others care."""

    ended: asyncio.Future[None]
    since: float

    @property
    def is_local(self) -> bool: ...

    @property
    def is_within_message(self) -> bool: ...

    def has_had(self, seconds: float, *, within_message: float) -> bool: ...

    def finish(self) -> None: ...

    def leave(self, reply: str) -> None: ...


class DeskEncryption(Protocol):
    """What begins TLS on a connection, or raises `OSError`."""

    async def secure(self, transport: asyncio.Transport, session: asyncio.BaseProtocol) -> asyncio.Transport: ...

    def note_failure(self, fault: OSError, address: str) -> None: ...


@dataclass(eq=False)
class Desk:
    """The outbox, the tokens, and the room for messages that are coming in."""

    host: str
    commit: GroupCommit
    tokens: Tokens
    refusals: Refusals
    reports: Callable[[bytes, Actor], str | Exception]
    limits_now: Callable[[], MessageLimits] = MessageLimits
    encryption: DeskEncryption | None = None
    room: Room = field(default_factory=lambda: Room(MAX_HELD))
    guest_room: Room = field(init=False)
    sessions: set[DeskSession] = field(default_factory=set)
    chunk: memoryview = field(default_factory=lambda: memoryview(bytearray(CHUNK)))  # each read is taken out at once

    def __post_init__(self) -> None:
        self.guest_room = Room(MAX_HELD_OF_GUESTS, self.room)

    @property
    def limits(self) -> MessageLimits:
        """Give what a message may hold, by the settings in force."""
        return self.limits_now()

    def sender(self, token: str, address: str) -> Actor | None:
        """Give who sends with this token, or None where it may not, or no longer; `address` is where it comes from."""
        now = clock.now()
        found = self.tokens.accept(token, now)
        if found and found.may(Right.SUBMIT):
            return Actor(found.account, SMTP_DOOR, limited=found.limited)
        by = Actor(found.account if found else "", SMTP_DOOR, address, found.created_by if found else "")
        self.refusals.note(by, Action.TOKEN_REFUSED, object=SMTP_DOOR, now=now)
        return None

    def refuse_beyond(self, by: Actor, address: str) -> None:
        """Raise `TokenLimited` where a sender has handed in as much as it may, before a message is sent in vain."""
        from panel.access.submission.token_use import check  # few tokens have limits

        try:
            check(self.commit.database, by.limited, clock.now())
        except TokenLimited as fault:
            self.note_limit(fault, by, address)
            raise

    def note_limit(self, fault: TokenLimited, by: Actor, address: str) -> None:
        """Note that a sender was refused for that."""
        from panel.access.submission.token_use import note_limit

        note_limit(self.refusals, fault, by._replace(address=address), clock.now())
