"""`backup`, which may run beside a panel, and `restore`, which may not."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from panel import clock, config
from panel.cli.arguments import existing, open_home, who
from panel.config import Config
from panel.errors import VaultError
from panel.services import Services
from panel.settings.sign_in_mark import leave_mark, mark_of
from panel.storage.database import Database
from panel.storage.folder import alone, make_home


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the database to a new FILE that only you may read, while the panel runs.

    The key is not in it: keep that in another place.

    \b
    Example:
      mail-panel backup /var/backups/mail-panel.db
    """
    existing().outbox.copy_to(file)
    click.echo(f"Copied to {file}.")


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
    from panel.storage import restore as restoring  # the help of all commands loads this one

    read, now = config.read(), clock.now()
    if not read.home.exists():
        restoring.require_file(file)  # before a home is made for nothing
    make_home(read.home, {"The folder of MAIL_PANEL_DATABASE": read.database})
    with restoring.checked_copy(file, read.database_path) as copy:
        click.echo(f"{file} is whole{_brought_up(restoring.schema_in(copy))}.")
        with _opened(read, copy) as services:
            _check_keys(services, without_key=without_key)
            services.outbox.note_restored(os.fsencode(file).decode("utf-8", "backslashreplace"), by=who(), now=now)
            waiting = services.outbox.counts().waiting
        with alone(read.database_path):
            kept = restoring.put_in_place(copy, read.database_path, now)
    _leave_mark(read.database_path)
    click.echo(_told(kept, waiting))


def _told(kept: Path | None, waiting: int) -> str:
    before = f"The database of before is kept as {kept}.\n" if kept else ""
    return before + _RESTORED.format(waits=_waits(waiting))


def _leave_mark(path: Path) -> None:
    """Have sign-ins that are in the backup looked after, by the user of the panel."""
    leave_mark(Database(path))
    if os.geteuid() == 0:
        owner = path.stat()
        os.chown(mark_of(path), owner.st_uid, owner.st_gid)


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
        raise VaultError(
            f"{lost} of the saved passwords cannot be read with the key that is here, so nothing was changed. Put the "
            "key of the backup where the panel's key is. If it is lost, add --without-key, and enter them again."
        )
    if lost:
        print(f"mail-panel: {lost} of the saved passwords cannot be read. Enter them again.", file=sys.stderr)
    else:
        click.echo("Every saved password can be read.")


def _brought_up(found: int) -> str:
    from panel.storage.schema import SCHEMA

    return f" and is brought up from step {found} of the tables to {SCHEMA}" if found != SCHEMA else ""


def _waits(waiting: int) -> str:
    if not waiting:
        return "Nothing waits."
    return (
        f"{waiting} messages wait, marked as those that may have arrived twice: to see them before they leave, run "
        "mail-panel outbox pause."
    )


_RESTORED = """\
Restored. {waits}
Accounts and tokens are those of the backup: what was removed or revoked since is valid again.
Start the panel."""
