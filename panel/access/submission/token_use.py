"""What a token with limits has handed in: messages within a minute, and recipients in a day.

It is counted in the token's row, in the transaction that keeps the messages: exactly, whoever else hands in with the
same token elsewhere, and what is not kept is not counted. A day is one of UTC, for machines may show other times.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from panel import clock
from panel.access.submission.token_limits import TokenLimits
from panel.errors import BeyondLimit, LimitReached, TokenLimited
from panel.storage.actor import Actor
from panel.storage.database import Reader, Row, Writer
from panel.storage.journal import Action, Refusals

MINUTE_SECONDS = 60


class TokenUse(NamedTuple):
    """What a token with limits has handed in: messages by second of the last minute, and recipients on a day."""

    by_second: tuple[tuple[int, int], ...] = ()
    day: str = ""
    recipients: int = 0

    def at(self, now: datetime) -> TokenUse:
        """Leave out what counts no longer; a clock that was set back by more than that has nothing behind it."""
        second, day = int(now.timestamp()), now.astimezone(UTC).date()
        lately = tuple(each for each in self.by_second if abs(second - each[0]) <= MINUTE_SECONDS)
        # Who waited for the writer over midnight counts for the day that others have begun.
        if self.day in (str(day), str(day + timedelta(days=1))):
            return self._replace(by_second=lately)
        return TokenUse(lately, str(day))

    @property
    def messages(self) -> int:
        return sum(number for _, number in self.by_second)

    def with_more(self, messages: int, recipients: int, now: datetime) -> TokenUse:
        """Count more, handed in now."""
        counts, second = dict(self.by_second), int(now.timestamp())
        counts[second] = counts.get(second, 0) + messages
        return TokenUse(tuple(sorted(counts.items())), self.day, self.recipients + recipients)

    def minute_has_room_at(self, room: int) -> datetime:
        """Say when so few messages count that there is room in the minute: a second counts until 60 have passed."""
        counted = self.messages
        for second, number in self.by_second:
            counted -= number
            if counted <= room:
                return datetime.fromtimestamp(second + MINUTE_SECONDS + 1, UTC)
        raise ValueError(room)

    @property
    def day_ends_at(self) -> datetime:
        """Give the midnight in UTC from which on the day counts no longer."""
        return datetime.combine(datetime.fromisoformat(self.day).date() + timedelta(days=1), time(), UTC)


class LimitedToken(NamedTuple):
    """A token with limits, and what of them it has used."""

    id: str
    name: str
    limits: TokenLimits
    use: TokenUse


def count(write: Writer, token: str, recipients: Sequence[int], now: datetime) -> None:
    """Count messages, each with its number of recipients, or raise `TokenLimited`; `token` is its beginning."""
    limits, use = _read(write, token, now)
    if limits:
        _check(limits, use, len(recipients), sum(recipients), now)
        use = use.with_more(len(recipients), sum(recipients), now)
        write.run(_COUNTED, (json.dumps(use.by_second), use.day, use.recipients, token))


def check(read: Reader, token: str, now: datetime) -> None:
    """Raise `TokenLimited` where not even a message to one recipient would be taken now."""
    limits, use = _read(read, token, now)
    _check(limits, use, 1, 1, now)


def use_of(row: Row, now: datetime) -> TokenUse:
    """Read what counts of a token's row by now."""
    lately = json.loads(row["minute_messages"] or "[]")
    by_second = tuple((second, number) for second, number in lately)
    return TokenUse(by_second, row["day"] or "", row["day_recipients"]).at(now)


def note_limit(refusals: Refusals, fault: TokenLimited, by: Actor, now: datetime) -> None:
    """Note that a program was refused for what its token may hand in."""
    refusals.note(
        by,
        Action.TOKEN_LIMIT_REACHED,
        object=f"token/{by.limited}",
        told={"limit": fault.limit, "most": fault.most},
        now=now,
    )


def limited(read: Reader, now: datetime) -> list[LimitedToken]:
    """List the valid tokens that have limits, by name."""
    rows = read.rows(_LIMITED, (clock.stamp(now),))
    return [LimitedToken(row["id"], row["name"], TokenLimits.of(row), use_of(row, now)) for row in rows]


_COLUMNS = "messages_per_minute, recipients_per_day, minute_messages, day, day_recipients"
_USE = f"SELECT {_COLUMNS} FROM tokens WHERE id = ?"  # noqa: S608 - our own words
_COUNTED = "UPDATE tokens SET minute_messages = ?, day = ?, day_recipients = ? WHERE id = ?"
_LIMITED = (
    f"SELECT id, name, {_COLUMNS} FROM tokens "  # noqa: S608 - our own words
    "WHERE (messages_per_minute IS NOT NULL OR recipients_per_day IS NOT NULL) "
    "AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?) ORDER BY name"
)


def _read(read: Reader, token: str, now: datetime) -> tuple[TokenLimits, TokenUse]:
    row = read.row(_USE, (token,))
    return (TokenLimits.of(row), use_of(row, now)) if row is not None else (TokenLimits(), TokenUse().at(now))


def _check(limits: TokenLimits, use: TokenUse, messages: int, recipients: int, now: datetime) -> None:
    """Raise for the limit that is in the way for longest."""
    most = limits.recipients_per_day
    if most is not None and use.recipients + recipients > most:
        raise _of_day(most, use, recipients, now)
    most = limits.messages_per_minute
    if most is not None and use.messages + messages > most:
        raise _of_minute(most, use, messages, now)


def _of_day(most: int, use: TokenUse, recipients: int, now: datetime) -> TokenLimited:
    limit, used = "recipients_per_day", use.recipients
    may = f"This token may write to {most:,} recipients a day (UTC)"
    if recipients > most:
        return BeyondLimit(f"{may}: {recipients:,} at once are too many.", limit=limit, most=most, used=used)
    until = use.day_ends_at
    text = f"{may}, and has written to {used:,}. Try again after {until:%Y-%m-%d %H:%M} UTC."
    return LimitReached(text, limit=limit, most=most, used=used, until=until, seconds=_seconds(until, now))


def _of_minute(most: int, use: TokenUse, messages: int, now: datetime) -> TokenLimited:
    limit, used = "messages_per_minute", use.messages
    may = f"This token may hand in {most:,} messages a minute"
    if messages > most:
        return BeyondLimit(f"{may}: {messages:,} at once are too many.", limit=limit, most=most, used=used)
    until = use.minute_has_room_at(most - messages)
    seconds = _seconds(until, now)
    text = f"{may}, and has handed in {used:,}. Try again in {seconds} seconds."
    return LimitReached(text, limit=limit, most=most, used=used, until=until, seconds=seconds)


def _seconds(until: datetime, now: datetime) -> int:
    return max(1, math.ceil((until - now).total_seconds()))
