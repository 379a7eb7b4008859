"""What was tried with a message, and why it did not go, in the reader's words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from panel import clock
from panel.diagnosis.bounces.report import Fate
from panel.diagnosis.causes.cause import Whose
from panel.diagnosis.causes.table import CAUSES
from panel.diagnosis.diagnose import kept
from panel.i18n import N_
from panel.mail.smtp.protocol import Failure, Stage
from panel.outbox.entry import Attempt, Entry
from panel.outbox.pace.route import Which
from panel.outbox.state import WAITING, State
from panel.settings.model import Settings
from panel.settings.staging import kept_from
from panel.storage.database import Row
from panel.storage.journal import Action
from panel.web.access.audit_rows import AuditChange, action_words, changes_in
from panel.web.checks.failure import words_of
from panel.web.checks.stages import stage_label
from panel.web.context import in_force, permitted
from panel.web.diagnosis.reported import FATES
from panel.web.text import actor_name, gettext, listed, translated

_LOST = N_("The worker stopped in the middle; the message may have arrived.")
_ENDS = {
    "sent": N_("accepted"),
    "deferred": N_("refused for now"),
    "failed": N_("refused"),
    "held": N_("held: the settings do not work"),
    "returned": N_("broken off by us"),
    "uncertain": N_("not known"),
    **{str(fate): words for fate, words in FATES.items()},
}
_TONES: Mapping[str, tuple[str, str]] = {
    "sent": ("ok", "ok"),
    "failed": ("bad", "bad"),
    "bounced": ("bad", "bad"),
    "delayed": ("warn", "clock"),
    **dict.fromkeys(("delivered", "relayed", "expanded"), ("ok", "ok")),
}


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt in words, or what a report says of one `recipient`; the reports have no number."""

    number: int
    tone: str
    icon: str
    end: str
    at: datetime
    stage: str
    reply: str
    what: str
    seconds: float
    by_second: bool
    recipient: str = ""
    stages: tuple[tuple[str, int], ...] = ()  # their names and ms, of the last one


@dataclass(frozen=True, slots=True)
class MessageAct:
    """What somebody did with a message, and what was changed by it; `other` is the number of another message."""

    at: datetime
    action: str
    words: str
    who: str
    icon: str = "user"
    changes: tuple[AuditChange, ...] = ()
    other: int | None = None


def acts(rows: Iterable[Row]) -> list[MessageAct]:
    """Tell what was done with a message, by its rows in the audit; a report that no person brought stands by itself."""
    by_hand = (row for row in rows if row["action"] not in _OF_REPORTS or row["via"] not in _BY_PROGRAMS)
    return [_act(row) for row in by_hand]


def _act(row: Row) -> MessageAct:
    told = json.loads(row["changed"])
    other = next((int(told[each]) for each in ("sent_as", "copy_of") if each in told), None)
    return MessageAct(
        clock.moment(row["at"]),
        row["action"],
        action_words(row["action"]),
        actor_name(row["account"] or ""),
        _ICONS.get(row["action"], "user"),
        tuple(changes_in(row)),
        other,
    )


_ICONS: Mapping[str, str] = {
    Action.MESSAGE_RETRIED: "again",
    Action.MESSAGE_CANCELLED: "skip",
    Action.MESSAGE_READ: "find",
    Action.MESSAGE_RESENT: "send",
}


_OF_REPORTS = (Action.BOUNCED, Action.REPORTED)
_BY_PROGRAMS = ("cli", "token")


Past = Callable[[int | None], Settings]  # the settings of a version


def tries(entry: Entry, past: Past) -> list[Try]:
    """Put what was tried into the reader's words, the newest first."""
    numbers = count(1)
    return [_try(0 if each.recipient else next(numbers), each, past) for each in entry.tried][::-1]


def end_of(tried: Attempt) -> str:
    """Say how a try ended."""
    if tried.outcome == "held" and _is_of_server(tried):
        return gettext(N_("held: the server cannot be used"))
    return gettext(_ENDS.get(tried.outcome, tried.outcome))


def _is_of_server(held: Attempt) -> bool:
    """Say whether what holds all mail may be the server's doing: it is not reached, or is itself at fault."""
    cause = CAUSES.get(held.cause or "")
    return held.stage in _BEFORE_WORDS or (cause is not None and cause.whose is Whose.SERVER)


_BEFORE_WORDS = (Stage.RESOLVE, Stage.CONNECT, Stage.GREETING)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message did not go, in one sentence, and what to do; nothing of one that nobody refused."""

    what: str = ""
    do: tuple[str, ...] = ()


def refusal(entry: Entry, past: Past) -> Refusal:
    """Say why a message did not go, as the last try that ended so was answered; of recipients, the first."""
    tries = (each for each in reversed(entry.tried) if not each.recipient)
    tried = next((each for each in tries if each.cause == entry.cause), None)
    stage, detail = (tried.stage, tried.detail) if tried else (None, None)
    failure = kept(stage or Stage.RCPT, entry.cause or "", entry.reply, detail)
    settings = _settings_of(tried, past) if tried else past(None)
    return _refusal(failure, settings, by_itself=entry.state in WAITING)


def _settings_of(tried: Attempt, past: Past) -> Settings:
    """Give the settings that a try was made with, of the server that it was made by."""
    settings = past(tried.version)
    return settings.by_second if tried.server == Which.SECOND else settings


@dataclass(frozen=True, slots=True)
class Return:
    """That mail came back: from whom, what the report said, and what that means."""

    recipients: tuple[str, ...]
    reply: str
    refusal: Refusal


def came_back(entry: Entry, past: Past) -> Return | None:
    """Tell of the newest report that mail came back, if there is one, and of everybody from whom it did."""
    last = next((each for each in reversed(entry.tried) if each.outcome == Fate.BOUNCED), None)
    if last is None:
        return None
    failure = kept(last.stage or Stage.RCPT, last.cause or "", last.reply, None)
    recipients = tuple(each.recipient for each in entry.tried if each.outcome == Fate.BOUNCED and each.recipient)
    return Return(recipients, permitted(last).reply or "", _refusal(failure, past(None)))


_NAMED = 20  # recipients who are named; the others are counted


def who_is_kept_out(entry: Entry) -> str:
    """Name the recipients of a withheld message who are not allowed by the settings in force."""
    found = kept_from(in_force().settings, (each.address for each in entry.recipients))
    if not found:
        return gettext(N_("By the settings in force now, all of its recipients are allowed."))
    names, more = listed(found[:_NAMED]), len(found) - _NAMED
    names = translated(N_("%(first)s and %(count)d more"), first=names, count=more) if more > 0 else names
    return translated(N_("Not allowed: %(recipients)s"), recipients=names)


def withholding(entry: Entry) -> Iterator[MessageAct]:
    """Tell of the withholding among what happened to a message: nothing was tried, and nobody did it."""
    if entry.state is State.WITHHELD and entry.ended_at:
        words = gettext(N_("Withheld: not all of its recipients are allowed"))
        yield MessageAct(entry.ended_at, State.WITHHELD, words, "", "hold")


def _refusal(failure: Failure, settings: Settings, *, by_itself: bool = False) -> Refusal:
    if failure.cause == "worker_lost":
        return Refusal(gettext(_LOST))
    if failure.cause not in CAUSES:
        return Refusal()
    found = words_of(failure, settings, by_itself=by_itself)
    return Refusal(found.what, tuple(filter(None, (found.said, *(each.text for each in found.steps), found.left_out))))


def _try(number: int, tried: Attempt, past: Past) -> Try:
    tone, icon = _TONES.get(tried.outcome, ("warn", "again"))
    stages = [stage for stage in Stage if stage == tried.stage]
    failure = kept(tried.stage or Stage.RCPT, tried.cause or "", tried.reply, tried.detail)
    return Try(
        number=number,
        tone=tone,
        icon=icon,
        end=end_of(tried),
        at=tried.at,
        stage=stage_label(stages[0]) if stages else "",
        reply=permitted(tried).reply or "",
        what=_refusal(failure, _settings_of(tried, past)).what,
        seconds=tried.ms / 1000,
        by_second=tried.server == Which.SECOND,
        recipient=tried.recipient or "",
    )
