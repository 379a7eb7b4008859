"""Watches a session while messages are handed over, and asks before each one's content whether to go on."""

from __future__ import annotations

from collections.abc import Callable

from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import Stopped
from panel.mail.smtp.protocol import Reply, Stage
from panel.outbox.delivery.claim import Claim
from panel.outbox.delivery.watching.stage_times import StageTimes

# RFC 5321 section 4.5.3.2.6: 10 minutes for the reply to the final dot, and some for what comes before it.
DELIVERY_SECONDS = 900.0


class NotOurs(Exception):
    """A message of the window must not be sent any more."""


class Guard:
    """Watches the stages of a session, and asks before a message's content whether to go on."""

    def __init__(self, deadline: Deadline, may_send: Callable[[Claim], bool]) -> None:
        self.handing_over = self._hurries = False
        self._claim: Claim | None = None
        self._deadline = deadline
        self.times = StageTimes()
        self._may_send = may_send

    def watch(self, claim: Claim | None) -> None:
        """Turn to the next message, or to none; the one before it is over."""
        self._claim, self.handing_over, self._hurries = claim, False, False

    def hurry(self, seconds: float) -> None:
        """Leave only so much time for the reply to the next MAIL."""
        self._deadline.renew(seconds)
        self._hurries = True

    def begin(self, stage: Stage) -> None:
        if stage is Stage.RCPT and self._hurries:
            self._deadline.renew(DELIVERY_SECONDS)
            self._hurries = False
        if stage is not Stage.DATA or self._claim is None:
            return
        if not self._may_send(self._claim):
            raise NotOurs
        self.handing_over = True
        if self._deadline.stopped:  # after the line above, a stop leaves the message its grace
            self.handing_over = False
            raise Stopped

    def end(self, stage: Stage, status: str, ms: float, reply: Reply | None) -> None:
        if status != "skipped":
            self.times.note(stage, ms)
