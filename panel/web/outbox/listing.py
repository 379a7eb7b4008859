"""The outbox in the reader's words: the list with its filters, and what becomes of each message."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote_plus

from panel import clock
from panel.access.rights import Right
from panel.diagnosis.causes.cause import QueueEffect
from panel.diagnosis.causes.table import CAUSES
from panel.i18n import N_, joined
from panel.outbox.course import Span
from panel.outbox.delivery.retry import Retry
from panel.outbox.entry import Entry
from panel.outbox.estimate import Forecast, Standstill
from panel.outbox.pace.pace import Reason
from panel.outbox.pace.rate import DAY_MS
from panel.outbox.pace.route import Which
from panel.outbox.search import Counts, Page
from panel.outbox.state import WAITING, Listed, State
from panel.web.checks.failure import FailureWords
from panel.web.context import may, permitted
from panel.web.outbox.halt import Halt
from panel.web.outbox.leaving import Leaving
from panel.web.text import about, actor_name, duration, gettext, listed, translated


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is shown: its tone, its icon and its name."""

    tone: str
    icon: str
    name: str


LOOKS: Mapping[State, Look] = {
    State.QUEUED: Look("info", "clock", N_("Queued")),
    State.SENDING: Look("info", "turn", N_("Sending")),
    State.DEFERRED: Look("warn", "again", N_("Will retry")),
    State.SENT: Look("ok", "ok", N_("Sent")),
    State.FAILED: Look("bad", "bad", N_("Failed")),
    State.CANCELLED: Look("idle", "skip", N_("Cancelled")),
}
_DOORS = {
    "api": N_("by HTTP"),
    "smtp": N_("by SMTP"),
    "sendmail": N_("by the sendmail command"),
    "python": N_("by the application"),
}


@dataclass(frozen=True, slots=True)
class ListingQuery:
    """What of the outbox is asked for: one state or all, words to find, the number to go on after, and whether live."""

    state: Listed | None = None
    q: str = ""
    before: int | None = None
    live: bool = True
    span: Span = Span.HOUR  # of the chart

    def address(self, base: str, **changed: object) -> str:
        """Give the address of the list with these filters."""
        live, span = None if self.live else "0", None if self.span is Span.HOUR else self.span
        asked = {"state": self.state, "q": self.q, "before": self.before, "live": live, "range": span, **changed}
        query = "&".join(f"{name}={quote_plus(str(value))}" for name, value in asked.items() if value)
        return f"{base}{'&' if '?' in base else '?'}{query}" if query else base


@dataclass(frozen=True, slots=True)
class Tab:
    """One filter: its state (empty for all), its name, how many there are, and whether it is chosen."""

    state: str
    name: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message of the list: `plan` is the last thing that counts, at `at`, or when it leaves, or why not."""

    entry: Entry
    look: Look
    subject: str
    recipients: str
    plan: str
    at: datetime | None
    reply: str
    may_retry: bool
    may_cancel: bool
    may_see: bool = False
    may_undo: bool = False

    @property
    def seen(self) -> str:
        """Give a mark that changes when the message does."""
        return mark((self.entry, len(self.entry.tried)))

    @property
    def waits(self) -> bool:
        return self.entry.state in WAITING

    @property
    def by_second(self) -> bool:
        """Say whether it left, or was last tried, by the second server."""
        return self.entry.server == Which.SECOND

    @property
    def notify(self) -> str:
        """Say when reports are asked for, where whoever submitted it said so."""
        return listed(gettext(_NOTIFY[each]) for each in self.entry.notify.split(",")) if self.entry.notify else ""

    @property
    def final(self) -> bool:
        return self.entry.state in (State.SENT, State.CANCELLED)


_NOTIFY: Mapping[str, str] = {
    "never": N_("in no case"),
    "failure": N_("if it cannot be delivered"),
    "delay": N_("if it is late"),
    "success": N_("when it is delivered"),
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """The list: tabs, rows, the next page, and a mark that changes when any of it does."""

    asked: ListingQuery
    tabs: tuple[Tab, ...]
    rows: tuple[MessageRow, ...]
    older: int | None
    failed: int
    halt: Halt
    seen: str
    leaving: Leaving | None = None


def outlook(
    page: Page,
    counts: Counts,
    asked: ListingQuery,
    halted: Halt,
    expected: Forecast,
    leaves: Leaving | None = None,
    *,
    bounced: int = 0,
) -> Outlook:
    """Put the list into the reader's words."""
    rows = tuple(message_row(each, expected, halted.failure) for each in page.entries)
    chosen = asked.state.state if asked.state else None
    tabs = (
        Tab("", gettext(N_("All")), sum(counts.by_state.values()), asked.state is None),
        *(Tab(state, gettext(LOOKS[state].name), counts.by_state[state], chosen is state) for state in LOOKS),
        *_tab_of_bounced(bounced, asked),
    )
    seen = mark((tabs, halted, leaves, [_seen(each) for each in rows]))
    return Outlook(asked, tabs, rows, page.older, counts.by_state[State.FAILED], halted, seen, leaves)


def _tab_of_bounced(bounced: int, asked: ListingQuery) -> Iterable[Tab]:
    """Give the filter for what came back, where anything did."""
    if bounced or asked.state is Listed.BOUNCED:
        yield Tab(Listed.BOUNCED, gettext(N_("Bounced")), bounced, asked.state is Listed.BOUNCED)


def _seen(row: MessageRow) -> str:
    """Write what may change of a message that the list shows."""
    return f"{row.entry.number} {row.entry.state} {row.entry.attempts} {row.at} {row.plan} {row.entry.bounced_at}"


def message_row(entry: Entry, expected: Forecast, held: FailureWords | None) -> MessageRow:
    """Put one message into the reader's words; `held` is why all mail is, where it is."""
    shown, runs = permitted(entry), may(Right.RUN)
    plan, at = _plan(entry, expected, held)
    others = len(entry.recipients) - 1
    first = entry.recipients[0].address if entry.recipients else ""
    return MessageRow(
        entry=shown,
        look=LOOKS[entry.state],
        subject=entry.subject or gettext(N_("(no subject)")),
        recipients=translated(N_("%(first)s and %(count)d more"), first=first, count=others) if others > 0 else first,
        plan=plan,
        at=at,
        reply=shown.reply or "",
        may_retry=runs and entry.state in (State.FAILED, State.DEFERRED),
        may_cancel=runs and entry.state in WAITING,
        may_see=runs and entry.state is State.FAILED and entry.seen_at is None,
        may_undo=runs and entry.undo_until is not None and clock.now() < entry.undo_until,
    )


def door(entry: Entry) -> str:
    """Say how a message came, and from which application where that is known."""
    name = gettext(_DOORS.get(entry.door, N_("by the application")))
    return f"{name} · {actor_name(entry.account)}" if entry.account else name


def sent_again(entry: Entry, leaves: datetime | None) -> str:
    """Say that a message that was tried is sent again by itself, when, and for how long; nothing of another one."""
    if entry.state not in WAITING or not entry.tried:
        return ""
    if leaves is None:
        return gettext(N_("It is sent again by itself as soon as mail leaves again."))
    when = translated(_AGAIN, time=about(max(leaves, clock.now())), number=entry.attempts + 1)
    cause = CAUSES.get(entry.cause or "")
    if cause and cause.effect is QueueEffect.HOLD:
        return when
    until = translated(_UNTIL, days=_RETRY.give_up_ms // DAY_MS, tries=_RETRY.least_tries)
    return joined((when, until, gettext(N_("Nothing needs to be done unless this goes on."))))


_RETRY = Retry()
_AGAIN = N_("It is sent again by itself at about %(time)s, try %(number)d.")
_UNTIL = N_("It is given up only after %(days)d days and %(tries)d tries.")


def mark(value: object) -> str:
    """Give a mark that changes when what is shown does."""
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]


def _plan(entry: Entry, expected: Forecast, held: FailureWords | None) -> tuple[str, datetime | None]:
    match entry.state:
        case State.SENT:
            return gettext(N_("accepted")), entry.ended_at
        case State.FAILED:
            found = CAUSES.get(entry.cause or "")
            return gettext(found.what if found else N_("given up")), entry.ended_at
        case State.CANCELLED:
            return gettext(N_("cancelled")), entry.ended_at
        case State.SENDING:
            return gettext(N_("under way")), None
    return expected_of(entry, expected, held), None


def expected_of(entry: Entry, expected: Forecast, held: FailureWords | None) -> str:
    """Say when a message that waits leaves, or why it does not."""
    if expected.standstill:
        return _why_not(expected.standstill, held)
    leaves, now = expected.leaves[entry.number], clock.now()
    span = leaves - now
    if span < _A_MINUTE:
        return gettext(N_("leaves within a minute"))
    text = _AGAIN_AT if entry.state is State.DEFERRED else _LEAVES_AT
    when = translated(text, time=about(leaves), span=duration(span))
    why = _SLOWED.get(expected.state.wait.reason) if expected.state and expected.state.wait else None
    return translated(_BECAUSE, what=when, why=gettext(why)) if why else when


def _why_not(standstill: Standstill, held: FailureWords | None) -> str:
    """Say why nothing leaves until something changes; a hold by its cause."""
    text = gettext(_STANDSTILLS[standstill])
    return translated(_BECAUSE, what=text, why=held.what) if standstill is Standstill.HELD and held else text


_STANDSTILLS = {
    Standstill.UNSET: N_("does not leave: nothing is set up"),
    Standstill.UNATTENDED: N_("does not leave: no worker is running"),
    Standstill.DATABASE: N_("does not leave: the data file cannot be written"),
    Standstill.PAUSED: N_("paused"),
    Standstill.HELD: N_("on hold"),
}
_SLOWED = {
    Reason.HOUR: N_("the limit of mails an hour is reached"),
    Reason.DAY: N_("the limit of mails a day is reached"),
    Reason.REST: N_("the server takes no more for now"),
}
_A_MINUTE = timedelta(minutes=1)
_LEAVES_AT = N_("leaves at about %(time)s (in %(span)s)")
_AGAIN_AT = N_("sent again at about %(time)s (in %(span)s)")
_BECAUSE = N_("%(what)s: %(why)s")
