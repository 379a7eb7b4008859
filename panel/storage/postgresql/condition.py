"""How a server is: what its own tables say of its version, its standbys, its connections, and of who listens."""

from __future__ import annotations

from typing import NamedTuple

from panel import clock
from panel.storage.database import Reader

LISTENS_AS = "mail-panel worker "  # the name of a connection by which a worker is woken, before the worker's own


class Standby(NamedTuple):
    """A server that follows; how far it lies behind is not known to who may not see it."""

    name: str
    behind_seconds: float | None


class ServerCondition(NamedTuple):
    """A server as it is at this moment; `listeners` are the workers that are woken, the others look by themselves."""

    version: str
    synchronous_names: str
    standbys: tuple[Standby, ...]
    connections: int
    most_connections: int
    listeners: frozenset[str]
    ahead_seconds: float  # of this machine's clock
    address: str = ""  # at which it has answered, of several perhaps; nothing on a socket of this machine


def condition_of(read: Reader) -> ServerCondition:
    """Ask a server how it is."""
    row = read.row(_SERVER)
    assert row
    standbys = tuple(Standby(each["name"], each["behind"]) for each in read.rows(_STANDBYS))
    listening = [each["name"].removeprefix(LISTENS_AS) for each in read.rows(_LISTENERS, (f"{LISTENS_AS}%",))]
    return ServerCondition(
        row["version"].partition(" ")[0],  # behind it stands whose package it is
        row["names"],
        standbys,
        row["connections"] or 0,
        row["most"],
        frozenset(listening),
        clock.ahead_seconds() or 0.0,
        row["address"] or "",
    )


_SERVER = (
    "SELECT current_setting('server_version') AS version, current_setting('synchronous_standby_names') AS names, "
    "(SELECT sum(numbackends) FROM pg_stat_database) AS connections, current_setting('max_connections')::int - "
    "current_setting('superuser_reserved_connections')::int AS most, "
    "host(inet_server_addr()) || ':' || inet_server_port() AS address"
)
_STANDBYS = (
    "SELECT application_name AS name, CASE WHEN replay_lsn >= pg_current_wal_lsn() THEN 0 "
    "ELSE extract(epoch FROM replay_lag)::float8 END AS behind FROM pg_stat_replication"
)
_LISTENERS = "SELECT application_name AS name FROM pg_stat_activity WHERE application_name LIKE ?"
