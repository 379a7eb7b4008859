"""Moments and spans in the reader's words."""

from __future__ import annotations

from datetime import datetime, timedelta

from markupsafe import Markup

from panel import clock
from panel.i18n import Text
from panel.web.context import gettext, ngettext


def when(moment: datetime) -> Markup:
    """Show a moment to the minute in this machine's time zone, with the whole of it for programs."""
    return _marked(moment, moment.astimezone().strftime("%Y-%m-%d %H:%M"))


def at(moment: datetime) -> Markup:
    """Show a moment to the second if it lies within half a day, else as `when` does."""
    return _marked(moment, clock_time(moment)) if _near(moment) else when(moment)


def clock_time(moment: datetime) -> str:
    """Write a moment as a sentence holds it: the time, after the day unless that is near."""
    return moment.astimezone().strftime("%H:%M:%S" if _near(moment) else "%Y-%m-%d %H:%M")


def about(moment: datetime) -> str:
    """Write a moment that is not known to the second: as `clock_time` does, without the seconds."""
    return minute(moment) if _near(moment) else clock_time(moment)


def minute(moment: datetime) -> str:
    return moment.astimezone().strftime("%H:%M")


def translated(message: str, **values: object) -> str:
    """Tell a sentence with values in the reader's language."""
    return Text(message, values).translated(gettext)


def duration(span: timedelta) -> str:
    """Say a span in its largest unit."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return ngettext("%(num)d second", "%(num)d seconds", seconds) % {"num": seconds}
    if seconds < 3600:
        return ngettext("%(num)d minute", "%(num)d minutes", seconds // 60) % {"num": seconds // 60}
    if seconds < 86_400:
        return ngettext("%(num)d hour", "%(num)d hours", seconds // 3600) % {"num": seconds // 3600}
    return ngettext("%(num)d day", "%(num)d days", seconds // 86_400) % {"num": seconds // 86_400}


def _near(moment: datetime) -> bool:
    return abs(clock.now() - moment) < timedelta(hours=12)


def _marked(moment: datetime, text: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(clock.stamp(moment), text)
