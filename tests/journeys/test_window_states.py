"""Whatever becomes of windows, nothing is lost, nothing doubled unmarked, and no cap is passed."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from panel.mail.smtp.protocol import Stage
from panel.outbox.delivery.claim import Claim, LeaseLost
from panel.outbox.delivery.claims import Claims
from panel.outbox.delivery.result import DeliveryResult
from panel.outbox.delivery.retry import Retry
from panel.outbox.outbox import Outbox
from panel.outbox.pace.pace import Terms
from panel.outbox.pace.store import PaceStore
from panel.outbox.state import State
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.mail import NOW, at, broken, mail, taken
from tests.support.rows import bodies, check_counts

MOST, CAP = 4, 9
TERMS = Terms(1, max_per_hour=CAP)


class WindowMachine(RuleBasedStateMachine):
    """Two workers that take windows, get some way with them, and settle or die; `deliveries` is what the server has."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.database = Database(Path(self.folder.name) / "panel.db")
        self.database.prepare()
        self.outbox = Outbox(self.database)
        self.pace = PaceStore(self.database)
        self.claims = Claims(self.database, retry=Retry(first_ms=1_000, most_ms=8_000), chance=lambda: 0.5)
        self.seconds = 0.0
        self.hands: dict[str, list[Claim]] = {}
        self.deliveries: Counter[int] = Counter()
        self.times: list[float] = []
        self.numbers = [ticket.number for ticket in self.outbox.enqueue_all([mail()] * 6, by=actor(), now=NOW)]

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    @rule(messages=st.integers(1, 5))
    def enqueue(self, messages: int) -> None:
        tickets = self.outbox.enqueue_all([mail()] * messages, by=actor(), now=NOW)
        self.numbers += [ticket.number for ticket in tickets]

    @rule(seconds=st.sampled_from([0.1, 2.0, 25.0, 1200.0]))
    def wait(self, seconds: float) -> None:
        self.seconds = round(self.seconds + seconds, 3)

    @rule(worker=st.sampled_from("ab"))
    def claim(self, worker: str) -> None:
        if worker not in self.hands:
            got = self.claims.claim_window(worker, TERMS, at(self.seconds), most=MOST)
            if isinstance(got, list):
                self.hands[worker] = got

    @rule(
        worker=st.sampled_from("ab"), far=st.integers(0, MOST), ends=st.sampled_from(["", "450", "550", "lost", "dead"])
    )
    def get_on(self, worker: str, far: int, ends: str) -> None:
        """Hand some of the window over; the next one is refused, or lost after its dot, or the worker dies there."""
        claims = self.hands.pop(worker, [])
        results: list[DeliveryResult] = []
        for claim in claims[:far]:
            if not self._hand_over(claim):
                return
            results.append(taken(claim))
        if ends == "dead":
            return
        if ends and far < len(claims):
            claim = claims[far]
            if ends == "lost" and not self._hand_over(claim):
                return
            lost = broken(claim, Stage.DATA, cause="connection_lost", uncertain=True)
            results.append(lost if ends == "lost" else broken(claim, Stage.MAIL, f"{ends} 5.3.0 No"))
        if claims:
            self.claims.settle_window(claims, results, None, at(self.seconds))

    @rule(worker=st.sampled_from("ab"), far=st.integers(1, MOST), ends=st.sampled_from(["", "lost", "dead"]))
    def work(self, worker: str, far: int, ends: str) -> None:
        """Wait until a lease has run out and a deferred message is due, take a window, and get on with it."""
        self.hands.pop(worker, None)
        self.seconds = round(self.seconds + 25, 3)
        self.claim(worker)
        self.get_on(worker, far, ends)

    def _hand_over(self, claim: Claim) -> bool:
        try:
            self.claims.check(claim, at(self.seconds))
        except LeaseLost:
            return False
        self.deliveries[claim.number] += 1
        self.times.append(self.seconds)
        assert sum(self.seconds - each < 3_600 for each in self.times) <= CAP
        return True

    @rule()
    def let_go(self) -> None:
        self.pace.release()

    @invariant()
    def nothing_is_lost_or_doubled_unmarked(self) -> None:
        kept = bodies(self.database)
        for number in self.numbers:
            entry = self.outbox.get(number)
            assert entry
            assert entry.state is State.SENT or number in kept
            assert entry.state is not State.SENT or self.deliveries[number]
            assert self.deliveries[number] <= 1 or entry.uncertain

    @invariant()
    def counted(self) -> None:
        check_counts(self.outbox, self.numbers)

    @invariant()
    def one_window_is_under_way(self) -> None:
        assert self.outbox.counts().by_state[State.SENDING] <= MOST


WindowMachine.TestCase.settings = settings(
    max_examples=60, stateful_step_count=30, suppress_health_check=list(HealthCheck)
)
TestWindows = WindowMachine.TestCase
