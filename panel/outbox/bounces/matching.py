"""Finds the message that a report is about: by its ENVID, by its Message-ID, or by an address and the time.

All of that can be guessed or copied: a report counts only for somebody whom that message went to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from panel import clock
from panel.diagnosis.bounces.report import MailReport, Reported
from panel.mail.dsn.envid import read_envid
from panel.outbox import recipients
from panel.outbox.enqueue import NEW, terms_of_row
from panel.outbox.state import State
from panel.storage.database import Reader, Row, marks

ROUND = timedelta(minutes=10)  # by which clocks of servers differ
ON_THE_WAY = timedelta(hours=1)  # from our server to the one that reports
LONGEST_TRIED = timedelta(days=5)  # for so long servers try before they give up (RFC 5321 section 4.5.4.1)
MOST_LIKE = 20  # messages with one Message-ID that are looked at
MOST_OF_ADDRESS = 200  # the same of one address, the newest
MOST_BY_TIME = 20  # recipients of one report that are looked for so


class Match(NamedTuple):
    """What is said of a recipient of a message."""

    number: int
    address: str
    reported: Reported


def find_messages(read: Reader, report: MailReport, account: str | None, now: datetime) -> tuple[Match, ...]:
    """Give for whom of which message a report counts; of one `account` alone where it is given."""
    for row in _named(read, report):
        if account in (None, row["account"]) and (found := _of_message(read, row, report.recipients)):
            return found
    some = report.recipients[:MOST_BY_TIME]
    return tuple(filter(None, (_by_time(read, each, report, account, now) for each in some)))


def _named(read: Reader, report: MailReport) -> Iterator[Row]:
    """Give the messages that a report names, the surest first."""
    if envid := read_envid(report.envelope_id):
        yield from (row for row in _rows(read, [envid.number]) if envid.is_of(row["message_id"]))
    for message_id in report.message_ids:
        of_term = _of_term(read, message_id, MOST_LIKE)
        yield from (row for row in _rows(read, of_term) if row["message_id"] == message_id)


def _of_term(read: Reader, term: str, most: int) -> list[int]:
    """Give the newest messages with a Message-ID or an address, those that the index does not hold yet among them."""
    new = [row["number"] for row in read.rows(NEW) if term in terms_of_row(row)]
    return [*new, *(row["message"] for row in read.rows(_BY_TERM, (term, most)))]


def _rows(read: Reader, numbers: Sequence[int]) -> list[Row]:
    return read.rows(_MESSAGES.format(marks(numbers)), numbers) if numbers else []


def _of_message(read: Reader, row: Row, reported: Sequence[Reported]) -> tuple[Match, ...]:
    """Give what is said of recipients whom the message went to; where it has one alone, that one is meant."""
    reached = _reached(read, row)
    if not reached:
        return ()
    if len(reached) == len(recipients.rcpt_to_of(row)) == 1 == len(reported):
        [only] = reached.values()
        return (Match(row["number"], only, reported[0]),)
    found = {address: each for each in reported for name in each.addresses if (address := reached.get(name))}
    return tuple(Match(row["number"], address, each) for address, each in found.items())


def _reached(read: Reader, row: Row) -> dict[str, str]:
    """Give the recipients who may have got a message, by their addresses in small letters."""
    everyone = recipients.of(read, [row])[row["number"]]
    return {each.address.lower(): each.address for each in everyone if each.state == State.SENT or row["uncertain"]}


def _by_time(read: Reader, reported: Reported, report: MailReport, account: str | None, now: datetime) -> Match | None:
    """Find the one message that went to an address at such a time; of several it could be any."""
    if not reported.original:
        return None
    first, last = _span(report, now)
    address = reported.original.lower()
    rows = _rows(read, _of_term(read, address, MOST_OF_ADDRESS))
    rows = [row for row in rows if row["ended_at"] and first <= clock.moment(row["ended_at"]) <= last]
    sent = [(row, reached[address]) for row in rows if address in (reached := _reached(read, row))]
    if len(sent) != 1 or account not in (None, sent[0][0]["account"]):
        return None
    return Match(sent[0][0]["number"], sent[0][1], reported)


def _span(report: MailReport, now: datetime) -> tuple[datetime, datetime]:
    """Give between which moments a message left, as far as its report tells."""
    if report.arrived_at:
        return report.arrived_at - ON_THE_WAY, report.arrived_at + ROUND
    written = min(report.written_at or now, now)
    return written - LONGEST_TRIED, written + ROUND


_COLUMNS = "number, state, account, message_id, uncertain, cause, reply, ended_at, tried_at, rcpt_to"
_MESSAGES = f"SELECT {_COLUMNS} FROM messages WHERE number IN ({{}}) ORDER BY number DESC"  # noqa: S608 - our own columns
_BY_TERM = "SELECT message FROM terms WHERE term = ? ORDER BY message DESC LIMIT ?"
