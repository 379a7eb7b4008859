"""What became of a transaction whose COMMIT was not answered: the server is asked by another connection."""

from __future__ import annotations

import time
from typing import NamedTuple

import psycopg

from panel.errors import DatabaseError, OutcomeUnknown, OutOfReach
from panel.storage.postgresql.session import Connecting

ASK_SECONDS = 10.0
_ASK_AGAIN_SECONDS = 0.2


class Doubtful(NamedTuple):
    """A transaction that may have been committed: its number, by whose history, and when it had begun."""

    xact: str
    boot: str
    began_ms: int

    def find_out(self, sessions: Connecting, fault: psycopg.Error) -> None:
        """Return where it has happened, else raise: `OutcomeUnknown` where nobody can say."""
        name, ends = sessions.name, time.monotonic() + ASK_SECONDS
        while time.monotonic() < ends:
            status = self._status(sessions)
            if status == "committed":
                return
            if status == "aborted":
                raise OutOfReach(f"{name} was lost before anything was changed. Try again in a moment.") from fault
            time.sleep(_ASK_AGAIN_SECONDS)
        raise OutcomeUnknown(
            f"{name} was lost while it was asked to keep a change, and cannot say whether it did. Look before you do "
            "it again; a message with the same Message-ID or idempotency key may be given again."
        ) from fault

    def _status(self, sessions: Connecting) -> str | None:
        """Give what the server knows of it; None where it, or this one of the servers, knows nothing."""
        try:
            session = sessions.get()
            if session.boot != self.boot:
                return None  # a standby that was promoted may have given the number to another one
            began = self.began_ms // 1000
            [[status, _]] = session.line.ask(_STATUS, (self.xact, self.xact, began, self.xact))
            return str(status) if status else None
        except (psycopg.Error, DatabaseError):
            sessions.drop()
            return None


# A backend that waits for a COMMIT that never came keeps the write lock from all: it is ended. One that commits,
# perhaps waiting for its standby, is left alone.
# A server that crashed may give the numbers of what it had not written down to others. At its recovery it makes a
# checkpoint; where one was made since this transaction began and does not know of its number, it is not ours any more.
_STATUS = """
WITH ended AS (
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE backend_xid = ?::xid8::xid AND wait_event = 'ClientRead'
), checkpoint AS (
    SELECT split_part(next_xid, ':', 1)::numeric * 4294967296 + split_part(next_xid, ':', 2)::numeric > ?::numeric
        AS knows, floor(extract(epoch FROM checkpoint_time))::bigint - ?::bigint AS seconds_later
    FROM pg_control_checkpoint()
)
SELECT CASE WHEN knows OR seconds_later < 0 THEN pg_xact_status(?::xid8) WHEN seconds_later > 0 THEN 'aborted' END,
    (SELECT count(*) FROM ended)
FROM checkpoint
"""
