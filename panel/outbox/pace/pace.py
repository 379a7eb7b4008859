"""When the next message may leave, and why not yet: the clock that all senders share, as a value.

Its time is in milliseconds and runs with the machine's steady clock, so that setting the wall clock moves no slot.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from panel.clock import Instant
from panel.mail.smtp.protocol import Failure
from panel.outbox.pace.healing import Again
from panel.outbox.pace.hold import Hold
from panel.outbox.pace.rate import HOUR_MS, MINUTE_MS, PERIODS, backoff_ms, interval_for, limit_in
from panel.settings.store import Version

REST_MS, REST_MOST_MS = MINUTE_MS, HOUR_MS  # after a server said that it was too much
QUOTA_REST_MS = 15 * MINUTE_MS
CALM_MS, CALM_MOST_MS = MINUTE_MS, HOUR_MS  # in which a worker that died makes windows hold one message
MOST_WINDOW = 128  # messages; the settings of the process ask for fewer
SLOW_MS = HOUR_MS  # how long the slower interval stays after the last such refusal
SLOWEST_MS = 10 * MINUTE_MS
MARGIN = 10  # percent, of an interval that is worked out from what a server took
HEAD_START_MS = 1_000  # before others, of the worker that has a session open
# A moment may be older than what the clock has seen: who read it had to wait for the data file, or was stopped.
STALE_MS = HOUR_MS
LAST_TRIES = 3  # that the clock remembers: the pages show no more
USUAL_PORTS = (25, 465, 587, 2525)  # of submission: doors to one and the same server


class Reason(StrEnum):
    """Why nothing leaves at this moment."""

    EMPTY = "empty"
    PACE = "pace"
    HOUR = "max_per_hour"
    DAY = "max_per_day"
    REST = "rest"
    BUSY = "busy"
    PAUSED = "paused"
    HELD = "held"
    UNSET = "unset"
    DATABASE = "database"


@dataclass(frozen=True, slots=True)
class Wait:
    """Why to wait, and for how many ms; None means until something changes."""

    reason: Reason
    ms: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What the settings in force ask of the clock, and their version."""

    version: int
    interval_ms: int = 0
    max_per_hour: int | None = None
    max_per_day: int | None = None
    server: str = ""  # as `server_of` names it

    @classmethod
    def of(cls, version: Version) -> Self:
        settings = version.settings
        return cls(
            version.number,
            settings.send_interval_ms,
            settings.max_per_hour,
            settings.max_per_day,
            server_of(settings.smtp_host, settings.smtp_port),
        )


def server_of(host: str, port: int) -> str:
    """Name the server that a pause belongs to: its limit holds at whichever of its usual ports mail comes in."""
    host = host.lower().rstrip(".")
    return host if not host or port in USUAL_PORTS else f"{host}:{port}"


@dataclass(slots=True)
class Pace:
    """The clock's row.

    `ended_ms` is the end of the last message at `server`; the slot after it depends on the interval in force when it is
    asked for.
    `holder` has the clock until `lease_ms`; a test that waits for its slot goes before the queue until `test_ms`.
    `worked_version` is that of the settings with which a session came past its login. After a refusal for the rate
    nobody sends until `rest_ms`, and until `slow_until_ms` no faster than `slow_interval_ms`, unless there is a newer
    version than `slow_version`.
    `open_by` has a session open between messages until `open_until_ms`, and goes first; since `asked_ms` somebody else
    has wanted to. After `unclean` ends of workers with messages in hand, windows hold one message
    until `calm_ms`, and then `window`, twice as many after each. `asked_try_ms` is when somebody last had held mail
    tried at once.
    `hand` names the messages that `hand_by` has in hand, also when somebody else has the clock by now; `last_tries` the
    last tries, the newest first, each by its message and its number, 0 for a success that the message itself tells of;
    `sent_version` the settings that a message was last sent with; `minute_tries` how many tries there were in the last
    `minute` with any, by outcome and cause.
    """

    account: str
    boot: str
    anchor_ms: int
    ended_ms: int
    holder: str | None
    lease_ms: int
    test_ms: int
    paused_at: str | None
    paused_by: str | None
    rest_ms: int
    refusals: int
    slow_interval_ms: int
    slow_until_ms: int
    slow_version: int | None
    open_by: str | None
    open_until_ms: int
    asked_ms: int
    worked_version: int | None
    window: int = MOST_WINDOW
    unclean: int = 0
    calm_ms: int = 0
    server: str = ""
    asked_try_ms: int = 0
    hand: str | None = None
    hand_by: str | None = None
    last_tries: str | None = None
    sent_version: int | None = None
    minute: str | None = None
    minute_tries: str | None = None
    held: Hold | None = None

    def time(self, at: Instant) -> int:
        """Give the clock's time; after a restart of the machine it is set anew, and a whole interval begins."""
        now = self.anchor_ms + at.steady_ms
        if at.boot == self.boot and now + STALE_MS >= self.ended_ms:
            return now
        now = int(at.wall.timestamp() * 1000)
        self.boot, self.anchor_ms = at.boot, now - at.steady_ms
        self.ended_ms = now if self.ended_ms else 0
        self.lease_ms = self.test_ms = 0  # who had or wanted the clock ran before the restart
        self.forget_session()
        self.rest_ms = min(self.rest_ms, now + REST_MOST_MS)
        self.calm_ms = min(self.calm_ms, now + CALM_MOST_MS)
        self.slow_until_ms = min(self.slow_until_ms, now + SLOW_MS)
        if self.held:
            self.held.restart(now)
        return now

    def distrust(self, now: int) -> None:
        """Take one message at a time after a worker has ended with some in hand; the longer, the more often it has."""
        self.unclean = self.unclean + 1 if now < self.calm_ms + CALM_MOST_MS else 1
        self.calm_ms = now + backoff_ms(self.unclean, 0.5, first_ms=CALM_MS, most_ms=CALM_MOST_MS)
        self.window = 1

    def grow_window(self, now: int) -> None:
        """Take more at a time again, once a window has been settled in calm."""
        if now >= self.calm_ms:
            self.window = min(self.window * 2, MOST_WINDOW)

    def heed(self, terms: Terms) -> None:
        """Forget what was found out about older settings; a worker that has not heard of a save yet forgets nothing."""
        if self.held and self.held.version < terms.version:
            self.release()
        if self.slow_version is not None and self.slow_version < terms.version:
            self.rest_ms = self.refusals = self.slow_interval_ms = self.slow_until_ms = 0
            self.slow_version = None

    def wait(self, now: int, terms: Terms) -> Wait | None:
        """Say why nothing may leave now, caps left out; None when a message may."""
        if self.paused_at is not None:
            return Wait(Reason.PAUSED)
        if self.held and not self.held.is_due(now):
            return Wait(Reason.HELD, None if self.held.probe_ms is None else self.held.probe_ms - now)
        if self.rest_ms > now:
            return Wait(Reason.REST, self.rest_ms - now)
        return self.slot(now, terms) or (Wait(Reason.BUSY, self.test_ms - now) if self.test_ms > now else None)

    def slot(self, now: int, terms: Terms) -> Wait | None:
        """Say when the clock itself is free; this binds the test sends as well, which no hold stops."""
        if self.holder is not None and self.lease_ms > now:
            return Wait(Reason.BUSY, self.lease_ms - now)
        return until_slot(self.ended_ms, self.interval_ms(now, terms), now)

    def unhindered(self, now: int, terms: Terms) -> bool:
        """Say whether messages may follow each other at once: no pause between them, and no doubt about the server."""
        return not self.interval_ms(now, terms) and self.held is None and not self.refusals

    def interval_ms(self, now: int, terms: Terms) -> int:
        """Give the interval in force: that of the settings, or the longer one that refusals have taught."""
        return max(terms.interval_ms, self.slow_interval_ms if self.slow_until_ms > now else 0)

    def take(self, holder: str, until: int) -> None:
        self.holder, self.lease_ms = holder, until

    @property
    def in_hand(self) -> list[int]:
        numbers: list[int] = json.loads(self.hand) if self.hand else []
        return numbers

    def put_in_hand(self, numbers: Sequence[int], holder: str) -> None:
        """Note what somebody is going to send."""
        self.hand, self.hand_by = json.dumps([*numbers]), holder

    def take_from_hand(self, holder: str) -> frozenset[int]:
        """Give the messages that somebody has in hand, which are in nobody's then; none where they are another's."""
        if self.hand_by != holder:
            return frozenset()
        numbers = frozenset(self.in_hand)
        self.hand = self.hand_by = None
        return numbers

    def note_tries(self, tries: Sequence[tuple[int, int]]) -> None:
        """Note tries in their order, each by its message and its number."""
        if tries:
            before: list[list[int]] = json.loads(self.last_tries) if self.last_tries else []
            self.last_tries = json.dumps([*reversed(tries), *before][:LAST_TRIES])

    def note_session(self, worker: str, until: int) -> None:
        """Note who has a session open between messages, and until when."""
        self.open_by, self.open_until_ms, self.asked_ms = worker, until, 0

    def forget_session(self) -> None:
        self.open_by, self.open_until_ms, self.asked_ms = None, 0, 0

    def open_elsewhere(self, now: int, worker: str = "") -> str | None:
        """Name another who has a session open between messages."""
        return self.open_by if self.open_by != worker and self.open_until_ms > now else None

    def session_ms(self, now: int, worker: str) -> int:
        """Say for how long a worker's session may stay open yet between messages: not where it is asked to end it."""
        stays = self.open_by == worker and not self.asked_ms and self.paused_at is None and self.held is None
        return max(0, self.open_until_ms - now) if stays else 0

    def ask_for_session(self, now: int) -> int:
        """Ask for the end of the session that is open; give for how many ms its worker may still use it first."""
        self.asked_ms = self.asked_ms or now
        return max(0, self.asked_ms + HEAD_START_MS - now)

    def let_go(self, holder: str) -> None:
        """Free the clock, if its holder is this one; no message has ended."""
        if self.holder == holder:
            self.holder = None

    def end(self, now: int, holder: str | None) -> None:
        """Note that a message has ended, also one whose lease ran out; a millisecond that has begun counts as a whole.

        The clock is free then, unless somebody else has it.
        """
        self.ended_ms = max(self.ended_ms, now + 1)
        if holder is not None:
            self.let_go(holder)

    def hold(self, failure: Failure, now: int, *, at: Instant, version: int, again: Again) -> None:
        """Hold all mail, visibly, and say when to look again."""
        held = self.held or Hold.of(failure, at=at, version=version)
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

    def undo_try(self, now: int, holder: str) -> None:
        """Take the try of this holder back: it did not come to its login."""
        if self.held and self.holder == holder:
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

    def open(self, version: int) -> None:
        """Note that a session came past its login: what held mail on the way there is over."""
        self.worked_version = version
        if self.held and self.held.is_before_mail:
            self.release()

    @property
    def has_worked(self) -> bool:
        """Say whether a login with the settings that hold all mail has ever worked."""
        return self.held is not None and self.held.version == self.worked_version

    def release(self) -> None:
        """Let the mail go again."""
        self.held = None

    def slow_down(self, failure: Failure, now: int, terms: Terms, *, last_minute: int) -> int:
        """Rest after a refusal for the rate, then go on at an interval that the server may bear; give the rest in ms.

        The server's own words say which, else what it took in the last minute before it refused.
        """
        self.refusals += 1
        first = QUOTA_REST_MS if failure.cause == "quota_exceeded" else REST_MS
        rest = backoff_ms(self.refusals, 0.5, first_ms=first, most_ms=REST_MOST_MS)
        self.rest_ms = now + rest
        self.slow_version = terms.version
        if failure.cause == "rate_limited":
            slowed = self.slow_interval_ms * 3 // 2 if self.slow_until_ms > now else 0
            self.slow_interval_ms = min(max(_bearable(failure, last_minute), slowed), SLOWEST_MS)
            self.slow_until_ms = now + rest + SLOW_MS
        return rest

    def succeed(self) -> None:
        """Note that the server took a message: nothing is in the way."""
        self.refusals = 0
        self.release()


def until_slot(ended_ms: int, interval_ms: int, now: int) -> Wait | None:
    """Say for how long an interval goes on after the end of a message; 0 is the end of none."""
    left = ended_ms + interval_ms - now
    return Wait(Reason.PACE, left) if interval_ms and ended_ms and left > 0 else None


def _bearable(failure: Failure, last_minute: int) -> int:
    """Give the interval in ms of a limit in the server's words, or of what it took within a minute."""
    said = limit_in(failure.reply.text) if failure.reply else None
    if said:
        return interval_for(said[0], MARGIN, period_ms=PERIODS[said[1]])
    return interval_for(max(last_minute, 1), MARGIN)
