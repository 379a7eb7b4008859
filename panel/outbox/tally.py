"""Counts what a transaction does to the messages and what was tried: numbers that are read at once, at any size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from panel.storage.database import Writer


class Tally:
    """What one transaction adds to the totals, written by one statement at its end, and which tries it has seen."""

    def __init__(self) -> None:
        self._totals: Counter[tuple[str, str]] = Counter()
        self.tries: Counter[tuple[str, str, str]] = Counter()  # by minute, outcome and cause

    def move(self, before: str | None, after: str | None, messages: int = 1) -> None:
        """Count messages that have gone from one state to another; None is outside."""
        if before is not None:
            self._totals["messages", before] -= messages
        if after is not None:
            self._totals["messages", after] += messages

    def note_queued(self, doors: Iterable[str]) -> None:
        """Count new messages by the doors that they came through."""
        for door, messages in Counter(doors).items():
            self.move(None, "queued", messages)
            self._totals["queued", door] += messages
            self._totals["number", "last"] += messages

    def note_tries(self, began_at: str, outcome: str, cause: str | None = None, tries: int = 1) -> None:
        """Count tries that began at a moment, by what became of them."""
        self._totals["attempts", outcome] += tries
        self.tries[began_at[:16], outcome, cause or ""] += tries
        if outcome != "sent" and cause is not None:
            self._totals["refusals", cause] += tries

    def write(self, write: Writer) -> None:
        totals = [(*key, number) for key, number in self._totals.items() if number]
        if totals:
            write.run_all(_ADD, totals)


def add_to_total(write: Writer, what: str, name: str, number: int = 1) -> None:
    """Count something that is no message."""
    write.run(_ADD, (what, name, number))


_ADD = (
    "INSERT INTO totals (what, name, number) VALUES (?, ?, ?) "
    "ON CONFLICT (what, name) DO UPDATE SET number = totals.number + excluded.number"
)
