"""A hold of all mail: what stands in its way, since when, and when it is looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from panel import clock
from panel.clock import Instant
from panel.mail.smtp.protocol import BEFORE_MAIL, Failure
from panel.outbox.pace.healing import ASKED_LOGIN_MS, ASKED_LOOK_MS, SELDOM_MS, Again, wait_ms


@dataclass(slots=True)
class Hold:
    """What holds all mail: the failure as it is kept, the version of the settings, and the tries that it has seen.

    With `probe_ms` it is looked at again then, as `again` says; without it only when the settings change or a test
    succeeds. `probes` counts its tries, `logins` its logins that were refused; by the clock it began at `since_ms`.
    """

    at: str
    cause: str
    stage: str
    reply: str | None
    detail: str | None
    version: int
    probe_ms: int | None = None
    probes: int = 0
    again: Again = Again.NEVER
    logins: int = 0
    since_ms: int = 0

    @classmethod
    def of(cls, failure: Failure, *, at: Instant, now: int, version: int) -> Self:
        reply = str(failure.reply) if failure.reply else None
        stage = str(failure.stage)
        return cls(clock.stamp(at.wall), failure.cause, stage, reply, failure.detail, version, since_ms=now)

    @property
    def is_before_mail(self) -> bool:
        """Say whether it stands on the way to the server: a session that came past its login ends it."""
        return self.stage in BEFORE_MAIL

    def renew(self, failure: Failure, *, version: int) -> None:
        """Tell of the newest failure; it holds since the first."""
        self.cause, self.stage, self.version = failure.cause, str(failure.stage), version
        self.reply = str(failure.reply) if failure.reply else None
        self.detail = failure.detail

    def count(self, again: Again, now: int, asked_ms: int | None = None) -> None:
        """Count what a try has come to; a login was counted before it was made, and is given back if it was not.

        `asked_ms` is how long a server wants to be left alone.
        """
        if again in (Again.LATER, Again.RENEWAL) and self.again is not again:
            self.probes = min(self.probes, 2)  # an outage may have been long: its login is another matter
        self.probes += 1
        if again is Again.SELDOM:
            self.logins = max(1, self.logins)
        elif self.logins > 1:
            self.logins -= 1
        self.again = again
        self.probe_ms = self._next(now, again) if asked_ms is None else now + asked_ms

    def begin_try(self, now: int) -> None:
        """Count a try of held mail before it is made: a worker that dies in it is not followed by the next at once."""
        if self.logins or self.again is Again.SELDOM:
            self.logins += 1
            self.probe_ms = self._next(now, Again.SELDOM)
        elif self.again is not Again.SOON:
            self.probe_ms = self._next(now, self.again)

    def undo_try(self, now: int) -> None:
        """Take a try back: it did not come to its login."""
        if self.logins > 1:
            self.logins -= 1
        self.probe_ms = now

    def early_ms(self, now: int, asked_ms: int) -> int:
        """Say for how many ms it is too early to ask for a try, where one was asked for at `asked_ms`, 0 for never.

        Who asks again and again must not get the account locked.
        """
        rest = ASKED_LOOK_MS if self.again is Again.SOON else ASKED_LOGIN_MS
        return max(0, asked_ms + rest - now) if asked_ms else 0

    def is_due(self, now: int) -> bool:
        return self.probe_ms is not None and self.probe_ms <= now

    def try_now(self, now: int) -> None:
        """Look again at once; it goes on from there as a new one does."""
        self.probes = self.logins = 0
        self.probe_ms = now

    def look_at(self, moment_ms: int) -> None:
        """Look again at this moment, unless that comes sooner anyway."""
        self.probe_ms = moment_ms if self.probe_ms is None else min(self.probe_ms, moment_ms)

    def pass_login(self, now: int) -> None:
        """Look again with the next message: a session came past its login, so that a look costs nothing more."""
        self.again, self.probes, self.logins, self.probe_ms = Again.SOON, 0, 0, now

    def restart(self, now: int) -> None:
        """Wait no longer than the longest wait, where the clock was set anew."""
        self.since_ms = min(self.since_ms, now)
        if self.probe_ms is not None:
            longest = max(SELDOM_MS) if self.again is not Again.SOON else 0
            self.probe_ms = min(self.probe_ms, now + longest)

    def _next(self, now: int, again: Again) -> int | None:
        wait = wait_ms(again, self.logins if again is Again.SELDOM else max(1, self.probes))
        return None if wait is None else now + wait
