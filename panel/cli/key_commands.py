"""`keys`: whether the passwords can be read, and a new key for them."""

from __future__ import annotations

import json
import os
import sys

import click

from panel import config, vault
from panel.cli.given import opened
from panel.errors import VaultError
from panel.services import open_services, read_keys


@click.group()
def keys() -> None:
    """Check and change the keys that seal the saved passwords."""


@keys.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(as_json: bool) -> None:
    """Say whether every saved password can be read; exit code 78 where one cannot."""
    unreadable = opened().settings.unreadable()
    if as_json:
        found = [{"version": number, "field": name} for number, name in unreadable]
        click.echo(json.dumps({"readable": not found, "unreadable": found}))
    else:
        for number, name in unreadable:
            click.echo(f"Version {number}: {name} cannot be read with the keys that are here.")
        if not unreadable:
            click.echo("Every saved password can be read.")
    if unreadable:
        sys.exit(os.EX_CONFIG)


@keys.command()
@click.option("--forget-old", is_flag=True, help="Drop the old keys afterwards. Backups sealed with them are lost.")
def rotate(forget_old: bool) -> None:
    """Make a new key and seal every saved password with it.

    With MAIL_PANEL_KEYS, put the new key first in that list yourself; this seals with it.

    \b
    Examples:
      mail-panel keys rotate
      mail-panel keys rotate --forget-old
    """
    read = config.read()
    if not read.keys:
        path = read.key_path
        vault.store_keys(path, [vault.new_key(), *read_keys(read)])
    services = open_services(read)
    count = services.settings.reseal()
    click.echo(f"Sealed {count} saved passwords with the newest key.")
    if forget_old and not read.keys:
        if services.settings.unreadable():
            raise VaultError("Some passwords can be read with no key that is here. The old keys are kept.")
        vault.store_keys(read.key_path, read_keys(read)[:1])
        click.echo("Dropped the old keys.")
