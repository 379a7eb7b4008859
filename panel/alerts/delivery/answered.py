"""What became of one try to tell somebody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from panel import clock, logs
from panel.alerts.destination import Destination
from panel.settings.parsing import number

LONGEST_RETRY_AFTER = 3_600  # seconds that a receiver may have us wait: an alert is of no use tomorrow


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one try: `status` is a status line or the name of a cause, and no word of a stranger's.

    One that is `gone` asks for no more (410); `retry_after` is what a receiver wants us to wait, in seconds.
    """

    told: bool
    status: str
    ms: int = 0
    gone: bool = False
    retry_after: int | None = None


def answered_with(status: int, headers: Mapping[str, str]) -> Answered:
    """Judge an answer by its status: 2yz is a yes, 410 the end, all else means that it is tried again."""
    return Answered(
        told=200 <= status < 300,
        status=f"{status} {_phrase(status)}".strip(),
        gone=status == HTTPStatus.GONE,
        retry_after=_seconds(headers.get("retry-after", ""), headers.get("date", "")),
    )


def log_answer(
    to: Destination, answered: Answered, *, id: str, type: str, tries: int = 1, again: datetime | None = None
) -> None:
    """Log a try to tell a destination of an incident, by its public `id`; a failed one with when it is tried again."""
    destination, kind, host, status = to.number, str(to.kind), to.host, answered.status
    if answered.told:
        logs.info(
            "alert_delivered",
            destination=destination,
            kind=kind,
            host=host,
            id=id,
            type=str(type),
            status=status,
            tries=tries,
            ms=answered.ms,
        )
        return
    logs.warning(
        "alert_failed",
        destination=destination,
        kind=kind,
        host=host,
        id=id,
        type=str(type),
        status=status,
        tries=tries,
        again_at=clock.stamp_or_none(again),
    )


def _phrase(status: int) -> str:
    """Give the words of a status as RFC 9110 has them, whatever the server wrote."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _seconds(text: str, date: str) -> int | None:
    """Read Retry-After (RFC 9110 section 10.2.3): seconds, or a moment by the clock of the server."""
    seconds = number(text.strip())
    if seconds is None and text:
        until, now = _moment(text), _moment(date) or clock.now()
        seconds = int((until - now).total_seconds()) if until else None
    return None if seconds is None else min(max(seconds, 0), LONGEST_RETRY_AFTER)


def _moment(text: str) -> datetime | None:
    from email.utils import parsedate_to_datetime  # few answers have one

    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):  # what is no date fails in many ways
        return None
    return found if found.tzinfo else None
