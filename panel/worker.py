"""Empties the outbox at the set pace, and stops when asked."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from uuid import uuid4

from panel import clock, logs
from panel.clock import Instant
from panel.courier import Courier
from panel.destination import Policy
from panel.dispatch import Claim, Dispatch, LeaseLost, Wait
from panel.errors import DatabaseError
from panel.heartbeats import BEAT_SECONDS, Heartbeats
from panel.judgement import Judgement
from panel.outbox import Outbox
from panel.pace import Reason, Terms
from panel.pacing import HOUR_MS
from panel.settings_store import UNSAVED, SettingsStore, Version
from panel.wake import Bell, Sleeper

MOST_SLEEP_SECONDS = 60.0  # between two looks, should a ring get lost
BUSY_SECONDS = 2.0  # between two looks whether who is sending still lives
BEATS = 4  # renewals of a lease between two signs of life
FAULT_SECONDS = 2.0  # before asking a database again that does not answer


class Worker:
    """Sends what may leave; `run` it in the thread that may be interrupted, or `run_once` for what is due now."""

    def __init__(
        self,
        outbox: Outbox,
        dispatch: Dispatch,
        settings: SettingsStore,
        heartbeats: Heartbeats,
        *,
        policy: Policy,
        window: int = 1,
        keep: tuple[timedelta, timedelta] = (timedelta(0), timedelta(days=30)),
        time: Callable[[], Instant] = clock.instant,
    ) -> None:
        self.name = f"{os.getpid()}-{uuid4().hex[:8]}"
        self._outbox = outbox
        self._dispatch = dispatch
        self._settings = settings
        self._heartbeats = heartbeats
        self._keep_bodies, self._keep_log = keep
        self._time = time
        self._window = window
        self._courier = Courier(policy, self._may_send)
        self._version: Version = UNSAVED
        self._claims: Sequence[Claim] = ()
        self._has_changed = self._in_doubt = False
        self._purge_ms = 0
        self._stopping = threading.Event()
        self._left = threading.Event()
        self._sleeper: Sleeper | None = None

    def run(self, bell: Bell) -> None:
        """Send until `stop`, sleeping whenever nothing may leave."""
        with bell.listener(self.name) as self._sleeper:
            heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
            heart.start()
            try:
                while not self._stopping.is_set():
                    self._sleep(self._round())
            finally:
                self._left.set()
                heart.join()
        with suppress(DatabaseError):  # it is taken for gone after a minute all the same
            self._heartbeats.leave(self.name)
        bell.sweep()
        bell.ring()  # who waited for our lease

    def run_once(self) -> Wait:
        """Send all that may leave now; give why nothing more does."""
        terms = self._terms()
        if terms is None:
            return Wait(Reason.UNSET)
        at = self._time()
        got = self._still(self._dispatch.claim_window(self.name, terms, at, most=1), at)
        try:
            while isinstance(got, list):
                got = self._send(got)
        finally:
            self._courier.close()
        return got

    def stop(self) -> None:
        """Finish or return the messages in hand, then leave `run`; a signal handler may call this."""
        self._stopping.set()
        self._courier.stop()
        if self._sleeper:
            self._sleeper.ring()

    def _round(self) -> Wait:
        """Send what may leave; a database that does not answer is asked again, and costs no mail."""
        try:
            return self.run_once()
        except DatabaseError as fault:
            logs.error("database_failed", text=fault)
            return Wait(Reason.BUSY, int(FAULT_SECONDS * 1000))

    def _send(self, claims: list[Claim]) -> list[Claim] | Wait:
        """Send a window and take the next, of about a second: what is not settled yet may be sent twice."""
        self._claims = claims
        self._has_changed = self._in_doubt = False
        try:
            began = monotonic()
            judged = self._courier.deliver(claims, self._version.settings)
            a_second = int(len(judged) / max(monotonic() - began, 0.001))
            for claim, judgement in zip(claims, judged, strict=False):
                _tell(claim, judgement)
            return self._settle(claims, judged, most=max(1, min(a_second, self._window)))
        finally:
            self._claims = ()

    def _may_send(self, claim: Claim) -> bool:
        """Say whether a message is still ours; a pause or a save ends the window before its next message."""
        try:
            pace = self._dispatch.check(claim, self._time())
            if pace and (pace.paused_at is not None or self._settings.newest() != self._version.number):
                self._has_changed = True
            return claim is self._claims[0] or not self._has_changed
        except LeaseLost:
            logs.warning("lease_lost", message=claim.number)
        except DatabaseError as fault:  # nobody can tell: it goes back unsent
            logs.error("database_failed", text=fault)
        self._in_doubt = True
        return False

    def _settle(self, claims: list[Claim], judged: list[Judgement], *, most: int) -> list[Claim] | Wait:
        """Record what became of a window, however often the database must be asked, and take the next one."""
        while True:
            try:
                terms = None if self._stopping.is_set() or self._in_doubt else self._terms()
                at = self._time()
                lost, got = self._dispatch.settle_window(claims, judged, terms, at, most=most)
            except DatabaseError as fault:
                if self._stopping.is_set():
                    raise
                logs.error("database_failed", text=fault)
                self._sleep(Wait(Reason.BUSY, int(FAULT_SECONDS * 1000)))
                continue
            for number in lost:
                logs.warning("lease_lost", message=number)
            return Wait(Reason.BUSY, 1_000) if self._in_doubt else self._still(got, at)

    def _still(self, got: list[Claim] | Wait, at: Instant) -> list[Claim] | Wait:
        """Take off a wait what has passed of it while its answer was written to disk."""
        if isinstance(got, list) or got.ms is None:
            return got
        return replace(got, ms=max(0, got.ms - (self._time().steady_ms - at.steady_ms)))

    def _terms(self) -> Terms | None:
        """Read the settings where there are newer ones; None while mail cannot be sent with them."""
        if self._settings.newest() != self._version.number or self._version.unreadable:
            self._version = self._settings.current()
        ready = self._version.settings.complete and not self._version.unreadable
        return self._version.terms if ready else None

    def _sleep(self, wait: Wait) -> None:
        most = BUSY_SECONDS if wait.reason is Reason.BUSY else MOST_SLEEP_SECONDS
        seconds = most if wait.ms is None else min(wait.ms / 1000, most)
        if self._sleeper and not self._stopping.is_set():
            self._sleeper.sleep(seconds)

    def _keep_lease(self) -> None:
        claims = self._claims
        try:
            if claims:
                self._dispatch.renew(claims[0], self._time())
        except LeaseLost:
            if self._claims is claims:  # else they have been settled meanwhile
                raise

    def _clean_up(self) -> None:
        """Once an hour, remove what need not be kept any longer, bit by bit."""
        at = self._time()
        if at.steady_ms < self._purge_ms:
            return
        removed = self._outbox.purge(bodies_before=at.wall - self._keep_bodies, log_before=at.wall - self._keep_log)
        if not any(removed):
            self._purge_ms = at.steady_ms + HOUR_MS

    def _beat(self) -> None:
        """Tell that we live, keep the lease of the messages in hand, and clean up."""
        for beat in itertools.count():
            try:
                if beat % BEATS == 0:
                    claims = self._claims
                    message = claims[0].number if claims else None
                    self._heartbeats.beat(self.name, message=message, now=self._time().wall)
                self._keep_lease()
                self._clean_up()
            except (DatabaseError, LeaseLost) as fault:
                logs.warning("heartbeat_failed", text=fault)
            if self._left.wait(BEAT_SECONDS / BEATS):
                return


def _tell(claim: Claim, judgement: Judgement) -> None:
    """Log one line for each try."""
    failure = judgement.failure
    if failure is None:
        logs.info("accepted", message=claim.number, reply=judgement.reply)
    else:
        logs.warning(
            "not_accepted",
            message=claim.number,
            stage=failure.stage,
            cause=failure.cause,
            effect=judgement.effect,
            reply=judgement.verdicts[0].reply,
        )
