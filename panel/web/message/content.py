"""What a message holds, in the reader's words: what of it is shown, what can be saved, and until when it is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import request, url_for

from panel import clock
from panel.access.rights import Right
from panel.i18n import N_
from panel.mail.message.header import unencoded
from panel.mail.reading.content import Content
from panel.mail.text import decoded, without_controls
from panel.outbox.content.held import HeldMessage, held_message
from panel.outbox.content.reading_noted import note_reading
from panel.outbox.content.resend import without_it
from panel.outbox.entry import Entry
from panel.outbox.state import WAITING, State
from panel.settings.model import Settings
from panel.web.context import actor, may, services
from panel.web.security import show_a_frame
from panel.web.text import clock_time, date_of, gettext, ngettext, translated

MOST_ON_A_PAGE = 100_000  # characters of a text
MOST_FIELDS = 100
MOST_OF_FIELD = 4_000  # characters


@dataclass(frozen=True, slots=True)
class ContentTab:
    """One way to look at a message: `name` is what the address asks for."""

    name: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file in a message, and the address to save it at while it is there."""

    name: str
    size: int
    address: str = ""


@dataclass(frozen=True, slots=True)
class ContentView:
    """What a page shows of what a message holds; `shown` is `headers`, `text`, `html` or `source`.

    Who may not read it sees how many files there are. `fields` is None where nothing of the header was kept.
    """

    files: tuple[FileRow, ...] = ()
    files_size: int = 0
    more_files: int = 0
    known: bool = True  # whether it is known which files there are
    readable: bool = False
    shown: str = "headers"
    tabs: tuple[ContentTab, ...] = ()
    fields: tuple[tuple[str, str], ...] | None = None
    text: str = ""
    is_cut: bool = False
    ends: str = ""
    to: tuple[tuple[str, bool], ...] = ()  # each recipient, and whether it has not got the message


_LABELS = {"headers": N_("Headers"), "text": N_("Text"), "html": "HTML", "source": N_("Source")}


def content_of(entry: Entry) -> ContentView:
    """Give what a page shows of what a message holds to who asks, and note what they read."""
    found = held_message(services().database, entry.number)
    if found is None:
        return ContentView()
    size = sum(each.size for each in found.files or ())
    if not may(Right.READ_MESSAGES):
        files = tuple(FileRow("", each.size) for each in found.files or ())
        return ContentView(files, size, known=found.files is not None)
    sender = found.sender(services().settings)
    whole = found.as_it_leaves(sender)
    content = Content(whole) if whole is not None else None
    tabs = tuple(_tabs(content))
    shown = next((each.name for each in tabs if each.chosen), "headers")
    text, is_cut = _text(entry.number, shown, content, whole)
    return ContentView(
        files=tuple(_files(entry.number, found)),
        files_size=size,
        more_files=content.more_files if content else 0,
        known=found.files is not None,
        readable=True,
        shown=shown,
        tabs=tabs,
        fields=_fields(found, sender),
        text=text,
        is_cut=is_cut,
        ends=ends_of(entry, found),
        to=_to(entry) if whole is not None else (),
    )


def _files(number: int, found: HeldMessage) -> Iterator[FileRow]:
    for each in found.files or ():
        yield FileRow(each.name, each.size, _address(number, each.part) if found.message is not None else "")


def _tabs(content: Content | None) -> Iterator[ContentTab]:
    names = ["headers"]
    if content is not None:
        names = [*(["text"] * content.has_text), *(["html"] * content.has_html), "headers", "source"]
    asked = request.args.get("show", "")
    chosen = asked if asked in names else "headers"
    for name in names:
        yield ContentTab(name, gettext(_LABELS[name]), name == chosen)


def _text(number: int, shown: str, content: Content | None, whole: bytes | None) -> tuple[str, bool]:
    """Give the text that is shown, and whether there is more of it; who reads it is noted before."""
    if shown == "html":
        show_a_frame()  # whose answer notes it
    if shown not in ("text", "source") or content is None or whole is None:
        return "", False
    note_reading(services().database, number, shown, by=actor(), now=clock.now())
    if shown == "text":
        text = content.text
    else:
        text = without_controls(decoded(whole[: 4 * MOST_ON_A_PAGE]).replace("\r\n", "\n"))
    return text[:MOST_ON_A_PAGE], len(text) > MOST_ON_A_PAGE


def _fields(found: HeldMessage, sender: Settings) -> tuple[tuple[str, str], ...] | None:
    if found.head is None:
        return None
    fields = found.fields(sender)[:MOST_FIELDS]
    return tuple((each.name, without_controls(unencoded(each.text))[:MOST_OF_FIELD]) for each in fields)


def _address(number: int, part: int) -> str:
    return url_for("message.attachment", number=number, part=part)


def _to(entry: Entry) -> tuple[tuple[str, bool], ...]:
    missing = without_it(services().database, entry.number)
    return tuple((each.address, each.address in missing) for each in entry.recipients)


def ends_of(entry: Entry, found: HeldMessage) -> str:
    """Say until when the text is there."""
    config = services().config
    if found.message is None:
        return gettext(N_("The text is not there any more.") if entry.state is not State.SENT else _GONE)
    if found.erase_at is not None:
        return translated(N_("The text is erased at %(time)s."), time=clock_time(found.erase_at))
    if entry.state in (*WAITING, State.SENDING):
        return _after_sending(config.keep_bodies)
    ended = entry.ended_at or clock.now()
    days = config.keep_bodies if found.kept else config.keep_log
    return _until(ended, days)


_GONE = N_("The text was erased when the message was sent.")


def _after_sending(days: int) -> str:
    if not days:
        return gettext(N_("The text is erased when the message is sent."))
    text = ngettext(
        "The text is erased %(num)d day after the message is sent.",
        "The text is erased %(num)d days after the message is sent.",
        days,
    )
    return text % {"num": days}


def _until(ended: datetime, days: int) -> str:
    text = ngettext(
        "The text is erased on %(date)s (kept for %(num)d day).",
        "The text is erased on %(date)s (kept for %(num)d days).",
        days,
    )
    return text % {"num": days, "date": date_of(ended + timedelta(days=days))}
