"""What is asked of a client before it may hand mail over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from panel.storage.actor import Actor


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

    def encrypted(self) -> Self:
        """Give the same under TLS."""
        return replace(self, is_encrypted=True)
