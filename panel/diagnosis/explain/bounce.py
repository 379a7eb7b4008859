"""What somebody pasted, as plain text: a bounce opened part by part, its report first, in whatever encoding it came."""

from __future__ import annotations

import base64
import binascii
import html
import quopri
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.parser import HeaderParser

from panel.diagnosis.needed import has_any
from panel.mail.message import structure
from panel.mail.message.envelope import with_line_ends
from panel.mail.text import decoded, without_bom, without_controls

MOST_PASTED_BYTES = 64 * 1024  # what is read of a text; a bounce says why in its beginning
_LONGEST = 4_000  # characters of what a report says about one recipient
_MOST_PARTS = 50  # of a message, and as many reports: a hostile one could nest them by the thousand

_MAIL = re.compile(
    r"(?:^From |\A)(?:[^\n]{0,998}\n){0,60}?(?:Content-Type|MIME-Version|Message-ID|Return-Path):", re.I | re.M
)
_HEADER = re.compile(r"\s{0,20}(?:From [^\n]|[\w-]{1,60}:)")
_REPORT = re.compile(r"^(?:Diagnostic-Code|Final-Recipient):", re.IGNORECASE | re.MULTILINE)
_REPORTED = ("diagnostic-code:", "final-recipient:")
_COPIED = ("below this line is a copy", "this is a copy", "original message", "message headers follow")
_COPY = re.compile(
    r"^(?:-{2,}[^\n]{0,20}(?:below this line is a copy|this is a copy|original message)|original message headers:"
    r"|message headers follow\.)",
    re.IGNORECASE | re.MULTILINE,
)


def texts(pasted: str | bytes) -> Iterator[str]:
    """Give the texts in it, the most trustworthy first: the status reports of a bounce (RFC 3464), then its words."""
    data = (pasted if isinstance(pasted, bytes) else pasted.encode("utf-8", "replace"))[:MOST_PASTED_BYTES]
    text = decoded_lines(data)
    opened = _opened(data.lstrip()) if _is_mail(text) else []
    if opened:
        yield from opened  # and not the message that came back with it
        return
    lower = text.lower()
    if has_any(_REPORTED, lower):
        yield from _of_reports(text)
    yield before_copy(text) if has_any(_COPIED, lower) else text
    yield from _encoded(data)


def before_copy(text: str) -> str:
    """Leave out the copy of the message that came back, where a line says that it begins."""
    return _COPY.split(text, maxsplit=1)[0]


def _opened(data: bytes) -> list[str]:
    """Open a message part by part; nothing of one that is nested without end, or that cannot be read."""
    try:
        structure.check_structure(with_line_ends(data))
        return list(_of_mail(message_from_bytes(data)))
    except Exception:  # the parser has no list of what it may raise
        return []


def decoded_lines(data: bytes, charset: str = "") -> str:
    """Decode by the charset given, or what the bytes show themselves to be; leave out what no line holds."""
    return without_controls(decoded(without_bom(data), charset))


def _is_mail(text: str) -> bool:
    head = text.lstrip().split("\n\n", 1)[0].split("\r\n\r\n", 1)[0]
    return bool(_HEADER.match(head) and _MAIL.search(head[:8_000])) and text.count("boundary=") <= _MOST_PARTS


def _of_mail(message: Message) -> Iterator[str]:
    """Give the reports, then the texts, of a message; what it was sent about is left out."""
    parts = list(_parts(message))[:_MOST_PARTS]
    for part in parts:
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            lines = [_as_logged(each) for each in blocks if isinstance(each, Message) and _failed(each)]
            yield from lines[:_MOST_PARTS]
    for wanted in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == wanted:
                yield before_copy(_body(part))


def _parts(message: Message) -> Iterator[Message]:
    """Walk through the parts, but not into the message that came back."""
    inside = message.get_payload()
    if message.get_content_maintype() == "multipart" and isinstance(inside, list):
        for part in inside:
            if isinstance(part, Message):
                yield from _parts(part)
    else:
        yield message


def _body(part: Message) -> str:
    data = part.get_payload(decode=True)
    text = decoded_lines(data if isinstance(data, bytes) else b"", part.get_content_charset() or "")
    return without_tags(text) if part.get_content_type() == "text/html" else text


def without_tags(text: str) -> str:
    """Give the words of HTML, each block on lines of its own."""
    text = re.sub(r"<(?:br|/p|/div|/tr|/td|/li|/h\d)\b[^<>]{0,200}>", "\n", text, flags=re.IGNORECASE)
    return html.unescape(re.sub(r"<[a-z/!][^<>]{0,2000}>", " ", text, flags=re.IGNORECASE))


def _of_reports(text: str) -> Iterator[str]:
    """Read the fields of a report that was pasted without its message."""
    if not _REPORT.search(text):
        return
    for block in re.split(r"\n[ \t]*\n", text)[: 2 * _MOST_PARTS]:
        if found := _REPORT.search(block):
            fields = HeaderParser().parsestr(_from_first_field(block, found.start()))
            if _failed(fields):
                yield _as_logged(fields)


def _from_first_field(block: str, at: int) -> str:
    """Leave out what stands before the fields."""
    lines = block.split("\n")
    first = next((number for number, line in enumerate(lines) if re.match(r"[\w-]+:", line)), 0)
    return "\n".join(lines[first:]) if at else block


def _failed(fields: Message) -> bool:
    """Say whether these are the fields of a recipient whom the message did not reach."""
    action = str(fields.get("Action", "failed")).strip().lower()
    return action in ("failed", "delayed") and ("Diagnostic-Code" in fields or "Status" in fields)


def _as_logged(fields: Message) -> str:
    return as_logged(*(str(fields.get(name, ""))[:_LONGEST] for name in ("Diagnostic-Code", "Remote-MTA", "Status")))


def as_logged(diagnostic: str, server: str, status: str) -> str:
    """Write a report's fields as a log would: `host mx.example.net said: 550 5.1.1 …`."""
    diagnostic, server = without_type(diagnostic), without_type(server).strip()
    said = f"host {server} said: {diagnostic}" if server else f"said: {diagnostic}"
    return f"{decoded_lines(said.encode('utf-8', 'replace'))}\ndsn={status.strip()} {diagnostic}"


def without_type(value: str) -> str:
    """Leave out what a report says of the kind of a value, such as `smtp;` or `dns;` (RFC 3464 section 2.1.2)."""
    return _TYPE.sub("", value)


_TYPE = re.compile(r"^\s*[\w-]{1,20}\s*;\s*")


_SOFT = re.compile(rb"=(?:[0-9A-F]{2}|\r?\n)")
_BASE64 = re.compile(rb"^(?:[A-Za-z0-9+/]{40,100}\r?\n){1,2000}[A-Za-z0-9+/]{0,100}={0,2}", re.MULTILINE)


def _encoded(data: bytes) -> Iterator[str]:
    """Decode what was pasted without the header that says how it is encoded (RFC 2045 section 6)."""
    if 2 * len(_SOFT.findall(data)) > data.count(b"="):  # a log has "delay=30", too
        yield decoded_lines(quopri.decodestring(data))
    if found := _BASE64.search(data):
        try:
            yield decoded_lines(base64.b64decode(found[0]))
        except binascii.Error:
            return
