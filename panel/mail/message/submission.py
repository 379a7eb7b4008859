"""A message as an application submitted it and as the outbox keeps it: whole, but for its From."""

from email.utils import getaddresses
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from panel.mail.message.envelope import Envelope
from panel.mail.message.header import Field, mailbox, plain_field, unencoded, write_field
from panel.mail.patterns import pattern_of


class Priority(StrEnum):
    """What leaves first; among equals, what came first."""

    HIGH = "high"
    NORMAL = "normal"


FROM_NAME = "Mail-Panel-From-Name"
_FROM_NAME = pattern_of(rb"Mail-Panel-From-Name:(?:[^\r\n]|\r\n[ ])*\r\n")


def submitted_name(name: str) -> bytes:
    """Write the name that an application gave its sender, as the first field of a message that is kept; blank: none."""
    return plain_field(FROM_NAME, name) if name else b""


def name_field(message: bytes) -> bytes:
    """Give that field of a message that is kept, empty where it has none."""
    found = _FROM_NAME.match(message)
    return found[0] if found else b""


class Submission(NamedTuple):
    """A message for the outbox.

    `message` is an RFC 5322 message with CR LF line ends that has a Message-ID and a Date, and neither From nor Bcc.
    The name of the From that was submitted is its first field, which does not leave with it.
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
        self,
        from_address: str,
        from_name: str,
        mail_from: str = "",
        *,
        rcpt_to: tuple[str, ...] = (),
        own_name: bool = False,
    ) -> Envelope:
        """Write the message as it leaves: from the account's sender, whoever submitted it.

        Bounces go to `mail_from`, blank for the sender, too. With `own_name` the name that was submitted stands before
        the address, where there is one.
        """
        name, message = self._named()
        head = _head(from_address, (name if own_name else "") or from_name, self.reply_to)
        return Envelope(mail_from or from_address, rcpt_to or self.rcpt_to, head + message)

    @property
    def name(self) -> str:
        """Give the name that was submitted, blank for none."""
        return self._named()[0]

    @property
    def without_name(self) -> bytes:
        """Give the message without the name that was submitted."""
        return self._named()[1]

    def _named(self) -> tuple[str, bytes]:
        """Part the name that was submitted from the message."""
        field = name_field(self.message)
        if not field:
            return "", self.message
        _, _, body = field.partition(b":")
        return unencoded(Field(FROM_NAME, body).text), self.message[len(field) :]


@lru_cache(maxsize=256)
def _head(from_address: str, from_name: str, reply_to: str) -> bytes:
    """Write what comes before every message of the same application."""
    head = write_field("From", mailbox(from_address, from_name))
    if reply_to and [each.lower() for _, each in getaddresses([reply_to])] != [from_address.lower()]:
        head += write_field("Reply-To", reply_to)
    return head.encode("ascii")
