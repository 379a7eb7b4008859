"""Which servers mail may be kept on, and by which way to them: what is not so loses mail, or sends it twice."""

from __future__ import annotations

import select
import time
from typing import Any

import psycopg
from psycopg import pq

from panel.errors import ConfigError, OutOfReach
from panel.storage.postgresql.reaching.address import ServerAddress
from panel.storage.postgresql.session import open_connection

OLDEST = 140_000  # PostgreSQL 14
KEEPS = ("on", "remote_write", "remote_apply")  # what synchronous_commit may be: a commit that is answered is kept
_ROUNDS = 3  # of the look whether a pooler gives a connection's server process to others
_PROCESS_SECONDS = 5.0  # in which a pooler has a process of the server for one more connection

_Connection = psycopg.Connection[Any]


def refuse_unfit(connection: _Connection, address: ServerAddress, name: str) -> None:
    """Raise `ConfigError` with the first thing that is not as mail needs it, and what to do."""
    row = connection.execute(_LOOK).fetchone()
    assert row
    if row["version"] < OLDEST:
        raise ConfigError(f"{name} is PostgreSQL {row['named']}. Update the server: it must be 14 or newer.")
    if row["encoding"] != "UTF8":
        raise ConfigError(
            f"{name} keeps text as {row['encoding']}. Make the database anew with: CREATE DATABASE … ENCODING 'UTF8'."
        )
    if row["fsync"] != "on":
        raise ConfigError(
            f"{name} runs with fsync = off, and loses mail that it has taken when its machine fails. "
            "Set fsync = on in its postgresql.conf."
        )
    if row["commit"] not in KEEPS:
        raise ConfigError(
            f"{name} runs with synchronous_commit = {row['commit']}, and loses mail that it has taken when it fails. "
            "Set synchronous_commit = on in postgresql.conf, and see that ALTER ROLE and ALTER DATABASE say no other."
        )
    if row["process"] != connection.info.backend_pid:  # a pooler has a number of its own for each client
        _refuse_shared_processes(connection, address, name)


_LOOK = (
    "SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS named, "
    "current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync, "
    "current_setting('synchronous_commit') AS commit, pg_backend_pid() AS process"
)


def _refuse_shared_processes(connection: _Connection, address: ServerAddress, name: str) -> None:
    """Raise where a pooler gives each transaction whichever process of the server is free.

    A second connection holds one, most likely the one that served the first: either it is the same one, or the first
    has another one meanwhile, unless each has its own.
    """
    own = _process_of(connection)
    with open_connection(address) as other:
        for _ in range(_ROUNDS):
            if _held_process(other, name) in (own, None) or _process_of(connection) != own:
                raise ConfigError(
                    f"{name} is behind a pooler that gives each transaction another connection, where locks and "
                    "settings do not hold. Set pool_mode = session in PgBouncer, or name the server itself."
                )
            other.execute("ROLLBACK")


def _process_of(connection: _Connection) -> int:
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    assert row
    return int(row[0])


def _held_process(connection: _Connection, name: str) -> int | None:
    """Begin a transaction, and give the process that serves it; None where the pooler lets nobody hold one.

    A pooler whose processes are all in use lets who asks wait for longer than a start should.
    """
    server = connection.pgconn
    server.send_query(b"BEGIN; SELECT pg_backend_pid()")
    server.flush()
    ends = time.monotonic() + _PROCESS_SECONDS
    while server.is_busy():
        if not select.select([server.socket], [], [], max(0.0, ends - time.monotonic()))[0]:
            raise OutOfReach(
                f"{name} is behind a pooler that has no connection left for one more client. Raise its pool size."
            )
        server.consume_input()
    return _number_in(connection, name)


def _number_in(connection: _Connection, name: str) -> int | None:
    number, said = None, ""
    while result := connection.pgconn.get_result():
        if result.status == pq.ExecStatus.TUPLES_OK:
            number = int(result.get_value(0, 0) or b"0")
        said = said or result.get_error_message()  # the first one: then the connection is closed
    if number is None and "pooling mode" not in said:
        raise OutOfReach(f"{name} cannot be reached: {said.strip()}. Try again in a moment.")
    return number
