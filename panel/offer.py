"""A message as one server takes it: its commands and content, by what that server's EHLO has offered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from panel.limits import Limits
from panel.message import Envelope, escaped, with_line_ends
from panel.seven_bit import in_7_bit
from panel.stages import Broken


@dataclass(frozen=True, slots=True)
class Offer:
    """What MAIL, RCPT and DATA say, and the content up to its final dot.

    `unsent` names whom this server cannot be told of, or not in this message, with the cause.
    """

    mail: str
    rcpt_to: tuple[str, ...]
    content: bytes
    unsent: Mapping[str, str] = field(default_factory=dict)

    @property
    def commands(self) -> list[str]:
        """Give all that comes before the content, as it may be said at once (RFC 2920 section 3.1)."""
        return [self.mail, *map(rcpt, self.rcpt_to), "DATA"]


def rcpt(to: str) -> str:
    return f"RCPT TO:<{to}>"


def offer(envelope: Envelope, extensions: Mapping[str, str]) -> Offer:
    """Fit a message to a server, or raise `Broken` where that server cannot take it."""
    message = _encoded(envelope.message, extensions)
    rcpt_to, unsent = _tellable(envelope.rcpt_to, extensions)
    parameters = _parameters(message, rcpt_to, extensions)
    mail = " ".join([f"MAIL FROM:<{envelope.mail_from}>", *parameters])
    return Offer(mail, rcpt_to, escaped(message), unsent)


def _encoded(message: bytes, extensions: Mapping[str, str]) -> bytes:
    """Keep 8-bit content for a server that takes it (RFC 6152), and encode it for one that does not."""
    message = with_line_ends(message)
    if message.isascii() or "8BITMIME" in extensions:
        return message
    try:
        return in_7_bit(message)
    except ValueError as fault:
        raise Broken("message_malformed", str(fault)) from None


def _tellable(rcpt_to: Sequence[str], extensions: Mapping[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Part the recipients into those of this message and those who are not, each with the cause."""
    plain = rcpt_to if "SMTPUTF8" in extensions else [to for to in rcpt_to if to.isascii()]
    taken = Limits.of(extensions).within(plain) if "LIMITS" in extensions else tuple(plain)
    if not taken:  # RFC 6531 section 3.2: nobody else may write these addresses in another way
        raise Broken("recipient_rejected", "SMTPUTF8")
    if len(taken) == len(rcpt_to):
        return taken, {}
    later = set(plain) - set(taken)
    causes = {to: "too_many_recipients" if to in later else "recipient_rejected" for to in rcpt_to if to not in taken}
    return taken, causes


def _parameters(message: bytes, rcpt_to: Sequence[str], extensions: Mapping[str, str]) -> list[str]:
    """Write what MAIL says beside the sender (RFC 1870, RFC 6152, RFC 6531)."""
    parameters = []
    allowed = extensions.get("SIZE")
    if allowed is not None:
        if allowed.isdecimal() and 0 < int(allowed) < len(message):
            raise Broken("message_too_large", allowed)
        parameters.append(f"SIZE={len(message)}")
    if "8BITMIME" in extensions and not message.isascii():
        parameters.append("BODY=8BITMIME")
    if not all(map(str.isascii, rcpt_to)):
        parameters.append("SMTPUTF8")
    return parameters
