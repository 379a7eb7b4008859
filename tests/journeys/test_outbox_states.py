"""Whatever is done to the outbox in whatever order, no message is lost, doubled or miscounted, and the pace holds."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from panel.clock import Instant
from panel.mail.smtp.protocol import Stage
from panel.outbox.delivery import result
from panel.outbox.delivery.claim import Claim, LeaseLost
from panel.outbox.delivery.retry import Retry
from panel.outbox.outbox import Outbox
from panel.outbox.pace.pace import Terms
from panel.outbox.pace.store import PaceStore
from panel.outbox.state import State
from panel.outbox.steering.acts import NotPossible
from panel.storage.opening import open_database
from tests.support.actors import actor
from tests.support.doors import SQLITE
from tests.support.mail import NOW, STARTED_MS, OneByOne, broken, mail, taken
from tests.support.rows import bodies, check_counts

INTERVAL = 6.0
CAP = 3
TERMS = Terms(1, interval_ms=int(INTERVAL * 1000), max_per_hour=CAP)


class OutboxMachine(RuleBasedStateMachine):
    """Two workers, a client, an operator and a clock; `deliveries` is what the server has accepted."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.database = open_database(Path(self.folder.name) / "panel.db")
        self.database.prepare()
        self.outbox = Outbox(self.database)
        self.pace = PaceStore(self.database)
        self.claims = OneByOne(self.database, retry=Retry(first_ms=1_000, most_ms=8_000), chance=lambda: 0.5)
        self.seconds = 0.0
        self.boots = 0
        self.booted = -STARTED_MS / 1000
        self.hands: dict[str, Claim] = {}
        self.testing = False
        self.deliveries: Counter[tuple[int, str]] = Counter()
        self.starts: dict[int, float] = {}  # of messages and tests, by their number in the windows
        self.last_end: float | None = None
        self.numbers = {ticket.number for ticket in self.outbox.enqueue_all([mail()] * 2, by=actor(), now=NOW)}

    def instant(self, wall: float = 0) -> Instant:
        """Give this moment, the wall clock set to another time by so many seconds."""
        moment = NOW + timedelta(seconds=self.seconds + wall)
        return Instant(moment, round((self.seconds - self.booted) * 1000), f"boot {self.boots}")

    def may_start(self) -> None:
        """Nothing starts within an interval after another's end, nor over the cap."""
        assert self.last_end is None or self.seconds - self.last_end >= INTERVAL
        assert sum(self.seconds - start < 3600 for start in self.starts.values()) < CAP

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    @rule(recipients=st.integers(1, 3))
    def enqueue(self, recipients: int) -> None:
        names = ("hanako", "taro", "jiro")[:recipients]
        ticket = self.outbox.enqueue(mail(*(f"{name}@example.org" for name in names)), by=actor(), now=NOW)
        self.numbers.add(ticket.number)

    @rule(seconds=st.sampled_from([1.0, 6.001, 30.0, 30.0, 1200.0]))
    def wait(self, seconds: float) -> None:
        self.seconds = round(self.seconds + seconds, 3)

    @rule(worker=st.sampled_from("ab"), wall=st.sampled_from([-100_000.0, 0.0, 0.0, 100_000.0]))
    def claim(self, worker: str, wall: float) -> None:
        if worker in self.hands:
            return
        got = self.claims.claim(worker, TERMS, self.instant(wall))
        if isinstance(got, Claim):
            self.may_start()
            self.starts[got.sending] = self.seconds
            self.hands[worker] = got

    @rule(worker=st.sampled_from("ab"), refused=st.sampled_from(["", "550 5.1.1 No such user", "450 4.2.0 Later"]))
    def deliver(self, worker: str, refused: str) -> None:
        """The server takes the message, and perhaps refuses its last recipient."""
        claim = self.hands.pop(worker, None)
        if claim is None:
            return
        try:
            self.claims.check(claim, self.instant())
        except LeaseLost:
            return
        rcpt_to = claim.submission.rcpt_to
        refusals = {rcpt_to[-1].partition("@")[0]: refused} if refused and len(rcpt_to) > 1 else {}
        self.deliveries.update((claim.number, to) for to in rcpt_to[: len(rcpt_to) - len(refusals)])
        self.claims.settle(claim, taken(claim, **refusals), self.instant())
        self.last_end = self.seconds

    @rule(
        worker=st.sampled_from("ab"),
        ends=st.sampled_from([(Stage.DATA, "451 4.3.0 Later"), (Stage.RCPT, "550 5.1.1 No"), (Stage.CONNECT, "")]),
    )
    def fail(self, worker: str, ends: tuple[Stage, str]) -> None:
        claim = self.hands.pop(worker, None)
        if claim is None:
            return
        result = broken(claim, ends[0], ends[1], cause="" if ends[1] else "connect_timeout")
        with suppress(LeaseLost):
            self.claims.settle(claim, result, self.instant())
            self.last_end = self.seconds
            if ends[0] is Stage.CONNECT:
                del self.starts[claim.sending]

    @rule(worker=st.sampled_from("ab"))
    def give_back(self, worker: str) -> None:
        claim = self.hands.pop(worker, None)
        if claim is not None:
            with suppress(LeaseLost):
                self.claims.settle(claim, result.returned(claim.submission.rcpt_to), self.instant())
                self.last_end = self.seconds
                del self.starts[claim.sending]

    @rule(worker=st.sampled_from("ab"), taken_before=st.booleans())
    def die(self, worker: str, taken_before: bool) -> None:
        """The worker dies, perhaps after the server has taken the message."""
        claim = self.hands.pop(worker, None)
        if claim and taken_before:
            with suppress(LeaseLost):
                self.claims.check(claim, self.instant())
                self.deliveries.update((claim.number, to) for to in claim.submission.rcpt_to)
                self.last_end = self.seconds

    @rule(worker=st.sampled_from("ab"), then=st.sampled_from(["deliver", "die"]))
    def work(self, worker: str, then: str) -> None:
        """Let a slot come, take it, and hand the message over; what was found out about the server is forgotten."""
        self.pace.resume(by=actor(), now=NOW)
        self.pace.release()
        self.seconds = round(self.seconds + 30, 3)
        self.claim(worker, 0.0)
        if then == "deliver":
            self.deliver(worker, "")
        else:
            self.die(worker, True)

    @rule(number=st.integers(1, 5), act=st.sampled_from(["retry", "cancel"]))
    def steer(self, number: int, act: str) -> None:
        if number in self.numbers:
            with suppress(NotPossible):
                getattr(self.outbox, act)(number, by=actor(), now=self.instant().wall)

    @rule()
    def begin_test(self) -> None:
        if not self.testing and self.pace.begin_test("test/1", TERMS, self.instant()) is None:
            self.may_start()
            self.starts[-len(self.starts) - 1] = self.seconds
            self.testing = True

    @rule()
    def end_test(self) -> None:
        if self.testing:
            self.pace.end_test("test/1", TERMS, self.instant())
            self.last_end = self.seconds
            self.testing = False

    @rule(seconds=st.sampled_from([1.0, 60.0, 7200.0]))
    def restart_the_machine(self, seconds: float) -> None:
        """Whoever was sending is gone; what was in hand may have left at the last moment."""
        if self.hands or self.testing:
            self.last_end = self.seconds
        self.deliveries.update((claim.number, to) for claim in self.hands.values() for to in claim.submission.rcpt_to)
        self.hands.clear()
        self.testing = False
        self.seconds += seconds
        self.boots += 1
        self.booted = self.seconds - 1
        self.pace.resume(by=actor(), now=NOW)

    @rule(pause=st.booleans())
    def pause_or_resume(self, pause: bool) -> None:
        self.pace.pause(by=actor("test"), now=NOW) if pause else self.pace.resume(by=actor(), now=NOW)

    @invariant()
    def counted(self) -> None:
        check_counts(self.outbox, self.numbers)

    @invariant()
    def nothing_is_lost(self) -> None:
        """Every message has a body until it is sent to all; what came twice is marked, and nothing is said too much."""
        kept = bodies(self.database)
        for number in self.numbers:
            entry = self.outbox.get(number)
            assert entry
            assert entry.state in (State.SENT, State.CANCELLED) or number in kept
            for recipient in entry.recipients:
                got = self.deliveries[number, recipient.address]
                assert recipient.state != "sent" or got
                assert got <= 1 or entry.uncertain

    @invariant()
    def at_most_one_is_under_way(self) -> None:
        assert self.outbox.counts().by_state[State.SENDING] <= 1


@pytest.mark.both_doors
def test_no_order_of_events_loses_doubles_or_miscounts_a_message(door: str, is_long: bool) -> None:
    examples = 60 if door == SQLITE or is_long else 6
    how = settings(max_examples=examples, stateful_step_count=30, suppress_health_check=list(HealthCheck))

    run_state_machine_as_test(OutboxMachine, settings=how)
