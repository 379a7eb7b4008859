"""Who is at the door: where a client comes from, what is asked of it, and what its address has done of late."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from panel.access.submission.listener_access import ListenerAccess
from panel.mail.net.peers import household, is_among, plain_address
from panel.mail.net.policy import is_loopback
from panel.server.smtpd.terms import GuestTerms

# Of one address from beyond this machine, or one /64 of IPv6.
MOST_SESSIONS = 25
MOST_CONNECTIONS = 300
CONNECTIONS_SECONDS = 60.0
MOST_FAILURES = 20
FAILURES_SECONDS = 15 * 60.0
MOST_LINES = 60  # of the log, that tell of what was refused to it
LINES_SECONDS = 60.0
MOST_GUESTS = 10_000  # that are remembered
_TOO_MANY = "421 4.7.0 Too many connections from this address. Close some, or try again in a minute."


@dataclass(slots=True)
class _Deeds:
    """What an address has done."""

    sessions: int = 0
    connections: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_CONNECTIONS))
    failures: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_FAILURES))
    lines: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_LINES))

    def forget(self, now: float) -> None:
        """Forget what was long ago."""
        _forget(self.connections, now - CONNECTIONS_SECONDS)
        _forget(self.failures, now - FAILURES_SECONDS)
        _forget(self.lines, now - LINES_SECONDS)

    @property
    def are_none(self) -> bool:
        return not (self.sessions or self.connections or self.failures or self.lines)


def _forget(moments: deque[float], until: float) -> None:
    while moments and moments[0] <= until:
        moments.popleft()


class Guest:
    """One connection of a client."""

    def __init__(
        self,
        address: str = "",
        terms: GuestTerms | None = None,
        *,
        refusal: str = "",
        deeds: _Deeds | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.address = address  # blank: a program of this machine
        self.terms = terms or GuestTerms()
        self.refusal = refusal
        self._deeds = deeds
        self._now = now
        if deeds:
            deeds.sessions += 1

    def may_try(self) -> bool:
        """Say whether another token of this address is looked at."""
        if self._deeds is None:
            return True
        self._deeds.forget(self._now())
        return len(self._deeds.failures) < MOST_FAILURES

    def note_failure(self) -> None:
        """Count a token that was refused."""
        if self._deeds is not None:
            self._deeds.failures.append(self._now())

    def may_be_told(self) -> bool:
        """Say whether the log tells of another refusal to this address."""
        if self._deeds is None:
            return True
        now = self._now()
        self._deeds.forget(now)
        if len(self._deeds.lines) >= MOST_LINES:
            return False
        self._deeds.lines.append(now)
        return True

    def leave(self) -> None:
        """Give up the place."""
        if self._deeds:
            self._deeds.sessions -= 1
            self._deeds = None


class Guests:
    """Says of each client that connects whether it may, and under which terms."""

    def __init__(
        self, access: ListenerAccess, *, must_log_in: bool = False, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._access = access
        self._must_log_in = must_log_in
        self._now = now
        self._deeds: dict[str, _Deeds] = {}

    def receive(self, address: str) -> Guest | None:
        """Give who connects from an address, or None where nobody may from there."""
        plain = plain_address(address)
        offers_tls = self._access.certificate is not None
        if is_loopback(plain):
            return Guest(terms=GuestTerms(self._must_log_in, offers_tls=offers_tls))
        if not is_among(plain, self._access.networks):
            return None
        must_log_in = self._must_log_in or not is_among(plain, self._access.open_networks)
        terms = GuestTerms(must_log_in, is_local=False, offers_tls=offers_tls)
        now, deeds = self._now(), self._deeds_of(household(plain))
        deeds.forget(now)
        full = deeds.sessions >= MOST_SESSIONS or len(deeds.connections) >= MOST_CONNECTIONS
        if not full:
            deeds.connections.append(now)
        return Guest(plain, terms, refusal=_TOO_MANY if full else "", deeds=deeds, now=self._now)

    def _deeds_of(self, group: str) -> _Deeds:
        """Give what an address has done; where there are many, those without any make room, then the oldest."""
        if group not in self._deeds and len(self._deeds) >= MOST_GUESTS:
            self._make_room()
        return self._deeds.setdefault(group, _Deeds())

    def _make_room(self) -> None:
        now = self._now()
        for group, deeds in [*self._deeds.items()]:
            deeds.forget(now)
            if deeds.are_none:
                del self._deeds[group]
        idle = [group for group, deeds in self._deeds.items() if not deeds.sessions]
        for group in idle[: max(0, len(self._deeds) - MOST_GUESTS * 9 // 10)]:
            del self._deeds[group]
