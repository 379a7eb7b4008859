"""A message as one server takes it: its commands and content, by what that server offers in its EHLO."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, ParamSpec, TypeVar

from panel import logs
from panel.mail.dsn.parameters import mail_parameters, rcpt_parameters
from panel.mail.message import structure
from panel.mail.message.envelope import CONTROLS, Envelope, Malformed, escaped, with_line_ends
from panel.mail.message.seven_bit import in_7_bit
from panel.mail.smtp.errors import Broken
from panel.mail.smtp.extensions import Limits, size_max

P = ParamSpec("P")
T = TypeVar("T")


class PreparedMessage(NamedTuple):
    """The commands that come before the content, which may be said at once, and the content up to its final dot.

    They are MAIL, RCPT for each of `rcpt_to`, and DATA (RFC 2920 section 3.1). `unsent` names the recipients that this
    server is not given, or not in this message, with the cause. `mail` is MAIL without what asks for reports, blank
    where nothing does.
    """

    commands: tuple[str, ...]
    rcpt_to: tuple[str, ...]
    content: bytes
    unsent: Mapping[str, str] = MappingProxyType({})
    mail: str = ""

    def without_reports(self) -> PreparedMessage:
        """Give the same for a server that takes no word about reports."""
        return self._replace(commands=_commands(self.mail, self.rcpt_to), mail="") if self.mail else self


def made_or_broken(make: Callable[P, T], *args: P.args, **named: P.kwargs) -> T | Broken:
    """Give what is made of one message, or why nothing can be: whatever it raises is about this message alone."""
    try:
        return make(*args, **named)
    except Broken as fault:
        return fault
    except Malformed as fault:
        return Broken("message_malformed", str(fault))
    except Exception as fault:  # the email package has no list of what it may raise
        logs.unexpected("message_unreadable", fault)
        return Broken("message_malformed", f"The message cannot be read ({type(fault).__name__}).")


def prepare(envelope: Envelope, extensions: Mapping[str, str]) -> PreparedMessage:
    """Fit a message to a server, or raise `Broken` where that server cannot take it."""
    message = _encoded(envelope.message, extensions)
    rcpt_to, unsent = _recipients(envelope.rcpt_to, extensions)
    mail = " ".join([f"MAIL FROM:<{envelope.mail_from}>", *_parameters(message, rcpt_to, extensions)])
    if not envelope.notify or "DSN" not in extensions:
        return PreparedMessage(_commands(mail, rcpt_to), rcpt_to, escaped(message), unsent)
    asking = [f"RCPT TO:<{to}>{rcpt_parameters(envelope.notify, to)}" for to in rcpt_to]
    commands = (mail + mail_parameters(envelope.envid), *asking, "DATA")
    return PreparedMessage(commands, rcpt_to, escaped(message), unsent, mail)


def _commands(mail: str, rcpt_to: Sequence[str]) -> tuple[str, ...]:
    return (mail, *[f"RCPT TO:<{to}>" for to in rcpt_to], "DATA")


def _encoded(message: bytes, extensions: Mapping[str, str]) -> bytes:
    """Keep 8-bit content for a server that takes it (RFC 6152), and encode it for one that does not."""
    message = with_line_ends(message)
    structure.check_structure(message)
    return message if message.isascii() or "8BITMIME" in extensions else in_7_bit(message)


def _recipients(rcpt_to: Sequence[str], extensions: Mapping[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Part the recipients into those of this message and those who are not, each with the cause."""
    if not rcpt_to or (not all(map(str.isprintable, rcpt_to)) and any(map(CONTROLS.search, rcpt_to))):
        raise Malformed("The message has no recipient, or one that is no address.")
    plain = rcpt_to if "SMTPUTF8" in extensions or all(map(str.isascii, rcpt_to)) else [*filter(str.isascii, rcpt_to)]
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
    allowed = size_max(extensions)
    if allowed and allowed < len(message):
        raise Broken("message_too_large", str(allowed))
    if "SIZE" in extensions:
        parameters.append(f"SIZE={len(message)}")
    if "8BITMIME" in extensions and not message.isascii():
        parameters.append("BODY=8BITMIME")
    if not all(map(str.isascii, rcpt_to)):
        parameters.append("SMTPUTF8")
    return parameters
