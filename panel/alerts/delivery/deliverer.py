"""Tells the destinations: each in a lane of its own, so that one that is slow keeps no other waiting, nor any mail."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from panel import clock, logs
from panel.alerts.delivery import queue
from panel.alerts.delivery.answered import Answered, answered_with
from panel.alerts.delivery.document import written_notice
from panel.alerts.delivery.mail import SecondRoute, send_alert_mail
from panel.alerts.delivery.queue import DueNotice
from panel.alerts.delivery.requests import Dispatch, HttpRequest, beat_of, request_of
from panel.alerts.delivery.schedule import BEAT_AGAIN, BEAT_EVERY, HTTP_SECONDS, MAIL_SECONDS, TooManyAlertTests
from panel.alerts.destination import Destination, DestinationKind
from panel.alerts.destinations import DestinationStore, NoSuchDestination
from panel.alerts.notice import Notice, NoticeType
from panel.alerts.wording import notice_of
from panel.errors import DatabaseError
from panel.i18n import N_
from panel.mail.net import https
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import SessionError, Stopped
from panel.mail.net.policy import Policy
from panel.storage.actor import Actor
from panel.storage.database import Database
from panel.storage.journal import Action, append, times_since
from panel.storage.vault import Vault

TESTS_A_MINUTE = 10


class Deliverer:
    """Delivers notices at least once, by whoever asks; several deliverers send none of them at the same time."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        policy: Policy,
        *,
        second: SecondRoute = lambda: None,
        url: str | None = None,
        panel: str = "",
        http_seconds: float = HTTP_SECONDS,
    ) -> None:
        self._database = database
        self._store = DestinationStore(database, vault, policy)
        self._vault = vault
        self._policy = policy
        self._second = second
        self._url = url
        self._panel = panel
        self._http_seconds = http_seconds
        self._lock = threading.Lock()
        self._lanes: dict[int, threading.Thread] = {}  # by destination
        self._patience: set[Deadline] = set()
        self._stopped = False

    def deliver_due(self, at: datetime) -> datetime | None:
        """Begin to deliver what is due, and say when something is due next; nothing of it is waited for."""
        waiting = queue.due(self._database, at)
        for number in dict.fromkeys(each.destination for each in waiting):
            self._begin(number, at, self._drain)
        return queue.next_due(self._database)

    def beat(self, at: datetime) -> None:
        """Begin to say to each ping that all is well, every 5 minutes; whoever judges calls this while it is."""
        for row in self._database.rows(_PINGS, (clock.stamp(at - BEAT_EVERY),)):
            self._begin(row["number"], at, self._beat)

    def send(self, destination: Destination, notice: Notice, at: datetime) -> Answered:
        """Tell one destination of a notice once, without the data file, which may be what is broken."""
        document = written_notice(notice, details=destination.details)
        return self._try(destination, Dispatch(notice, document, queue.new_webhook_id()), at)

    def test(self, number: int, by: Actor, now: datetime) -> Answered:
        """Send a test to one destination and wait for its answer; it is noted who did.

        Raise `NoSuchDestination`, or `TooManyAlertTests` for the eleventh within a minute.
        """
        destination = self._store.get(number)
        if destination is None:
            raise NoSuchDestination(number)
        self._vault.look()
        with self._database.writing() as write:
            if times_since(write, now - timedelta(minutes=1), action=Action.ALERT_TESTED) >= TESTS_A_MINUTE:
                raise TooManyAlertTests(N_("That was the tenth test in a minute. Wait a minute, then try again."))
            append(
                write,
                by,
                Action.ALERT_TESTED,
                object=f"destination/{number}",
                told={"destination": number, "host": destination.host},
                now=now,
            )
        notice = notice_of(NoticeType.TEST, None, locale=destination.locale, at=now, url=self._url, panel=self._panel)
        answered = self.send(destination, notice, now)
        with self._database.writing() as write:
            write.run(_TESTED, (clock.stamp(now), answered.told, number))
            queue.note_answer(write, destination, answered, now)
        return answered

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is under way, but no longer than that; say whether nothing is."""
        ends = time.monotonic() + seconds
        for lane in self._under_way():
            lane.join(max(0.0, ends - time.monotonic()))
        return not self._under_way()

    def stop(self) -> None:
        """Break off what is under way: whoever delivers next takes it up once its lease is over."""
        with self._lock:
            self._stopped = True
            for each in self._patience:
                each.stop()

    # The lanes

    def _under_way(self) -> list[threading.Thread]:
        with self._lock:
            return [lane for lane in self._lanes.values() if lane.is_alive()]

    def _begin(self, number: int, at: datetime, act: Callable[[int, datetime], None]) -> None:
        """Begin something for a destination, unless something is under way for it."""
        with self._lock:
            running = self._lanes.get(number)
            if self._stopped or (running and running.is_alive()):
                return
            lane = threading.Thread(
                target=self._run, args=(act, number, at), name=f"alert-destination-{number}", daemon=True
            )
            self._lanes[number] = lane
            lane.start()

    def _run(self, act: Callable[[int, datetime], None], number: int, at: datetime) -> None:
        try:
            act(number, at)
        except Stopped:
            return
        except DatabaseError as fault:
            logs.error("database_failed", text=fault)
        except Exception as fault:
            logs.unexpected("alert_lane_failed", fault, destination=number)
        finally:
            self._database.close()  # this thread's connection

    def _drain(self, number: int, at: datetime) -> None:
        """Deliver what is due for one destination, in its order, until one try fails."""
        began = time.monotonic()
        while waiting := self._next(number, moment := _later(at, began)):
            claimed = queue.claim(self._database, waiting, moment)
            destination = self._store.get(number)
            if claimed is None or destination is None:
                return
            answered = self._try_claimed(destination, claimed, moment)
            queue.settle_notice(self._database, destination, claimed, answered, _later(at, began))
            if not answered.told:
                return

    def _next(self, number: int, at: datetime) -> DueNotice | None:
        return next((each for each in queue.due(self._database, at) if each.destination == number), None)

    def _beat(self, number: int, at: datetime) -> None:
        with self._database.writing() as write:
            claimed = write.changed(_BEAT, (clock.stamp(at), number, clock.stamp(at - BEAT_EVERY)))
        destination = self._store.get(number)
        if not claimed or destination is None:
            return
        answered = self._asked(destination, lambda: beat_of(destination))
        with self._database.writing() as write:
            queue.note_answer(write, destination, answered, at)
            if not answered.told:
                write.run("UPDATE destinations SET beat_at = ? WHERE number = ?", (_soon(at), number))

    # One try

    def _try_claimed(self, destination: Destination, claimed: DueNotice, at: datetime) -> Answered:
        """Try once; a fault of ours counts as a try that failed, so that it is not made for ever."""
        try:
            return self._try(destination, _permitted(destination, claimed.dispatch), at)
        except Stopped:
            queue.give_back_notice(self._database, claimed)
            raise
        except DatabaseError:
            raise
        except Exception as fault:
            logs.unexpected("alert_lane_failed", fault, destination=destination.number)
            return Answered(told=False, status="panel_fault")

    def _try(self, destination: Destination, dispatch: Dispatch, at: datetime) -> Answered:
        if destination.kind is not DestinationKind.MAIL:
            return self._asked(destination, lambda: request_of(destination, dispatch, at))
        return self._timed(
            destination,
            MAIL_SECONDS,
            lambda deadline: send_alert_mail(
                destination, dispatch, at, second=self._second, policy=self._policy, deadline=deadline
            ),
        )

    def _asked(self, destination: Destination, make: Callable[[], HttpRequest]) -> Answered:
        return self._timed(destination, self._http_seconds, lambda deadline: self._ask(destination, make(), deadline))

    def _ask(self, destination: Destination, asked: HttpRequest, deadline: Deadline) -> Answered:
        try:
            answer = https.request(
                asked.method,
                asked.url,
                headers=asked.headers,
                body=asked.body,
                policy=self._policy,
                deadline=deadline,
                ca_certificate=destination.values.get("ca_certificate", ""),
                status_only=True,
            )
        except SessionError as fault:
            return Answered(told=False, status=fault.cause)
        return answered_with(answer.status, answer.headers)

    def _timed(self, destination: Destination, seconds: float, act: Callable[[Deadline], Answered]) -> Answered:
        """Do it within so many seconds, and with what it took."""
        if not (destination.readable and self._vault.agrees):
            return Answered(told=False, status="secret_unreadable")
        began, deadline = time.monotonic(), Deadline(seconds)
        with self._lock:
            self._patience.add(deadline)
            if self._stopped:
                deadline.stop()
        try:
            answered = act(deadline)
        finally:
            with self._lock:
                self._patience.discard(deadline)
        return _taking(answered, began)


def _permitted(destination: Destination, dispatch: Dispatch) -> Dispatch:
    """Leave out the server's words where the destination has stopped asking for them since the notice was made."""
    if destination.details or not dispatch.notice.reply:
        return dispatch
    notice = replace(dispatch.notice, reply=None)
    return dispatch._replace(notice=notice, document=written_notice(notice, details=False))


def _taking(answered: Answered, began: float) -> Answered:
    return replace(answered, ms=round((time.monotonic() - began) * 1000))


def _later(at: datetime, began: float) -> datetime:
    return at + timedelta(seconds=time.monotonic() - began)


def _soon(at: datetime) -> str:
    """Give when a ping that failed would have been due so that it is tried again soon."""
    return clock.stamp(at - BEAT_EVERY + BEAT_AGAIN)


_PINGS = "SELECT number FROM destinations WHERE kind = 'ping' AND disabled_at ISNULL AND coalesce(beat_at, '') <= ?"
_BEAT = "UPDATE destinations SET beat_at = ? WHERE number = ? AND coalesce(beat_at, '') <= ?"
_TESTED = (
    "UPDATE destinations SET tested_at = ?, disabled_at = CASE ? WHEN 1 THEN NULL ELSE disabled_at END WHERE number = ?"
)
