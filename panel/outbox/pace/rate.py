"""Rate as arithmetic: what an interval allows, which interval a limit asks for, and how long a queue takes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from panel.mail.patterns import pattern_of

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
PERIODS: Mapping[str, int] = {"second": SECOND_MS, "minute": MINUTE_MS, "hour": HOUR_MS, "day": DAY_MS}

MOST_READ = 1_000  # characters of a server's words that are looked at
_UNITS = (
    (r"sec(?:ond)?s?|s|秒", "second"),
    (r"min(?:ute)?s?|分", "minute"),
    (r"h(?:ou)?rs?|h|時間", "hour"),
    (r"days?|24 ?h(?:ours)?|日", "day"),
)
_LIMITS = tuple(
    (
        pattern_of(
            rf"(?<![0-9])([0-9]{{1,7}})(?![0-9])(?: ?\w{{1,20}}+){{0,2}} ?(?:per|/|a|an|each|every|in) ?(?:{words})\b",
            re.IGNORECASE,
        ),
        pattern_of(rf"(?:{words})(?:間)?(?:に|あたり|当たり|/)? ?([0-9]{{1,7}}) ?(?:通|件)"),
        period,
    )
    for words, period in _UNITS
)


def interval_for(limit: int, margin: int = 0, *, period_ms: int = MINUTE_MS, others_per_hour: int = 0) -> int:
    """Give the interval in ms that keeps a limit of mails in a period with a margin in percent, rounded up.

    What others send through the same account is taken off the limit first, and has to be less than it.
    """
    left = limit * HOUR_MS - others_per_hour * period_ms  # in mails x ms, so that it stays whole
    return -(-period_ms * HOUR_MS * (100 + margin) // (left * 100))


def backoff_ms(tries: int, chance: float, *, first_ms: int = MINUTE_MS, most_ms: int = 4 * HOUR_MS) -> int:
    """Give how long to wait after so many tries: twice as long each time, spread by a `chance` of 0 to 1."""
    doubled: int = min(first_ms << min(tries - 1, 30), most_ms)
    return int(doubled * (0.8 + 0.4 * chance))


def per_minute(interval_ms: int) -> int:
    """Give the mails a minute that an interval allows, an upper bound: sending takes time as well."""
    return MINUTE_MS // interval_ms


def limit_in(text: str) -> tuple[int, str] | None:
    """Find a limit in a server's own words: `12 messages per minute` is 12 a `minute`."""
    text = text[:MOST_READ]
    for english, japanese, period in _LIMITS:
        found = english.search(text) or japanese.search(text)
        if found and int(found[1]):
            return int(found[1]), period
    return None


def queue_ms(
    count: int, interval_ms: int, *, max_per_hour: int | None = None, max_per_day: int | None = None
) -> tuple[int, str]:
    """Give how long a queue takes at least, in ms, and what binds it: `interval`, `max_per_hour` or `max_per_day`.

    The windows roll: with a cap of 100 an hour, the 101st mail waits until an hour after the first.
    """
    bounds = {"interval": max(0, count - 1) * interval_ms}
    if max_per_hour:
        bounds["max_per_hour"] = (count - 1) // max_per_hour * HOUR_MS
    if max_per_day:
        bounds["max_per_day"] = (count - 1) // max_per_day * DAY_MS
    binding = max(bounds, key=lambda name: bounds[name])
    return bounds[binding], binding
