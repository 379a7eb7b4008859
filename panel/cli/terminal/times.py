"""Moments as they are read: by the clock on the wall on a terminal, in UTC by a program."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import datetime

from panel import clock


def is_terminal() -> bool:
    """Say whether somebody reads what is printed; else a program does, and its form never changes."""
    return sys.stdout.isatty()


def read_at(moment: datetime | str) -> str:
    """Write a moment for whoever reads it: `2026-11-27 18:53:20 UTC+09:00`, or UTC in ISO 8601 for a program."""
    found = clock.moment(moment) if isinstance(moment, str) else moment
    if not is_terminal():
        return clock.stamp(found)
    local = found.astimezone()
    return f"{local:%Y-%m-%d %H:%M:%S} {offset_of(local)}"


def offset_of(local: datetime) -> str:
    """Name the zone of a moment by how far its clock is ahead, such as `UTC+09:00`."""
    return f"UTC{local.isoformat()[-6:]}"


def one_offset(moments: Iterable[datetime]) -> str:
    """Give how far the clock is ahead at all moments, such as `+09:00`; nothing where it was set between them."""
    offsets = {offset_of(each.astimezone()) for each in moments}
    return offsets.pop().removeprefix("UTC") if len(offsets) == 1 else ""


def in_minutes(moment: datetime, *, offset: bool) -> str:
    """Write a moment to the minute, with its zone where no head names that."""
    local = moment.astimezone()
    return f"{local:%Y-%m-%d %H:%M}{f' {offset_of(local)}' if offset else ''}"
