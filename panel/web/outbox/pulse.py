"""The course of what was sent above the list: how far back, and where its bars lead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from panel import clock
from panel.i18n import N_
from panel.outbox.course import Span
from panel.outbox.pace.store import PaceState
from panel.web.outbox.asked import ListingQuery
from panel.web.outbox.chart import Chart, chart_of
from panel.web.render import link
from panel.web.text import gettext


@dataclass(frozen=True, slots=True)
class SpanChoice:
    """One way to choose how far back: its name, its words, its address, and whether it is chosen."""

    name: str
    label: str
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Pulse:
    """The chart, None where nothing was tried, and how far back it may go."""

    chart: Chart | None
    spans: tuple[SpanChoice, ...]


_LABELS = {Span.HOUR: N_("1 hour"), Span.DAY: N_("24 hours"), Span.WEEK: N_("7 days"), Span.MONTH: N_("30 days")}


def pulse(state: PaceState, asked: ListingQuery, now: datetime) -> Pulse:
    """Draw what was sent as far back as the address asks."""
    base = link("outbox.index")
    spans = (
        SpanChoice(span, gettext(label), asked.address(base, range=span), span is asked.span)
        for span, label in _LABELS.items()
    )
    return Pulse(chart_of(asked.span, state, now, tried_between), tuple(spans))


def tried_between(start: datetime, end: datetime) -> str:
    """Give the address of the messages that were tried between two moments."""
    query = urlencode({"tried_from": clock.stamp(start), "tried_to": clock.stamp(end)})
    return f"{link('outbox.index')}?{query}"
