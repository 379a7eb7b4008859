"""Which of two servers mail leaves by: the first, or the second while the first does not take it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Which(StrEnum):
    """One of the two servers that the settings know."""

    FIRST = "first"
    SECOND = "second"

    @property
    def other(self) -> Which:
        return Which.SECOND if self is Which.FIRST else Which.FIRST


class Choice(StrEnum):
    """What somebody has chosen: a server, or `auto`, the first for as long as it takes mail."""

    AUTO = "auto"
    FIRST = "first"
    SECOND = "second"


class Way(StrEnum):
    """By which server mail leaves, and whether somebody has chosen the second."""

    FIRST = "first"
    SECOND = "second"
    SECOND_BY_HAND = "second_by_hand"


@dataclass(frozen=True, slots=True)
class SenderRoute:
    """How mail leaves at this moment; `since` and `cause` say when the second took over, and what held the first."""

    way: Way = Way.FIRST
    since: str | None = None
    cause: str | None = None
    choice: Choice = Choice.AUTO

    @property
    def by_second(self) -> bool:
        """Say whether mail leaves by the second server."""
        return self.way is not Way.FIRST

    @property
    def which(self) -> Which:
        """Give the server that mail leaves by."""
        return Which.FIRST if self.way is Way.FIRST else Which.SECOND


def route_to_json(route: SenderRoute) -> dict[str, str | None]:
    """Give the route as JSON values with the public keys."""
    return {"state": str(route.way), "since": route.since, "cause": route.cause, "choice": str(route.choice)}
