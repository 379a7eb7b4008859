"""The lock of who writes: one at a time, as on a data file; and how it is taken from who holds it and says no more."""

from __future__ import annotations

import psycopg

from panel.storage.postgresql.schema import WRITER_LOCK
from panel.storage.postgresql.session import IDLE_IN_TRANSACTION_MS, ServerSession

TAKE = f"SELECT pg_advisory_xact_lock(hashtext(?), {WRITER_LOCK})"


def take_from_silent(session: ServerSession, schema: str) -> bool:
    """End the one that holds the lock and was not heard of for long, and say whether there was one.

    The server ends who is idle in a transaction, but waits for ever for the rest of what somebody began to say: a
    program that was stopped, or lies behind a relay that is not there any more. Who fills a table says more all the
    while, and is left alone.
    """
    try:
        return bool(session.line.ask(_END_SILENT, (schema, IDLE_IN_TRANSACTION_MS)))
    except psycopg.Error:
        return False


_END_SILENT = f"""
SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND objid = {WRITER_LOCK} AND objsubid = 2
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = (hashtext(?)::bigint & 4294967295)::oid
    AND wait_event = 'ClientRead' AND query NOT ILIKE 'COPY %'
    AND state_change < clock_timestamp() - ? * interval '1 ms'
"""  # noqa: S608 - our own words
