"""A message in its parts, as a program thinks of it; written as MIME once, into finished bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage

from panel import values
from panel.fields import addresses, mailboxes, plain
from panel.intake import MAX_RECIPIENTS, Refused, read
from panel.language import Text
from panel.submission import Priority, Submission

MAX_SUBJECT = 900  # characters
MAX_PARTS = 100  # attachments, and as many further header fields
MAX_TEXT = 4 * 1024 * 1024  # characters of text or HTML: what is longer is a file
_OURS = re.compile(
    r"(from|sender|to|cc|bcc|subject|date|message-id|reply-to|return-path|received|resent-.*|mime-version|content-.*"
    r"|dkim-signature|mail-panel-.*)\Z",
    re.IGNORECASE,
)
_NAME = re.compile(r"[!-9;-~]{1,76}\Z")  # RFC 5322 section 2.2
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}\Z")  # RFC 6838 section 4.2


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file; `content_type` is `type/subtype` without parameters."""

    name: str
    content: bytes
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be sent; an address is `hanako@example.org` or `"花子" <hanako@example.org>`."""

    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    subject: str = ""
    text: str | None = None
    html: str | None = None
    reply_to: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    priority: Priority = Priority.NORMAL


def compose(draft: Draft, *, now: datetime, host: str) -> Submission:
    """Write the draft as a message for the outbox, or raise `Refused` with the name of the part that is wrong."""
    _count(draft)
    groups = {name: _pairs(name, getattr(draft, name)) for name in ("to", "cc", "bcc", "reply_to")}
    head = b"".join(
        mailboxes(name.replace("_", "-").title(), pairs) for name, pairs in groups.items() if pairs and name != "bcc"
    )
    head += plain("Subject", _line("subject", draft.subject)) if draft.subject else b""
    head += b"".join(_header(name, value) for name, value in draft.headers)
    rcpt_to = [address for name in ("to", "cc", "bcc") for _, address in groups[name]]
    if not rcpt_to:
        raise Refused("to", "The message has no recipient.")
    return read(head + _body(draft), rcpt_to=rcpt_to, now=now, host=host, priority=draft.priority)


def _count(draft: Draft) -> None:
    """Refuse what is too many before any of it is read."""
    for name in ("to", "cc", "bcc", "reply_to", "headers", "attachments"):
        most = MAX_PARTS if name in ("headers", "attachments") else MAX_RECIPIENTS
        if len(getattr(draft, name)) > most:
            raise Refused(name, f"{name} has more than {most} entries. Send them in several messages.")


def _pairs(name: str, written: tuple[str, ...]) -> list[tuple[str, str]]:
    return [_pair(name, each) for each in written]


def _pair(name: str, written: str) -> tuple[str, str]:
    """Read one address with or without a name."""
    found = addresses(_line(name, written))
    try:
        ((shown, address),) = found
        return shown, values.address(address) if name == "reply_to" else values.recipient(address)
    except ValueError:  # more than one, or no address
        raise Refused(
            name, f'{written[:100]!a} is not one mail address, such as a@example.org or "A" <a@example.org>.'
        ) from None


def _line(name: str, text: str) -> str:
    try:
        return values.line(text, at_most=MAX_SUBJECT)
    except values.BadValue as fault:
        raise Refused(name, str(Text(fault.text.message, {**fault.text.values, "label": name}))) from None


def _header(name: str, value: str) -> bytes:
    if not _NAME.match(name):
        raise Refused("headers", f"{name[:100]!a} is not the name of a header field.")
    if _OURS.match(name):
        raise Refused("headers", f"{name} is written by mail-panel. Use the member of that name, if there is one.")
    return plain(name, _line("headers", value))


def _body(draft: Draft) -> bytes:
    """Write the parts as MIME in 7-bit encodings, which every server takes."""
    if draft.text is None and draft.html is None and not draft.attachments:
        raise Refused("text", "The message is empty. Give text, html or attachments.")
    mime = EmailMessage(policy=policy.SMTP.clone(cte_type="7bit"))
    if draft.text is not None:
        mime.set_content(_text("text", draft.text))
    if draft.html is not None:
        add = mime.set_content if draft.text is None else mime.add_alternative
        add(_text("html", draft.html), subtype="html")
    for attachment in draft.attachments:
        _attach(mime, attachment)
    return mime.as_bytes()


def _text(name: str, text: str) -> str:
    if len(text) > MAX_TEXT:
        raise Refused(name, f"{name} is longer than {MAX_TEXT} characters. Send it as an attachment.")
    if re.search(r"[\x00\ud800-\udfff]", text):
        raise Refused(name, f"{name} holds a character that cannot be sent.")
    return text


def _attach(mime: EmailMessage, attachment: Attachment) -> None:
    content_type = attachment.content_type.lower()
    if not _TYPE.match(content_type) or content_type.startswith(("multipart/", "message/")):
        raise Refused("attachments", f"{attachment.content_type[:100]!a} is no type of a file, like text/csv.")
    name = _line("attachments", attachment.name)
    if not name or len(name) > values.MAX_NAME or '"' in name or "\\" in name:
        raise Refused("attachments", f"{name[:100]!a} is not the name of a file.")
    kind, _, subtype = content_type.partition("/")
    mime.add_attachment(attachment.content, maintype=kind, subtype=subtype, filename=name)
