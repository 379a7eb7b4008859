"""Watches over the alerts in a thread of its own, which no mail, no page and no stop waits for."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from panel import clock, logs
from panel.clock import Instant
from panel.errors import DatabaseBusy, DatabaseError, OutOfReach
from panel.services import Services

if TYPE_CHECKING:  # loaded with the first destination
    from panel.alerts.delivery.deliverer import Deliverer
    from panel.alerts.judging.emergency import Emergency
    from panel.alerts.judging.judge import Judge

LOOK_EVERY_SECONDS = 15.0  # between two looks
LOOK_SOON_SECONDS = 5.0  # the same while a notice is under way, or is tried again soon
SOON = timedelta(minutes=2)  # longer than a try has the notice to itself
STOP_WAITS_SECONDS = 1.0
BUSY_BORNE = timedelta(minutes=5)  # for which another process may hold the data file
AWAY_BORNE = timedelta(minutes=1)  # for which a server may be out of reach, as while another takes its place


@dataclass(frozen=True, slots=True)
class _Parts:
    judge: Judge
    deliverer: Deliverer
    emergency: Emergency


class AlertWatch:
    """Judges, and has notices delivered, for as long as somebody is to be told; else it only looks whether anybody is.

    Each process that stays has one, and one of them all does the work; each can tell of a data file that is broken.
    One that lacks the key which all machines go by leaves it to the others.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)
        self._parts: _Parts | None = None

    def start(self) -> None:
        """Begin to watch, unless `MAIL_PANEL_ALERTS` says that nobody does."""
        if self._services.config.alerts:
            self._thread.start()

    def stop(self) -> None:
        """End soon; what is under way is broken off, and taken up by another process."""
        self._stopping.set()
        if self._parts:
            self._parts.deliverer.stop()
        if self._thread.is_alive():
            self._thread.join(STOP_WAITS_SECONDS)

    def look(self, at: Instant) -> float:
        """Look once, and say in how many seconds to look again; whatever goes wrong is logged."""
        try:
            return self._look(at)
        except DatabaseError as fault:
            logs.error("database_failed", text=fault)
            if self._parts:
                self._parts.emergency.tell(at.wall, borne=_borne(fault))
        except Exception as fault:
            logs.unexpected("alert_watch_failed", fault)
        return LOOK_EVERY_SECONDS

    def _run(self) -> None:
        seconds = 0.0
        while not self._stopping.wait(seconds):
            seconds = self.look(clock.instant())
        self._leave()
        self._services.database.close()

    def _leave(self) -> None:
        if self._parts:
            with suppress(DatabaseError):  # its lease ends by itself
                self._parts.judge.leave()
            self._parts = None

    def _look(self, at: Instant) -> float:
        if self._parts is None and not self._services.has_alerts:
            return LOOK_EVERY_SECONDS
        if not self._services.vault.look():
            self._leave()  # to a machine that can tell somebody
            return LOOK_EVERY_SECONDS
        parts = self._parts = self._parts or self._open()
        self._remember(parts.emergency)
        if parts.emergency.told:
            parts.judge.join(parts.emergency.told)
        judges = parts.judge.judge(at)
        parts.emergency.forget()
        if not judges:
            return LOOK_EVERY_SECONDS
        if not self._services.has_alerts:
            self._parts = None  # nobody is to be told any more, and nothing is open
            return LOOK_EVERY_SECONDS
        return self._deliver(parts.deliverer, at)

    def _open(self) -> _Parts:
        """Load what judging takes, and say at once where nobody can be told."""
        from panel.alerts.judging.emergency import Emergency

        services = self._services
        if lost := services.destinations.unreadable():
            logs.error("alert_destinations_unreadable", destinations=",".join(map(str, lost)))
        url, name, deliverer = services.config.public_url or None, services.config.panel_name, services.deliverer
        emergency = Emergency(deliverer.send, services.database, url=url, panel=name)
        return _Parts(services.new_judge(), deliverer, emergency)

    def _remember(self, emergency: Emergency) -> None:
        services = self._services
        open_alerts = {each.alert for each in services.incidents.open()}
        emergency.remember(services.destinations.list(), services.thresholds.current(), open_alerts)

    def _deliver(self, deliverer: Deliverer, at: Instant) -> float:
        """Begin to deliver what is due; a ping hears that all is well while nothing fires."""
        due_at = deliverer.deliver_due(at.wall)
        if not self._services.incidents.open():
            deliverer.beat(at.wall)
        return LOOK_SOON_SECONDS if due_at is not None and due_at - at.wall <= SOON else LOOK_EVERY_SECONDS


def _borne(fault: DatabaseError) -> timedelta | None:
    """Say for how long a fault is borne before anybody is told; None for one that does not end by itself."""
    if isinstance(fault, OutOfReach):
        return AWAY_BORNE
    return BUSY_BORNE if isinstance(fault, DatabaseBusy) else None
