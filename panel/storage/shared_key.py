"""Which key the machines of one server seal with: its fingerprint, kept where all of them look."""

from __future__ import annotations

from typing import Protocol


class SharedKey(Protocol):
    """The fingerprint that the database holds; what is said inside a transaction is part of it."""

    def read(self) -> str | None:
        """Give the fingerprint; None where no machine has noted one yet."""

    def note(self, fingerprint: str) -> str:
        """Note the first one, and give the one that stands: of two who are first at once, one is."""

    def replace(self, fingerprint: str) -> None:
        """Have all machines go by another key, as a rotation does."""
