"""A message as an application submitted it and as the outbox keeps it: whole, but for its From."""

from email.utils import getaddresses
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from panel.mail.message.envelope import Envelope
from panel.mail.message.header import mailbox, write_field


class Priority(StrEnum):
    """What leaves first; among equals, what came first."""

    HIGH = "high"
    NORMAL = "normal"


class Submission(NamedTuple):
    """A message for the outbox.

    `message` is an RFC 5322 message with CR LF line ends that has a Message-ID and a Date, and neither From nor Bcc.
    `reply_to` is what an answer goes to: the Reply-To that was submitted, else the From that was, as a header value
    in ASCII; it is no part of `message`. `subject` is for people to read. `notify` is when the server is to report on
    it, as `dsn/notify` writes it; None where whoever submitted it said nothing.
    """

    rcpt_to: tuple[str, ...]
    message: bytes
    message_id: str
    subject: str = ""
    reply_to: str = ""
    priority: Priority = Priority.NORMAL
    notify: str | None = None

    def envelope(
        self, from_address: str, from_name: str, mail_from: str = "", *, rcpt_to: tuple[str, ...] = ()
    ) -> Envelope:
        """Write the message as it leaves: from the account's sender, whoever submitted it.

        Bounces go to `mail_from`, blank for the sender, too.
        """
        head = _head(from_address, from_name, self.reply_to)
        return Envelope(mail_from or from_address, rcpt_to or self.rcpt_to, head + self.message)


@lru_cache(maxsize=256)
def _head(from_address: str, from_name: str, reply_to: str) -> bytes:
    """Write what comes before every message of the same application."""
    head = write_field("From", mailbox(from_address, from_name))
    if reply_to and [each.lower() for _, each in getaddresses([reply_to])] != [from_address.lower()]:
        head += write_field("Reply-To", reply_to)
    return head.encode("ascii")
