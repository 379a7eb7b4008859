"""Tells the log of a database that does not answer: at once, each minute while that lasts, and when it is over."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from panel import logs
from panel.errors import DatabaseError

_AGAIN_SECONDS = 60.0


class Outage:
    """Whether the database answers, as all threads of a worker find."""

    def __init__(self, time: Callable[[], float] = monotonic) -> None:
        self._time = time
        self._since: float | None = None
        self._told_at = 0.0

    def tell(self, fault: DatabaseError) -> None:
        """Note that it does not answer, or does not do what it is asked."""
        now = self._time()
        if self._since is None:
            self._since = now
        elif now - self._told_at < _AGAIN_SECONDS:
            return
        self._told_at = now
        logs.error("database_failed", text=fault)

    def end(self) -> None:
        """Note that it does."""
        since, self._since = self._since, None
        if since is not None:
            logs.info("database_back", after_ms=int((self._time() - since) * 1000))
