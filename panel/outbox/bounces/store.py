"""Takes reports in: each is noted with its message, or counted and dropped. Nobody is answered, and nothing is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from panel import clock, logs
from panel.diagnosis.bounces.reading import read_report
from panel.diagnosis.bounces.report import Fate, NoReport
from panel.mail.dsn.envid import is_envid_of_test
from panel.outbox import recipients
from panel.outbox.bounces import lately
from panel.outbox.bounces.matching import Match, find_messages
from panel.outbox.tally import add_to_total
from panel.storage.actor import Actor
from panel.storage.database import Database, Reader, Writer
from panel.storage.journal import Action, append

MOST_NOTED_AN_HOUR = 100  # reports of one kind that are noted; the bounce address is open to everybody
_HOUR = timedelta(hours=1)


class Taking(StrEnum):
    """What became of a report: noted, or why not."""

    MATCHED = "matched"
    UNMATCHED = "unmatched"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class NotedReport:
    """What was noted: of which message, for whom, what became of it there, and why."""

    message: int
    recipient: str
    fate: Fate
    stage: str | None
    cause: str | None
    reply: str | None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a report; `reason` says why one was dropped: a `NoReport`, `test`, `repeated` or `too_many`.

    `test` is a test send of the panel's own, which is in no outbox. An alert has no sender, and never comes back.
    """

    outcome: Taking
    reason: str | None = None
    noted: tuple[NotedReport, ...] = ()


class Bounces:
    """What came back of sent mail."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, data: bytes, *, by: Actor, now: datetime, account: str | None = None) -> Taken:
        """Read a report and note it with its message; with an `account`, with one of that account's alone."""
        report = read_report(data)
        if isinstance(report, NoReport):
            return self._count(Taken(Taking.DROPPED, str(report)))
        found = find_messages(self._database, report, account, now)
        if not found:
            of_test = is_envid_of_test(report.envelope_id)
            return self._count(Taken(Taking.DROPPED, "test") if of_test else Taken(Taking.UNMATCHED))
        prepared = _prepared([each for each in found if not _was_told(self._database, each)])
        with self._database.writing() as write:
            taken = _note(write, prepared, by, now)
            _count(write, taken)
        return taken

    def look(self, data: bytes, *, now: datetime) -> tuple[Match, ...]:
        """Say which messages of ours a text reports on; nothing is noted or counted."""
        report = read_report(data)
        return () if isinstance(report, NoReport) else find_messages(self._database, report, None, now)

    def _count(self, taken: Taken) -> Taken:
        with self._database.writing() as write:
            _count(write, taken)
        return taken


def _was_told(read: Reader, match: Match) -> bool:
    return read.row(_KNOWN, (match.number, match.reported.fate, match.address)) is not None


def _prepared(found: Sequence[Match]) -> list[NotedReport]:
    """Find the causes before anybody must wait for it: a hundred patterns are asked, so only of what is new."""
    from panel.diagnosis.bounces.judging import judge_reported  # slow to load, and most mail is none of ours

    return [_as_noted(each, *judge_reported(each.reported)) for each in found[:MOST_NOTED_AN_HOUR]]


def _as_noted(match: Match, cause: str | None, stage: str | None, reply: str | None) -> NotedReport:
    return NotedReport(match.number, match.address, match.reported.fate, stage, cause, reply)


def _note(write: Writer, found: Iterable[NotedReport], by: Actor, now: datetime) -> Taken:
    """Note what is new of a report, as far as there is room for it in this hour."""
    room = {fate: MOST_NOTED_AN_HOUR - lately.noted_since(write, fate, now - _HOUR) for fate in Fate}
    noted, reason = list[NotedReport](), "repeated"
    for each in found:
        if _is_known(write, each):
            continue
        if len(noted) >= room[each.fate]:
            reason = "too_many"
        elif _add(write, each, now):
            _tell(write, each, by, now)
            noted.append(each)
    return Taken(Taking.MATCHED, noted=tuple(noted)) if noted else Taken(Taking.DROPPED, reason)


def _is_known(write: Writer, each: NotedReport) -> bool:
    return write.row(_KNOWN, (each.message, each.fate, each.recipient)) is not None


def _add(write: Writer, each: NotedReport, now: datetime) -> bool:
    """Add what is reported to what was tried; say no where the message is gone by now. Its state stays."""
    stamp = clock.stamp(now)
    came_back = each.fate is Fate.BOUNCED
    if not write.changed(_MARK, (stamp if came_back else None, each.message)):
        return False
    told = (each.fate, each.stage, each.cause, each.reply, each.recipient)
    write.run(_ADD, (each.message, each.message, stamp, *told))
    if came_back:
        if write.row(_ENDED, (each.message,)):  # one that waits may be in hand, as one whose recipients are alike
            recipients.tell_apart(write, each.message)
        write.run(_MARK_RECIPIENT, (each.cause, each.reply, stamp, each.message, each.recipient))
    return True


def _tell(write: Writer, each: NotedReport, by: Actor, now: datetime) -> None:
    """Note who brought the report, and log it."""
    what, number, to, fate = f"message/{each.message}", each.message, each.recipient, str(each.fate)
    changed = {"recipient": to, "report": fate, "cause": each.cause}
    if each.fate is Fate.BOUNCED:
        append(
            write,
            by,
            Action.BOUNCED,
            object=what,
            changed=changed,
            told={"message": number, "recipient": to, "cause": each.cause},
            now=now,
        )
    else:
        append(
            write,
            by,
            Action.REPORTED,
            object=what,
            changed=changed,
            told={"message": number, "recipient": to, "report": fate},
            now=now,
        )


def _count(write: Writer, taken: Taken) -> None:
    """Count what became of a report, and by their causes the recipients from whom mail came back."""
    add_to_total(write, "bounces", taken.outcome)
    for cause, number in Counter(each.cause or "" for each in taken.noted if each.fate is Fate.BOUNCED).items():
        add_to_total(write, "bounced", cause, number)
    if taken.outcome is not Taking.MATCHED:
        write.after_commit(lambda: logs.info("report_not_noted", outcome=str(taken.outcome), reason=taken.reason))


_KNOWN = "SELECT 1 FROM attempts WHERE message = ? AND outcome = ? AND recipient = ?"
_MARK = "UPDATE messages SET bounced_at = coalesce(bounced_at, ?) WHERE number = ?"
_ENDED = "SELECT 1 FROM messages WHERE number = ? AND ended_at NOTNULL"
_MARK_RECIPIENT = (
    "UPDATE recipients SET cause = ?, reply = ?, bounced_at = ? WHERE message = ? AND address = ? AND state = 'sent'"
)
_ADD = (
    "INSERT INTO attempts (message, number, at, ms, outcome, stage, cause, reply, recipient) "
    "VALUES (?, (SELECT coalesce(max(number), 0) + 1 FROM attempts WHERE message = ?), ?, 0, ?, ?, ?, ?, ?)"
)
