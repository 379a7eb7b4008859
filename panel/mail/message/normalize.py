"""Makes a `Submission` of the message that an application hands over, whichever door it comes through.

Whatever its header says, it leaves from the account's sender: another From becomes Reply-To, Bcc and what only mail
servers write is taken out, and Message-ID and Date are there and stay the same over all attempts.
"""

from __future__ import annotations

import os
import re
from base64 import encodebytes
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_tz
from functools import lru_cache
from itertools import chain

from panel.errors import DatabaseError, PanelError
from panel.mail.limits import DEFAULT_LIMITS, MessageLimits
from panel.mail.message import transfer_encoding
from panel.mail.message.address import MAX_NAME, BadValue, parse_address, parse_header_text, parse_recipient
from panel.mail.message.envelope import Malformed
from panel.mail.message.header import (
    MAX_ENCODED,
    MAX_HEADER,
    Field,
    HeaderTooLong,
    address_list,
    addresses,
    clean,
    plain_field,
    split,
    unencoded,
    with_charset,
)
from panel.mail.message.reencoding import fitted
from panel.mail.message.submission import FROM_NAME, Priority, Submission, submitted_name
from panel.mail.patterns import pattern_of

MAX_HOPS = 50  # servers that have had the message before us (RFC 5321 section 6.3)
HOPS = "Mail-Panel-Hops"

_NEVER = {  # what callers may not set, what is ours to write, and a signature that a new From breaks
    *("from", "sender", "reply-to", "bcc", "resent-bcc", "return-path", "received", "dkim-signature"),
    *("message-id", "date", HOPS.lower(), FROM_NAME.lower()),
}
_TURNS = pattern_of("[\u202a-\u202e\u2066-\u2069]")  # of a name, what shows the address behind it as another one
_ONCE = {
    "to",
    "cc",
    "subject",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "in-reply-to",
    "references",
}
_MESSAGE_ID = pattern_of(r"<[!-;=?-~]{1,250}@[!-;=?-~]{1,250}>")


class Unacceptable(PanelError):
    """A message that cannot be taken; `field` is the name of what is wrong with it."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class TooLarge(Unacceptable):
    """A message that is larger than the settings let a door take."""


class TooManyRecipients(Unacceptable):
    """A message to more at once than the settings let a door take."""


class Circle(Unacceptable):
    """A message that has passed so many servers that it must be going round."""


def normalize(
    message: bytes,
    *,
    rcpt_to: Sequence[str] = (),
    sender: str = "",
    now: datetime,
    host: str | Callable[[], str],
    priority: Priority = Priority.NORMAL,
    hops: int = 0,
    limits: MessageLimits = DEFAULT_LIMITS,
) -> Submission:
    """Make a submission of an RFC 5322 message for these recipients, or for those in its header; raise `Unacceptable`.

    `sender` stands in for a From that is missing; `host` is, or gives, the right side of a Message-ID that is.
    `hops` are the servers on its way that its header does not tell of: a door that other servers can send to is one.
    """
    if refusal := limits.too_large(len(message)):
        raise TooLarge("message", refusal)
    with _refusing_the_unreadable():
        fields, body = _split(message)
        message_id = _message_id(fields, host)
        written = _written(fields, body, message_id, _date(fields, now), hops)
        return Submission(
            rcpt_to=_recipients(rcpt_to or _addressed(fields), limits),
            message=submitted_name(_name(fields, sender)) + written,
            message_id=message_id,
            subject=_readable(_first(fields, "subject")),
            reply_to=_reply_to(fields, sender),
            priority=priority,
        )


def of_our_own(
    fields: Sequence[Field],
    content: bytes,
    *,
    rcpt_to: Iterable[str],
    now: datetime,
    host: str,
    priority: Priority = Priority.NORMAL,
) -> Submission:
    """Make the same of a message in one part that we have written: nothing of it has to be found, or fitted, again.

    Each field is there once, its content is in lines that may leave, and the recipients have been read.
    """
    message_id = new_id(host)
    with _refusing_the_unreadable():
        head = [plain_field("Message-ID", message_id), plain_field("Date", dated(now))]
        head += [each.write() for each in fields if each.key not in _NEVER]
        return Submission(
            rcpt_to=tuple(dict.fromkeys(rcpt_to)),
            message=b"".join([*head, b"\r\n", content]),
            message_id=message_id,
            subject=_readable(next((_unfolded(each) for each in fields if each.key == "subject"), "")),
            reply_to=_reply_to(fields, ""),
            priority=priority,
        )


def _first(fields: Iterable[Field], key: str) -> str:
    return next((each.text for each in fields if each.key == key), "")


def _unfolded(ours: Field) -> str:
    """Give the text of a field that we have written, which is ASCII."""
    return ours.body.replace(b"\r\n", b"").decode("ascii").strip()


def dated(now: datetime) -> str:
    """Write a moment as a Date does."""
    return _second(now.replace(microsecond=0), now.utcoffset())


@lru_cache(maxsize=8)
def _second(second: datetime, _offset: timedelta | None) -> str:
    return format_datetime(second)  # once for all messages of it


def new_id(host: str) -> str:
    """Make a Message-ID that no other message has."""
    return f"<{os.urandom(16).hex()}@{host}>"


@contextmanager
def _refusing_the_unreadable() -> Iterator[None]:
    """Refuse a message that is beyond our bounds, or over which the email package stumbles: it will not get better."""
    try:
        yield
    except (Unacceptable, DatabaseError):
        raise
    except Malformed as fault:
        raise Unacceptable("message", str(fault)) from None
    except Exception as fault:
        from panel import logs  # the `sendmail` command has no use for it else

        logs.unexpected("message_unreadable", fault)
        raise Unacceptable("message", f"The message cannot be read ({type(fault).__name__}).") from None


def addressed(message: bytes) -> tuple[str, ...]:
    """Give the addresses in To, Cc and Bcc, or in their Resent forms."""
    with _refusing_the_unreadable():
        return tuple(_addressed(_split(message)[0]))


def _split(message: bytes) -> tuple[list[Field], bytes]:
    try:
        return split(message)
    except HeaderTooLong:
        raise Unacceptable("message", f"The header of the message is larger than {MAX_HEADER // 1024} KiB.") from None


def _addressed(fields: Sequence[Field]) -> list[str]:
    """Give who stands in the header, those of Resent fields alone where there are any (RFC 5322 section 3.6.6)."""
    texts = [each.text for each in fields if each.key in ("resent-to", "resent-cc", "resent-bcc")]
    texts = texts or [each.text for each in fields if each.key in ("to", "cc", "bcc")]
    return [address for text in texts for _, address in addresses(text)]


def _recipients(named: Iterable[str], limits: MessageLimits) -> tuple[str, ...]:
    taken: dict[str, None] = {}
    for each in dict.fromkeys(named):
        taken[_recipient(each)] = None
        if refusal := limits.too_many(len(taken)):
            raise TooManyRecipients("to", refusal)
    if not taken:
        raise Unacceptable("to", "The message has no recipient.")
    return tuple(taken)


def _recipient(address: str) -> str:
    try:
        return parse_recipient(address)
    except BadValue:
        raise Unacceptable("to", f"{address[:100]!a} is not a mail address that can be sent to.") from None


def _message_id(fields: Iterable[Field], host: str | Callable[[], str]) -> str:
    found = (_MESSAGE_ID.fullmatch(each.text) for each in fields if each.key == "message-id")
    return next((each[0] for each in found if each), None) or new_id(host if isinstance(host, str) else host())


def _date(fields: Iterable[Field], now: datetime) -> bytes:
    dates = (clean(each.text.encode("ascii", "ignore").decode()) for each in fields if each.key == "date")
    return plain_field("Date", next(filter(_is_date, dates), None) or dated(now))


@lru_cache(maxsize=8)  # many messages come within one second
def _is_date(text: str) -> bool:
    return parsedate_tz(text) is not None


def _reply_to(fields: Sequence[Field], sender: str) -> str:
    """Give whom an answer reaches: Reply-To, else the From, as a header value; local names such as root are none."""
    texts_of = ([each.text for each in fields if each.key == name] for name in ("reply-to", "from"))
    known = (
        [(display_name, address) for text in texts for display_name, address in addresses(text) if _is_address(address)]
        for texts in chain(texts_of, [[sender]])
    )
    return address_list(next((pairs for pairs in known if pairs), []))


def _name(fields: Iterable[Field], sender: str) -> str:
    """Give the first name before an address of the From, else of who stands in for it; blank for none."""
    text = next((each.text for each in fields if each.key == "from"), sender)
    if not ("<" in text or "(" in text):
        return ""
    try:
        return next((_header_name(name) for name, _ in addresses(text) if name), "")
    except BadValue:
        return ""


def _header_name(name: str) -> str:
    return parse_header_text(_TURNS.sub("", clean(unencoded(name))), at_most=MAX_NAME)


def _is_address(text: str) -> bool:
    try:
        return bool(parse_address(text))
    except BadValue:
        return False


def _written(fields: Sequence[Field], body: bytes, message_id: str, date: bytes, hops: int) -> bytes:
    """Write the message: what is ours first, then the fields as they came, each that may stand once, once."""
    body, ours = _encoded(fields, body)
    replaced = {each.key for each in ours}
    head = [plain_field("Message-ID", message_id), date, _hops(fields, hops)]
    head += [each.write() for each in [*ours, *_merged(fields)] if each in ours or each.key not in replaced]
    return fitted(b"".join([*head, b"\r\n", body]))


def _merged(fields: Iterable[Field]) -> list[Field]:
    """Leave out what callers may not set; make one field of several To or Cc, and take the first of others."""
    kept: dict[str, list[Field]] = {}
    for number, field in enumerate(each for each in fields if each.key not in _NEVER):
        same = kept.setdefault(field.key if field.key in _ONCE else str(number), [])
        if not same or field.key in ("to", "cc"):
            same.append(field)
    return [_joined(*each) if len(each) > 1 else each[0] for each in kept.values()]


def _joined(first: Field, *others: Field) -> Field:
    body = b",\r\n ".join([first.body, *(each.body.lstrip() for each in others)])
    return Field(first.name, body, first.charset)


def _hops(fields: Iterable[Field], hops: int) -> bytes:
    """Count the servers on the way so far: a message that goes round in a circle is refused."""
    for field in fields:
        hops += field.key == "received"
        if field.key == HOPS.lower() and re.fullmatch("[0-9]{1,3}", field.text):
            hops += int(field.text)
    if hops > MAX_HOPS:
        raise Circle("message", f"The message has passed {hops} servers: it goes round in a circle.")
    return plain_field(HOPS, str(hops)) if hops else b""


def _encoded(fields: Sequence[Field], body: bytes) -> tuple[bytes, list[Field]]:
    """Encode 8-bit text that nobody declared."""
    kind = _first(fields, "content-type")
    if kind.lower().startswith(("multipart/", "message/")):
        return body, []
    if transfer_encoding.encoding_of(_first(fields, "content-transfer-encoding")) in transfer_encoding.ENCODED:
        return body, []
    declared = with_charset(kind, body)
    ours = [Field("MIME-Version", b" 1.0"), Field("Content-Type", f" {declared or 'text/plain'}".encode(), "utf-8")]
    if kind or body.isascii():
        return body, ours if declared != kind else []
    return encodebytes(body).replace(b"\n", b"\r\n"), [*ours, Field("Content-Transfer-Encoding", b" base64")]


def _readable(subject: str) -> str:
    """Give the subject for people, on one line of bounded length."""
    if subject.isascii() and subject.isprintable() and "=?" not in subject:
        return subject[:500]
    return re.sub(r"[\ud800-\udfff]", " ", clean(unencoded(subject[:MAX_ENCODED])))[:500]
