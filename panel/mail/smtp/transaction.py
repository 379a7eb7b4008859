"""Mail transactions over an open session (RFC 5321 section 3.3): one at a time, or each ahead of the reply to the last.

Where the server offers PIPELINING (RFC 2920), a message's content and final dot go out in one write with the next
message's MAIL, RCPT and DATA: one round trip a message. The next content follows only on its own 354, so that never
more than one message is between its final dot and the reply.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, pairwise
from types import MappingProxyType
from typing import NamedTuple

from panel.mail.dsn.parameters import may_mean_parameters
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
    """Hands messages over in one session; its deadline is the one that the wire has.

    It calls `refuses_reports` once the server has taken a message without what asks for a report, and not with it.
    """

    def __init__(
        self,
        channel: SmtpChannel,
        stages: Stages,
        extensions: Mapping[str, str],
        deadline: Deadline,
        refuses_reports: Callable[[], None],
    ) -> None:
        self._channel = channel
        self._stages = stages
        self._extensions = extensions
        self._deadline = deadline
        self._refuses_reports = refuses_reports

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
            this = this if self._asks_for_reports else this.without_reports()
            refused = self._begin(this, running, ahead=ahead)
            this = this if self._asks_for_reports else this.without_reports()
            running.go_on(Stage.DATA)
            if not (ahead and self._channel.take_granted(0)):
                self._ask_for_content()
            self._send(this.content, self._commands(following) if ahead else ())
            receipt = Receipt(self._reply_to_content(), refused, this.unsent)
            return _for_a_further_message(receipt) if refused and ahead and this.mail else receipt

    def _begin(self, this: PreparedMessage, running: Running, *, ahead: bool) -> dict[str, Reply]:
        """Say from whom and for whom, and once more without asking for reports where that may be what is refused."""
        try:
            return self._introduce(this, running, ahead=ahead)
        except Refused as fault:
            asked_again = fault.everyone and not ahead
            if not this.mail or asked_again or not _any_may_mean_reports(fault):
                raise
        running.go_on(Stage.MAIL)
        try:
            if self._channel.is_ahead:  # it went in the middle of its replies
                raise ConnectionLost
            refused = self._introduce(this.without_reports(), running, ahead=ahead)
        except (SessionError, OSError) as fault:
            if not isinstance(fault, Refused) or fault.reply.code == 421:
                self._refuses_reports()  # it has left at once: the next session begins without them
            raise
        self._refuses_reports()
        return refused

    def _introduce(self, this: PreparedMessage, running: Running, *, ahead: bool) -> dict[str, Reply]:
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
        return self._name_recipients(this, rcpts)

    def _name_recipients(self, this: PreparedMessage, rcpts: Sequence[str]) -> dict[str, Reply]:
        refused, rcpt_to = dict[str, Reply](), this.rcpt_to
        for to, command in zip(rcpt_to, rcpts, strict=True):
            reply = self._name(to, command, asks_for_reports=bool(this.mail))
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

    def _name(self, to: str, command: str, *, asks_for_reports: bool) -> Reply:
        """Name a recipient, and where nothing was said ahead, once more without asking for a report."""
        if not asks_for_reports or self._channel.is_ahead:
            return self._channel.ask(command)
        if self._asks_for_reports:
            reply = self._channel.ask(command)
            if not _may_mean_reports(reply):
                return reply
        reply = self._channel.ask(f"RCPT TO:<{to}>")
        if reply.positive:
            self._refuses_reports()
        return reply

    @property
    def _asks_for_reports(self) -> bool:
        return "DSN" in self._extensions

    def _commands(self, following: PreparedMessage | Broken | None) -> tuple[str, ...]:
        """Give what of the next message may go ahead."""
        if not isinstance(following, PreparedMessage):
            return ()
        return (following if self._asks_for_reports else following.without_reports()).commands

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


def _for_a_further_message(receipt: Receipt) -> Receipt:
    """Blame no recipient for what may be a word about reports: it is asked for in a message of its own."""
    again = {to for to, reply in receipt.refused.items() if _may_mean_reports(reply)}
    refused = {to: reply for to, reply in receipt.refused.items() if to not in again}
    return receipt._replace(refused=refused, unsent={**receipt.unsent, **dict.fromkeys(again, "too_many_recipients")})


def _any_may_mean_reports(fault: Refused) -> bool:
    return any(map(_may_mean_reports, (fault.reply, *fault.everyone.values())))


def _may_mean_reports(reply: Reply) -> bool:
    return reply.permanent and may_mean_parameters(reply.code, reply.enhanced_code, reply.text)
