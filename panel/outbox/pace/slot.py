"""A test send's place among the messages: it waits for its slot, and the interval begins anew after it."""

from __future__ import annotations

from collections.abc import Callable

from panel import clock
from panel.clock import Instant
from panel.errors import PanelError
from panel.i18n import N_
from panel.mail.net.deadline import Deadline
from panel.outbox.pace.pace import Reason, Terms, Wait
from panel.outbox.pace.store import PaceStore
from panel.storage.database import Writer

WAITS_MS = 10_000  # for its slot, where nobody sees it wait
LONGEST_MS = 3_600_000  # where somebody does, and can stop it
ASKS_MS = 1_000  # before its slot, to go before the queue
MAKES_ROOM_MS = 3_000  # within which a worker has heard of it and said QUIT


class TooSoon(PanelError):
    """The pace leaves no slot for a test soon; `wait` says why, and for how long."""

    def __init__(self, wait: Wait) -> None:
        super().__init__(
            N_("A test counts as a message, and the interval or a limit leaves no room for one yet. Try it later.")
        )
        self.wait = wait


def seconds_of(wait: Wait) -> int:
    """Give a wait in seconds that have begun."""
    return -(-(wait.ms or 0) // 1000)


class NoSlot(Exception):
    """The clock did not become free: a message has been under way all the time, and may hang for minutes."""


class Slot:
    """The slot of one test; `terms` and `fingerprint` are those of the settings in force for the server in question."""

    def __init__(
        self, pace: PaceStore, terms: Terms, fingerprint: str, *, time: Callable[[], Instant] = clock.instant
    ) -> None:
        self._pace = pace
        self._terms = terms
        self._fingerprint = fingerprint
        self._time = time
        self._holder = ""
        self._elsewhere: Terms | None = None

    def lead_to(self, server: str, *, interval_ms: int) -> None:
        """Say which server the test goes to: another one than ours has its own clock, and its own interval."""
        if self._terms.server not in ("", server):
            self._elsewhere = Terms(0, interval_ms, server=server)

    def refuse_far(self, patience_ms: int | None = None, *, after_ms: int = 0) -> Wait | None:
        """Raise `TooSoon` where the interval or a limit leaves no slot so soon, ten seconds if nothing else is said.

        Give the wait that there is; what is to begin later anyway has so much less to wait.
        """
        wait = self._slot()
        if wait and wait.reason is not Reason.BUSY and _is_longer(wait, after_ms + _or_short(patience_ms)):
            raise TooSoon(wait)
        return wait

    def take(
        self,
        number: int,
        deadline: Deadline,
        *,
        patience_ms: int | None = None,
        tell: Callable[[Wait], None] = lambda wait: None,
    ) -> None:
        """Wait for the slot of a test, telling each wait, and take the clock, or raise `NoSlot`."""
        if self._holder:
            return
        ends = self._time().steady_ms + _or_short(patience_ms)
        while wait := self._begin(f"test/{number}"):
            left = ends - self._time().steady_ms
            if left <= 0:
                raise NoSlot
            tell(wait)
            deadline.sleep(min(wait.ms or 500, left, 500) / 1000)
        self._holder = f"test/{number}"

    def take_if_free(self, number: int, within: Writer) -> None:
        """Take the clock for a test in the transaction that notes it, where nothing has to be waited for."""
        holder = f"test/{number}"
        if self._begin_now(holder, within) is None:
            self._holder = holder

    def _slot(self) -> Wait | None:
        if self._elsewhere:
            return self._pace.slot_elsewhere(self._elsewhere, self._time())
        return self._pace.slot(self._terms, self._time())

    def _begin(self, holder: str) -> Wait | None:
        wait = None if self._elsewhere else self._slot()
        if wait and wait.reason is not Reason.BUSY and _is_longer(wait, ASKS_MS):
            return wait  # the mail cannot go either: there is nothing to go before yet
        return self._begin_now(holder)

    def _begin_now(self, holder: str, within: Writer | None = None) -> Wait | None:
        if self._elsewhere:
            return self._pace.begin_elsewhere(self._elsewhere, self._time(), within)
        return self._pace.begin_test(holder, self._terms, self._time(), within)

    def make_room(self, server: str, deadline: Deadline) -> bool:
        """Have the worker say goodbye to a server that bears no session beside its own; say whether that was needed.

        It gets a moment for it.
        """
        asked = False
        if self._elsewhere:
            return asked  # the worker's session is with ours
        ends = self._time().steady_ms + MAKES_ROOM_MS
        while self._pace.ask_for_room(server, self._time()) and self._time().steady_ms < ends:
            asked = True
            deadline.sleep(0.02)
        return asked

    def learn_alone(self, server: str) -> None:
        """Note that a server has refused the session because there was another one."""
        self._pace.learn_alone(server, self._time())

    def end(self, *, counts: bool, within: Writer | None = None) -> None:
        """Give the slot back, if one was taken; a test that never came to MAIL costs the next one no interval.

        Within a transaction, `notify` is to follow it.
        """
        if self._holder and self._elsewhere:
            self._pace.end_elsewhere(self._elsewhere, self._time(), counts=counts, within=within)
        elif self._holder:
            self._pace.end_test(self._holder, self._terms, self._time(), counts=counts, within=within)

    def opened(self, fingerprint: str, within: Writer) -> None:
        """Note that a login works, where the settings that were tested are those in force."""
        if fingerprint == self._fingerprint:
            self._pace.note_opened(self._terms, self._time(), within)

    def succeed(self, fingerprint: str, within: Writer) -> None:
        """Let a held queue go, where the settings that were tested are those in force."""
        if fingerprint == self._fingerprint:
            self._pace.release(within, which=self._terms.which)

    def notify(self) -> None:
        """Wake who waits for the slot, or for what was found with it."""
        self._pace.notify()


def _or_short(patience_ms: int | None) -> int:
    return WAITS_MS if patience_ms is None else patience_ms


def _is_longer(wait: Wait, patience_ms: int) -> bool:
    """Say whether a wait is longer than one is ready to wait; a cap of 0 has no end."""
    return wait.ms is None or wait.ms > patience_ms
