"""One session with an application that hands mail over by SMTP (RFC 5321, RFC 6409).

What has come is read in one go, and its replies leave together (RFC 2920). 250 to the final dot means that the message
is on disk: until then what the client says next waits.
"""

from __future__ import annotations

import asyncio

from panel import logs
from panel.errors import TokenLimited
from panel.server.smtpd.desk import Desk
from panel.server.smtpd.dialogue import SMTP_DOOR, SmtpdDialogue
from panel.server.smtpd.group_commit import TicketOrFault
from panel.server.smtpd.guests import Guest
from panel.server.smtpd.replies import BEHIND_STARTTLS, STOPPING, refusal_of
from panel.server.smtpd.stream import NotTaken, Stream, Unreadable
from panel.server.smtpd.terms import GuestTerms

TIMEOUT_SECONDS = 300.0  # between commands, and for a whole message (RFC 5321 section 4.5.3.2.7)
UNREAD_SECONDS = 10.0  # for a client that is hung up on to read what was said to it
MAX_TOGETHER = 100  # replies that are gathered before they leave


PostingOutcome = TicketOrFault | str  # of a message; a word tells what became of a report


class SmtpdSession(asyncio.BufferedProtocol):
    """The server's side of one connection."""

    def __init__(self, desk: Desk, guest: Guest, *, refusal: str = "", begins_with_tls: bool = False) -> None:
        self._desk = desk
        self._guest = guest
        self._refusal = refusal or guest.refusal
        self._begins_with_tls = begins_with_tls
        self._securing: asyncio.Task[None] | None = None  # while TLS is agreed on
        self._loop = asyncio.get_running_loop()
        self._begin(guest.terms)
        self._replies: list[str] = []  # that have not left
        self._is_keeping = self._is_full = self._has_ended = self._is_finishing = False
        self._timer = self._loop.call_later(TIMEOUT_SECONDS, self._look_at_the_time)
        self.ended = self._loop.create_future()
        self.since = self._loop.time()  # when its last message was accepted

    @property
    def is_within_message(self) -> bool:
        """Say whether a message is begun."""
        return self._dialogue.transaction is not None

    @property
    def is_local(self) -> bool:
        """Say whether its client is a program of this machine."""
        return self._guest.terms.is_local

    # Its beginning and its end

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._desk.sessions.add(self)
        if self._begins_with_tls:
            self._begin_tls()
        else:
            self._greet()

    def _greet(self) -> None:
        if self._refusal:
            self.leave(self._refusal)
        self._replies.append(f"220 {self._desk.host} ESMTP mail-panel")
        self._send()

    def connection_lost(self, _fault: Exception | None) -> None:
        if self.ended.done():
            return
        self._timer.cancel()
        self._desk.sessions.discard(self)
        self._guest.leave()
        self.ended.set_result(None)
        if not self._is_keeping:
            self._stream.occupy(0)

    def has_had(self, seconds: float, *, within_message: float) -> bool:
        """Say whether it has had its time without a message accepted; never while one is being kept."""
        if self._is_keeping or self._transport.is_closing():
            return False
        return self._loop.time() - self.since >= (within_message if self.is_within_message else seconds)

    def finish(self) -> None:
        """Leave as soon as the message in hand has its reply, at once where there is none."""
        self._is_finishing = True
        if self._securing:
            self.leave(STOPPING)
        self._go_on()

    def leave(self, reply: str) -> None:
        """Say a last word and hang up; there is no other reply."""
        if self._securing:  # what is said now would be no TLS
            self._transport.abort()
            return
        self._replies.append(reply)
        self._hang_up()

    def _hang_up(self) -> None:
        self._send()
        if self.ended.done() or self._transport.is_closing():  # a second close takes TLS off its transport
            return
        self._transport.close()
        # Who does not read would stay for ever; how much is unread lies below the TLS, which does not tell.
        self._timer.cancel()
        self._timer = self._loop.call_later(UNREAD_SECONDS, self._transport.abort)

    def _look_at_the_time(self) -> None:
        left = self._dialogue.active + TIMEOUT_SECONDS - self._loop.time()
        if left > 0 or self._is_keeping:
            self._timer = self._loop.call_later(max(left, 1), self._look_at_the_time)
        else:
            self.leave("421 4.4.2 Nothing came for too long. Connect again.")

    # Its encryption

    def _begin(self, terms: GuestTerms) -> None:
        """Begin, or begin anew: nothing is known of what was said before (RFC 3207 section 4.2)."""
        self._stream = Stream(self._desk.room if self.is_local else self._desk.guest_room)
        self._dialogue = SmtpdDialogue(self._desk, self._guest, terms, self._loop.time)

    def _begin_tls(self) -> None:
        """Have encrypted what comes from now on; what is said in clear from here on ends the session."""
        self._transport.pause_reading()
        self._begin(self._guest.terms.encrypted())
        self._securing = self._loop.create_task(self._secure(self._transport))

    async def _secure(self, clear: asyncio.Transport) -> None:
        assert self._desk.encryption
        try:
            self._transport = await self._desk.encryption.secure(clear, self)
        except OSError as fault:
            self._desk.encryption.note_failure(fault, self._guest.address)
            clear.abort()
            self.connection_lost(fault)
            return
        finally:
            self._securing = None
        if self._begins_with_tls:
            self._greet()
        self._go_on()

    # Its bytes

    def get_buffer(self, _hint: int) -> memoryview:
        return self._desk.chunk

    def buffer_updated(self, size: int) -> None:
        self._stream.feed(self._desk.chunk[:size])
        if self._securing:  # it came with the last of what TLS was agreed on with
            return
        if self._must_wait():
            self._transport.pause_reading()
        else:
            self._go_on()

    def eof_received(self) -> bool:
        self._has_ended = True
        self._go_on()
        # What came before has its replies still to come; TLS ends both ways at once.
        return not self._dialogue.is_encrypted

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        self._go_on()

    def _must_wait(self) -> bool:
        return self._is_keeping or self._is_full or self._securing is not None

    def _go_on(self) -> None:
        """Answer what has come, and read on where nothing must be waited for."""
        while not self._must_wait() and not self._transport.is_closing() and self._answer_next():
            if len(self._replies) >= MAX_TOGETHER:
                self._send()
        self._send()
        if self._must_wait():
            return
        if self._has_ended:
            self._hang_up()
        else:
            self._transport.resume_reading()

    def _answer_next(self) -> bool:
        """Answer the next command or message, where all of it has come."""
        if self._is_finishing and not self.is_within_message:
            self.leave(STOPPING)
            return False
        try:
            came = self._stream.next()
            if came is None:
                return False
            if self._dialogue.awaits_message:
                self._keep(came)
            else:
                self._answer(came)
        except NotTaken as refusal:
            self._end_message(str(refusal))
        except Unreadable as fault:
            self.leave(self._dialogue.noted(str(fault)))
        except Exception as fault:
            self._replies.append(refusal_of(fault))
        return True

    def _send(self) -> None:
        if self._replies and not self._transport.is_closing():
            self._transport.write("\r\n".join([*self._replies, ""]).encode())
        self._replies.clear()

    # Its lines and its messages

    def _answer(self, line: bytes) -> None:
        reply = self._dialogue.hear(line)
        if self._dialogue.is_over:
            self.leave(reply)
            return
        if self._dialogue.awaits_tls and self._stream.holds_more:
            self.leave(self._dialogue.noted(BEHIND_STARTTLS))
            return
        self._replies.append(reply)
        if self._dialogue.awaits_message and self._dialogue.transaction:
            self._stream.expect_message(self._dialogue.transaction.limits)
        if self._dialogue.awaits_tls:
            self._send()
            self._begin_tls()

    def _keep(self, content: bytes) -> None:
        """Put a message into the outbox; where its reply must be waited for, it comes with `_kept`."""
        assert self._dialogue.transaction
        self._dialogue.awaits_message = False
        if self._dialogue.transaction.is_report:
            self._take_report(content)
            return
        posting = self._dialogue.transaction.posting(content)
        alone = not any(each.is_within_message for each in self._desk.sessions if each is not self)
        outcome = self._desk.commit.keep(posting, self._kept, alone=alone)
        if outcome and not self._stream.holds_more:
            self._tell(outcome)
            return
        self._is_keeping = True
        if outcome:
            self._loop.call_soon(self._kept, outcome)  # others have their turn before the next of this client

    def _take_report(self, content: bytes) -> None:
        """Have a report on mail read and noted in another thread, for that takes longer than others can wait."""
        assert self._dialogue.transaction
        self._is_keeping = True
        taking = self._loop.run_in_executor(None, self._desk.reports, content, self._dialogue.transaction.by)
        taking.add_done_callback(lambda done: self._kept(done.result()))

    def _kept(self, outcome: PostingOutcome) -> None:
        """Hear what became of the message, whether the client is still there or not."""
        self._is_keeping = False
        self._tell(outcome)
        self._go_on()

    def _tell(self, outcome: PostingOutcome) -> None:
        """Say what became of the message."""
        transaction, client = self._dialogue.transaction, self._dialogue.client
        assert transaction
        if isinstance(outcome, TokenLimited):
            self._desk.note_limit(outcome, transaction.by, self._guest.address)
        if isinstance(outcome, Exception):
            self._end_message(refusal_of(outcome))
        elif isinstance(outcome, str):
            self._end_message(f"250 2.0.0 Ok: {outcome}")
        else:
            account, address = transaction.by.name or None, self._guest.address or None
            logs.info(
                "submitted", door=SMTP_DOOR, message=outcome.number, client=client, account=account, address=address
            )
            self.since = self._loop.time()
            self._end_message(f"250 2.0.0 Ok: message {outcome.number} is in the outbox")

    def _end_message(self, reply: str) -> None:
        self._stream.occupy(0)
        self._replies.append(self._dialogue.end_message(reply))
