"""Where the test servers deliver to: an LMTP server (RFC 2033) that keeps each message as it came over the wire."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Condition
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.conformance.process import free_ports

ARRIVES_WITHIN = 20.0  # seconds
GONE = "gone"  # whom the servers take mail for, and this one does not: it comes back


@dataclass(frozen=True, slots=True)
class Mail:
    """One delivered message: its envelope, and every byte of it with the line ends of the wire."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.SMTP)

    @property
    def body(self) -> bytes:
        return self.content.partition(b"\r\n\r\n")[2]


class _LmtpController(Controller):
    def factory(self) -> SMTP:
        return LMTP(self.handler, enable_SMTPUTF8=True, decode_data=False)


class Mailbox:
    """Takes the mail of every recipient and hands it out by Message-ID."""

    def __init__(self) -> None:
        self._mails: list[Mail] = []
        self._changed = Condition()
        self.port = free_ports(1)[0]
        self._controller = _LmtpController(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    def receive(self, message_id: str) -> Mail:
        """Wait for the message of this Message-ID and give it; fail when it does not come."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.having(message_id), ARRIVES_WITHIN):
                raise AssertionError(f"no message {message_id} came; there are {len(self._mails)} others")
            return self.having(message_id)[0]

    def wait_for(self, message_ids: Set[str], seconds: float) -> Counter[str]:
        """Wait until all of these have come, and count how often each has."""
        seen, arrived = 0, Counter[str]()
        with self._changed:
            while True:
                arrived.update(str(mail.message["Message-ID"]) for mail in self._mails[seen:])
                seen = len(self._mails)
                if message_ids <= arrived.keys() or not self._changed.wait(seconds):
                    return Counter({message_id: arrived[message_id] for message_id in message_ids})

    def mails(self) -> list[Mail]:
        """List all messages that have come so far."""
        with self._changed:
            return [*self._mails]

    def wait_for_quiet(self, seconds: float) -> None:
        """Return when nothing has come for so long."""
        with self._changed:
            while self._changed.wait(seconds):
                pass

    def having(self, message_id: str) -> list[Mail]:
        """List the messages of this Message-ID that have come so far."""
        return [mail for mail in self._mails if mail.message["Message-ID"] == message_id]

    def report_on(self, text: bytes) -> Mail:
        """Wait for the report with this text in it, and give it; fail when it does not come."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.reports_on(text), ARRIVES_WITHIN):
                raise AssertionError(f"no report with {text!r} came; there are {len(self._mails)} messages")
            return self.reports_on(text)[0]

    def reports_on(self, text: bytes) -> list[Mail]:
        """List the reports with this text in them that have come so far."""
        return [mail for mail in self._mails if mail.mail_from in ("", "<>") and text in mail.content]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.partition("@")[0].partition("+")[0] == GONE:
            return f"550 5.1.1 <{address}> has left"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        mail = Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), envelope.content)
        with self._changed:
            self._mails.append(mail)
            self._changed.notify_all()
        return "\r\n".join("250 2.1.5 kept" for _ in mail.rcpt_to)  # RFC 2033 section 4.2: one reply a recipient
