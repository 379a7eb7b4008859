"""`keys`: whether the passwords can be read, and a new key for them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import partial

import click

from panel import clock, config
from panel.cli.arguments import existing, who
from panel.cli.terminal.say import say, worded
from panel.cli.typed.group import CommandGroup
from panel.config import Config
from panel.errors import CannotDo, VaultError
from panel.home import machine_name
from panel.i18n import N_, joined
from panel.services import Services
from panel.storage import vault
from panel.storage.vault import OTHER_KEY


@click.group(cls=CommandGroup)
def keys() -> None:
    """Check and change the keys that seal the saved passwords."""


@keys.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(as_json: bool) -> None:
    """Say whether every saved password can be read; exit code 78 where one cannot."""
    _require_key(config.read())
    services = existing()
    has_key = services.vault.look()
    unreadable, destinations = services.settings.unreadable(), services.destinations.unreadable()
    if as_json:
        found = [{"version": number, "field": name} for number, name in unreadable]
        found += [{"destination": number} for number in destinations]
        shared = {"shared_key": has_key} if services.database.shared_key else {}
        click.echo(json.dumps({"readable": not found, "unreadable": found, **shared}))
    else:
        for number, name in unreadable:
            say(
                N_("Version %(number)d: %(field)s cannot be read with the keys that are here."),
                number=number,
                field=name,
            )
        for number in destinations:
            say(N_("Alert destination %(number)d cannot be read with the keys that are here."), number=number)
        if not unreadable and not destinations:
            say(N_("Every saved password can be read."))
        if not has_key:
            say(OTHER_KEY)
    if unreadable or destinations or not has_key:
        sys.exit(os.EX_CONFIG)


@keys.command()
def add() -> None:
    """Put a new key before those of the key file, and seal nothing with it yet.

    For several machines on one PostgreSQL server: copy the file to all of them, then run mail-panel keys rotate on one.
    Until then all go on with the key that they have.
    """
    read = config.read()
    services = _with_agreed_key(read)
    if services.database.shared_key is None:
        raise CannotDo(worded(N_("One machine alone needs no more than mail-panel keys rotate.")))
    if fixed := _fixed_keys(read):
        raise VaultError(
            worded(N_("%(name)s cannot be changed here. Put a new key before the others there."), name=fixed[1])
        )
    with vault.changing(read.key_path):
        services.vault.refresh()
        if not services.vault.has_newer:
            vault.add_key(read.key_path)
    say(
        N_(
            "A new key stands first in %(path)s. Copy that file to the other machines, then run mail-panel keys rotate."
        ),
        path=read.key_path,
    )


@keys.command()
@click.option("--forget-old", is_flag=True, help="Drop the old keys afterwards. Backups sealed with them are lost.")
@click.option(
    "--lost",
    is_flag=True,
    help="On a server: the key that the database goes by is lost everywhere; go by the first here.",
)
def rotate(forget_old: bool, lost: bool) -> None:
    """Make a new key and seal every saved password with it.

    With MAIL_PANEL_KEYS, a credential of systemd or a mounted secret, put the new key first there yourself, restart
    the panel with it, and run this: it seals with the first key, and says when the others can go.

    Where several machines use one PostgreSQL server, run mail-panel keys add first, and copy the key file to all.

    \b
    Examples:
      mail-panel keys rotate
      mail-panel keys rotate --forget-old
    """
    read = config.read()
    services = _without_agreed_key(read) if lost else _with_agreed_key(read)
    if fixed := _fixed_keys(read):
        _reseal(services, *fixed, lost=lost)
        return
    with vault.changing(read.key_path):
        count = services.key_rotation.reseal(_renewing(services, read, lost=lost), by=who(), now=clock.now())
        say(N_("Sealed %(count)d saved passwords with a new key."), count=count)
        if forget_old:
            _refuse_unreadable(services)
            drop = partial(vault.drop_keys, read.key_path)
            services.key_rotation.release(drop, by=who(), now=clock.now())
            say(N_("Dropped the old keys."))


def _fixed_keys(read: Config) -> tuple[list[bytes], str, str] | None:
    """Give the keys of a list that is not ours to change, what it is called, and where it can be changed."""
    if read.keys:
        return vault.read_keys(read.keys, "MAIL_PANEL_KEYS"), "MAIL_PANEL_KEYS", _PUT
    path = read.key_path
    if path == read.credential:
        return vault.load_keys(path), f"{path}", _PUT_IN_CREDENTIAL
    if vault.is_fixed(path):
        return vault.load_keys(path), f"{path}", _PUT_ELSEWHERE
    return None


_PUT = N_("Put a new key before it, restart the panel with that list, and run this again.")
_PUT_IN_CREDENTIAL = N_(
    "In the file that LoadCredential= of the unit names, put a new key before it, restart the panel with that list, "
    "and run this again."
)
_PUT_ELSEWHERE = N_(
    "That file cannot be changed here: where it comes from, put a new key before it, restart the panel with that list, "
    "and run this again."
)


def _with_agreed_key(read: Config) -> Services:
    """Open the home, or raise where the key is missing, or is not that of the other machines."""
    _require_key(read)
    services = existing()
    if not services.vault.look():
        raise VaultError(worded(OTHER_KEY))
    return services


def _without_agreed_key(read: Config) -> Services:
    """Open the home with whatever key is here, a new one where there is none: nobody has the one that was agreed on."""
    services = existing()
    if services.database.shared_key is None:
        raise CannotDo(worded(N_("A data file alone goes by the keys beside it. Start the panel: it makes a new one.")))
    if not read.keys and not read.key_path.exists():
        vault.load_or_make(read.key_path)
    return services


def _renewing(services: Services, read: Config, *, lost: bool) -> Callable[[], None]:
    """Give what puts a new key into the file, nothing where one stands there that the database does not go by yet."""
    if services.database.shared_key is None:
        return lambda: vault.add_key(read.key_path)
    services.vault.refresh()
    if lost or services.vault.has_newer:
        return lambda: None
    others = {each.host for each in services.heartbeats.all()} - {machine_name()}
    if others:
        raise VaultError(worded(_OTHERS, hosts=", ".join(sorted(others))))
    return lambda: vault.add_key(read.key_path)


_OTHERS = N_(
    "Other machines send with the key that is here (%(hosts)s). Run mail-panel keys add, copy the key file to each of "
    "them, and run this again."
)


def _reseal(services: Services, keys: list[bytes], name: str, put: str, *, lost: bool) -> None:
    """Seal with the first key of a list that is not ours to change."""
    if len(set(keys)) == 1 and not lost:
        one = worded(N_("%(name)s holds one key, so there is none to change to."), name=name)
        raise VaultError(joined((one, worded(put))))
    count = services.key_rotation.reseal(by=who(), now=clock.now())
    say(N_("Sealed %(count)d saved passwords with the first key of %(name)s."), count=count, name=name)
    _refuse_unreadable(services)
    say(N_("Once every process runs with that list, the keys after the first can be removed from it."))


def _refuse_unreadable(services: Services) -> None:
    if services.settings.unreadable() or services.destinations.unreadable():
        raise VaultError(worded(N_("Some passwords can be read with no key that is here. The old keys are kept.")))


def _require_key(read: Config) -> None:
    """Raise where the key is missing: opening the home would make a new one, which opens nothing."""
    if not read.keys and not read.key_path.exists():
        raise vault.no_key(read.key_path)
