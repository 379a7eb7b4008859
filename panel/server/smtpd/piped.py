"""SMTP with whoever has begun this program, over its standard input and output.

It says what the listener says, and takes what it takes: 250 to the final dot means that the message is on disk.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar

from panel.mail.limits import LARGEST_BYTES, MessageLimits
from panel.server.smtpd.dialogue import SmtpdDialogue
from panel.server.smtpd.posting import Posting
from panel.server.smtpd.replies import refusal_of
from panel.server.smtpd.stream import CHUNK, NotTaken, Room, Stream, Unreadable
from panel.server.smtpd.terms import GuestTerms
from panel.storage.actor import Actor

PIPE_SECONDS = 300.0  # between commands, for a whole message, and for a client that does not read
MAX_UNSAID = 100  # replies that are gathered before they leave


class PipeEnd(Enum):
    """How a session has ended."""

    GOODBYE = auto()
    EOF = auto()
    WITHIN_MESSAGE = auto()  # by an end of input before the final dot: the message is not kept
    NO_SMTP = auto()  # by something that cannot be followed, such as a message that is given as it is


@dataclass(frozen=True)
class PipedHost:
    """What the server is called and what it takes, where nobody logs in."""

    host: str
    limits_now: Callable[[], MessageLimits]
    address: ClassVar[str] = ""

    @property
    def limits(self) -> MessageLimits:
        return self.limits_now()

    def sender(self, _token: str, _address: str) -> None:
        """Know no tokens."""

    def refuse_beyond(self, by: Actor, address: str) -> None:
        """Refuse nobody: there are no limits without a token."""

    def may_try(self) -> bool:
        return False

    def note_failure(self) -> None:
        """Count none: there are no tries."""

    def may_be_told(self) -> bool:
        return False


class PipedSession:
    """The server's side of one dialogue over two file descriptors; `keep` says where a message is now."""

    def __init__(
        self,
        host: str,
        runner: Actor,
        keep: Callable[[Posting], str],
        *,
        limits: Callable[[], MessageLimits] = MessageLimits,
        given: int = 0,
        taken: int = 1,
    ) -> None:
        at = PipedHost(host, limits)
        self._keep = keep
        self._given = given
        self._taken = taken
        self._stream = Stream(Room(2 * LARGEST_BYTES))
        self._dialogue = SmtpdDialogue(at, at, GuestTerms(runner=runner), time.monotonic)
        self._replies = [f"220 {host} ESMTP mail-panel"]  # that have not left

    def run(self) -> PipeEnd:
        """Take mail until the client says goodbye or is gone; raise `OSError` where it does not read."""
        while not self._dialogue.is_over:
            self._answer_all()
            if not self._dialogue.is_over and not self._read():
                return PipeEnd.WITHIN_MESSAGE if self._dialogue.awaits_message else PipeEnd.EOF
        last = self._replies[-1]
        self._send()
        return PipeEnd.NO_SMTP if last.startswith("5") else PipeEnd.GOODBYE

    def _read(self) -> bool:
        """Wait for what the client says next, or say no where it says nothing more."""
        left = self._dialogue.active + PIPE_SECONDS - time.monotonic()
        if not select.select([self._given], [], [], max(left, 0))[0]:
            self._leave("421 4.4.2 Nothing came for too long. Begin again.")
            return True
        data = os.read(self._given, CHUNK)
        self._stream.feed(data)
        return bool(data)

    def _answer_all(self) -> None:
        """Answer what has come; the replies leave together (RFC 2920)."""
        while not self._dialogue.is_over and self._answer_next():
            if len(self._replies) >= MAX_UNSAID and not self._dialogue.is_over:
                self._send()
        if not self._dialogue.is_over:  # else the last word is looked at before it leaves
            self._send()

    def _answer_next(self) -> bool:
        """Answer the next command or message, where all of it has come."""
        try:
            came = self._stream.next()
            if came is None:
                return False
            if self._dialogue.awaits_message:
                self._post(came)
            else:
                self._answer(came)
        except NotTaken as refusal:
            self._end_message(str(refusal))
        except Unreadable as fault:
            self._leave(str(fault))
        except Exception as fault:
            self._replies.append(refusal_of(fault))
        return True

    def _answer(self, line: bytes) -> None:
        self._replies.append(self._dialogue.hear(line))
        if self._dialogue.awaits_message and self._dialogue.transaction:
            self._stream.expect_message(self._dialogue.transaction.limits)

    def _post(self, content: bytes) -> None:
        """Put a message into the outbox, and say what became of it."""
        assert self._dialogue.transaction
        self._send()  # what was said before the wait for the disk
        try:
            where = self._keep(self._dialogue.transaction.posting(content))
        except Exception as fault:
            self._end_message(refusal_of(fault))
        else:
            self._end_message(f"250 2.0.0 Ok: {where}")

    def _end_message(self, reply: str) -> None:
        self._stream.occupy(0)
        self._replies.append(self._dialogue.end_message(reply))

    def _leave(self, reply: str) -> None:
        """Say a last word."""
        self._replies.append(reply)
        self._dialogue.is_over = True

    def _send(self) -> None:
        if self._replies:
            write_all(self._taken, "\r\n".join([*self._replies, ""]).encode())
        self._replies.clear()


def write_all(taken: int, data: bytes) -> None:
    """Write all of it, or raise `OSError` where nobody reads it, or not for long."""
    left = memoryview(data)
    while left:
        if not select.select([], [taken], [], PIPE_SECONDS)[1]:
            raise TimeoutError(0, "nobody reads it")
        left = left[os.write(taken, left[: select.PIPE_BUF]) :]  # as much as a pipe takes at once
