"""`database`: where the data is, its tables, and its way from a file to a server."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from panel import clock, config
from panel.cli.arguments import opened, require_home, who
from panel.cli.terminal.say import say, worded
from panel.i18n import N_, joined
from panel.services import open_services
from panel.storage.database import Database
from panel.storage.opening import open_database, require_fit
from panel.storage.steps import SCHEMA

if TYPE_CHECKING:  # what few commands load
    from panel.checks.database_status import DatabaseStatus
    from panel.storage.postgresql.condition import ServerCondition


@click.group()
def database() -> None:
    """Tell where the data is, make its tables, and move it from a file to a server.

    \b
    Example:
      mail-panel database status
    """


@database.command()
@click.option("--user", metavar="NAME", help="Let this user of the server read and write what is in the tables.")
@click.option("--restored", is_flag=True, help="After pg_restore: mark what waits, and end sessions and links.")
def prepare(user: str | None, restored: bool) -> None:
    """Make the tables, or bring those of an older mail-panel up to date.

    Run it as the owner of the tables. Who only reads and writes, as `--user` may, then starts the panel.

    \b
    Exit codes: 0 done, 78 the tables are of a newer mail-panel.

    \b
    Example:
      PGSSLMODE=verify-full MAIL_PANEL_DATABASE=postgresql://owner@db.example.org/mail mail-panel database prepare
    """
    with _prepared() as (found, before):
        now = found.step()
        done = N_("The tables of %(name)s are at step %(now)d; they were at step %(before)d.")
        none = N_("The tables of %(name)s are made, at step %(now)d.")
        same = N_("The tables of %(name)s are at step %(now)d, as before.")
        say(none if not before else same if before == now else done, name=found.name, now=now, before=before)
        if user is not None:
            found.let_use(user)
            say(N_("%(user)s may read and write what is in them."), user=user)
        if restored:
            _after_a_restore(found)


def _after_a_restore(found: Database) -> None:
    """Mark what waits, for it may have left since; nobody is signed in who was so when the dump was made."""
    from panel.access.links import Links
    from panel.access.sessions import Sessions
    from panel.outbox.outbox import Outbox

    Sessions(found).end_all()
    Links(found).withdraw_all()
    Outbox(found).note_restored(found.name, by=who(), now=clock.now())
    say(N_("What waits is marked as that which may have arrived twice. Sessions and one-time links have ended."))


@contextmanager
def _prepared() -> Iterator[tuple[Database, int]]:
    """Bring the tables up to date, and give the database and the step of before."""
    read = config.read()
    if not read.database_url:
        before = _step_of_file(read.database_path)
        yield opened().database, before
        return
    require_fit(*read.place, seconds=0)
    with closing(open_database(*read.place)) as found:
        before = found.step()
        found.prepare()
        yield found, before


def _step_of_file(path: Path) -> int:
    if not path.exists():
        return 0
    with closing(open_database(path)) as found:
        return found.step()


@database.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(as_json: bool) -> None:
    """Tell where the data is, its step and size, and of a server its version, clock, standbys and workers.

    \b
    Example:
      mail-panel database status --json
    """
    # The help of all commands loads this module.
    from panel.checks.database_status import database_status_of, database_status_to_json

    with closing(_there()) as found:
        now = database_status_of(found, clock.now())
    if as_json:
        click.echo(json.dumps(database_status_to_json(now), indent=2, ensure_ascii=False))
        return
    for line in _lines(now):
        click.echo(line)


def _there() -> Database:
    """Open the database that is there, whatever its step."""
    read = config.read()
    found = open_database(*read.place)
    if not read.database_url:
        require_home(read)
    return found


def _lines(now: DatabaseStatus) -> Iterator[str]:
    yield worded(N_("Database: %(name)s"), name=now.name)
    if server := now.server:
        yield worded(
            N_("Server: PostgreSQL %(version)s at %(address)s"), version=server.version, address=server.address
        )
    yield worded(N_("Step of the tables: %(step)d; that of this program: %(known)d"), step=now.step, known=SCHEMA)
    yield worded(N_("Size: %(megabytes).1f MB"), megabytes=now.size / 1_000_000)
    if server:
        yield from _lines_of_server(server)
    if now.key_fingerprint:
        yield worded(N_("Key: %(fingerprint)s"), fingerprint=now.key_fingerprint)
    for each in now.workers:
        woken, looks = N_("Worker on %(host)s: woken at once"), N_("Worker on %(host)s: looks every 2 seconds")
        yield worded(woken if now.is_woken(each) else looks, host=each.host)
    if now.pace_held_by:
        yield worded(N_("The pace is held by a worker on %(host)s."), host=now.pace_host or now.pace_held_by)


def _lines_of_server(server: ServerCondition) -> Iterator[str]:
    ms = round(server.ahead_seconds * 1000)
    ahead = N_("Clock: that of this machine is %(ms)d ms ahead of the server's")
    behind = N_("Clock: that of this machine is %(ms)d ms behind the server's")
    yield worded(ahead if ms >= 0 else behind, ms=abs(ms))
    yield worded(N_("Connections: %(used)d of %(most)d"), used=server.connections, most=server.most_connections)
    names = server.synchronous_names or worded(N_("none"))
    yield worded(N_("Standbys that confirm what is written: %(names)s"), names=names)
    for each in server.standbys:
        if each.behind_seconds is None:
            yield worded(N_("Standby %(name)s: it is not known how far behind"), name=each.name)
        else:
            yield worded(N_("Standby %(name)s: %(seconds).1f s behind"), name=each.name, seconds=each.behind_seconds)


@database.command()
@click.option("--from", "source", required=True, metavar="FILE", type=click.Path(path_type=Path), help="The data file.")
@click.option("--to", "target", required=True, metavar="URL", help="The server, as MAIL_PANEL_DATABASE names it.")
def copy(source: Path, target: str) -> None:
    """Copy all that is in a data FILE to an empty database on a server, once, while the panel is stopped.

    The file then has another name, and no mail-panel opens it again: mail would be sent twice.
    Killed at any moment, it leaves the server empty or all of it there.

    \b
    Exit codes: 0 copied, 65 the server has a panel already or the file is damaged, 66 no such file, 75 it is open.

    \b
    Example:
      mail-panel database copy --from mail-panel.db --to postgresql://mail@db.example.org/mail?sslmode=verify-full
    """
    from panel.storage.moving import move  # the help of all commands loads this one

    read = config.read({**os.environ, "MAIL_PANEL_DATABASE": target})
    if not read.database_url:
        raise click.UsageError(
            "--to is the URL of a PostgreSQL server, such as postgresql://mail@db.example.org/mail?sslmode=verify-full."
        )
    counts = move(source, read.database_url, read.database_password_file, lambda held: _make_ready(held, target))
    kept = source.with_name(f"{source.name}.moved")
    rows = sum(counts.values())
    say(N_("Copied %(messages)d messages, %(rows)d rows in all."), messages=counts["messages"], rows=rows)
    say(N_("The file is now %(kept)s, and is not used any more."), kept=kept)
    if read.keys or read.key_path.exists():
        open_services(read).database.close()  # all machines go by the key that is here, if it opens what is saved
    with closing(open_database(*read.place)) as found:
        _tell_of_address(found)
    _tell_what_next()


def _tell_of_address(found: Database) -> None:
    """Say which address is saved that mail is sent from: it is of one machine, and these settings are of several."""
    from panel.settings.store import settings_in_force

    if address := settings_in_force(found).source_address:
        say(
            N_(
                "Mail is sent from the source address %(address)s, which one machine alone has: no other one can send. "
                "Leave it empty, by: mail-panel settings set source_address="
            ),
            address=address,
        )


def _tell_what_next() -> None:
    click.echo(
        joined(
            (
                worded(N_("Name it in MAIL_PANEL_DATABASE on each machine, as the panels' user, with the same key.")),
                worded(N_("Sign in again: the sessions have ended.")),
                worded(N_("What waits is marked as that which may have arrived twice.")),
            )
        )
    )


def _make_ready(held: Database, target: str) -> None:
    """Change what is not to arrive as it is: who is signed in here does not stay so there."""
    from panel.access.sessions import Sessions
    from panel.outbox.outbox import Outbox

    Sessions(held).end_all()
    Outbox(held).note_moved(target, by=who(), now=clock.now())
