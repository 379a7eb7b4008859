"""The outbox in the reader's words: the list with its filters, and what becomes of each message."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from panel import clock
from panel.access.rights import Right
from panel.diagnosis.causes.cause import QueueEffect
from panel.diagnosis.causes.table import CAUSES
from panel.i18n import N_, joined
from panel.outbox.delivery.retry import Retry
from panel.outbox.entry import Entry
from panel.outbox.estimate import Departure, Forecast, Standstill
from panel.outbox.listing.counting import FilteredCounts
from panel.outbox.listing.look import Page
from panel.outbox.listing.queue_order import QueuePage
from panel.outbox.pace.pace import Reason
from panel.outbox.pace.rate import DAY_MS
from panel.outbox.pace.route import Which
from panel.outbox.search import Counts
from panel.outbox.state import WAITING, Listed, State
from panel.storage.journal import Action
from panel.web.checks.failure import FailureWords
from panel.web.context import may, permitted, services
from panel.web.outbox.asked import ListingQuery
from panel.web.outbox.halt import Halt
from panel.web.outbox.leaving import Leaving
from panel.web.text import about, actor_name, clock_time, coming, gettext, listed, marked, translated


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
    State.WITHHELD: Look("warn", "hold", N_("Withheld")),
}
_DOORS = {
    "api": N_("by HTTP"),
    "smtp": N_("by SMTP"),
    "sendmail": N_("by the sendmail command"),
    "python": N_("by the application"),
}


@dataclass(frozen=True, slots=True)
class Tab:
    """One filter: its state (empty for all), its name, how many there are, or `more`, and whether it is chosen."""

    state: str
    name: str
    count: int
    chosen: bool
    more: bool = False


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message of the list: `plan` is the last thing that counts, at `at`, or when it leaves, or why not.

    A row of the list says the same in fewer words: `when`, and what is less important of it.
    """

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
    when: str = ""
    aside: str = ""

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
    after: str | None = None


def outlook(
    page: Page | QueuePage,
    tabs: tuple[Tab, ...],
    asked: ListingQuery,
    halted: Halt,
    expected: Forecast,
    leaves: Leaving | None,
    counts: Counts,
    departs: Departure,
) -> Outlook:
    """Put the list into the reader's words."""
    by = cancelled_by(page.entries)
    rows = tuple(message_row(each, expected, halted.failure, by) for each in page.entries)
    failed, waits = counts.by_state[State.FAILED], (departs.waiting, departs.standstill, departs.rests, departs.put_off)
    seen = mark((tabs, halted, leaves, failed, waits, [_seen(each) for each in rows]))
    older, after = (page.older, None) if isinstance(page, Page) else (None, page.after)
    return Outlook(asked, tabs, rows, older, failed, halted, seen, leaves, after)


def tabs_of(counts: Counts, bounced: int, unseen: int, asked: ListingQuery) -> tuple[Tab, ...]:
    """Give the filters by state with how many there are in all."""
    of = {Listed(state): number for state, number in counts.by_state.items()}
    return _tabs(FilteredCounts({**of, Listed.BOUNCED: bounced, Listed.UNSEEN: unseen}), asked)


def tabs_of_filtered(counts: FilteredCounts, asked: ListingQuery) -> tuple[Tab, ...]:
    """Give the filters by state with how many of them the other filters leave."""
    return _tabs(counts, asked)


def _tabs(counts: FilteredCounts, asked: ListingQuery) -> tuple[Tab, ...]:
    found = [Tab("", gettext(N_("All")), counts.all, asked.state is None, bool(counts.more))]
    for each, name in _TABS.items():
        number, chosen = counts.of.get(each, 0), asked.state is each
        if number or chosen or each not in (Listed.BOUNCED, Listed.UNSEEN, Listed.WITHHELD):
            found.append(Tab(each, gettext(name), number, chosen, each in counts.more))
    return tuple(found)


def name_of_listed(state: Listed) -> str:
    """Name what a filter by state shows."""
    return gettext(_TABS[state])


_TABS: Mapping[Listed, str] = {
    Listed.QUEUED: LOOKS[State.QUEUED].name,
    Listed.SENDING: LOOKS[State.SENDING].name,
    Listed.DEFERRED: LOOKS[State.DEFERRED].name,
    Listed.FAILED: LOOKS[State.FAILED].name,
    Listed.UNSEEN: N_("Not seen"),
    Listed.BOUNCED: N_("Bounced"),
    Listed.SENT: LOOKS[State.SENT].name,
    Listed.CANCELLED: LOOKS[State.CANCELLED].name,
    Listed.WITHHELD: LOOKS[State.WITHHELD].name,
}


def _seen(row: MessageRow) -> str:
    """Write what may change of a message that the list shows."""
    entry = row.entry
    return f"{entry.number} {entry.state} {entry.attempts} {row.at} {row.plan} {entry.bounced_at} {entry.seen_at}"


def cancelled_by(entries: Iterable[Entry]) -> Mapping[int, str]:
    """Tell who cancelled these messages, by their numbers, to those who may do that."""
    numbers = {f"message/{each.number}": each.number for each in entries if each.state is State.CANCELLED}
    if not numbers or not may(Right.RUN):
        return {}
    found = services().audit.last_by(numbers, action=Action.MESSAGE_CANCELLED)
    return {numbers[each]: actor_name(name) for each, name in found.items() if name}


def message_row(
    entry: Entry, expected: Forecast, held: FailureWords | None, by: Mapping[int, str] = MappingProxyType({})
) -> MessageRow:
    """Put one message into the reader's words; `held` is why all mail is, where it is, `by` who cancelled which."""
    shown, runs = permitted(entry), may(Right.RUN)
    plan, at = _plan(entry, expected, held)
    when, aside = _in_short(shown, plan, at, expected, by.get(entry.number, ""))
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
        when=when,
        aside=aside,
        may_retry=runs and entry.state in (State.FAILED, State.DEFERRED, State.WITHHELD),
        may_cancel=runs and entry.state in (*WAITING, State.WITHHELD),
        may_see=runs and entry.state is State.FAILED and entry.seen_at is None,
        may_undo=runs and entry.undo_until is not None and clock.now() < entry.undo_until,
    )


def _in_short(entry: Entry, plan: str, at: datetime | None, expected: Forecast, by: str) -> tuple[str, str]:
    """Say of a row when it leaves and in which place, or why not, or what became of it, and what is less important."""
    if entry.state is State.SENT:
        found = _QUEUE_ID.search(entry.reply or "")
        return f"{clock_time(at)} {gettext(_TAKEN)}" if at else plan, found[1] if found else ""
    if entry.state is State.CANCELLED and at:
        return f"{clock_time(at)} {translated(_CANCELLED_BY, who=by) if by else plan}", ""
    if entry.state is State.FAILED:
        cause = CAUSES.get(entry.cause or "")
        return (entry.reply, "") if entry.reply and cause and cause.generic else (plan, entry.reply or "")
    leaves = expected.leaves.get(entry.number)
    if entry.state not in WAITING or leaves is None:
        return plan, ""
    if entry.state is State.DEFERRED:
        text, aside = N_("%(time)s sent again by itself"), translated(N_("try %(number)d"), number=entry.attempts + 1)
        return translated(text, time=clock_time(leaves)), " · ".join(filter(None, (aside, entry.reply)))
    place = expected.ahead.get(entry.number, 0) + 1
    aside = translated(N_("no. %(place)d in line"), place=place) if place > 1 else gettext(N_("sent next"))
    soon = leaves - clock.now() < _SOON
    return gettext(N_("any moment")) if soon else translated(N_("about %(time)s"), time=clock_time(leaves)), aside


_CANCELLED_BY = N_("cancelled by %(who)s")
_TAKEN = N_("taken by the mail server")
_QUEUE_ID = re.compile(r"queued as (\S{1,40})", re.IGNORECASE)
_SOON = timedelta(seconds=10)


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
        case State.WITHHELD:
            return gettext(N_("not all of its recipients are allowed")), entry.ended_at
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
    when = marked(text, time=about(leaves), span=coming(leaves, now))
    why = _SLOWED.get(expected.state.wait.reason) if expected.state and expected.state.wait else None
    return marked(_BECAUSE, what=when, why=gettext(why)) if why else when


def _why_not(standstill: Standstill, held: FailureWords | None) -> str:
    """Say why nothing leaves until something changes; a hold by its cause."""
    text = gettext(_STANDSTILLS[standstill])
    return translated(_BECAUSE, what=text, why=held.what) if standstill is Standstill.HELD and held else text


_STANDSTILLS = {
    Standstill.UNSET: N_("does not leave: nothing is set up"),
    Standstill.UNATTENDED: N_("does not leave: no worker is running"),
    Standstill.DATABASE: N_("does not leave: the database cannot be written"),
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
