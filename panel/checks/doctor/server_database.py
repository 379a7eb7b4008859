"""What of a database on a server can be checked: that it answers, clock, standbys, connections, and who sends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from panel import clock
from panel.checks.doctor.finding import Finding, ok, problem, warning
from panel.errors import DatabaseError
from panel.i18n import N_
from panel.outbox.delivery.heartbeats import Heartbeat, Heartbeats
from panel.settings.store import Version
from panel.storage.database import Database
from panel.storage.postgresql.condition import ServerCondition, condition_of

MOST_BEHIND_SECONDS = 10  # of a standby
CONNECTIONS_FULL = 80  # percent


def examine_server_database(database: Database, version: Version, now: datetime) -> Iterator[Finding]:
    """Look at all of it; where the server does not answer, at nothing more."""
    try:
        condition = condition_of(database)
        beats = Heartbeats(database).living(now)
        fault = database.fault()
    except DatabaseError as failed:
        yield problem("database", N_("The database does not answer: %(fault)s"), fault=failed)
        return
    if fault:
        yield problem("database", N_("The database does not answer: %(fault)s"), fault=fault)
    else:
        yield ok(
            "database",
            N_("The database is on a PostgreSQL server (%(version)s) and can be written: %(name)s"),
            version=condition.version,
            name=database.name,
        )
    yield from encryption_findings(database.encryption)
    yield from server_findings(condition, beats, _clock_that_went_back(version, now))


def server_findings(
    condition: ServerCondition, beats: Sequence[Heartbeat], went_back: Finding | None = None
) -> Iterator[Finding]:
    """Judge how a server is, and by what the workers that live are woken."""
    yield from _replication(condition)
    yield _connections(condition)
    yield _workers(
        Counter(each.host for each in beats), {each.host for each in beats if each.name not in condition.listeners}
    )
    yield went_back or _clock(condition)


def encryption_findings(mode: str) -> Iterator[Finding]:
    """Judge the way to another machine by its sslmode; there is nothing to say of a server on this one."""
    says = {
        "disable": N_("What is sent to the database server is not encrypted: mail, addresses and names can be read."),
        "require": N_("The database server does not prove who it is: whoever is on the way can take its place."),
        "verify-ca": N_("The database server proves its CA, not its name: another one of that CA can take its place."),
    }
    if mode in says:
        do = N_("Write sslmode=verify-full in MAIL_PANEL_DATABASE, with sslrootcert= and the file of the CA.")
        yield warning("encryption", says[mode], do)
    elif mode:
        yield ok("encryption", N_("What is sent to the database server is encrypted, and its name is verified."))


def _replication(condition: ServerCondition) -> Iterator[Finding]:
    if not condition.synchronous_names:
        yield warning(
            "replication",
            N_("No standby confirms what is written: if the server is lost, so are messages that were acknowledged."),
            N_("Set synchronous_standby_names on the server to a standby of it."),
        )
    late = [each for each in condition.standbys if (each.behind_seconds or 0) > MOST_BEHIND_SECONDS]
    for each in late:
        yield warning(
            "replication",
            N_("The standby %(standby)s is %(seconds)d seconds behind."),
            N_("Look at that server, and at the network to it."),
            standby=each.name,
            seconds=int(each.behind_seconds or 0),
        )
    if condition.synchronous_names and not late:
        yield ok(
            "replication",
            N_("Standbys: %(standbys)s"),
            standbys=", ".join(each.name for each in condition.standbys) or condition.synchronous_names,
        )


def _connections(condition: ServerCondition) -> Finding:
    used, most = condition.connections, condition.most_connections
    says = N_("%(used)d of %(most)d connections to the database server are in use.")
    if used * 100 < most * CONNECTIONS_FULL:
        return ok("connections", says, used=used, most=most)
    do = N_("Raise max_connections of the server, or end what holds them.")
    return warning("connections", says, do, used=used, most=most)


def _workers(hosts: Counter[str], polling: set[str]) -> Finding:
    if polling:
        return warning(
            "workers",
            N_("Workers on %(hosts)s are not woken by the database and look every 2 seconds."),
            N_("Let them reach the server directly, or by a pooler whose pool_mode is session."),
            hosts=", ".join(sorted(polling)),
        )
    if not hosts:
        return ok("workers", N_("No worker runs at the moment."))
    running = ", ".join(f"{host}: {number}" for host, number in sorted(hosts.items()))
    return ok("workers", N_("Workers by machine: %(running)s"), running=running)


def _clock_that_went_back(version: Version, now: datetime) -> Finding | None:
    """Compare the server's clock with what was stored under it."""
    if not version.saved_at or not version.is_ahead_of(now):
        return None
    return problem(
        "clock",
        N_("The database server's clock, by which mail leaves, is behind the last saved change (%(time)s)."),
        N_("Set the clock, and let it be kept by NTP."),
        time=version.saved_at.isoformat(timespec="minutes"),
    )


def _clock(condition: ServerCondition) -> Finding:
    """Compare this machine's clock with the server's, which all go by."""
    seconds = condition.ahead_seconds
    if abs(seconds) <= clock.APART_SECONDS:
        return ok("clock", N_("The clock of this machine agrees with the database server's."))
    ahead = N_("The clock of this machine is %(seconds)s s ahead of the database server's, by which mail leaves.")
    behind = N_("The clock of this machine is %(seconds)s s behind the database server's, by which mail leaves.")
    do = N_("Have both clocks kept by NTP.")
    return warning("clock", ahead if seconds > 0 else behind, do, seconds=f"{abs(seconds):.1f}")
