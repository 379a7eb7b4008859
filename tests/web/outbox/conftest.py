"""Messages in the outbox of the pages, in the states that a test needs."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from panel import clock
from panel.mail.message.submission import Submission
from panel.mail.smtp.protocol import Stage
from panel.outbox.delivery.claim import Claim
from panel.outbox.pace.pace import Terms
from panel.services import Services
from tests.support.actors import actor
from tests.support.mail import OneByOne, broken, mail
from tests.support.rows import move

UNSET = Terms(version=0)


NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def put(services: Services, subject: str = "Report", *rcpt_to: str) -> int:
    """Put a message into the outbox, and give its number."""
    message = Submission(
        rcpt_to or ("taro@example.net",), b"Subject: x\r\n\r\nSecret text.\r\n", "<1@example.org>", subject
    )
    return services.outbox.enqueue(message, by=actor(via="api"), now=NOW).number


def fail(services: Services, number: int) -> None:
    """Let a message have failed at its recipient."""
    with services.database.writing() as write:
        said = "550 5.1.1 <b>No such user</b>"
        move(write, number, "failed", recipients_are="failed", attempts=1, cause="recipient_unknown", reply=said)


def states(text: str) -> list[tuple[str, str]]:
    return re.findall(r'data-message="(\d+)" data-state="(\w+)"', text)


def put_off(services: Services, said: str, stage: Stage = Stage.RCPT) -> None:
    """Let a server answer the one message so, just now."""
    services.outbox.enqueue(mail(), by=actor(via="api"), now=clock.now())
    claims = OneByOne(services.database)
    got = claims.claim("1-a", Terms(version=1), clock.instant())
    assert isinstance(got, Claim)
    claims.settle(got, broken(got, stage, said), clock.instant())
    services.heartbeats.beat("1-a", message=None, now=clock.now())


def fail_two_of_three(services: Services) -> int:
    """Let a message reach the first of its recipients and neither of the others."""
    number = put(services, "Report", "taro@example.net", "nobody@example.net", "nemo@example.net")
    fail(services, number)
    with services.database.writing() as write:
        write.run("UPDATE recipients SET state = 'sent' WHERE message = ? AND place = 0", (number,))
    return number
