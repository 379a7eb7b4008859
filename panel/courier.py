"""Carries messages to the mail server, over one session as long as that serves, and judges what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from panel import judgement
from panel.destination import Policy
from panel.judgement import Judgement
from panel.message import Envelope
from panel.settings import Settings
from panel.settlement import Claim
from panel.smtp import Failure, Reply, Stage
from panel.transport import DeliveryFailed, Limit, Session, Stopped

# RFC 5321 section 4.5.3.2.6: 10 minutes for the reply to the final dot, and some for what comes before it.
SECONDS = 900.0
GRACE_SECONDS = 10.0  # for a message that is being handed over when we are asked to stop

Check = Callable[[Claim], None]


class Courier:
    """One session at a time; `check` is asked before DATA whether the message is still ours to send."""

    def __init__(self, policy: Policy, check: Check) -> None:
        self._policy = policy
        self._limit = Limit(SECONDS)
        self._guard = _Guard(self._limit, check)
        self._session: Session | None = None
        self._settings: Settings | None = None
        self._carried = 0

    def deliver(self, claim: Claim, settings: Settings) -> Judgement:
        """Hand a message over and judge the outcome; a kept session that has ended is opened again first."""
        rcpt_to = claim.submission.rcpt_to
        try:
            envelope = claim.submission.envelope(settings.from_address, settings.from_name)
        except ValueError as fault:
            malformed = Failure(Stage.MAIL, "message_malformed", detail=str(fault))
            return judgement.refused(malformed, {}, rcpt_to, host=settings.smtp_host, logged_in=True)
        reused = self._session is not None and self._settings == settings
        judged = self._try(claim, settings, envelope)
        if reused and _has_ended(judged, settings):
            self.close()
            judged = self._try(claim, settings, envelope)
        if claim.terms.interval_ms or not self._usable(judged):
            self.close()
        return judged

    def close(self) -> None:
        """Say goodbye to the server, if there is a session."""
        if self._session:
            with suppress(OSError):
                self._session.close()
        self._session = None

    def stop(self) -> None:
        """Break off what is not handed over yet; a message that is being handed over may end within the grace."""
        if self._guard.handing_over:
            self._limit.renew(min(GRACE_SECONDS, self._limit.remaining()))
        else:
            self._limit.stop()

    def _try(self, claim: Claim, settings: Settings, envelope: Envelope) -> Judgement:
        self._guard.claim = claim
        try:
            session = self._opened(settings)
            receipt = session.deliver(envelope)
        except DeliveryFailed as fault:
            return self._refused(fault, claim, settings)
        except Stopped:
            return self._broken_off(claim, settings)
        finally:
            self._guard.claim, self._guard.handing_over = None, False
        self._carried += 1
        return judgement.accepted(receipt.reply, receipt.refused, claim.submission.rcpt_to, settings.smtp_host)

    def _opened(self, settings: Settings) -> Session:
        """Give the open session, or a fresh one where there is none, or one with other settings."""
        if self._session is None or self._settings != settings:
            self.close()
            self._limit.renew(SECONDS)
            self._settings, self._carried = settings, 0
            self._session = Session(settings, policy=self._policy, limit=self._limit, watcher=self._guard)
            self._session.open()
        self._limit.renew(SECONDS)
        return self._session

    def _refused(self, fault: DeliveryFailed, claim: Claim, settings: Settings) -> Judgement:
        everyone: dict[str, Reply] = getattr(fault, "refused", {})
        logged_in = self._session is not None and self._session.auth is not None
        return judgement.refused(
            fault.failure, everyone, claim.submission.rcpt_to, host=settings.smtp_host, logged_in=logged_in
        )

    def _broken_off(self, claim: Claim, settings: Settings) -> Judgement:
        """Judge what we stopped ourselves: once DATA was said, the server may have the message."""
        rcpt_to = claim.submission.rcpt_to
        if not self._guard.handing_over:
            return judgement.returned(rcpt_to)
        lost = Failure(Stage.DATA, "connection_lost", uncertain=True)
        return judgement.refused(lost, {}, rcpt_to, host=settings.smtp_host, logged_in=True)

    def _usable(self, judged: Judgement) -> bool:
        """Say whether the session can carry another message, by its end and by its limit (RFC 9422 MAILMAX)."""
        if self._session is None or (judged.failure and _has_broken(judged.failure)):
            return False
        most = _mail_max(self._session.extensions.get("LIMITS", ""))
        return judged.effect is judgement.Effect.NONE and (most is None or self._carried < most)


class _Guard:
    """Watches the stages of a session, and asks before DATA whether to go on."""

    def __init__(self, limit: Limit, check: Check) -> None:
        self.claim: Claim | None = None
        self.handing_over = False
        self._limit = limit
        self._check = check

    def begin(self, stage: Stage) -> None:
        if stage is not Stage.DATA or self.claim is None:
            return
        self._check(self.claim)
        self.handing_over = True
        if self._limit.stopped:  # after the line above, a stop leaves the message its grace
            self.handing_over = False
            raise Stopped

    def end(self, stage: Stage, status: str, ms: float, reply: Reply | None) -> None: ...


def _has_broken(failure: Failure) -> bool:
    return (
        failure.reply is None or failure.reply.code == 421 or failure.stage not in (Stage.MAIL, Stage.RCPT, Stage.DATA)
    )


def _has_ended(judged: Judgement, settings: Settings) -> bool:
    """Say whether a kept session has only come to its end: the server's limit, or the window of the POP login."""
    failure = judged.failure
    if failure is None or failure.uncertain:
        return False
    if settings.pop_before_smtp and failure.cause in ("pop_required", "relay_denied"):
        return True
    return failure.cause == "connection_lost" or (failure.reply is not None and failure.reply.code == 421)


def _mail_max(limits: str) -> int | None:
    """Read `MAILMAX=100 RCPTMAX=20`; 0 would be no limit."""
    for word in limits.upper().split():
        name, _, value = word.partition("=")
        if name == "MAILMAX" and value.isdecimal() and int(value):
            return int(value)
    return None
