"""Moments as they are stored: UTC, ISO 8601, milliseconds; as text they sort as they are."""

import time
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # on Linux it goes on while the machine sleeps


class _Followed(NamedTuple):
    """A reading of the clock that all machines share: ms since 1970, and this machine's seconds when it had come."""

    ms: float
    at: float
    boot: str

    def ms_at(self, steady: float) -> float:
        return self.ms + (steady - self.at) * 1000


APART_SECONDS = 2.0  # of this machine's clock and the other one, beyond which somebody is told
BEGINS_SERVERS = "pg-"  # so begins the boot of the clock of a server
_followed: _Followed | None = None
_DRIFT_SECONDS = 60.0  # after which an older reading is not trusted to be the better one


def follow(ms: float, boot: str) -> None:
    """Go by a clock elsewhere from here on, of which such a reading has just come.

    The answer was under way for a while, so that what is told lies behind that clock and never before it: the reading
    that was under way for the shortest is kept.
    """
    global _followed
    at, known = time.clock_gettime(_STEADY), _followed
    later = known is None or known.boot != boot or at - known.at > _DRIFT_SECONDS
    if known is None or later or ms > known.ms_at(at) or ms < known.ms_at(at) - 1000:
        _followed = _Followed(ms, at, boot)


def follow_none() -> None:
    """Go by this machine's clock again."""
    global _followed
    _followed = None


def ahead_seconds() -> float | None:
    """Say how far this machine's own clock is ahead of the one that it goes by; None where that is its own."""
    if _followed is None:
        return None
    return time.time() - _followed.ms_at(time.clock_gettime(_STEADY)) / 1000


def now() -> datetime:
    if _followed is None:
        return datetime.now(UTC)
    return datetime.fromtimestamp(_followed.ms_at(time.clock_gettime(_STEADY)) / 1000, UTC)


@lru_cache(maxsize=128)  # one moment is written many times, and those of a page once more
def stamp(moment: datetime) -> str:
    """Write a moment such as `2026-11-23T09:00:00.120Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def moment(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp)


def stamp_or_none(moment: datetime | None) -> str | None:
    return stamp(moment) if moment else None


def moment_or_none(stamp: str | None) -> datetime | None:
    return moment(stamp) if stamp else None


@lru_cache(maxsize=64)
def known_zone(name: str) -> ZoneInfo | None:
    """Give a time zone by its IANA name; None where this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # there is none, it is no name, or a folder
        return None


def zone_for(chosen: str, configured: str, language: str) -> ZoneInfo | None:
    """Give the time zone of a reader: the one they chose, else the panel's, else Japan's for who reads Japanese.

    None is this machine's.
    """
    names = (chosen, configured, "Asia/Tokyo" if language == "ja" else "")
    return next((zone for name in names if name and (zone := known_zone(name))), None)


def midnight(day: date, zone: ZoneInfo | None, *, days: int = 0) -> datetime | None:
    """Give the moment at which a day begins in a zone, or so many days later; None where UTC has no such moment."""
    try:
        begins = datetime.combine(day + timedelta(days=days), datetime.min.time())
        return (begins.replace(tzinfo=zone) if zone else begins).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def offset_of(local: datetime) -> str:
    """Write how far the clock that a moment is told by is ahead of UTC, such as `+09:00`."""
    return local.isoformat()[-6:]


class Instant(NamedTuple):
    """One moment on two clocks: `wall`, which may be set, and `steady_ms` since the machine's start, which cannot.

    `boot` names that start, so that the second clock of another one is not taken for this one's.
    """

    wall: datetime
    steady_ms: int
    boot: str

    @property
    def is_of_server(self) -> bool:
        """Say whether it is of the clock of a server, which all machines go by."""
        return is_of_server(self.boot)


def is_of_server(boot: str) -> bool:
    return boot.startswith(BEGINS_SERVERS)


def instant() -> Instant:
    """Read both clocks; the steady one is the same for all processes that keep one pace."""
    if _followed is not None:
        ms = _followed.ms_at(time.clock_gettime(_STEADY))
        return Instant(datetime.fromtimestamp(ms / 1000, UTC), int(ms), _followed.boot)
    return Instant(now(), time.clock_gettime_ns(_STEADY) // 1_000_000, _boot())


def seconds_until(steady_ms: int) -> float:
    """Give the seconds until the steady clock shows so many ms, finer than an instant tells them."""
    now = time.clock_gettime(_STEADY)
    return steady_ms / 1000 - (now if _followed is None else _followed.ms_at(now) / 1000)


def later(at: Instant, ms: int) -> Instant:
    """Give the instant so many ms after another one."""
    return Instant(at.wall + timedelta(milliseconds=ms), at.steady_ms + ms, at.boot)


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return "unknown"  # a steady clock that went backwards tells of another start, too
