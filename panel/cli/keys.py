"""`keys`: whether the passwords can be read, and a new key for them."""

from __future__ import annotations

import json
import os
import sys
from functools import partial

import click

from panel import clock, config
from panel.cli.arguments import existing, who
from panel.cli.terminal.say import say, worded
from panel.cli.typed.group import CommandGroup
from panel.config import Config
from panel.errors import VaultError
from panel.i18n import N_, joined
from panel.services import Services
from panel.storage import vault


@click.group(cls=CommandGroup)
def keys() -> None:
    """Check and change the keys that seal the saved passwords."""


@keys.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(as_json: bool) -> None:
    """Say whether every saved password can be read; exit code 78 where one cannot."""
    _require_key(config.read())
    services = existing()
    unreadable, destinations = services.settings.unreadable(), services.destinations.unreadable()
    if as_json:
        found = [{"version": number, "field": name} for number, name in unreadable]
        found += [{"destination": number} for number in destinations]
        click.echo(json.dumps({"readable": not found, "unreadable": found}))
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
    if unreadable or destinations:
        sys.exit(os.EX_CONFIG)


@keys.command()
@click.option("--forget-old", is_flag=True, help="Drop the old keys afterwards. Backups sealed with them are lost.")
def rotate(forget_old: bool) -> None:
    """Make a new key and seal every saved password with it.

    With MAIL_PANEL_KEYS, a credential of systemd or a mounted secret, put the new key first there yourself, restart
    the panel with it, and run this: it seals with the first key, and says when the others can go.

    \b
    Examples:
      mail-panel keys rotate
      mail-panel keys rotate --forget-old
    """
    read = config.read()
    _require_key(read)
    services = existing()
    if fixed := _fixed_keys(read):
        _reseal(services, *fixed)
        return
    with vault.changing(read.key_path):
        count = services.key_rotation.reseal(lambda: vault.add_key(read.key_path), by=who(), now=clock.now())
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


def _reseal(services: Services, keys: list[bytes], name: str, put: str) -> None:
    """Seal with the first key of a list that is not ours to change."""
    if len(set(keys)) == 1:
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
