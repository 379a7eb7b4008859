"""How much a token may hand in."""

from __future__ import annotations

from typing import NamedTuple, Self

from panel.storage.database import Row


class TokenLimits(NamedTuple):
    """How much a token may hand in; None is any number."""

    messages_per_minute: int | None = None
    recipients_per_day: int | None = None

    def __bool__(self) -> bool:
        return self != (None, None)

    @classmethod
    def of(cls, row: Row) -> Self:
        """Read them in a token's row."""
        return cls(row["messages_per_minute"], row["recipients_per_day"])


NO_LIMITS = TokenLimits()
