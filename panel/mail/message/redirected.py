"""A message that goes to one address in the place of its recipients, and names them: for systems that are tried out."""

from __future__ import annotations

from panel.mail.message.encoded_words import encoded_words
from panel.mail.message.envelope import CONTROLS, Envelope, Malformed
from panel.mail.message.header import write_field
from panel.mail.patterns import pattern_of

ORIGINAL_TO = "X-Original-To"  # as Postfix calls the address of the envelope before it was led elsewhere
_SUBJECT = pattern_of(rb"(?:\A|\r\n)(?i:subject):((?:[^\r\n]|\r\n[ \t])*)")


def redirected(envelope: Envelope, to: str) -> Envelope:
    """Give the same message for one address; those it was for stand in fields of its header, and in its subject."""
    if any(map(CONTROLS.search, envelope.rcpt_to)):
        raise Malformed("The message has a recipient that is no address.")
    named = "".join(write_field(ORIGINAL_TO, _in_ascii(each)) for each in envelope.rcpt_to)
    message = _with_tail(envelope.message, _tail(envelope.rcpt_to))
    return envelope._replace(rcpt_to=(to,), message=named.encode("ascii") + message)


def _in_ascii(text: str) -> str:
    """Write what no reader takes for anything else: an address may look like an encoded word."""
    return text if text.isascii() and "=?" not in text else encoded_words(text)


def _tail(rcpt_to: tuple[str, ...]) -> bytes:
    r"""Write the first recipient and the number of the others: `\r\n [hanako@example.net +2]`."""
    more = f" +{len(rcpt_to) - 1}" if len(rcpt_to) > 1 else ""
    tail = f"[{rcpt_to[0]}{more}]"
    if tail.isascii() and "=?" not in tail:
        return f"\r\n {tail}".encode()
    return (
        f"\r\n {encoded_words(f' {tail}')}".encode()
    )  # blanks between encoded words are dropped (RFC 2047 section 6.2)


def _with_tail(message: bytes, tail: bytes) -> bytes:
    """Put a tail behind the subject, whose octets stay as they are; a message without one gets it as its subject."""
    head = message[: message.find(b"\r\n\r\n") + 2]
    found = _SUBJECT.search(head)
    if found is None:
        return b"Subject:" + tail[2:] + b"\r\n" + message
    if not found[1].strip():  # no line of a header may be blank
        return message[: found.start(1)] + tail[2:] + message[found.end() :]
    return message[: found.end()] + tail + message[found.end() :]
