"""What is asked of a client before it may hand mail over, and how much it may."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from panel import logs
from panel.errors import DatabaseError
from panel.mail.limits import DEFAULT_LIMITS, MessageLimits
from panel.storage.actor import Actor

LIMITS_SECONDS = 1.0  # that limits may be old: a message is not worth a look of its own


@dataclass(frozen=True, slots=True)
class GuestTerms:
    """Whether it must log in, whether it is a program of this machine, and how it stands with TLS.

    The `runner` is who has begun this program, where it serves them alone: nobody logs in then, and there is neither a
    lost reply nor a report to hand over.
    """

    must_log_in: bool = False
    is_local: bool = True
    offers_tls: bool = False
    is_encrypted: bool = False
    runner: Actor | None = None

    @property
    def may_log_in(self) -> bool:
        """Say whether a token may come over the connection as it is."""
        return self.is_local or self.is_encrypted

    @property
    def offers_starttls(self) -> bool:
        return self.offers_tls and not self.is_encrypted

    @property
    def names_starttls(self) -> bool:
        """Say whether EHLO names STARTTLS; most programs begin it then by themselves, and check the certificate.

        Of this machine, they know us as 127.0.0.1, which no certificate names, and nothing that they say leaves it.
        """
        return self.offers_starttls and (self.must_log_in or not self.is_local)

    def encrypted(self) -> Self:
        """Give the same under TLS."""
        return replace(self, is_encrypted=True)


class LimitsInForce:
    """Gives the limits as they were a moment ago; while the data cannot be read, those of before go on."""

    def __init__(self, read: Callable[[], MessageLimits], now: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._now = now
        self._read_at = float("-inf")
        self._limits = DEFAULT_LIMITS

    def __call__(self) -> MessageLimits:
        if self._now() - self._read_at >= LIMITS_SECONDS:
            self._read_at = self._now()
            try:
                self._limits = self._read()
            except DatabaseError as fault:
                logs.error("database_failed", text=fault)
        return self._limits
