"""Mail, moments and delivery results for the tests of the outbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from panel import clock
from panel.clock import Instant
from panel.mail.message.submission import Priority, Submission
from panel.mail.smtp.protocol import Failure, Reply, Stage
from panel.outbox.delivery.claim import Claim, LeaseLost
from panel.outbox.delivery.claims import Claims
from panel.outbox.delivery.result import DeliveryResult, accepted, refused
from panel.outbox.outbox import Outbox
from panel.outbox.pace.pace import Terms, Wait
from panel.storage.database import Database
from tests.support.actors import actor

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STARTED_MS = 1_000_000  # the machine runs for a quarter of an hour
TERMS = Terms(version=1)
HOST = "smtp.example.org"
TAKEN = Reply(250, ("2.0.0 Ok: queued as 4F1C2A",))


def at(seconds: float = 0, *, wall: float = 0, boot: str = "first") -> Instant:
    """Give the moment so many seconds after NOW, the wall clock set to another time by so many seconds."""
    ms = round(seconds * 1000)
    return Instant(NOW + timedelta(milliseconds=ms, seconds=wall), STARTED_MS + ms, boot)


def mail(
    *rcpt_to: str, subject: str = "請求書", number: int | str = 1, priority: Priority = Priority.NORMAL, lines: int = 0
) -> Submission:
    message_id = f"<{number}@app.example.org>"
    message = f"Message-ID: {message_id}\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n\r\n{number}\r\n".encode()
    message += (b"." * 76 + b"\r\n") * lines
    return Submission(rcpt_to or ("hanako@example.org",), message, message_id, subject, priority=priority)


def taken(claim: Claim, **refusals: str) -> DeliveryResult:
    """Judge that the server took the message; `hanako="550 5.1.1 No"` is what one recipient got."""
    replies = {f"{name}@example.org": reply(text) for name, text in refusals.items()}
    return accepted(TAKEN, replies, claim.submission.rcpt_to, HOST)


def broken(
    claim: Claim, stage: Stage, said: str = "", *, cause: str = "", uncertain: bool = False, host: str = HOST
) -> DeliveryResult:
    """Judge a session that broke off with the server's words, or with a cause that we saw ourselves."""
    answer = reply(said) if said else None
    kind = "server_temporary" if answer and answer.transient else "server_permanent"
    failure = Failure(stage, cause or kind, answer, uncertain=uncertain)
    return refused(failure, {}, claim.submission.rcpt_to, host=host, logged_in=True)


def reply(text: str) -> Reply:
    code, _, words = text.partition(" ")
    return Reply(int(code), (words,))


def hold(database: Database, said: str, *, after_success: bool, terms: Terms = TERMS) -> None:
    """Let a server refuse a login just now, after a message that it took or as the first thing that it ever did."""
    claims = OneByOne(database)
    for _ in range(1 + after_success):
        Outbox(database).enqueue(mail(), by=actor(), now=NOW)
    for is_refused in (False, True)[not after_success :]:
        claim = claims.claim("1-a", terms, clock.instant())
        assert isinstance(claim, Claim), claim
        claims.settle(claim, broken(claim, Stage.AUTH, said) if is_refused else taken(claim), clock.instant())


class OneByOne(Claims):
    """Claims, asked for one message at a time."""

    def claim(self, worker: str, terms: Terms, at: Instant) -> Claim | Wait:
        return _the_one(self.claim_window(worker, terms, at, most=1))

    def settle(self, claim: Claim, result: DeliveryResult, at: Instant) -> None:
        lost, _ = self.settle_window([claim], [result], None, at)
        if lost:
            raise LeaseLost

    def settle_and_claim(self, claim: Claim, result: DeliveryResult, terms: Terms, at: Instant) -> Claim | Wait:
        lost, got = self.settle_window([claim], [result], terms, at)
        assert not lost
        return _the_one(got)


def _the_one(got: list[Claim] | Wait) -> Claim | Wait:
    if isinstance(got, Wait):
        return got
    (claim,) = got
    return claim
