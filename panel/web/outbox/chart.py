"""What left in an hour, a day, a week or a month, as a chart against the limit, in figures and as a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from panel import clock
from panel.diagnosis.causes.table import CAUSES
from panel.i18n import N_, joined
from panel.outbox.course import Bar, Course, Span, course
from panel.outbox.limits import BarLimit, limits
from panel.outbox.pace.rate import HOUR_MS
from panel.outbox.pace.store import PaceState
from panel.web.context import services
from panel.web.text import date_and_minute, gettext, listed, minute, month_day, own_now, translated

WIDTH, HEIGHT = 600, 100  # of the chart, in its own units
FAR = 3  # times as high as the highest bar, a limit would press the bars to the ground
_KINDS = ("sent", "later", "lost")

BarAddress = Callable[[datetime, datetime], str]  # of the messages that were tried in a span


@dataclass(frozen=True, slots=True)
class Column:
    """One bar that holds something: where it stands, what it says, where it leads, and its parts from below."""

    x: float
    width: float
    said: str
    address: str
    parts: tuple[tuple[str, float, float], ...]  # kind, y and height


@dataclass(frozen=True, slots=True)
class ChartLine:
    """One line of the same as a table: the figures are in the order of the key."""

    label: str
    figures: tuple[int, ...]
    limit: int | None


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars with both axes; `said` is the same as a sentence, `limit` the last one that held, in words."""

    span: Span
    title: str
    columns: tuple[Column, ...]
    sums: tuple[tuple[str, str, int], ...]  # kind, its name and how many
    ticks: tuple[int, ...]  # of the upright axis, from above
    times: tuple[str, ...]
    limit_path: str
    limit: str
    causes: tuple[tuple[str, str, int], ...]  # name, words and how many
    rows: tuple[ChartLine, ...]
    said: str


def chart_of(span: Span, state: PaceState, now: datetime, address: BarAddress) -> Chart | None:
    """Read a span and draw it; None where nothing was tried in it."""
    opened = services()
    return chart(course(opened.database, span, now, ahead=own_now().utcoffset() or timedelta()), state, address)


def chart(course: Course, state: PaceState, address: BarAddress) -> Chart | None:
    """Draw a course, if anything happened in it."""
    busiest = max(each.tries for each in course.bars)
    if not busiest:
        return None
    since = clock.moment(state.route.since) if state.route.by_second and state.route.since else None
    limited = limits(course, services().settings.in_force_since(course.bars[0].start), since)
    allowed, limit = [each and each.most for each in limited], _limit(course.span, limited[-1])
    near = tuple(each if each and each <= busiest * FAR else None for each in allowed)
    top = even(max(busiest, *(each or 0 for each in near)))
    sums = tuple(sum(getattr(each, kind) for each in course.bars) for kind in _KINDS)
    return Chart(
        span=course.span,
        title=gettext(_TITLES[course.span]),
        columns=tuple(_columns(course, HEIGHT / top, address)),
        sums=tuple((kind, gettext(_NAMES[kind]), count) for kind, count in zip(_KINDS, sums, strict=True)),
        ticks=(top, top // 2, 0) if top > 1 else (top, 0),
        times=tuple(_times(course)),
        limit_path=_path(near, HEIGHT / top, WIDTH / len(near)),
        limit=limit,
        causes=tuple((name, _cause(name), count) for name, count in course.causes),
        rows=tuple(_rows(course, allowed)),
        said=_said(course, sums, busiest, limit),
    )


def even(most: int) -> int:
    """Give the top of an axis that ends at or above a number, and whose half is whole as well."""
    if most <= 1:
        return 1
    unit = 1
    while True:
        for times in (2, 4, 6, 8, 10, 14):
            if times * unit >= most:
                return times * unit
        unit *= 10


_TITLES = {
    Span.HOUR: N_("Last 60 minutes"),
    Span.DAY: N_("Last 24 hours"),
    Span.WEEK: N_("Last 7 days"),
    Span.MONTH: N_("Last 30 days"),
}
_NAMES = {"sent": N_("Sent"), "later": N_("Sent again later"), "lost": N_("Failed")}
_LIMITS = {
    Span.HOUR: N_("Limit: %(limit)d a minute"),
    Span.DAY: N_("Limit: %(limit)d in 15 minutes"),
    Span.WEEK: N_("Limit: %(limit)d in 2 hours"),
    Span.MONTH: N_("Limit: %(limit)d in 12 hours"),
}
_LONGER = (N_("Limit: %(limit)d an hour"), N_("Limit: %(limit)d a day"))
_BUSIEST = {
    Span.HOUR: N_("The busiest minute had %(most)d."),
    Span.DAY: N_("The busiest quarter of an hour had %(most)d."),
    Span.WEEK: N_("The busiest 2 hours had %(most)d."),
    Span.MONTH: N_("The busiest 12 hours had %(most)d."),
}


def _limit(span: Span, limit: BarLimit | None) -> str:
    """Say what may leave in a bar, or in an hour or a day where a limit of one counts and is longer than a bar."""
    if limit is None:
        return ""
    if limit.period_ms > span.width_ms:
        return translated(_LONGER[limit.period_ms > HOUR_MS], limit=limit.number)
    return translated(_LIMITS[span], limit=limit.most)


def _columns(course: Course, unit: float, address: BarAddress) -> Iterator[Column]:
    step = WIDTH / len(course.bars)
    width = timedelta(milliseconds=course.span.width_ms)
    for index, bar in enumerate(course.bars):
        if bar.tries:
            said = translated(_OF_BAR, time=_label(course.span, bar), what=_figures(bar))
            leads = address(bar.start, bar.start + width)
            yield Column(round(index * step, 1), round(step, 1), said, leads, tuple(_parts(bar, unit)))


_OF_BAR = N_("%(time)s: %(what)s")


def _parts(bar: Bar, unit: float) -> Iterator[tuple[str, float, float]]:
    below = 0.0
    for kind in _KINDS:
        if count := getattr(bar, kind):
            below += count * unit
            yield kind, round(HEIGHT - below, 1), round(count * unit, 1)


def _figures(bar: Bar) -> str:
    return listed(f"{gettext(_NAMES[kind])} {count:,}" for kind in _KINDS if (count := getattr(bar, kind)))


def _label(span: Span, bar: Bar) -> str:
    """Say when a bar begins, with the day where it may be another one's."""
    return minute(bar.start) if span is Span.HOUR else date_and_minute(bar.start)


def _times(course: Course) -> Iterator[str]:
    """Give the moments below the bars: at the start, three between, and at the end."""
    written = month_day if course.span in (Span.WEEK, Span.MONTH) else minute
    quarter = len(course.bars) // 4
    yield from (written(course.bars[place * quarter].start) for place in range(4))
    yield written(course.end)


_SAME = re.compile(r"(?:H[\d.]+)+(H[\d.]+)")  # the same limit, bar after bar


def _path(limits: Sequence[int | None], unit: float, step: float) -> str:
    """Write the line of the limit, which is a step where it changed and has a gap where there was none."""
    written = []
    for index, (before, limit) in enumerate(pairwise((None, *limits))):
        y = round(HEIGHT - (limit or 0) * unit, 1)
        if limit and limit != before:
            written.append(f"{'V' if before else f'M{round(index * step, 1)} '}{y}")
        if limit:
            written.append(f"H{round((index + 1) * step, 1)}")
    return _SAME.sub(r"\1", "".join(written))


def _rows(course: Course, allowed: Sequence[int | None]) -> Iterator[ChartLine]:
    for bar, limit in zip(course.bars, allowed, strict=True):
        if bar.tries:
            yield ChartLine(_label(course.span, bar), tuple(getattr(bar, kind) for kind in _KINDS), limit)


def _cause(name: str) -> str:
    known = CAUSES.get(name)
    return gettext(known.what if known else N_("given up"))


def _said(course: Course, sums: Sequence[int], most: int, limit: str) -> str:
    counts = N_("%(title)s: %(sent)d sent, %(later)d sent again later, %(lost)d failed.")
    values = dict(zip(_KINDS, sums, strict=True))
    said = translated(counts, title=gettext(_TITLES[course.span]), **values)
    return joined((said, translated(_BUSIEST[course.span], most=most), limit))
