"""A grant: what of a sign-in may be shown, and what of it is used (a row of the table `grants`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from panel import clock
from panel.clock import Instant
from panel.storage.database import Row

MARGIN_MS = 5 * 60_000  # before the end of an access token it is renewed, or a quarter of its life
PENDING = timedelta(minutes=15)  # for which a sign-in waits for the save that names it


@dataclass(frozen=True, slots=True)
class Grant:
    """A sign-in as it may be shown: `pending`, `ready`, `refreshing`, `refused` or `forgotten`."""

    number: int
    state: str
    provider: str
    flow: str
    account: str
    scope: str
    signed_in_by: str
    signed_in_at: datetime
    refreshed_at: datetime | None
    expires_at: datetime | None
    adopted: bool
    cause: str | None
    detail: str | None

    def is_open_to(self, account: str, at: Instant) -> bool:
        """Say whether this account may use it: one that no save has named is its own who signed in, for a while."""
        young = self.signed_in_at >= at.wall - PENDING
        return self.state != "forgotten" and (self.adopted or (young and self.signed_in_by == account))


@dataclass(frozen=True, slots=True)
class KeptGrant:
    """A grant as it is used; `generation` counts its renewals, times are those of the steady clock."""

    number: int
    state: str
    generation: int
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    boot: str
    expires_ms: int
    life_ms: int
    cause: str
    detail: str
    retry_ms: int
    refreshed_at: datetime | None
    adopted: bool
    unreadable: bool  # its refresh token, until the key is back

    def lives(self, at: Instant) -> bool:
        """Say whether the access token can be used; after another start of the machine nobody knows."""
        return bool(self.access_token) and self.boot == at.boot and at.steady_ms < self.expires_ms

    def is_fresh(self, at: Instant) -> bool:
        """Say whether it need not be renewed yet."""
        return self.lives(at) and at.steady_ms < self.expires_ms - min(MARGIN_MS, self.life_ms // 4)

    def wait_ms(self, at: Instant) -> int:
        """Say for how long the token server is to be left alone."""
        return max(0, self.retry_ms - at.steady_ms) if self.boot == at.boot else 0


def shown(row: Row, at: Instant) -> Grant:
    """Give a row of `grants` as it may be shown."""
    leased = row["lease"] and row["boot"] == at.boot and at.steady_ms < row["lease_ms"]
    left = row["expires_ms"] - at.steady_ms if row["expires_ms"] and row["boot"] == at.boot else None
    return Grant(
        row["number"],
        "refreshing" if leased and row["state"] == "ready" else row["state"],
        row["provider"],
        row["flow"],
        row["email"] or row["subject"],
        row["scope"],
        row["signed_in_by"],
        clock.moment(row["signed_in_at"]),
        clock.moment_or_none(row["refreshed_at"]),
        at.wall + timedelta(milliseconds=left) if left and left > 0 and row["access_token"] else None,
        row["adopted_at"] is not None,
        row["cause"],
        row["detail"],
    )
