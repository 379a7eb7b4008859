"""Moments as they are read: by the clock on the wall on a terminal, in UTC by a program."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from panel import clock
from panel.cli.terminal.say import shell_locale
from panel.home import variables


def is_terminal() -> bool:
    """Say whether somebody reads what is printed; else a program does, and its form never changes."""
    return sys.stdout.isatty()


def shell_zone() -> ZoneInfo | None:
    """Give the time zone that the pages have for who has chosen none; None is this machine's."""
    return clock.zone_for("", variables(os.environ).get("TIMEZONE", ""), shell_locale())


def read_at(moment: datetime | str) -> str:
    """Write a moment for whoever reads it: `2026-11-27 18:53:20 UTC+09:00`, or UTC in ISO 8601 for a program."""
    found = clock.moment(moment) if isinstance(moment, str) else moment
    if not is_terminal():
        return clock.stamp(found)
    local = found.astimezone(shell_zone())
    return f"{local:%Y-%m-%d %H:%M:%S} UTC{clock.offset_of(local)}"


def one_offset(moments: Iterable[datetime]) -> str:
    """Give how far the clock is ahead at all moments, such as `+09:00`; nothing where it was set between them."""
    offsets = {clock.offset_of(each.astimezone(shell_zone())) for each in moments}
    return offsets.pop() if len(offsets) == 1 else ""


def in_minutes(moment: datetime, *, offset: bool) -> str:
    """Write a moment to the minute, with its zone where no head names that."""
    local = moment.astimezone(shell_zone())
    return f"{local:%Y-%m-%d %H:%M}{f' UTC{clock.offset_of(local)}' if offset else ''}"
