"""An envelope (RFC 5321 section 2.3.1), and the message inside it as DATA takes it."""

from typing import NamedTuple

from panel.mail.patterns import pattern_of

CONTROLS = pattern_of(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")  # and halves of characters


class Malformed(ValueError):
    """What is wrong with one message, in a sentence of ours."""


class Envelope(NamedTuple):
    """What MAIL, RCPT and DATA say (RFC 5321 section 2.3.1): reverse-path, forward-paths, and the finished message.

    `notify` is when the server is to report on it, as `dsn/notify` writes it, blank for no word about that; `envid` is
    what it is to call it then (RFC 3461).
    """

    mail_from: str
    rcpt_to: tuple[str, ...]
    message: bytes
    notify: str = ""
    envid: str = ""


def on_the_wire(message: bytes) -> bytes:
    """Write a message as DATA takes it, whatever its line ends are."""
    return escaped(with_line_ends(message))


def escaped(lines: bytes) -> bytes:
    """Write lines with CR LF ends as DATA takes them (RFC 5321 section 4.5.2): dots doubled, then the final dot."""
    first = b"." if lines.startswith(b".") else b""
    return b"".join((first, lines.replace(b"\r\n.", b"\r\n.."), b".\r\n"))


def with_line_ends(message: bytes) -> bytes:
    """Write a message with CR LF after every line, the last included: what SIZE counts (RFC 1870 section 3).

    A lone CR or LF becomes CR LF, so that no look-alike of the final dot can stand in the message.
    """
    ends = message.count(b"\r\n")
    if message.count(b"\n") != ends or message.count(b"\r") != ends:  # a pattern would hold each line by itself
        message = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    return message if message.endswith(b"\r\n") else message + b"\r\n"
