"""A message as a door has received it, and how it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from panel import clock
from panel.mail.limits import NO_MORE, MessageLimits
from panel.mail.message.normalize import normalize
from panel.mail.message.submission import Submission
from panel.outbox.enqueue import Key
from panel.storage.actor import Actor


@dataclass(frozen=True, slots=True)
class Posting:
    """A message as a door has received it."""

    content: bytes
    rcpt_to: tuple[str, ...]
    by: Actor
    sender: str = ""
    key: Key | None = None
    notify: str | None = None

    def submission(
        self, host: str | Callable[[], str], *, hops: int = 0, limits: MessageLimits = NO_MORE
    ) -> Submission:
        """Read it, or raise `Unacceptable`; `host` and `hops` are those of `normalize`.

        What it may hold was looked at while it came in, unless there are other `limits` by now.
        """
        return normalize(
            self.content,
            rcpt_to=self.rcpt_to,
            sender=self.sender,
            now=clock.now(),
            host=host,
            hops=hops,
            limits=limits,
        )._replace(notify=self.notify)
