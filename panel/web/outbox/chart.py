"""The last hour as a chart against the limit, and the same as a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from panel.i18n import N_, joined
from panel.outbox.pace.rate import MINUTE_MS, per_minute
from panel.outbox.statistics import MINUTES, Minute, Traffic
from panel.web.text import minute, translated

HEIGHT = 120  # of the chart, in its own units
STEP = 10  # from one minute to the next


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the chart, in its own units."""

    x: float
    y: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The last hour, minute by minute, against the limit; `said` is the same as a sentence, `ends` are its times."""

    bars: tuple[Bar, ...]
    limit: int | None
    limit_y: float
    said: str
    ends: tuple[str, ...]

    @property
    def lost(self) -> bool:
        return any(each.kind == "lost" for each in self.bars)


def chart(traffic: Traffic, interval_ms: int, now: datetime) -> Chart | None:
    """Draw the last hour, if anything happened in it."""
    busiest = max(each.sent + each.lost for each in traffic.minutes)
    if not busiest:
        return None
    limit = per_minute(interval_ms) if 0 < interval_ms <= MINUTE_MS else None
    most = max(limit or 0, busiest) * 1.2
    return Chart(
        bars=tuple(_bars(traffic.minutes, HEIGHT / most)),
        limit=limit,
        limit_y=HEIGHT - (limit or 0) * HEIGHT / most,
        said=_said(traffic, busiest, limit),
        ends=tuple(minute(now - timedelta(minutes=each)) for each in (MINUTES, MINUTES // 2, 0)),
    )


def _bars(minutes: tuple[Minute, ...], unit: float) -> Iterator[Bar]:
    for index, each in enumerate(minutes):
        below = 0.0
        for kind, count in (("sent", each.sent), ("lost", each.lost)):
            if count:
                below += count * unit
                yield Bar(index * STEP + 1.5, round(HEIGHT - below, 1), round(count * unit, 1), kind)


def _said(traffic: Traffic, most: int, limit: int | None) -> str:
    counts = N_("%(sent)d sent and %(lost)d not accepted in the last 60 minutes.")
    busiest = N_("The busiest minute had %(most)d.")
    sentences = [translated(counts, sent=traffic.sent, lost=traffic.lost), translated(busiest, most=most)]
    if limit is not None:
        sentences.append(translated(N_("The limit is %(limit)d per minute."), limit=limit))
    return joined(sentences)
