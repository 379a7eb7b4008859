"""Carries messages to the mail server, over one session as long as that serves, and judges what comes of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from panel import logs
from panel.mail.message.envelope import Envelope
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import Stopped
from panel.mail.net.policy import Policy
from panel.mail.smtp.errors import DeliveryFailed
from panel.mail.smtp.extensions import Limits, is_full
from panel.mail.smtp.prepared_message import made_or_broken
from panel.mail.smtp.protocol import Failure, Stage
from panel.mail.smtp.server import TokenSource
from panel.mail.smtp.session import Session
from panel.mail.smtp.transaction import Receipt
from panel.outbox.delivery.claim import Claim
from panel.outbox.delivery.result import DeliveryResult, Effect, accepted, refused, returned, taken, unjudged
from panel.outbox.delivery.staging import envelope_of, of_originals
from panel.outbox.delivery.watching.guard import DELIVERY_SECONDS, Guard, NotOurs
from panel.outbox.pace.patience import name_of
from panel.outbox.pace.reports import Reports
from panel.settings.model import Settings

DELIVERY_GRACE_SECONDS = 10.0  # for a message that is being handed over when we are asked to stop
POP_SECONDS = 600.0  # for which a POP login surely counts: services say 10 to 30 minutes
WHOLE_SECONDS = 540.0  # of a session: Exchange ends one after 10 minutes, whatever it does at that moment
WAITED_SECONDS = 1.0  # after which a session may have got lost on the way, without a word
AGAIN_SECONDS = 60.0  # for the reply to MAIL then: nothing has been sent that could be sent twice
GOODBYE_SECONDS = 2.0  # for QUIT in a session that rests, also when we are stopping

TokensOf = Callable[[Settings], TokenSource]  # where the tokens come from that settings log in with

MANY = 1_000_000  # messages of a session that knows no limit


@dataclass(frozen=True, slots=True)
class Lesson:
    """A server has ended a session that rested: it had borne `borne_ms` without a word, and not `ended_ms`."""

    server: str
    borne_ms: int
    ended_ms: int


class Sender:
    """One session at a time; before each message's content it is asked whether that `may_send`."""

    def __init__(
        self, policy: Policy, may_send: Callable[[Claim], bool], reports: Reports, tokens: TokensOf | None = None
    ) -> None:
        self._policy = policy
        self._reports = reports
        self._tokens = tokens
        self._generation = 0  # of the tokens that the session was logged in with
        self._deadline = Deadline(DELIVERY_SECONDS)
        self._guard = Guard(self._deadline, may_send)
        self._stopping = False
        self._session: Session | None = None
        self._settings = Settings()
        self._version = 0
        self._opened_at = 0.0
        self._carried = 0
        self._rests_since: float | None = None  # between two windows; nothing is under way then
        self._rested = self._borne = 0.0  # seconds, before this window and at most
        self._opening_ms = 0
        self._asks_for_reports = True  # in the session that is open
        self._certificate: tuple[str, str] | None = None  # of the session that was opened last: server and end
        self._failed: DeliveryFailed | None = None  # the opening of the session, ahead of its message
        self._lesson: Lesson | None = None
        self._learnt: int | None = None  # messages that a session of these settings carries, as the server has shown

    def get_ready(self, version: int, settings: Settings) -> bool:
        """Open a session ahead of a message, if there is none; say no where that failed, as `deliver` then tells."""
        self._switch_to(version, settings)
        if self._session and not self._has_lapsed() and not self._is_of_other_tokens() and not self.has_ended():
            return True
        self._deadline.renew(DELIVERY_SECONDS)
        try:
            self._opened()
        except DeliveryFailed as fault:
            self._failed = fault
        except Stopped:
            self.close()
        else:
            self._rests_since = time.monotonic()
        return self._failed is None

    @property
    def opening_ms(self) -> int:
        """Say how long it will take until a message can go: nothing with a session, else as long as the last time."""
        return 0 if self._session else self._opening_ms

    def deliver(self, window: Sequence[Claim], settings: Settings) -> list[DeliveryResult]:
        """Hand messages over in their order and judge each, as far as nothing concerns all mail and nobody stops us.

        What comes after that has no result: it was not touched. A kept session that has ended is opened again. Where it
        serves on, it stays open, until it is closed here or by `close`.
        """
        self._switch_to(window[0].terms.version, settings)
        results: list[DeliveryResult] = []
        try:
            while len(results) < len(window) and not self._stopping and not _concerns_all(results):
                for each in self._carry(window[len(results) :]):
                    results.append(each)
        except NotOurs:
            pass
        except Exception as fault:  # the last resort: the message in hand is judged, and its neighbours stay whole
            results += [self._unexpected(fault, each) for each in window[len(results) :][:1]]
            self.close()
        if len(results) < len(window):
            self.close()
        self._note_reports()
        self._guard.watch(None)
        self._rests_since = (self._rests_since or time.monotonic()) if self._session else None  # not used: rests on
        return results

    @property
    def settings(self) -> Settings:
        """Give the settings of the session that is open, or was last."""
        return self._settings

    @property
    def server(self) -> str:
        """Name the server of that session."""
        return name_of(self._settings.smtp_host, self._settings.smtp_port)

    def serves(self, version: int) -> Session | None:
        """Give the session that is open, if it is one of this version of the settings."""
        return self._session if version == self._version else None

    def has_ended(self) -> bool:
        """Say whether the server has ended a session that rests, and learn from it."""
        if self._session is None or not self._session.has_ended():
            return False
        self._learn(self._rest())
        return True

    def lesson(self) -> Lesson | None:
        """Give what a server has shown since this was asked last."""
        lesson, self._lesson = self._lesson, None
        return lesson

    def certificate(self) -> tuple[str, str] | None:
        """Give the server and until when its certificate holds (ISO 8601, UTC), once for a session."""
        seen, self._certificate = self._certificate, None
        return seen

    def close(self) -> None:
        """Say goodbye to the server, if there is a session."""
        if self._session:
            self._note_reports()
            with suppress(OSError):
                self._session.close(None if self._rests_since is None else Deadline(GOODBYE_SECONDS))
        self._session = self._rests_since = self._failed = None

    def stop(self) -> None:
        """Break off what is not handed over yet; a message that is being handed over may end within the grace."""
        self._stopping = True
        if self._guard.handing_over:
            self._deadline.renew(min(DELIVERY_GRACE_SECONDS, self._deadline.remaining()))
        else:
            self._deadline.stop()

    def _carry(self, claims: Sequence[Claim]) -> Iterator[DeliveryResult]:
        """Judge what one session carries of these messages; where it ends before all of them, it is closed."""
        outcomes = self._outcomes(claims)
        for claim in claims:
            self._guard.watch(claim)  # before the look below: a stop that came earlier is seen there
            if self._stopping:
                return
            self._deadline.renew(DELIVERY_SECONDS)
            try:
                outcome = next(outcomes, None)
            except Stopped:
                self.close()
                yield self._broken_off(claim)
                return
            if outcome is None:
                return
            result = self._judge(outcome, claim)
            if result.opened != self._is_open:
                result = result._replace(opened=self._is_open)
            if result.failure and self._has_only_ended(result, result.failure):
                self.close()
                return
            result = result._replace(stages=self._guard.times.take())
            self._carried += 1
            self._borne, self._rested = max(self._borne, self._rested), 0.0
            if result.failure and not self._usable(result, result.failure):
                self.close()
            yield result

    def _judge(self, outcome: Receipt | DeliveryFailed, claim: Claim, *, logged_in: bool = False) -> DeliveryResult:
        rcpt_to, host = claim.submission.rcpt_to, self._settings.smtp_host
        if self._settings.redirect_to:
            outcome = of_originals(outcome, rcpt_to)
        try:
            if isinstance(outcome, Receipt):
                return accepted(outcome.reply, outcome.refused, rcpt_to, host, unsent=outcome.unsent)
            logged_in = logged_in or self._logged_in
            return refused(outcome.failure, outcome.refused, rcpt_to, host=host, logged_in=logged_in)
        except Exception as fault:  # whatever a server's words do to our rules, what was taken stays taken
            logs.unexpected("judgement_fault", fault, message=claim.number)
            if isinstance(outcome, DeliveryFailed):
                return unjudged(outcome.failure, rcpt_to)
            return taken(outcome.refused.keys() | outcome.unsent.keys(), rcpt_to)

    def _unexpected(self, fault: Exception, claim: Claim) -> DeliveryResult:
        """Judge the message at which we made a mistake: once its content was begun, the server may have it."""
        logs.unexpected("courier_fault", fault, message=claim.number)
        failure = Failure(Stage.DATA, "protocol_error", uncertain=self._guard.handing_over)
        return unjudged(failure, claim.submission.rcpt_to)

    def _outcomes(self, claims: Sequence[Claim]) -> Iterator[Receipt | DeliveryFailed]:
        """Tell what becomes of each message, as far as one session may carry them."""
        settings, envelopes = self._settings, list[Envelope]()
        for claim in claims:
            written = made_or_broken(envelope_of, claim.submission, settings)
            if isinstance(written, Envelope):
                envelopes.append(written)
            elif envelopes:
                break
            else:
                yield DeliveryFailed(Failure(Stage.MAIL, written.cause, detail=written.detail))
                return
        try:
            session = self._opened()
        except DeliveryFailed as fault:
            yield fault
            return
        if self._asks_for_reports and "DSN" in session.extensions:
            host = settings.sender_domain
            envelopes = [claim.reported(each, host) for claim, each in zip(claims, envelopes, strict=False)]
        yield from session.deliver_all(envelopes[: self._room()])

    def _note_reports(self) -> None:
        """Have it remembered that the server takes no word about reports, though it offers to make them."""
        if self._session and self._session.refuses_reports and self._asks_for_reports:
            self._asks_for_reports = False
            self._reports.note_refused(self.server, self._version)

    def _switch_to(self, version: int, settings: Settings) -> None:
        """End a session of another version than the one in force, or with the other server."""
        if (self._version, self._settings) == (version, settings):
            return
        self.close()
        if self._settings != settings:
            self._learnt = None
        self._version, self._settings = version, settings

    def _opened(self) -> Session:
        """Give the open session, or a fresh one where there is none, or none that serves any longer."""
        if self._failed:
            failed, self._failed = self._failed, None
            raise failed
        if self._session and (not self._room() or self._has_lapsed() or self._is_of_other_tokens() or self.has_ended()):
            self.close()
        self._rested, self._rests_since = self._rest(), None
        if self._session is None:
            self._carried, self._borne, began = 0, 0.0, time.monotonic()
            source = self._source
            self._session = Session(
                self._settings.server_with(source) if source else self._settings.server,
                policy=self._policy,
                deadline=self._deadline,
                watcher=self._guard,
                pipelining=True,
                transcribed=False,
            )
            self._session.open()
            self._certificate = (self.server, self._session.tls.not_after) if self._session.tls else None
            self._asks_for_reports = not self._reports.are_refused(self.server, self._version)
            self._generation = source.generation if source else 0
            self._opened_at = time.monotonic()
            self._opening_ms = int((self._opened_at - began) * 1000)
            self._deadline.renew(DELIVERY_SECONDS)
        elif self._rested > WAITED_SECONDS:
            self._guard.hurry(AGAIN_SECONDS)
        return self._session

    def _rest(self) -> float:
        """Say for how many seconds the session has rested."""
        return 0.0 if self._rests_since is None else time.monotonic() - self._rests_since

    def _learn(self, rested: float) -> None:
        """Note how long the server bears a session, unless this one has borne as much: it ended for another reason."""
        if self._session and rested > self._borne:
            self._lesson = Lesson(self.server, int(self._borne * 1000), int(rested * 1000))

    @property
    def _source(self) -> TokenSource | None:
        return self._tokens(self._settings) if self._tokens and self._settings.by_token else None

    def _is_of_other_tokens(self) -> bool:
        """Say whether the permission that the session was opened with has been renewed since, or has ended."""
        source = self._source
        return source is not None and source.generation != self._generation

    def _has_lapsed(self) -> bool:
        return time.monotonic() - self._opened_at > (POP_SECONDS if self._settings.pop_before_smtp else WHOLE_SECONDS)

    def _room(self) -> int:
        """Say how many messages the session may carry yet, by its own word (RFC 9422) or as it was learnt."""
        said = Limits.of(self._session.extensions).mail_max if self._session else None
        return max(0, min(said or MANY, self._learnt or MANY) - self._carried)

    @property
    def _is_open(self) -> bool:
        return self._session is not None and self._session.opened

    @property
    def _logged_in(self) -> bool:
        return self._session is not None and self._session.auth is not None

    def _broken_off(self, claim: Claim) -> DeliveryResult:
        """Judge what we stopped ourselves: once its content was begun, the server may have the message."""
        if not self._guard.handing_over:
            return returned(claim.submission.rcpt_to)
        lost = DeliveryFailed(Failure(Stage.DATA, "connection_lost", uncertain=True))
        return self._judge(lost, claim, logged_in=True)._replace(opened=True)

    def _has_only_ended(self, result: DeliveryResult, failure: Failure) -> bool:
        """Say whether a session that has served only came to its end: no message is to blame for that."""
        if failure.uncertain or not self._carried:
            return False
        if is_full(failure.reply) or failure.cause == "session_full":
            self._learnt = self._carried
            return True
        if self._settings.pop_before_smtp and failure.cause in ("pop_required", "relay_denied"):
            return True
        leaving = failure.reply is not None and failure.reply.code == 421 and result.effect is not Effect.SLOW
        at_mail = failure.stage is Stage.MAIL
        got_lost = at_mail and failure.cause == "reply_timeout" and self._rested > WAITED_SECONDS
        has_ended = leaving or got_lost or failure.cause == "connection_lost"
        if has_ended and at_mail:
            self._learn(self._rested)
        return has_ended

    def _usable(self, result: DeliveryResult, failure: Failure) -> bool:
        return self._session is not None and not _has_broken(failure) and result.effect is Effect.NONE


def _concerns_all(results: Sequence[DeliveryResult]) -> bool:
    return bool(results) and results[-1].effect is not Effect.NONE


def _has_broken(failure: Failure) -> bool:
    if failure.reply is None:
        return failure.cause not in _NOT_EVEN_OFFERED
    return failure.reply.code == 421 or failure.stage not in (Stage.MAIL, Stage.RCPT, Stage.DATA)


_NOT_EVEN_OFFERED = ("message_too_large", "message_malformed", "recipient_rejected")
