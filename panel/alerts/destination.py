"""A destination: who is told, and by which way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class DestinationKind(StrEnum):
    """The ways by which notices leave; `ping` tells of nothing, and falls silent when all is not well."""

    WEBHOOK = "webhook"
    CHAT = "chat"
    NTFY = "ntfy"
    MAIL = "mail"
    PING = "ping"


@dataclass(frozen=True, slots=True)
class Destination:
    """Who is told: `values` are its fields that may be shown, `secrets` those that never are.

    `host` is all that is shown of its address. One whose secrets no key opens is not `readable`, and is entered again.
    """

    number: int
    version: int
    kind: DestinationKind
    host: str
    values: dict[str, str]
    secrets: dict[str, str] = field(repr=False)
    readable: bool = True
    disabled_at: datetime | None = None
    tested_at: datetime | None = None
    delivered_at: datetime | None = None
    failed_at: datetime | None = None
    failing_since: datetime | None = None
    beat_at: datetime | None = None  # the last sign of life that a ping gave
    status: str = ""  # of the last delivery: a status line or a word of ours

    @property
    def name(self) -> str:
        """Give what it is called, or its host."""
        return self.values.get("name") or self.host

    @property
    def secrets_set(self) -> frozenset[str]:
        """Name the secrets that are kept, as far as they can be read."""
        return frozenset(self.secrets)

    @property
    def locale(self) -> str:
        """Give the language that it is told in."""
        return self.values.get("locale", "en")

    @property
    def details(self) -> bool:
        """Say whether the server's own words may go there."""
        return self.values.get("details") == "yes"


# A mark stands as long as there are destinations: who tells nobody reads no table for a page. Nothing that is judged or
# delivered rests on it. A data file that was put back without it has it again with the first look at the alerts' page.
DESTINATIONS = "destinations"
