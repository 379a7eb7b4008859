"""A message in its parts, as a program thinks of it; written as MIME once, into finished bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from panel.i18n import Text
from panel.mail.limits import DEFAULT_LIMITS, MessageLimits
from panel.mail.message import mime
from panel.mail.message.address import MAX_NAME, BadValue, parse_address, parse_header_text, parse_recipient
from panel.mail.message.envelope import Malformed
from panel.mail.message.header import MAX_HEADER, Field, addresses, mailboxes, plain_field
from panel.mail.message.mime import Part
from panel.mail.message.normalize import TooManyRecipients, Unacceptable, normalize, of_our_own
from panel.mail.message.structure import names_in
from panel.mail.message.submission import Priority, Submission

MAX_SUBJECT = 900  # characters
MAX_VALUE = 8 * 1024  # characters of a further header field: a signed link of List-Unsubscribe has up to 2,000
MAX_VALUES = 64 * 1024  # characters of all of them
MAX_ATTACHED = 100  # attachments, and as many further header fields
MAX_TEXT = 4 * 1024 * 1024  # characters of text or HTML: what is longer is a file
_OURS = re.compile(
    r"(from|sender|to|cc|bcc|subject|date|message-id|reply-to|return-path|received|resent-.*|mime-version|content-.*"
    r"|dkim-signature|mail-panel-.*)\Z",
    re.IGNORECASE,
)
_NAME = re.compile(r"[!-9;-~]{1,76}\Z")  # RFC 5322 section 2.2
_BARE = re.compile(r"[A-Za-z0-9_+-]{1,64}(?:\.[A-Za-z0-9_+-]{1,64}){0,9}@[A-Za-z0-9.-]{1,253}\Z")  # plain to see
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}\Z")  # RFC 6838 section 4.2
_LINE_END = re.compile(r"%0[ad]", re.IGNORECASE)  # as the extended parameters of RFC 2231 write it
_EXTENDED_LINE_END = re.compile(r"\*[0-9]*\*?\s*=[^;]*%0[ad]", re.IGNORECASE)
_OURS_TOO = ("Message-ID", "Date")  # of each message that is taken


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


def compose(draft: Draft, *, now: datetime, host: str, limits: MessageLimits = DEFAULT_LIMITS) -> Submission:
    """Write the draft as a message for the outbox, or raise `Unacceptable` with the name of the part that is wrong."""
    _count(draft, limits)
    groups = {name: _pairs(name, getattr(draft, name)) for name in ("to", "cc", "bcc", "reply_to")}
    rcpt_to = [address for name in ("to", "cc", "bcc") for _, address in groups[name]]
    if not rcpt_to:
        raise Unacceptable("to", "The message has no recipient.")
    head = _head(draft, groups)
    body = _body(draft)
    submission = _plain(head, body, rcpt_to, draft.priority, now, host, limits)
    if submission is not None:
        return submission
    message = b"".join(written for _, written in head) + b"MIME-Version: 1.0\r\n" + body.write()
    submission = normalize(message, rcpt_to=rcpt_to, now=now, host=host, priority=draft.priority, limits=limits)
    _check(submission, [name for name, written in head if written], body)
    return submission


def _plain(
    head: list[tuple[str, bytes]],
    body: Part,
    rcpt_to: list[str],
    priority: Priority,
    now: datetime,
    host: str,
    limits: MessageLimits,
) -> Submission | None:
    """Make the submission of a message in one part without reading it again, where its measures let it; else None."""
    named = [*head, ("MIME-Version", b"MIME-Version: 1.0\r\n"), *zip(body.names[0], body.fields, strict=True)]
    fields = [Field(name, written[len(name) + 1 : -2]) for name, written in named if written]
    if len(body.names) > 1 or len({each.key for each in fields}) < len(fields) or limits.too_many(len(rcpt_to)):
        return None
    if sum(len(written) for _, written in named) > MAX_HEADER // 2 or limits.too_large(len(body.content) + MAX_HEADER):
        return None
    made = of_our_own(fields, body.content, rcpt_to=rcpt_to, now=now, host=host, priority=priority)
    header = made.message[: len(made.message) - len(body.content) - 2]
    meant = [*_OURS_TOO, *(each.name for each in fields if each.name != "Reply-To")]
    return made if names_in(header) == meant and b"\r\n\r\n" not in header else None


def _head(draft: Draft, groups: dict[str, list[tuple[str, str]]]) -> list[tuple[str, bytes]]:
    """Write the fields above those of MIME, each with its name."""
    named = {"to": "To", "cc": "Cc", "reply_to": "Reply-To"}
    head = [(title, mailboxes(title, groups[name])) for name, title in named.items() if groups[name]]
    if draft.subject:
        head.append(("Subject", plain_field("Subject", _line("subject", draft.subject))))
    return head + [(name, _header(name, value)) for name, value in draft.headers]


def _check(submission: Submission, head: list[str], body: Part) -> None:
    """Look at the finished bytes: whatever was given, they hold the fields that were meant, and no other."""
    top, *within = body.names
    meant = [name for name in (*_OURS_TOO, *head, "MIME-Version", *top) if name != "Reply-To"]  # that is no part of it
    try:
        mime.check_fields(submission.message, [meant, *within])
    except Malformed as fault:
        raise Unacceptable("message", str(fault)) from None


def _count(draft: Draft, limits: MessageLimits) -> None:
    """Refuse what is too many before any of it is read."""
    for name in ("to", "cc", "bcc", "reply_to", "headers", "attachments"):
        count = len(getattr(draft, name))
        if name not in ("headers", "attachments"):
            if refusal := limits.too_many(count):
                raise TooManyRecipients(name, refusal)
        elif count > MAX_ATTACHED:
            raise Unacceptable(name, f"{name} has more than {MAX_ATTACHED} entries. Send them in several messages.")
    if sum(len(value) for _, value in draft.headers) > MAX_VALUES:
        longest = max(draft.headers, key=lambda each: len(each[1]))[0]
        raise Unacceptable(
            "headers", f"headers has more than {MAX_VALUES} characters in all; the longest is {longest[:100]!a}."
        )


def _pairs(name: str, written: tuple[str, ...]) -> list[tuple[str, str]]:
    return [_pair(name, each) for each in written]


def _pair(name: str, written: str) -> tuple[str, str]:
    """Read one address with or without a name."""
    try:
        [(display_name, address)] = [("", written)] if _BARE.match(written) else addresses(_line(name, written))
        return display_name, parse_address(address) if name == "reply_to" else parse_recipient(address)
    except ValueError:  # more than one, or no address
        raise Unacceptable(
            name, f'{written[:100]!a} is not one mail address, such as a@example.org or "A" <a@example.org>.'
        ) from None


def _line(name: str, text: str, *, at_most: int = MAX_SUBJECT, label: str = "") -> str:
    try:
        return parse_header_text(text, at_most=at_most)
    except BadValue as fault:
        raise Unacceptable(name, str(Text(fault.text.message, {**fault.text.values, "label": label or name}))) from None


def _header(name: str, value: str) -> bytes:
    if not _NAME.match(name):
        raise Unacceptable("headers", f"{name[:100]!a} is not the name of a header field.")
    if _OURS.match(name):
        raise Unacceptable("headers", f"{name} is written by mail-panel. Use the member of that name, if there is one.")
    value = _line("headers", value, at_most=MAX_VALUE, label=name)
    if _EXTENDED_LINE_END.search(value):
        raise Unacceptable("headers", f"{name} hides a line break in a parameter.")
    try:
        return plain_field(name, value)
    except Malformed as fault:
        raise Unacceptable("headers", str(fault)) from None


def _body(draft: Draft) -> Part:
    """Write the parts as MIME in 7-bit encodings, which every server takes."""
    if draft.text is None and draft.html is None and not draft.attachments:
        raise Unacceptable("text", "The message is empty. Give text, html or attachments.")
    texts = (("text", "plain", draft.text), ("html", "html", draft.html))
    forms = [mime.text(kind, _text(name, text)) for name, kind, text in texts if text is not None]
    if len(forms) > 1:
        forms = [mime.multipart("alternative", forms)]
    files = [_file(each) for each in draft.attachments]
    return mime.multipart("mixed", forms + files) if files else forms[0]


def _text(name: str, text: str) -> str:
    if len(text) > MAX_TEXT:
        raise Unacceptable(name, f"{name} is longer than {MAX_TEXT} characters. Send it as an attachment.")
    if re.search(r"[\x00\ud800-\udfff]", text):
        raise Unacceptable(name, f"{name} holds a character that cannot be sent.")
    return text


def _file(attachment: Attachment) -> Part:
    content_type = attachment.content_type.lower()
    if not _TYPE.match(content_type) or content_type.startswith(("multipart/", "message/")):
        raise Unacceptable("attachments", f"{attachment.content_type[:100]!a} is no type of a file, like text/csv.")
    name = _line("attachments", attachment.name, label="The name of a file")
    if not name or len(name) > MAX_NAME or '"' in name or "\\" in name or _LINE_END.search(name):
        raise Unacceptable("attachments", f"{name[:100]!a} is not the name of a file.")
    return mime.file(content_type, name, attachment.content)
