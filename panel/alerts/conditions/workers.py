"""Mail waits, and nobody sends it; or one machine of several has gone silent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from panel.alerts.alert import Level
from panel.alerts.conditions.sign import Sign
from panel.alerts.conditions.view import View
from panel.alerts.incident import Incident
from panel.outbox.delivery.heartbeats import Heartbeat


def is_without_worker(view: View, incident: Incident | None) -> Sign | None:
    """Look whether a worker gives signs of life on every machine that had one.

    Where none does, it matters while something waits; one that has left in order is missed by nobody.
    """
    newest = _newest_by_host(view.beats)
    gone = [beat for beat in newest if view.is_silent(beat, view.thresholds.no_worker)]
    if view.settles and incident is None:
        return None
    if gone and len(gone) < len(newest):
        return _sign(view, gone, Level.WARNING)
    if not view.counts.waiting and incident is None:
        return None
    if gone:
        return _sign(view, gone, Level.CRITICAL)
    if newest or view.oldest_age < view.thresholds.no_worker:
        return None
    return Sign(view.counts.oldest or view.now, None, {**view.queue, "never": True, "host": view.machine})


def _sign(view: View, gone: Iterable[Heartbeat], level: Level) -> Sign:
    hosts = ", ".join(sorted(beat.host for beat in gone))
    since = max(beat.beat_at for beat in gone)
    minutes = _minutes(view.now, since)
    others = level is Level.WARNING
    return Sign(since, None, {**view.queue, "host": hosts, "minutes": minutes, "others": others}, level=level)


def _newest_by_host(beats: Iterable[Heartbeat]) -> list[Heartbeat]:
    """Give the newest sign of each machine, of signs that come with the newest first."""
    found: dict[str, Heartbeat] = {}
    for beat in beats:
        found.setdefault(beat.host, beat)
    return [*found.values()]


def _minutes(now: datetime, since: datetime) -> int:
    return int(abs(now - since).total_seconds() // 60)
