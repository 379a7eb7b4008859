"""When a deferred message is tried again, and when it is given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from panel.outbox.pace.rate import DAY_MS, HOUR_MS, MINUTE_MS, backoff_ms
from panel.outbox.pace.server_state import REST_MOST_MS

GREYLISTED_MS = 5 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Retry:
    """How a deferred message is tried again: the first and the longest wait, and when to give up.

    Giving up takes a number of tries as well, so that a jump of the wall clock fails nothing.
    """

    first_ms: int = MINUTE_MS
    most_ms: int = 4 * HOUR_MS
    give_up_ms: int = 3 * DAY_MS
    least_tries: int = 10

    @property
    def longest(self) -> timedelta:
        """Give the longest wait there is, that after a refusal for the rate among them."""
        return timedelta(milliseconds=max(self.most_ms, REST_MOST_MS)) * 1.2

    def exhausted(self, tries: int, since: datetime, now: datetime) -> bool:
        return tries >= self.least_tries and now - since >= timedelta(milliseconds=self.give_up_ms)

    def due(self, tries: int, cause: str | None, now: datetime, chance: float) -> datetime:
        """Say when to try again; a server that greylists wants some minutes."""
        wait = backoff_ms(tries, chance, first_ms=self.first_ms, most_ms=self.most_ms)
        if cause == "greylisted" and tries == 1:
            wait = max(wait, min(GREYLISTED_MS, self.most_ms))
        return now + timedelta(milliseconds=wait)
