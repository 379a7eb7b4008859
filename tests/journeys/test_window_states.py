"""Whatever becomes of windows, nothing is lost, nothing doubled unmarked, and no cap is passed."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from panel.mail.message.submission import Priority
from panel.mail.smtp.protocol import Stage
from panel.outbox.delivery.claim import Claim, LeaseLost
from panel.outbox.delivery.claims import LEASE_MS, Claims
from panel.outbox.delivery.retry import Retry
from panel.outbox.outbox import Outbox
from panel.outbox.pace.pace import Terms
from panel.outbox.pace.store import PaceStore
from panel.outbox.state import State
from panel.outbox.steering.acts import NotPossible
from panel.storage.database import Database
from panel.storage.opening import open_database
from tests.support.actors import actor
from tests.support.doors import SQLITE
from tests.support.mail import NOW, STARTED_MS, at, broken, mail, taken
from tests.support.rows import bodies, check_counts

MOST, CAP, INTERVAL_MS = 4, 9, 2_000
TERMS = Terms(1, max_per_hour=CAP)
PACED = replace(TERMS, interval_ms=INTERVAL_MS)


class WindowMachine(RuleBasedStateMachine):
    """Two workers that take windows, also ahead of their moment, get some way with them, and settle or die.

    `deliveries` is what the server has, `touched` what was in anybody's hand, `steered` what an operator has seen to
    since the last claim, whose `owner` has the clock as long as its lease stands.
    """

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.database = self._open()
        self.database.prepare()
        self.outbox = Outbox(self.database)
        self.pace = PaceStore(self.database)
        self.claims = {
            worker: Claims(self._open(), retry=Retry(first_ms=1_000, most_ms=8_000), chance=lambda: 0.5)
            for worker in "ab"
        }
        self.seconds = 0.0
        self.hands: dict[str, list[Claim]] = {}
        self.touched: set[int] = set()
        self.steered: set[int] = set()
        self.owner, self.leased_until = "", 0.0
        self.deliveries: Counter[int] = Counter()
        self.times: list[float] = []
        self.last_end: float | None = None
        self.numbers = [ticket.number for ticket in self.outbox.enqueue_all([mail()] * 6, by=actor(), now=NOW)]

    def _open(self) -> Database:
        return open_database(Path(self.folder.name) / "panel.db")

    def teardown(self) -> None:
        for database in (self.database, *(each._database for each in self.claims.values())):
            database.close()
        self.folder.cleanup()

    @rule(messages=st.integers(1, 5), priority=st.sampled_from([Priority.NORMAL, Priority.HIGH]))
    def enqueue(self, messages: int, priority: Priority) -> None:
        tickets = self.outbox.enqueue_all([mail(priority=priority)] * messages, by=actor(), now=NOW)
        self.numbers += [ticket.number for ticket in tickets]

    @rule(seconds=st.sampled_from([0.1, 2.0, 25.0, 1200.0]))
    def wait(self, seconds: float) -> None:
        self.seconds = round(self.seconds + seconds, 3)

    @rule(worker=st.sampled_from("ab"), terms=st.sampled_from([TERMS, PACED]), ahead_ms=st.just(0))
    def claim(self, worker: str, terms: Terms, ahead_ms: int) -> None:
        if worker in self.hands:
            return
        got = self.claims[worker].claim_window(worker, terms, at(self.seconds), most=MOST, ahead_ms=ahead_ms)
        if isinstance(got, list):
            assert self.seconds >= self.leased_until
            self.owner, self.leased_until = worker, self.seconds + LEASE_MS / 1000
            self.hands[worker] = got
            self.touched.update(each.number for each in got if not each.ahead)
            self.steered.clear()

    @rule(
        worker=st.sampled_from("ab"), far=st.integers(0, MOST), ends=st.sampled_from(["", "450", "550", "lost", "dead"])
    )
    def get_on(self, worker: str, far: int, ends: str) -> None:
        """Hand some of the window over; the next one is refused, or lost after its dot, or the worker dies there."""
        claims = self.hands.pop(worker, [])
        results = [taken(each) for each in takewhile(lambda each: self._hand_over(worker, each), claims[:far])]
        if ends == "dead" or not claims:
            return
        if ends and len(results) == far < len(claims):
            claim = claims[far]
            if ends != "lost":
                results.append(broken(claim, Stage.MAIL, f"{ends} 5.3.0 No"))
            elif self._hand_over(worker, claim):
                results.append(broken(claim, Stage.DATA, cause="connection_lost", uncertain=True))
        lost, _ = self.claims[worker].settle_window(claims, results, None, at(self.seconds))
        assert self.steered.issuperset(lost) or not self._has_lease(worker)
        if self.owner == worker:
            self.leased_until = 0.0

    @rule(worker=st.sampled_from("ab"), far=st.integers(1, MOST), ends=st.sampled_from(["", "lost", "dead"]))
    def work(self, worker: str, far: int, ends: str) -> None:
        """Wait until a lease has run out and a deferred message is due, take a window, and get on with it."""
        self.hands.pop(worker, None)
        self.seconds = round(self.seconds + 25, 3)
        self.claim(worker, TERMS, 0)
        self.get_on(worker, far, ends)

    @rule(
        worker=st.sampled_from("ab"),
        first=st.sampled_from(["", "wait", "cancel", "retry", "overtake"]),
        far=st.integers(0, 1),
        ends=st.sampled_from(["", "450", "lost", "dead"]),
    )
    def work_ahead(self, worker: str, first: str, far: int, ends: str) -> None:
        """Send one, take what leaves an interval later before its moment, and get on with it, whatever comes first."""
        self.wait(1_200.0)  # there is room under the cap again
        self.work(worker, 1, "")
        self.claim(worker, PACED, INTERVAL_MS + 1)
        if first in ("cancel", "retry"):
            for claim in self.hands.get(worker, ()):
                self.steer(claim.number, first)
        if first == "overtake":
            self.wait(25)
            self.enqueue(MOST, Priority.HIGH)
            self.claim("b" if worker == "a" else "a", TERMS, 0)
        if first != "wait":
            self.get_on(worker, far, ends)

    @rule(number=st.integers(1, 9), act=st.sampled_from(["cancel", "retry"]))
    def steer(self, number: int, act: str) -> None:
        if number in self.numbers:
            with suppress(NotPossible):
                getattr(self.outbox, act)(number, by=actor(), now=at(self.seconds).wall)
                self.steered.add(number)

    def _has_lease(self, worker: str) -> bool:
        return self.owner == worker and self.seconds < self.leased_until

    def _hand_over(self, worker: str, claim: Claim) -> bool:
        """Say whether the message could be sent: surely, where the lease stands and nobody has seen to it."""
        self.seconds = max(self.seconds, (claim.began.steady_ms - STARTED_MS) / 1000)
        if not self._may_send(worker, claim):
            assert claim.number in self.steered or not self._has_lease(worker)
            return False
        assert claim.number not in self.steered
        self._deliver(claim)
        return True

    def _may_send(self, worker: str, claim: Claim) -> bool:
        claims, now = self.claims[worker], at(self.seconds)
        if claim.ahead:
            if not claims.begin(claim, now):
                return False
            assert claims.begin(claim, now)  # a session that has ended is opened again, and asks again
        self.touched.add(claim.number)
        with suppress(LeaseLost):
            claims.check(claim, now)
            return True
        return False

    def _deliver(self, claim: Claim) -> None:
        """Count what the server is given, which nobody has cancelled, in no interval's midst and over no cap."""
        entry = self.outbox.get(claim.number)
        assert entry
        assert entry.state is State.SENDING
        assert claim.terms != PACED or self.last_end is None or self.seconds - self.last_end >= INTERVAL_MS / 1000
        self.last_end = self.seconds
        self.deliveries[claim.number] += 1
        self.times.append(self.seconds)
        assert sum(self.seconds - each < 3_600 for each in self.times) <= CAP

    @rule()
    def let_go(self) -> None:
        self.pace.release()

    @invariant()
    def nothing_is_lost_or_doubled_unmarked(self) -> None:
        kept = bodies(self.database)
        for number in self.numbers:
            entry = self.outbox.get(number)
            assert entry
            assert entry.state in (State.SENT, State.CANCELLED) or number in kept
            assert entry.state is not State.SENT or self.deliveries[number]
            assert self.deliveries[number] <= 1 or entry.uncertain
            assert not entry.uncertain or number in self.touched

    @invariant()
    def counted(self) -> None:
        check_counts(self.outbox, self.numbers)

    @invariant()
    def one_window_is_under_way(self) -> None:
        assert self.outbox.counts().by_state[State.SENDING] <= MOST


@pytest.mark.both_doors
def test_no_order_of_events_loses_or_doubles_what_is_in_a_window(door: str, is_long: bool) -> None:
    examples = 60 if door == SQLITE or is_long else 6
    how = settings(max_examples=examples, stateful_step_count=30, suppress_health_check=list(HealthCheck))

    run_state_machine_as_test(WindowMachine, settings=how)
