"""When the next message may leave, and why not yet: the clock that all senders share, as a value.

Its time is in milliseconds and runs with the machine's steady clock, so that setting the wall clock moves no slot.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Self

from panel import clock
from panel.clock import Instant, is_of_server
from panel.mail.smtp.protocol import Failure
from panel.outbox.pace.healing import Again
from panel.outbox.pace.hold import Hold
from panel.outbox.pace.rate import HOUR_MS, MINUTE_MS, backoff_ms
from panel.outbox.pace.route import Choice, SenderRoute, Way, Which
from panel.outbox.pace.server_state import ServerState
from panel.settings.model import Settings
from panel.settings.store import Version

CALM_MS, CALM_MOST_MS = MINUTE_MS, HOUR_MS  # in which a worker that died makes windows hold one message
MOST_WINDOW = 128  # messages; the settings of the process ask for fewer
HEAD_START_MS = 1_000  # before others, of the worker that has a session open
# A moment may be older than what the clock has seen: who read it had to wait for the data file, or was stopped.
STALE_MS = HOUR_MS
LAGS_MS = 1_000  # behind a server's clock, of a reading that is not its own; what lies further back was set back
OUTLIVES_MS = 20_000  # for which who has the clock is waited for, where another server has taken the place of one
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
    """What the settings in force ask of the clock for one server, and their version.

    Those of the first have those of the `second` beside them, where there is one; mail leaves by it once the first has
    been held for `after_ms`.
    """

    version: int
    interval_ms: int = 0
    max_per_hour: int | None = None
    max_per_day: int | None = None
    server: str = ""  # as `server_of` names it
    which: Which = Which.FIRST
    second: Terms | None = None
    after_ms: int = 0
    has_lost_second: bool = False  # there is one in the settings, and its password cannot be read

    @classmethod
    def of(cls, version: Version) -> Self:
        settings = version.settings
        after_ms = settings.second_after_minutes * MINUTE_MS
        first = cls._of(settings, version.number, Which.FIRST, after_ms)
        if not settings.second:
            return first
        if (other := version.by_second).unreadable:
            return replace(first, has_lost_second=True)  # a password that no key opens is tried nowhere
        second = cls._of(other.settings, version.number, Which.SECOND, after_ms)
        return replace(first, second=second) if second.server else first

    def of_server(self, which: Which) -> Terms:
        """Give those of one of the servers, the first's where there is no other."""
        return self.second if which is Which.SECOND and self.second else self

    @classmethod
    def _of(cls, settings: Settings, version: int, which: Which, after_ms: int) -> Self:
        return cls(
            version,
            settings.send_interval_ms,
            settings.max_per_hour,
            settings.max_per_day,
            server_of(settings.smtp_host, settings.smtp_port),
            which,
            after_ms=after_ms,
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
    `open_by` has a session open between messages until `open_until_ms`, and goes first; since `asked_ms` somebody else
    has wanted to. After `unclean` ends of workers with messages in hand, windows hold one message
    until `calm_ms`, and then `window`, twice as many after each.
    `hand` names the messages that `hand_by` has in hand for `hand_server`, also when somebody else has the clock by
    now; `last_tries` the last tries, the newest first, each by its message and its number, 0 for a success that the
    message itself tells of;
    `sent_version` the settings that a message was last sent with; `minute_tries` how many tries there were in the last
    `minute` with any, by outcome and cause.
    `first` and `second` are what was found out about the two servers. Mail leaves by the second since `second_since`,
    because of `second_cause`, or by the `choice` of somebody.
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
    open_by: str | None
    open_until_ms: int
    asked_ms: int
    window: int = MOST_WINDOW
    unclean: int = 0
    calm_ms: int = 0
    server: str = ""
    hand: str | None = None
    hand_by: str | None = None
    hand_server: Which = Which.FIRST
    last_tries: str | None = None
    sent_version: int | None = None
    minute: str | None = None
    minute_tries: str | None = None
    choice: Choice = Choice.AUTO
    second_since: str | None = None
    second_cause: str | None = None
    first: ServerState = field(default_factory=ServerState)
    second: ServerState | None = None

    def of(self, which: Which) -> ServerState:
        """Give what was found out about a server."""
        if which is Which.FIRST:
            return self.first
        self.second = self.second or ServerState()
        return self.second

    @property
    def held(self) -> Hold | None:
        """Give what holds the first server."""
        return self.first.held

    @property
    def states(self) -> tuple[ServerState, ...]:
        return (self.first, self.second) if self.second else (self.first,)

    def time(self, at: Instant) -> int:
        """Give the clock's time; after a restart of the machine it is set anew, and a whole interval begins.

        So it does where the clock of a server was set back, which moves nothing else, or where another took its place.
        """
        now = self.anchor_ms + at.steady_ms
        if at.boot == self.boot and now + (LAGS_MS if at.is_of_server else STALE_MS) >= self.ended_ms:
            return now
        if at.boot == self.boot and at.is_of_server:
            self.anchor_ms += self.ended_ms - now
            return self.ended_ms
        now = int(at.wall.timestamp() * 1000)
        outlived = at.is_of_server and is_of_server(self.boot) and self.holder is not None
        self.lease_ms = now + OUTLIVES_MS if outlived else 0  # else who had the clock ran before the restart
        self.test_ms = 0
        self.boot, self.anchor_ms = at.boot, now - at.steady_ms
        self.ended_ms = now if self.ended_ms else 0
        self.forget_session()
        self.calm_ms = min(self.calm_ms, now + CALM_MOST_MS)
        for state in self.states:
            state.restart(now)
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
        """Forget what was found out about older settings; a worker that has not heard of a save yet forgets nothing.

        A choice ends with the second server, and stays where that is out of reach for a key that may come back.
        """
        for state in self.states:
            state.heed(terms.version)
        if terms.second is None and not (terms.has_lost_second and self.choice is not Choice.AUTO):
            self.choice, self.second_since, self.second_cause = Choice.AUTO, None, None

    def terms(self, now: int, terms: Terms) -> Terms:
        """Give the terms of the server that mail leaves by: the first, unless it has been held for so long."""
        if terms.second is None or self.choice is Choice.FIRST:
            return terms
        return terms.second if self.choice is Choice.SECOND or self.switches_in(now, terms) == 0 else terms

    def switches_in(self, now: int, terms: Terms) -> int | None:
        """Say in how many ms mail is going to leave by the second, as things are; None for never."""
        if terms.second is None or self.choice is not Choice.AUTO or self.first.held is None:
            return None
        return max(0, self.first.held.since_ms + terms.after_ms - now)

    def route(self, now: int, terms: Terms, at: Instant) -> SenderRoute:
        """Say by which server mail leaves, and since when by the second."""
        if self.terms(now, terms).which is Which.FIRST:
            return SenderRoute(choice=self.choice)
        if self.choice is Choice.SECOND:
            return SenderRoute(Way.SECOND_BY_HAND, self.second_since, self.second_cause, self.choice)
        held = self.first.held
        assert held
        since = at.wall + timedelta(milliseconds=held.since_ms + terms.after_ms - now)
        return SenderRoute(Way.SECOND, self.second_since or clock.stamp(since), held.cause, self.choice)

    def keep_route(self, route: SenderRoute) -> bool:
        """Note by which server mail leaves; say whether that has changed."""
        changed = (self.second_since is None) is not (route.since is None)
        self.second_since, self.second_cause = route.since, route.cause
        return changed

    def choose(self, choice: Choice, at: Instant) -> None:
        """Have mail leave by the server of somebody's choice from now on."""
        if choice is not self.choice:
            self.second_since = clock.stamp(at.wall) if choice is Choice.SECOND else None
            self.second_cause = None
        self.choice = choice

    def wait(self, now: int, terms: Terms) -> Wait | None:
        """Say why nothing may leave now, caps left out; None when a message may."""
        if self.paused_at is not None:
            return Wait(Reason.PAUSED)
        state = self.of(terms.which)
        if state.held and not state.held.is_due(now):
            return Wait(Reason.HELD, self._left_of(state.held, now, terms))
        if state.rest_ms > now:
            return Wait(Reason.REST, state.rest_ms - now)
        return self.slot(now, terms) or (Wait(Reason.BUSY, self.test_ms - now) if self.test_ms > now else None)

    def _left_of(self, held: Hold, now: int, terms: Terms) -> int | None:
        """Say how long mail is held yet as things are: until the next look, or until it leaves by the second."""
        ends = (None if held.probe_ms is None else held.probe_ms - now, self.switches_in(now, terms))
        return min((ms for ms in ends if ms is not None), default=None)

    def slot(self, now: int, terms: Terms) -> Wait | None:
        """Say when the clock itself is free; this binds the test sends as well, which no hold stops."""
        if self.holder is not None and self.lease_ms > now:
            return Wait(Reason.BUSY, self.lease_ms - now)
        return until_slot(self.ended_ms, self.interval_ms(now, terms), now)

    def unhindered(self, now: int, terms: Terms) -> bool:
        """Say whether messages may follow each other at once: no pause between them, and no doubt about the server."""
        state = self.of(terms.which)
        return not self.interval_ms(now, terms) and state.held is None and not state.refusals

    def interval_ms(self, now: int, terms: Terms) -> int:
        """Give the interval in force: that of the settings, or the longer one that refusals have taught."""
        return self.of(terms.which).interval_ms(now, terms.interval_ms)

    def take(self, holder: str, until: int) -> None:
        self.holder, self.lease_ms = holder, until

    @property
    def in_hand(self) -> list[int]:
        numbers: list[int] = json.loads(self.hand) if self.hand else []
        return numbers

    def put_in_hand(self, numbers: Sequence[int], holder: str, which: Which) -> None:
        """Note what somebody is going to send, and by which server."""
        self.hand, self.hand_by, self.hand_server = json.dumps([*numbers]), holder, which

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

    def session_ms(self, now: int, worker: str, which: Which) -> int:
        """Say for how long a worker's session may stay open yet between messages: not where it is asked to end it."""
        held = self.of(which).held is not None
        stays = self.open_by == worker and not self.asked_ms and self.paused_at is None and not held
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

    def begin_try(self, now: int, which: Which) -> None:
        """Count a try of held mail before it is made: a worker that dies in it is not followed by the next at once."""
        self.of(which).begin_try(now)

    def undo_try(self, now: int, holder: str, which: Which) -> None:
        """Take the try of this holder back: it did not come to its login."""
        if self.holder == holder:
            self.of(which).undo_try(now)

    def try_now(self, now: int, terms: Terms) -> int | None:
        """Look at what is held at once, because somebody asks for it; None where nothing is that may be looked at.

        Give for how many ms that is too early.
        """
        early = [state.try_now(now) for state in self._looked_at(terms) if state.held]
        return min(early, default=None)

    def _looked_at(self, terms: Terms) -> Iterator[ServerState]:
        """Give the servers that mail may be tried at: the first as well while it leaves by the second by itself."""
        if self.choice is not Choice.SECOND or terms.second is None:
            yield self.first
        if terms.second is not None:
            yield self.of(Which.SECOND)

    def open(self, version: int, now: int, terms: Terms) -> None:
        """Note that a session came past its login; mail comes back to the first only once that took a message."""
        stays = terms.which is Which.FIRST and self.second_since is not None
        self.of(terms.which).open(version, now, stays=stays)

    def hold(self, failure: Failure, now: int, *, at: Instant, terms: Terms, again: Again) -> None:
        """Hold all mail of a server; where that leaves none, the other is looked at again as soon as may be.

        The second is so only where the first has just come back and fails anew: else each would call for the other.
        """
        state = self.of(terms.which)
        calls = terms.which is Which.SECOND or state.held is None
        state.hold(failure, now, at=at, version=terms.version, again=again)
        if calls and self.choice is Choice.AUTO and self.second is not None:
            self.of(terms.which.other).look_soon(now)


def until_slot(ended_ms: int, interval_ms: int, now: int) -> Wait | None:
    """Say for how long an interval goes on after the end of a message; 0 is the end of none."""
    left = ended_ms + interval_ms - now
    return Wait(Reason.PACE, left) if interval_ms and ended_ms and left > 0 else None
