"""One deadline over all that a session waits for, with a stop button."""

from __future__ import annotations

import threading
import time

from panel.mail.net.errors import Stopped, TimeIsUp

_WAIT_SECONDS = 0.1  # between two looks at the stop button


class Deadline:
    """One deadline over everything, and a stop button that any thread may press."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._stop = threading.Event()

    def remaining(self) -> float:
        """Give the seconds that are left."""
        return max(0.0, self._ends - time.monotonic())

    def renew(self, seconds: float) -> None:
        """Begin anew with so many seconds, for the next message of a session; a stop stays one."""
        self._ends = time.monotonic() + seconds

    def stop(self) -> None:
        """Press the stop button."""
        self._stop.set()

    @property
    def stopped(self) -> bool:
        """Say whether somebody has pressed the stop button."""
        return self._stop.is_set()

    def wait(self) -> float:
        """Give how many seconds to wait before asking again, or raise `Stopped` or `TimeIsUp`."""
        if self._stop.is_set():
            raise Stopped
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeIsUp
        return left if left < _WAIT_SECONDS else _WAIT_SECONDS

    def sleep(self, seconds: float) -> None:
        """Sleep so long, or raise `Stopped` or `TimeIsUp` as soon as that comes first."""
        self._stop.wait(min(seconds, self.remaining()))
        self.wait()

    def shorter(self, seconds: float) -> Deadline:
        """Give a deadline within this one, with the same stop button."""
        deadline = Deadline(min(seconds, self.remaining()))
        deadline._stop = self._stop
        return deadline
