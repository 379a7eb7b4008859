"""What the clock has found out about one server: what holds its mail, its rests, and how fast it takes messages."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from panel.clock import Instant
from panel.mail.smtp.protocol import Failure
from panel.outbox.pace.healing import Again
from panel.outbox.pace.hold import Hold
from panel.outbox.pace.rate import HOUR_MS, MINUTE_MS, PERIODS, backoff_ms, interval_for, limit_in

REST_MS, REST_MOST_MS = MINUTE_MS, HOUR_MS  # after a server said that it was too much
QUOTA_REST_MS = 15 * MINUTE_MS
SLOW_MS = HOUR_MS  # how long the slower interval stays after the last such refusal
SLOWEST_MS = 10 * MINUTE_MS
MARGIN = 10  # percent, of an interval that is worked out from what a server took


@dataclass(slots=True)
class ServerState:
    """What was found out about a server since the settings in force were saved.

    `worked_version` is that of the settings with which a session came past its login. After a refusal for the rate
    nobody sends until `rest_ms`, and until `slow_until_ms` no faster than `slow_interval_ms`, unless there is a newer
    version than `slow_version`. `asked_try_ms` is when somebody last had held mail tried at once.
    """

    rest_ms: int = 0
    refusals: int = 0
    slow_interval_ms: int = 0
    slow_until_ms: int = 0
    slow_version: int | None = None
    worked_version: int | None = None
    asked_try_ms: int = 0
    held: Hold | None = None

    @classmethod
    def of_json(cls, text: str) -> Self:
        """Read what `as_json` wrote."""
        told: dict[str, Any] = json.loads(text)
        held = told.pop("held", None)
        state = cls(**told, held=Hold(**held) if held else None)
        if state.held:
            state.held.again = Again(state.held.again)
        return state

    @property
    def as_json(self) -> str:
        """Write all of it that is not as it began."""
        return json.dumps({name: value for name, value in asdict(self).items() if value != _FRESH[name]})

    def restart(self, now: int) -> None:
        """Wait no longer than the longest waits, where the clock was set anew."""
        self.rest_ms = min(self.rest_ms, now + REST_MOST_MS)
        self.slow_until_ms = min(self.slow_until_ms, now + SLOW_MS)
        if self.held:
            self.held.restart(now)

    def heed(self, version: int) -> None:
        """Forget what was found out about older settings; who has not heard of a save yet forgets nothing."""
        if self.held and self.held.version < version:
            self.release()
        if self.slow_version is not None and self.slow_version < version:
            self.rest_ms = self.refusals = self.slow_interval_ms = self.slow_until_ms = 0
            self.slow_version = None

    def interval_ms(self, now: int, own_ms: int) -> int:
        """Give the interval in force: that of the settings, or the longer one that refusals have taught."""
        return max(own_ms, self.slow_interval_ms if self.slow_until_ms > now else 0)

    def hold(self, failure: Failure, now: int, *, at: Instant, version: int, again: Again) -> None:
        """Hold all mail of this server, visibly, and say when to look again."""
        held = self.held or Hold.of(failure, at=at, now=now, version=version)
        held.renew(failure, version=version)
        self.held = held
        if again is Again.IF_WORKED:
            again = Again.SELDOM if self.has_worked else Again.NEVER
        elif again is Again.LATER and not self.has_worked and failure.reply and failure.reply.permanent:
            again = Again.SELDOM  # it may be a wrong password in other words
        held.count(again, now, failure.retry_after_ms if again is Again.RENEWAL else None)

    def begin_try(self, now: int) -> None:
        """Count a try of held mail before it is made: a worker that dies in it is not followed by the next at once."""
        if self.held:
            self.held.begin_try(now)

    def undo_try(self, now: int) -> None:
        """Take a try back that did not come to its login."""
        if self.held:
            self.held.undo_try(now)

    def try_now(self, now: int) -> int:
        """Look at a hold at once, because somebody asks for it; give for how many ms that is too early."""
        if self.held is None or self.held.is_due(now):
            return 0  # it is going to be tried with the next message anyway
        if early := self.held.early_ms(now, min(self.asked_try_ms, now)):
            return early
        self.held.try_now(now)
        self.asked_try_ms = now
        return 0

    def look_soon(self, now: int) -> None:
        """Look again as soon as that may be, where a look costs no login."""
        if self.held and self.held.again is Again.SOON and not self.held.is_due(now):
            asked_ms = min(self.asked_try_ms, now)
            self.asked_try_ms = now + self.held.early_ms(now, asked_ms)
            self.held.look_at(self.asked_try_ms)

    def open(self, version: int, now: int, *, stays: bool = False) -> None:
        """Note that a session came past its login: what held mail on the way there is over.

        A hold that `stays` until a message is accepted is looked at again with the next one.
        """
        self.worked_version = version
        if self.held is None or not self.held.is_before_mail:
            return
        if stays:
            self.held.pass_login(now)
        else:
            self.release()

    @property
    def has_worked(self) -> bool:
        """Say whether a login with the settings that hold all mail has ever worked."""
        return self.held is not None and self.held.version == self.worked_version

    def release(self) -> None:
        """Let the mail go again."""
        self.held = None

    def slow_down(self, failure: Failure, now: int, *, version: int, last_minute: int) -> int:
        """Rest after a refusal for the rate, then go on at an interval that the server may bear; give the rest in ms.

        The server's own words say which, else what it took in the last minute before it refused.
        """
        self.refusals += 1
        first = QUOTA_REST_MS if failure.cause == "quota_exceeded" else REST_MS
        rest = backoff_ms(self.refusals, 0.5, first_ms=first, most_ms=REST_MOST_MS)
        self.rest_ms = now + rest
        self.slow_version = version
        if failure.cause == "rate_limited":
            slowed = self.slow_interval_ms * 3 // 2 if self.slow_until_ms > now else 0
            self.slow_interval_ms = min(max(_bearable(failure, last_minute), slowed), SLOWEST_MS)
            self.slow_until_ms = now + rest + SLOW_MS
        return rest

    def succeed(self) -> None:
        """Note that the server took a message: nothing is in the way."""
        self.refusals = 0
        self.release()


_FRESH = {each.name: each.default for each in fields(ServerState)}


def _bearable(failure: Failure, last_minute: int) -> int:
    """Give the interval in ms of a limit in the server's words, or of what it took within a minute."""
    said = limit_in(failure.reply.text) if failure.reply else None
    if said:
        return interval_for(said[0], MARGIN, period_ms=PERIODS[said[1]])
    return interval_for(max(last_minute, 1), MARGIN)
