"""Reads a bounce: the report of RFC 3464 inside it, or else its text, whatever it is encoded as."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message

_HEADERS = re.compile(rb"\A(?:[\x21-\x39\x3b-\x7e]+:[ \t]?[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){2,}", re.MULTILINE)
_DECLARED = re.compile(rb"^(?:Content-Type|MIME-Version|Return-Path|Received|Subject):", re.MULTILINE | re.IGNORECASE)
_FAILED = ("failed", "delayed")


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says of one recipient: the reply that it quotes, and the server that gave it."""

    diagnostic: str
    remote: str = ""


def is_message(data: bytes) -> bool:
    """Say whether this is a whole message rather than lines of a log."""
    head = _HEADERS.match(data)
    return bool(head and _DECLARED.search(head[0]))


def report(data: bytes) -> Report | None:
    """Find the first recipient that the report in a message says has failed."""
    for part in message_from_bytes(data, policy=policy.compat32).walk():
        if part.get_content_type() == "message/delivery-status":
            found = next(filter(None, map(_of_recipient, _groups(part))), None)
            if found:
                return found
    return None


def text(data: bytes) -> str:
    """Give what a person reads of a message, decoded."""
    message = message_from_bytes(data, policy=policy.default)
    parts = [part for part in message.walk() if part.get_content_type() == "text/plain"]
    return "\n".join(_content(part) for part in parts) or decoded(data)


def decoded(data: bytes) -> str:
    """Read bytes of no known encoding: the Japanese ones are tried where they fit."""
    encodings = ("iso-2022-jp", "utf-8", "cp932") if b"\x1b$" in data else ("utf-8", "cp932")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _content(part: Message) -> str:
    assert isinstance(part, EmailMessage)
    try:
        found: str = part.get_content()
    except (LookupError, ValueError):  # an encoding that nobody knows
        raw = part.get_payload(decode=True)
        found = decoded(raw if isinstance(raw, bytes) else b"")
    return found


def _groups(part: Message) -> list[Message]:
    """Give the groups of fields; the first is about the message, each other about a recipient (section 2.1)."""
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []


def _of_recipient(group: Message) -> Report | None:
    """Read one group; a status alone is a reply too."""
    if str(group.get("Action", "")).strip().lower() not in _FAILED:
        return None
    quoted = _after_type(group.get("Diagnostic-Code"))
    status = str(group.get("Status", "")).split("(")[0].strip()
    if not quoted and not status:
        return None
    return Report(quoted or f"{status[:1]}50 {status}", _after_type(group.get("Remote-MTA")))


def _after_type(value: object) -> str:
    """Take the type off a field such as `smtp; 550 5.1.1 …` (section 2.1.2), and unfold it."""
    folded = " ".join(str(value or "").split())
    return folded.partition(";")[2].strip() if ";" in folded else folded
