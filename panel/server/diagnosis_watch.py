"""Has the doctor examine by itself, in a thread of its own, which no mail, no page and no stop waits for."""

from __future__ import annotations

import threading
from datetime import datetime

from panel import clock, logs
from panel.errors import DatabaseError
from panel.services import Services

LOOK_EVERY = 15.0  # seconds, in which a save is noticed
STOP_BORNE = 1.0  # seconds


class DiagnosisWatch:
    """Looks whether an examination is due; of several processes, whoever notes first that it begins makes it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="diagnosis", daemon=True)

    def start(self) -> None:
        """Begin to watch; the first look is a while later, when the process has found its feet."""
        self._thread.start()

    def stop(self) -> None:
        """End soon; an examination that is under way is left, and another process makes it anew."""
        self._stopping.set()
        self._thread.join(STOP_BORNE)

    def look(self, at: datetime) -> None:
        """Examine if that is due; whatever goes wrong is logged, and tried again after a while."""
        try:
            if self._services.examinations.by_itself():
                self._examine(at)
        except DatabaseError as fault:
            logs.error("database_failed", text=fault)
        except Exception as fault:
            logs.unexpected("diagnosis_failed", fault)

    def _examine(self, at: datetime) -> None:
        from panel.alerts.seen.examination import examine_if_due  # its libraries are not read where it is off

        examine_if_due(self._services, at)

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_EVERY):
            self.look(clock.now())
        self._services.database.close()
