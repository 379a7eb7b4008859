"""The test send as one act: note it, run it over the worker's own session, and keep what it found."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from panel import clock, logs
from panel.checks.trial.message import message_of, reported
from panel.checks.trial.order import Order, first_report
from panel.checks.trial.report import Mode, Outcome, Report, StageReport, Waiting
from panel.checks.trial.store import TrialStore
from panel.errors import DatabaseError
from panel.mail.message.envelope import Envelope
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import Stopped
from panel.mail.net.policy import Policy
from panel.mail.smtp.errors import DeliveryFailed
from panel.mail.smtp.extensions import size_max
from panel.mail.smtp.protocol import Failure, Reply, Stage, shortened
from panel.mail.smtp.server import TokenSource
from panel.mail.smtp.session import Session
from panel.outbox.pace.pace import Reason, Wait, server_of
from panel.outbox.pace.slot import NoSlot, Slot
from panel.settings.model import Settings
from panel.storage.database import Writer

TRIAL_SECONDS = 30.0  # one deadline over name look-up, POP, TLS and every reply
TRIAL_BEAT_SECONDS = 0.25


class TrialRun:
    """A test that has been noted; `run` it once, in whichever thread may wait for it."""

    def __init__(
        self,
        order: Order,
        *,
        store: TrialStore,
        policy: Policy,
        slot: Slot,
        fingerprint: str,
        now: datetime,
        tokens: TokenSource | None = None,
    ) -> None:
        """Note the test; raise `TooManyTrials`, `TrialRunning` or `TooSoon` where it may not begin."""
        self.wait: Wait | None = None
        settings = order.settings
        slot.lead_to(server_of(settings.smtp_host, settings.smtp_port), interval_ms=settings.send_interval_ms)
        if order.mode is Mode.SEND:
            self.wait = slot.refuse_far(order.patience_ms, after_ms=order.after_ms)
        self._slot = slot
        self._fingerprint = fingerprint
        self.deadline = Deadline(TRIAL_SECONDS)
        self._order = order
        self._store = store
        self._progress = _Progress(first_report(order, now))
        self._policy = policy
        self._tokens = tokens
        self.number = store.begin(
            self._progress.report, by=order.by, fingerprint=fingerprint, now=now, beside=self._take_if_free
        )

    def run(self) -> Report:
        """Run the test to its end; whatever happens, its row does not stay running."""
        ended = threading.Event()
        heart = threading.Thread(target=self._beat, args=(ended,), name=f"trial-{self.number}", daemon=True)
        heart.start()
        try:
            self._run_in_slot()
        except BaseException:
            self._progress.stop()
            raise
        finally:
            ended.set()
            heart.join()
            self._store.finish(self.number, self._progress.report, self._progress.seen, beside=self._give_back)
            self._slot.notify()
            self._tell()
        return self._progress.report

    def _run_in_slot(self) -> None:
        """Run the session; a test that delivers takes its slot among the messages."""
        try:
            self._wait_for_slot()
            self._run_with_room()
        except Stopped:
            self._progress.stop()
        except NoSlot:
            self._progress.finish(Outcome.STOPPED, notices=(*self._progress.report.notices, "no_turn"))

    def _take_if_free(self, number: int, write: Writer) -> None:
        """Take the slot in the commit that notes the test, unless that is to wait."""
        if self._order.mode is Mode.SEND and self.wait is None and not self._order.after_ms:
            self._slot.take_if_free(number, write)

    def _give_back(self, write: Writer) -> None:
        """Give the slot back in the commit that ends the test, and tell the clock what was found of its settings."""
        report = self._progress.report
        self._slot.end(counts=report.came_to(Stage.MAIL), within=write)
        if report.came_to(Stage.MAIL):
            self._slot.opened(self._fingerprint, write)
        if report.outcome is Outcome.SUCCESS:
            self._slot.succeed(self._fingerprint, write)

    def _wait_for_slot(self) -> None:
        """Wait until the moment that was asked for, then for the slot; the deadline of the session begins after it."""
        order, seconds = self._order, self.deadline.remaining()
        self.deadline.renew((order.after_ms + (order.patience_ms or 0)) / 1000 + seconds)
        if order.after_ms:
            self._progress.wait("asked", clock.now() + timedelta(milliseconds=order.after_ms))
            self.deadline.sleep(order.after_ms / 1000)
        if order.mode is Mode.SEND:
            self._slot.take(self.number, self.deadline, patience_ms=order.patience_ms, tell=self._tell_wait)
        self._progress.go()
        self.deadline.renew(seconds)

    def _tell_wait(self, wait: Wait) -> None:
        waiting = waiting_for(wait)
        self._progress.wait(waiting.reason, waiting.until)

    @property
    def waiting(self) -> bool:
        """Say whether the test has yet to begin."""
        return self._progress.report.waiting is not None

    def _run_with_room(self) -> None:
        """Run the session, and once more where it met one of our own that waits for mail."""
        server = self._order.server
        self._slot.make_room(server, self.deadline)
        self._run_session()
        if not self._is_crowded_out():
            return
        self._slot.learn_alone(server)
        if self._slot.make_room(server, self.deadline):
            self._progress.begin_anew(first_report(self._order, self._progress.report.started_at))
            self._run_session()

    def _is_crowded_out(self) -> bool:
        """Say whether the server has refused the session because there are others."""
        found = self._progress.report
        return found.failure is not None and _cause_of(self.number, found) == "too_many_connections"

    def _run_session(self) -> None:
        order, progress = self._order, self._progress
        server = order.settings.server_with(self._tokens) if self._tokens else order.settings.server
        session = Session(server, policy=self._policy, deadline=self.deadline, watcher=progress)
        mail = message_of(order, self.number, progress.report.started_at)
        envelope = reported(mail, order.settings, self.number)
        queue_id = None
        failure: Failure | None = None
        try:
            with session:
                session.open()
                queue_id = _offer(session, envelope, order.mode)
        except DeliveryFailed as fault:
            failure = fault.failure
        except Stopped:
            progress.stop()
        outcome = _outcome(progress.report, failure)
        taken = outcome is Outcome.SUCCESS and order.mode is Mode.SEND
        progress.finish(
            outcome,
            failure=failure,
            queue_id=queue_id,
            accepted_at=clock.now() if taken else None,
            suggestion=self._suggested(failure),
            notices=(*progress.report.notices, *_notices(session, order.settings)),
            **_facts(session),
        )

    def _suggested(self, failure: Failure | None) -> Mapping[str, object] | None:
        """Try the usual ports beside the one that did not answer, while there is time and nobody stops us."""
        if failure is None or self.deadline.stopped:
            return None
        from panel.checks.trial import alternatives  # most tests need none

        return alternatives.working(self._order.settings, failure, policy=self._policy, deadline=self.deadline)

    def _tell(self) -> None:
        number, report = self.number, self._progress.report
        cause, stage = (_cause_of(number, report), report.failure.stage) if report.failure else (None, None)
        logs.info("test_ended", test=number, outcome=report.outcome, cause=cause, stage=stage, ms=round(report.ms))

    def _beat(self, ended: threading.Event) -> None:
        """Keep the row alive and up to date, and hear from it whether to stop."""
        while not ended.wait(TRIAL_BEAT_SECONDS):
            try:
                if self._store.beat(self.number, self._progress.report, self._progress.seen, clock.now()):
                    self.deadline.stop()
            except DatabaseError:
                continue  # the next beat may get through


class _Progress:
    """The report while it grows, and how often it has."""

    def __init__(self, first: Report) -> None:
        self.report = first
        self.seen = 0
        self._started = time.monotonic()

    def begin(self, stage: Stage) -> None:
        self._grow(stages=self.report.stages_with(StageReport(stage, "running")))

    def end(self, stage: Stage, status: str, ms: float, reply: Reply | None) -> None:
        self._grow(stages=self.report.stages_with(StageReport(stage, status, round(ms, 1), shortened(reply))))

    def begin_anew(self, first: Report) -> None:
        self.report = first
        self._grow()

    def wait(self, reason: str, until: datetime | None) -> None:
        """Note why the test waits; the moment is told anew where it has moved by a second."""
        known = self.report.waiting
        if known and known.reason == reason and _is_near(known.until, until):
            return
        self._grow(waiting=Waiting(str(reason), until))

    def go(self) -> None:
        if self.report.waiting:
            self._started = time.monotonic()
            self._grow(waiting=None)

    def stop(self) -> None:
        self.report = self.report.stopped()
        self._grow()

    def finish(self, outcome: Outcome, **found: Any) -> None:
        self._grow(outcome=outcome, **found)

    def _grow(self, **changes: Any) -> None:
        self.report = self.report._replace(ms=(time.monotonic() - self._started) * 1000, **changes)
        self.seen += 1


def _is_near(one: datetime | None, other: datetime | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) < timedelta(seconds=1)


def _cause_of(number: int, failed: Report) -> str:
    """Find the cause as it is shown; whatever a server's words do to our rules, the test has ended as it has."""
    from panel.checks.trial.failure import diagnosed  # a test that succeeds needs no diagnosis

    try:
        return diagnosed(failed).cause.name
    except Exception as fault:
        logs.unexpected("judgement_fault", fault, test=number)
        return failed.failure.cause if failed.failure else ""


def _offer(session: Session, envelope: Envelope, mode: Mode) -> str | None:
    if mode is Mode.CHECK:
        session.check(envelope)
        return None
    return session.deliver(envelope).queue_id


def _outcome(found: Report, failure: Failure | None) -> Outcome:
    if found.outcome is Outcome.STOPPED:
        return Outcome.STOPPED
    if failure is None:
        return Outcome.SUCCESS
    return Outcome.UNKNOWN if failure.uncertain else Outcome.FAILURE


def _notices(session: Session, settings: Settings) -> tuple[str, ...]:
    """Name what the session has shown beside the test: a door takes more than the server does."""
    most = size_max(session.extensions)
    return ("server_takes_less",) if most and most < settings.max_message_bytes else ()


def _facts(session: Session) -> dict[str, Any]:
    return {
        "size_max": size_max(session.extensions),
        "address": session.address,
        "tls": session.tls._asdict() if session.tls else None,
        "auth": session.auth,
        "transcript": tuple(session.transcript),
    }


def waiting_for(wait: Wait) -> Waiting:
    """Say until when a test waits, as of now; a lease says nothing about the end of what is under way."""
    known = wait.ms is not None and wait.reason is not Reason.BUSY
    return Waiting(str(wait.reason), clock.now() + timedelta(milliseconds=wait.ms or 0) if known else None)
