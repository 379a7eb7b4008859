"""Tells of what the database cannot hold, from memory: destinations that were opened while it could be read."""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from panel import home, logs
from panel.alerts.alert import LEVELS, Alert
from panel.alerts.conditions.machine import MEGABYTE, unwritable_facts
from panel.alerts.delivery.answered import Answered, log_answer
from panel.alerts.destination import Destination
from panel.alerts.incident import Incident, IncidentState
from panel.alerts.notice import Notice, NoticeType
from panel.alerts.thresholds import Thresholds
from panel.alerts.wording import notice_of
from panel.storage.database import Database

BORNE = timedelta(seconds=10)  # a fault that is gone at the next look is told of to nobody
AGAIN = timedelta(hours=1)

Send = Callable[[Destination, Notice, datetime], Answered]


class Emergency:
    """One in each process; of those of a machine one tells, whoever has its lock, once an hour."""

    def __init__(self, send: Send, database: Database, *, url: str | None = None, panel: str = "") -> None:
        self._send = send
        self._database = database
        self._folder = database.path.parent
        self._url, self._panel = url, panel
        self._destinations: Sequence[Destination] = ()
        self._thresholds = Thresholds()
        self._open: Collection[Alert] = ()
        self._since: datetime | None = None
        self._told: dict[Alert, tuple[Incident, datetime]] = {}
        self._lock: int | None = None
        self._refused = False

    def remember(
        self, destinations: Sequence[Destination], thresholds: Thresholds, open_alerts: Collection[Alert]
    ) -> None:
        """Keep in memory who is to be told, and which alerts are told of already."""
        self._destinations, self._thresholds, self._open = destinations, thresholds, open_alerts

    def tell(self, at: datetime, *, borne: timedelta | None = None) -> None:
        """Tell of a database that cannot be written, and of a full disk, unless that was within the last hour.

        It is `borne` for a while first, a few seconds where that is not said.
        """
        self._since = self._since or at
        if at - self._since < (BORNE if borne is None else borne) or not self._may_tell():
            return
        for alert in self._found():
            before, told_at = self._told.get(alert, (None, None))
            if told_at is None or at - told_at >= AGAIN:
                incident = before or self._incident(alert)
                self._told[alert] = incident, at
                logs.warning("alert_fired", alert=alert, incident=None, level=incident.level, cause=None)
                self._tell_all(replace(incident, reminded_at=at) if before else incident, at)

    @property
    def told(self) -> list[Incident]:
        """List what was told of, to be joined to what is kept."""
        return [incident for incident, _ in self._told.values()]

    def forget(self) -> None:
        """Forget what was told of, for the data file works, and it is kept there now."""
        self._told, self._since, self._refused = {}, None, False
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _found(self) -> Iterator[Alert]:
        yield Alert.DATABASE
        with suppress(OSError):
            watched = not self._database.is_server and Alert.DISK not in self._open
            if watched and self._megabytes() < self._thresholds.disk_megabytes:
                yield Alert.DISK

    def _megabytes(self) -> int:
        return shutil.disk_usage(self._folder).free // MEGABYTE

    def _incident(self, alert: Alert) -> Incident:
        """Begin one without a number: its name is made of what tells this machine's outage from others."""
        assert self._since
        host = home.machine_name()
        facts = unwritable_facts(host, self._database)
        facts["told_as"] = f"inc_{host}_{self._since:%Y%m%dT%H%M%SZ}_{alert}"
        if alert is Alert.DISK:
            facts["megabytes"] = self._megabytes()
        return Incident(
            *(0, alert, LEVELS[alert], IncidentState.FIRING, self._since, None, facts),
            fired_at=self._since,
            changes=(self._since,),
        )

    def _tell_all(self, incident: Incident, at: datetime) -> None:
        """Tell each in a thread of its own: one that does not answer keeps no other waiting."""
        for each in self._destinations:
            if each.readable and each.disabled_at is None:
                threading.Thread(
                    target=self._tell_one, args=(each, incident, at), name="alert-emergency", daemon=True
                ).start()

    def _tell_one(self, destination: Destination, incident: Incident, at: datetime) -> None:
        locale, type = destination.locale, NoticeType.FIRING
        notice = notice_of(type, incident, locale=locale, at=at, url=self._url, panel=self._panel)
        try:
            log_answer(destination, self._send(destination, notice, at), id=notice.id, type=notice.type)
        except Exception as fault:
            logs.unexpected("alert_lane_failed", fault, destination=destination.number)

    def _may_tell(self) -> bool:
        """Say whether it is for us to tell; after another has let go, the next look shows whether the fault is over."""
        has_lock, was_refused = self._has_lock(), self._refused
        self._refused = not has_lock
        return has_lock and not was_refused

    def _has_lock(self) -> bool:
        """Say whether no other process of this machine tells; the lock writes nothing, and ends with us."""
        if self._lock is not None:
            return True
        try:
            lock = os.open(self._folder, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return True  # a folder that is gone is told of rather twice than never
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            return False
        self._lock = lock
        return True
