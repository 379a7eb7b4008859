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

from panel import clock, home, logs
from panel.clock import Instant
from panel.errors import DatabaseError
from panel.mail.net.policy import Policy
from panel.mail.smtp.session import Session
from panel.outbox.delivery.claim import Claim, LeaseLost
from panel.outbox.delivery.claims import Claims
from panel.outbox.delivery.heartbeats import BEAT_SECONDS, Heartbeats
from panel.outbox.delivery.logged import log_staging, log_window
from panel.outbox.delivery.result import DeliveryResult
from panel.outbox.delivery.sender import Sender, TokensOf
from panel.outbox.delivery.servers import Servers
from panel.outbox.delivery.staging import kept_back
from panel.outbox.delivery.turns.ahead import TIMED
from panel.outbox.delivery.watching.outage import Outage
from panel.outbox.outbox import Outbox
from panel.outbox.pace.pace import Reason, Terms, Wait
from panel.outbox.pace.rate import HOUR_MS, MINUTE_MS
from panel.settings.store import UNSAVED, SettingsStore
from panel.storage.wakeup import Notifier, Waiter

MOST_SLEEP_SECONDS = 60.0  # between two looks, should a notification get lost
BUSY_SECONDS = 2.0  # between two looks whether who is sending still lives, or our key has come
STEPS = 20  # of cleaning up, between two renewals of a lease
REST_SECONDS = 0.02  # after each of them, for others who want to write
BEATS = 4  # renewals of a lease between two signs of life
AHEAD_MS = 15  # before a message may leave, it is claimed, so that it leaves in time
MOST_AHEAD_MS = 1_000  # the same, at most, where the session is to be opened first
MOST_OF_MACHINE = 24  # characters of its name in that of a worker, which names a connection: 63 there
FAULT_SECONDS = 2.0  # before asking a database again that does not answer


class Worker:
    """Sends what may leave; `run` it in the thread that may be interrupted, or `run_once` for what is due now."""

    def __init__(
        self,
        outbox: Outbox,
        claims: Claims,
        settings: SettingsStore,
        heartbeats: Heartbeats,
        *,
        policy: Policy,
        window: int = 1,
        keep: tuple[timedelta, timedelta] = (timedelta(0), timedelta(days=30)),
        tokens: TokensOf | None = None,
        hourly: Callable[[], None] | None = None,
        minutely: Callable[[], None] | None = None,
        time: Callable[[], Instant] = clock.instant,
    ) -> None:
        self.name = f"{home.machine_name()[:MOST_OF_MACHINE]}-{os.getpid()}-{uuid4().hex[:8]}"
        self._outbox = outbox
        self._claims = claims
        self._settings, self._heartbeats = settings, heartbeats
        self._keep_bodies, self._keep_log = keep
        self._time = time
        self._window, self._hourly, self._minutely = window, hourly, minutely
        self._sender = Sender(policy, self._may_send, claims.reports, tokens)
        self._version, self._servers = UNSAVED, Servers.of(UNSAVED)
        self._in_hand: Sequence[Claim] = ()
        self._has_changed = self._in_doubt = self._keeps_session = False
        self._purge_ms = self._minute_ms = 0
        self._stopping, self._left, self._outage = threading.Event(), threading.Event(), Outage()
        self._waiter: Waiter | None = None

    def run(self, notifier: Notifier) -> None:
        """Send until `stop`, sleeping whenever nothing may leave."""
        with notifier.waiter(self.name) as self._waiter:
            heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
            heart.start()
            self._keeps_session = True
            try:
                while not self._stopping.is_set():
                    for _ in range(2):  # who asks for the end of a session waits until we have looked once more
                        wait, at, session_ms = self._round(), self._time(), self._session_ms()
                        if session_ms or not self._session:
                            break
                    if not session_ms:
                        self._close_session()
                    self._sleep(self._still(wait, at), session_ms)
            finally:
                self._keeps_session = False
                self._close_session()
                self._left.set()
                heart.join()
        with suppress(DatabaseError):  # it is taken for gone after a minute all the same
            self._heartbeats.leave(self.name)
        notifier.sweep()
        notifier.notify()  # who waited for our lease

    def run_once(self) -> Wait:
        """Send all that may leave now, and end the session; give why nothing more does."""
        try:
            return self._send_due()
        finally:
            self._close_session()

    def stop(self) -> None:
        """Finish or return the messages in hand, then leave `run`; a signal handler may call this."""
        self._stopping.set()
        self._sender.stop()
        if self._waiter:
            self._waiter.notify()

    def _send_due(self) -> Wait:
        """Send all that may leave now; give why nothing more does."""
        terms = self._terms()
        if terms is None:
            return Wait(Reason.UNSET)
        at = self._time()
        got = self._claims.claim_window(self.name, terms, at, most=1, ahead_ms=self._ahead_ms)
        if isinstance(got, Wait):
            return self._still(got, at)
        while isinstance(got, list):
            got = self._send(got)
        return got

    def _round(self) -> Wait:
        """Send what may leave; a database that does not answer is asked again, and costs no mail."""
        try:
            wait = self._send_due()
            self._outage.end()
            return wait
        except DatabaseError as fault:
            self._outage.tell(fault)
        except Exception as fault:  # a worker that ends costs everybody a lease, and comes back to the same
            logs.unexpected("round_failed", fault)
        return Wait(Reason.BUSY, int(FAULT_SECONDS * 1000))

    def _send(self, claims: list[Claim]) -> list[Claim] | Wait:
        """Send a window and take the next, of about a second: what is not settled yet may be sent twice."""
        self._has_changed = self._in_doubt = False
        if not self._is_current():
            return self._settle(claims, [], most=1)  # saved since: what came after a save goes by nothing older
        settings = self._servers.settings_of(claims[0].terms.which)
        kept, leaving = kept_back(claims, settings, self._is_released)
        if kept:
            return self._settle(claims, kept, most=self._window)
        if claims[0].ahead and not self._await(claims[0]):
            return self._settle(claims, [], most=1)
        self._in_hand = claims
        try:
            began = monotonic()
            results = self._sender.deliver(leaving, settings)
            a_second = int(len(results) / max(monotonic() - began, 0.001))
            self._learn(results)
            return self._settle(claims, results, most=max(1, min(a_second, self._window)))
        finally:
            self._in_hand = ()

    def _is_released(self, claim: Claim) -> bool:
        return self._outbox.is_released(claim.number, since=claim.since)

    def _await(self, claim: Claim) -> bool:
        """Open the session, and wait for the moment of a claim; say no as soon as something else has come first."""
        if not self._sender.get_ready(self._version.number, self._servers.settings_of(claim.terms.which)):
            return True  # there will be no MAIL that could come too early
        while not self._stopping.is_set() and self._is_next(claim):
            left = clock.seconds_until(claim.began.steady_ms)
            if left <= 0:
                return True
            if self._waiter:
                self._waiter.wait(left)
        return False

    def _is_next(self, claim: Claim) -> bool:
        try:
            return self._claims.is_next(claim, self._time()) and self._is_current()
        except DatabaseError:
            return False

    @property
    def _ahead_ms(self) -> int:
        """Say how long before its moment a message is claimed: there is time to open its session, if need be."""
        return min(AHEAD_MS + self._sender.opening_ms, MOST_AHEAD_MS) if self._keeps_session else 0

    def _is_current(self) -> bool:
        """Say whether the settings that we have are still those in force."""
        try:
            return self._settings.newest() == self._version.number
        except DatabaseError:
            return False

    def _may_send(self, claim: Claim) -> bool:
        """Say whether a message is still ours; a pause or a save ends the window before its next message."""
        try:
            if claim.ahead and not self._claims.begin(claim, self._time()):
                return False
            checked = self._claims.check(claim, self._time())
            if checked and (checked.paused or checked.version != self._version.number):
                self._has_changed = True
            return claim is self._in_hand[0] or not self._has_changed
        except LeaseLost:
            logs.warning("lease_lost", message=claim.number)
        except DatabaseError as fault:  # nobody can tell: it goes back unsent
            self._outage.tell(fault)
        self._in_doubt = True
        return False

    def _settle(self, claims: list[Claim], results: Sequence[DeliveryResult], *, most: int) -> list[Claim] | Wait:
        """Record what became of a window, however often the database must be asked, and take the next one."""
        last_try, said = False, results
        while True:
            try:
                terms = None if last_try or self._stopping.is_set() or self._in_doubt else self._terms()
                at = self._time()
                lost, got = self._claims.settle_window(
                    claims, results, terms, at, most=most, ahead_ms=self._ahead_ms, server=self._rests_at
                )
            except DatabaseError as fault:
                if self._stopping.is_set():
                    raise
                self._outage.tell(fault)
                self._sleep(Wait(Reason.BUSY, int(FAULT_SECONDS * 1000)))
                continue
            except Exception as fault:  # what was said may not be written down: what became of them must be
                logs.unexpected("settlement_fault", fault)
                if last_try:
                    raise
                last_try, results = True, [each.wordless for each in results]
                continue
            log_window(claims, said, lost, redirect_to=self._sender.settings.redirect_to)
            if last_try or self._in_doubt:
                return Wait(Reason.BUSY, 1_000)
            return got if isinstance(got, list) else self._still(got, at)

    def _still(self, wait: Wait, at: Instant) -> Wait:
        """Take off a wait what has passed of it, while its answer was written to disk or a session was closed."""
        passed_ms = self._time().steady_ms - at.steady_ms
        return wait if wait.ms is None else replace(wait, ms=max(0, wait.ms - passed_ms))

    def _terms(self) -> Terms | None:
        """Read the settings where there are newer ones; None while mail cannot be sent with them."""
        if self._settings.newest() != self._version.number or self._version.unreadable:
            self._version = self._settings.current()
            self._servers = Servers.of(self._version)
            log_staging(self._version)
        lost = self._version.unreadable and self._version.by_first.unreadable
        ready = self._version.settings.complete and not lost and self._settings.has_key
        return self._servers.terms if ready else None

    @property
    def _session(self) -> Session | None:
        """Give the session that may stay open when this round ends."""
        return self._sender.serves(self._version.number) if self._keeps_session else None

    @property
    def _rests_at(self) -> str | None:
        """Name the server of the session that may stay open."""
        return self._sender.server if self._session else None

    def _session_ms(self) -> int:
        """Say for how long the session stays open yet."""
        try:
            if self._session and not self._sender.has_ended():
                return self._claims.session_ms(self.name, self._servers.which_of(self._sender.settings), self._time())
        except DatabaseError as fault:
            self._outage.tell(fault)
        except Exception as fault:  # a session that nobody can tell anything of is not kept
            logs.unexpected("round_failed", fault)
        return 0

    def _close_session(self) -> None:
        """Say goodbye to the server, and note that others need not wait."""
        self._sender.close()
        try:
            self._learn()
            self._claims.forget_session(self.name, self._time())
        except DatabaseError as fault:
            self._outage.tell(fault)  # what is noted ends by itself

    def _learn(self, results: Sequence[DeliveryResult] = ()) -> None:
        """Keep what a server has shown of how it bears sessions; what cannot be kept is shown again."""
        lesson = self._sender.lesson()
        crowded = any(each.failure and each.failure.cause == "too_many_connections" for each in results)
        if lesson:
            logs.info("mail_session_ended", server=lesson.server, after_ms=lesson.ended_ms)
        with suppress(DatabaseError):
            if lesson:
                self._claims.learn_idle(lesson.server, self._time(), borne_ms=lesson.borne_ms, ended_ms=lesson.ended_ms)
            if crowded:
                self._claims.learn_alone(self._sender.server, self._time())
            if seen := self._sender.certificate():
                self._claims.note_certificate(*seen)

    def _sleep(self, wait: Wait, session_ms: int = 0) -> None:
        """Sleep until something may leave, or the session has rested enough."""
        seconds = BUSY_SECONDS if wait.reason is Reason.BUSY or not self._settings.has_key else MOST_SLEEP_SECONDS
        if wait.ms is not None:
            ahead_ms = self._ahead_ms if wait.reason in TIMED else 0
            seconds = min(seconds, max(0, wait.ms - ahead_ms) / 1000)
        session = self._session if session_ms else None
        if session:
            seconds = min(seconds, session_ms / 1000)
        if self._waiter and not self._stopping.is_set():
            self._waiter.wait(seconds, beside=session.fileno() if session else None)

    def _keep_lease(self) -> None:
        claims = self._in_hand
        try:
            if claims:
                self._claims.renew(claims[0], self._time())
        except LeaseLost:
            if self._in_hand is claims:  # else they have been settled meanwhile
                raise

    def _clean_up(self) -> None:
        """Once an hour, remove what need not be kept any longer, bit by bit, and give its space back."""
        at = self._time()
        if at.steady_ms < self._purge_ms:
            return
        for _ in range(STEPS):
            removed = self._outbox.purge(bodies_before=at.wall - self._keep_bodies, log_before=at.wall - self._keep_log)
            if not any(removed) and not self._outbox.shrink():
                self._purge_ms = at.steady_ms + HOUR_MS
                _start_beside(self._hourly)
                return
            if self._left.wait(REST_SECONDS):
                return

    def _end_forgotten(self) -> None:
        """Once a minute, have ended what nobody uses any more, and erase what nobody brings back any more."""
        at = self._time()
        if at.steady_ms >= self._minute_ms:
            self._minute_ms = at.steady_ms + MINUTE_MS
            _start_beside(self._minutely)
            self._outbox.erase_cancelled(now=at.wall)

    def _beat(self) -> None:
        """Tell that we live, keep the lease of the messages in hand, and clean up."""
        for beat in itertools.count():
            try:
                if beat % BEATS == 0 and self._settings.look_for_key():  # who lacks it gives no sign that it would send
                    claims = self._in_hand
                    message = claims[0].number if claims else None
                    self._heartbeats.beat(self.name, message=message, now=self._time().wall)
                self._keep_lease()
                self._clean_up()
                self._end_forgotten()
                self._outbox.look_for_oldest()
            except DatabaseError as fault:
                self._outage.tell(fault)
            except LeaseLost as fault:
                logs.warning("heartbeat_failed", text=fault)
            except Exception as fault:  # without this thread every lease runs out
                logs.unexpected("heartbeat_fault", fault)
            if self._left.wait(BEAT_SECONDS / BEATS):
                return


def _start_beside(act: Callable[[], None] | None) -> None:
    """Do what may take a while in a thread of its own: the heart goes on."""
    if act:
        threading.Thread(target=act, name="upkeep", daemon=True).start()
