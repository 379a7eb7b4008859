"""`backup`, which may run beside a panel, and `restore`, which may not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from panel import clock, config
from panel.cli.arguments import existing, open_home, who
from panel.cli.terminal.say import say, say_aside, worded
from panel.config import Config
from panel.errors import VaultError
from panel.i18n import N_, joined
from panel.services import Services
from panel.settings.sign_in_mark import SIGN_INS, leave_mark
from panel.storage.folder import alone, make_home
from panel.storage.sqlite.database import SqliteDatabase


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the database to a new FILE that only you may read, while the panel runs.

    The key is not in it: keep that in another place.
    Of a database on a server it prints the command of PostgreSQL's own that does so, and ends with 64.

    \b
    Example:
      mail-panel backup /var/backups/mail-panel.db
    """
    if url := config.read().database_url:
        from panel.storage.postgresql.transfer.dumping import dump_command

        raise _as_servers_do(
            N_("The database is on a server, and pg_dump copies it. Run: %(command)s"), dump_command(url, file)
        )
    existing().outbox.copy_to(file)
    say(N_("Copied to %(file)s."), file=file)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--without-key", is_flag=True, help="Also where saved passwords cannot be read: enter them again then.")
def restore(file: Path, without_key: bool) -> None:
    """Put a FILE that `backup` has made in the place of the database, while the panel is stopped.

    It is checked first, brought up to date, and asked whether its passwords can be read with the key that is here.
    The database of before is kept beside it under a name with the time. Killed at any moment, it leaves one of the two.

    \b
    Exit codes: 0 restored, 65 FILE is damaged or no backup, 75 something has the database open, 78 the key is another.

    \b
    Example:
      mail-panel restore /var/backups/mail-panel.db
    """
    from panel.storage.sqlite import restore as restoring  # the help of all commands loads this one

    read, now = _read_of_file(file), clock.now()
    if not read.home.exists():
        restoring.require_file(file)  # before a home is made for nothing
    make_home(read.home, {"The folder of MAIL_PANEL_DATABASE": read.database})
    with restoring.checked_copy(file, read.database_path) as copy:
        _say_whole(file, restoring.schema_in(copy))
        with _opened(read, copy) as services:
            _check_keys(services, without_key=without_key)
            _end_what_stands_open(services)
            services.outbox.note_restored(os.fsencode(file).decode("utf-8", "backslashreplace"), by=who(), now=now)
            waiting = services.outbox.counts().waiting
        with alone(read.database_path):
            kept = restoring.put_in_place(copy, read.database_path, now)
    _leave_mark(read.database_path)
    _say_restored(kept, waiting)


def _read_of_file(file: Path) -> Config:
    """Read the environment, which names no server: that has a program of its own."""
    read = config.read()
    if not read.database_url:
        return read
    from panel.storage.postgresql.transfer.dumping import restore_command

    command = f"{restore_command(read.database_url, file)} && mail-panel database prepare --restored"
    raise _as_servers_do(_RESTORED_BY, command)


def _as_servers_do(text: str, command: str) -> click.UsageError:
    return click.UsageError(worded(text, command=command))


def _end_what_stands_open(services: Services) -> None:
    """End the sessions and links of the backup: who signed out since, or used one, would not know that it is open."""
    services.sessions.end_all()
    services.links.withdraw_all()


def _say_restored(kept: Path | None, waiting: int) -> None:
    if kept:
        say(N_("The database of before is kept as %(file)s."), file=kept)
    waits = worded(_WAIT, count=waiting, command="mail-panel outbox pause") if waiting else worded(N_("Nothing waits."))
    click.echo(joined((worded(N_("Restored.")), waits)))
    say(N_("Accounts and tokens are those of the backup: what was removed or revoked since is valid again."))
    say(N_("Sessions and one-time links have ended: sign in again, and make those that are needed anew."))
    say(N_("Start the panel."))


def _leave_mark(path: Path) -> None:
    """Have sign-ins that are in the backup looked after, by the user of the panel."""
    database = SqliteDatabase(path)
    leave_mark(database)
    if os.geteuid() == 0:
        owner = path.stat()
        os.chown(database.mark_of(SIGN_INS), owner.st_uid, owner.st_gid)


@contextmanager
def _opened(read: Config, copy: Path) -> Iterator[Services]:
    """Open the copy as a panel would, which brings its tables up to date."""
    services = open_home(replace(read, database=copy))
    try:
        yield services
    finally:
        services.database.close()


def _check_keys(services: Services, *, without_key: bool) -> None:
    """Say whether the passwords can be read with the key that is here, or raise where they cannot and should."""
    lost = len(services.settings.unreadable()) + len(services.destinations.unreadable())
    if lost and not without_key:
        raise VaultError(worded(_LOST, count=lost))
    if lost:
        say_aside(N_("%(count)d of the saved passwords cannot be read. Enter them again."), count=lost)
    else:
        say(_ALL_READ)


def _say_whole(file: Path, found: int) -> None:
    from panel.storage.steps import SCHEMA

    old = N_("%(file)s is whole and is brought up from step %(found)d of the tables to %(now)d.")
    say(N_("%(file)s is whole.") if found == SCHEMA else old, file=file, found=found, now=SCHEMA)


_RESTORED_BY = N_(
    "The database is on a server, and pg_restore restores it. Stop the panel on each machine, then run: %(command)s"
)
_ALL_READ = N_("Every saved password can be read.")
_LOST = N_(
    "%(count)d of the saved passwords cannot be read with the key that is here, so nothing was changed. Put the key of "
    "the backup where the panel's key is. If it is lost, add --without-key, and enter them again."
)
_WAIT = N_(
    "%(count)d messages wait, marked as those that may have arrived twice: to see them before they leave, run "
    "%(command)s."
)
