"""Looks into the drop folder, in a thread of its own, which no mail waits for."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from panel import clock, logs
from panel.errors import PanelError
from panel.outbox.drop.intake import LATER_SECONDS, Intake
from panel.services import Services

DROP_LOOK_SECONDS = 2.0
SETTLED_SECONDS = 2.0  # after which a change of the folder cannot hide behind an earlier one of the same moment
LAST_LETTER_SECONDS = 5.0  # for the message in hand
IDLE_TURN_SECONDS = 1.0  # of a turn that takes nothing in, for what is none of ours is so much
REST = 9  # times as long a rest after it: whoever stirs such a folder costs a tenth of a processor


class DropWatch:
    """Has mail taken in when the folder has changed; while nothing changes, a look reads its time and no more."""

    def __init__(self, services: Services, folder: Path) -> None:
        self._database = services.database
        self._folder = folder
        self._intake = Intake(services.database, folder, services.config.home)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="drop", daemon=True)
        self._seen = 0  # the folder's time when all was taken in
        self._due: float | None = 0.0  # when to look all the same
        self._rests_until = 0.0
        self._told = ""

    def start(self) -> None:
        """Begin to watch; what came while nobody did is taken in at once."""
        self._thread.start()

    def stop(self) -> None:
        """End soon, with the message in hand."""
        self._stopping.set()
        self._thread.join(LAST_LETTER_SECONDS)

    def look(self) -> None:
        """Take in what is there, if anything is new; what goes wrong is logged once, and tried again."""
        try:
            changed, began = os.stat(self._folder).st_mtime_ns, time.monotonic()
            is_due = changed != self._seen or (self._due is not None and began >= self._due)
            if not is_due or began < self._rests_until:
                return
            is_settled = time.time_ns() - changed > SETTLED_SECONDS * 1e9
            self._seen, self._due = (changed if is_settled else 0), began + LATER_SECONDS
            turn = self._intake.turn(clock.now())
            ended, self._told = time.monotonic(), ""
            self._due = None if turn.again is None else ended + turn.again
            if ended - began > IDLE_TURN_SECONDS and not turn.taken:
                self._rests_until = ended + REST * (ended - began)
        except (PanelError, OSError) as fault:
            self._fail(fault)
        except Exception as fault:
            self._fail(fault, is_mistake=True)

    def _fail(self, fault: Exception, *, is_mistake: bool = False) -> None:
        self._due = time.monotonic() + LATER_SECONDS
        if str(fault) == self._told:
            return
        self._told = str(fault)
        if is_mistake:
            logs.unexpected("drop_failed", fault)
        else:
            logs.error("drop_failed", text=fault)

    def _run(self) -> None:
        self.look()
        while not self._stopping.wait(DROP_LOOK_SECONDS):
            self.look()
        self._database.close()
