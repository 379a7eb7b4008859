"""A message that a server may have taken stays with that server for a while, and changes it once at most."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from panel import clock
from panel.outbox.pace.pace import Terms
from panel.outbox.pace.route import Which
from panel.storage.database import Database


class Binding(NamedTuple):
    """The server that a message waits for; from `until` on it may leave by the other one, None for never."""

    server: Which | None = None
    until: str | None = None

    @classmethod
    def of(cls, server: str | None, until: str | None) -> Binding:
        """Read it from a message's row."""
        return cls(Which(server), until) if server else FREE

    def after(self, terms: Terms, *, tried: bool, uncertain: bool, now: datetime) -> Binding:
        """Give what a try by the server of these terms leaves: whichever may have taken the message has it sent again.

        One that was `tried` there although it had waited for the other has changed its server: it stays from then on.
        """
        if self.server not in (None, terms.which):
            return Binding(terms.which) if tried else self
        if not uncertain or (self.server and self.until is None):
            return self
        return Binding(terms.which, clock.stamp(now + timedelta(milliseconds=terms.after_ms)))


FREE = Binding()


def binding_of(database: Database, number: int) -> Binding:
    """Read the server that a message waits for."""
    row = database.row("SELECT bound, bound_until FROM messages WHERE number = ?", (number,))
    return Binding.of(row["bound"], row["bound_until"]) if row else FREE
