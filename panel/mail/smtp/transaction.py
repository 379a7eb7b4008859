"""Mail transactions over an open session (RFC 5321 section 3.3): one at a time, or each ahead of the reply to the last.

Where the server offers PIPELINING (RFC 2920), a message's content and final dot go out in one write with the next
message's MAIL, RCPT and DATA: one round trip a message. The next content follows only on its own 354, so that never
more than one message is between its final dot and the reply.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, pairwise
from types import MappingProxyType
from typing import NamedTuple

from panel.mail.message.envelope import Envelope
from panel.mail.net import network_faults
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import ConnectionLost, SessionError, Stopped
from panel.mail.patterns import pattern_of
from panel.mail.smtp.channel import SmtpChannel
from panel.mail.smtp.errors import Broken, DeliveryFailed, Refused
from panel.mail.smtp.prepared_message import PreparedMessage, made_or_broken, prepare
from panel.mail.smtp.protocol import Reply, Stage
from panel.mail.smtp.stages import Running, Stages

LAST_WORD_SECONDS = 1.0  # for the reply of a server that has hung up: it is here already, or never comes
MOST_SEARCHED = 1_000  # characters in which a server's name for the message is looked for
_QUEUE_IDS = (
    pattern_of(r"queued (?:as|with id|for delivery as) <?([\w.@/+-]{4,80})", re.IGNORECASE),  # Postfix, aiosmtpd
    pattern_of(r"\bid=([\w.@-]{4,80})"),  # Exim
    pattern_of(r"\[InternalId=(\d+)"),  # Exchange
    pattern_of(r"\b([0-9a-f-]{12,60}(?:\.\d+)?) - gsmtp", re.IGNORECASE),  # Gmail
    pattern_of(r"^(?:2\.\d\.\d )?(?:ok|accepted)[:,]? +(?:id )?<?([0-9A-Za-z][\w.@-]{11,100})>?\s*\Z", re.IGNORECASE),
    pattern_of(r"^2\.0\.0 (\w{10,20}) message accepted", re.IGNORECASE),  # sendmail
)


class Receipt(NamedTuple):
    """What the server accepted: its reply to the final dot, whom it refused, and whom it was not given and why."""

    reply: Reply
    refused: Mapping[str, Reply] = MappingProxyType({})
    unsent: Mapping[str, str] = MappingProxyType({})

    @property
    def queue_id(self) -> str | None:
        """The server's name for the message, in the words of the servers that are known."""
        found = (pattern.search(self.reply.text[:MOST_SEARCHED]) for pattern in _QUEUE_IDS)
        return next((match[1] for match in found if match), None)


class Transactions:
    """Hands messages over in one session; its deadline is the one that the wire has."""

    def __init__(self, channel: SmtpChannel, stages: Stages, extensions: Mapping[str, str], deadline: Deadline) -> None:
        self._channel = channel
        self._stages = stages
        self._extensions = extensions
        self._deadline = deadline

    def run(self, envelopes: Sequence[Envelope], *, ahead: bool) -> Iterator[Receipt | DeliveryFailed]:
        """Hand messages over in their order, and give what became of each as soon as it is known."""
        ahead = ahead and "PIPELINING" in self._extensions
        for this, following in pairwise(chain(map(self._prepare, envelopes), [None])):
            assert this
            try:
                yield self._deliver(this, following, ahead=ahead)
            except DeliveryFailed as fault:
                yield fault

    def check(self, envelope: Envelope) -> None:
        """Go as far as RCPT and take it back: nothing is delivered."""
        with self._stages.run(Stage.MAIL) as running:
            this = self._prepare(envelope)
            if isinstance(this, Broken):
                raise this
            self._begin(this, running, ahead=False)
        with suppress(SessionError, OSError):  # what was asked has been answered
            self._channel.ask("RSET")

    def _prepare(self, envelope: Envelope) -> PreparedMessage | Broken:
        return made_or_broken(prepare, envelope, self._extensions)

    def _deliver(
        self, this: PreparedMessage | Broken, following: PreparedMessage | Broken | None, *, ahead: bool
    ) -> Receipt:
        with self._stages.run(Stage.MAIL) as running:
            if isinstance(this, Broken):
                raise this
            refused = self._begin(this, running, ahead=ahead)
            running.go_on(Stage.DATA)
            if not (ahead and self._channel.take_granted(0)):
                self._ask_for_content()
            self._send(this.content, following.commands if ahead and isinstance(following, PreparedMessage) else ())
            return Receipt(self._reply_to_content(), refused, this.unsent)

    def _begin(self, this: PreparedMessage, running: Running, *, ahead: bool) -> dict[str, Reply]:
        """Say from whom and for whom; give those who were refused while others were taken."""
        if ahead and not self._channel.is_ahead:
            self._channel.send_ahead(this.commands)
        if ahead and self._channel.take_granted(len(this.commands) - 1):
            running.go_on(Stage.RCPT)
            return {}
        mail, *rcpts, _ = this.commands
        reply = self._channel.ask(mail)
        if not reply.positive:
            self._take_back(reply)
            raise Refused(reply)
        running.go_on(Stage.RCPT)
        return self._name_recipients(this.rcpt_to, rcpts)

    def _name_recipients(self, rcpt_to: Sequence[str], rcpts: Sequence[str]) -> dict[str, Reply]:
        refused: dict[str, Reply] = {}
        for to, command in zip(rcpt_to, rcpts, strict=True):
            reply = self._channel.ask(command)
            if reply.positive:
                continue
            if reply.code == 421:  # the server is leaving: this is no word about the recipient
                raise Refused(reply)
            refused[to] = reply
        if refused and len(refused) == len(rcpt_to):
            # One who may be served later decides: the message is tried again for that one.
            decisive = next((reply for reply in refused.values() if reply.transient), refused[rcpt_to[0]])
            self._take_back(decisive)
            raise Refused(decisive, everyone=refused)
        return refused

    def _ask_for_content(self) -> None:
        reply = self._channel.ask("DATA")
        if reply.code != 354:
            self._take_back(reply)
            raise Refused(reply)

    def _send(self, content: bytes, following: Sequence[str]) -> None:
        """Send the message; a server that hangs up in the middle may have said why."""
        try:
            self._channel.send_message(content, *following)
        except (ConnectionLost, OSError) as fault:
            reply = self._last_reply()
            if reply and not reply.positive:
                raise Refused(reply) from None
            raise fault from None

    def _last_reply(self) -> Reply | None:
        """Read what a server said before it hung up, if anything."""
        self._channel.wire.deadline = self._deadline.shorter(LAST_WORD_SECONDS)
        try:
            return self._channel.reply()
        except (SessionError, OSError):
            return None

    def _reply_to_content(self) -> Reply:
        """Read the yes to the final dot; whatever keeps the reply away, the message may have been taken."""
        try:
            reply = self._channel.reply()
        except Stopped:
            raise Broken("connection_lost", uncertain=True) from None
        except SessionError as fault:
            raise Broken(fault.cause, uncertain=True) from None
        except OSError as fault:
            raise Broken(*network_faults.in_session(fault), uncertain=True) from None
        if reply.positive:
            return reply
        if reply.code // 100 == 3:  # neither yes nor no
            raise Broken("protocol_error", uncertain=True)
        raise Refused(reply)

    def _take_back(self, refusal: Reply) -> None:
        """Leave the session usable after a refusal, unless the server is closing it (421)."""
        if refusal.code == 421:
            return
        with suppress(SessionError, OSError):
            self._channel.read_rest()
            self._channel.ask("RSET")
        self._stages.reply = refusal
