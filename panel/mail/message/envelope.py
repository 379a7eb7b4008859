"""An envelope and the RFC 5322 message inside it; every header is written here, so that none can be injected."""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime

_PHRASE = re.compile(r"[A-Za-z0-9 !#$&'*+/^_`{|}~,.()@:;\[\]-]{1,60}\Z")  # safe between quotes (RFC 5322 section 3.2.4)
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")  # and halves of characters


class Malformed(ValueError):
    """What is wrong with one message, in a sentence of ours."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What MAIL, RCPT and DATA say (RFC 5321 section 2.3.1): reverse-path, forward-paths, and the finished message."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    message: bytes


def compose(
    *,
    from_address: str,
    from_name: str,
    to: str,
    subject: str,
    text: str,
    date: datetime,
    message_id: str | None = None,
) -> Envelope:
    """Compose a plain text message to one recipient, with CR LF line ends only."""
    domain = from_address.rpartition("@")[2] or "localhost"
    headers = [
        ("From", mailbox(from_address, from_name)),
        ("To", to if to.isascii() else "undisclosed-recipients:;"),  # ASCII needs no SMTPUTF8 of the reader's server
        ("Subject", unstructured(subject)),
        ("Date", format_datetime(date)),
        ("Message-ID", message_id or f"<{os.urandom(16).hex()}@{domain}>"),
        ("Auto-Submitted", "auto-generated"),  # RFC 3834: no one replies to a test
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "base64"),
    ]
    head = "".join(header(name, value) for name, value in headers)
    body = base64.encodebytes(text.replace("\n", "\r\n").encode()).replace(b"\n", b"\r\n")
    return Envelope(from_address, (to,), head.encode("ascii") + b"\r\n" + body)


def mailbox(address: str, name: str) -> str:
    """Write an address with the name that is shown for it (RFC 5322 section 3.4)."""
    return f"{phrase(name)} <{address}>" if name else address


def header(name: str, value: str) -> str:
    """Write one header field; its only line breaks are those that fold it."""
    if re.search(r"\r(?!\n[ ])|(?<!\r)\n|[\x00\x7f]", value):
        raise Malformed(f"{name} would hold a line break.")
    return f"{name}: {value}\r\n"


def phrase(name: str) -> str:
    """Write a display name as a quoted string, or as encoded words (RFC 2047) where quotes do not do."""
    if _PHRASE.match(name) and "=?" not in name:
        return f'"{name}"'
    return encoded_words(name)


def unstructured(text: str) -> str:
    """Write a subject: as it is when it is short ASCII, else as encoded words."""
    if re.match(r"[ -~]{1,60}\Z", text) and "=?" not in text:
        return text
    return encoded_words(text)


def encoded_words(text: str) -> str:
    """Encode as words of at most 75 characters, folded with CR LF and one blank (RFC 2047 section 2)."""
    if CONTROLS.search(text):
        raise Malformed("A header field would hold control characters.")
    return Header(text, "utf-8", maxlinelen=72).encode(linesep="\r\n")


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
