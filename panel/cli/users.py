"""`user`: the accounts of the panel."""

from __future__ import annotations

import json

import click

from panel import clock
from panel.access.accounts import Account
from panel.access.rights import Role
from panel.cli.arguments import NAME, existing, opened, password, who
from panel.cli.terminal.say import say, say_aside
from panel.cli.terminal.table import ListColumn, print_table
from panel.cli.terminal.times import is_terminal
from panel.cli.typed.group import CommandGroup
from panel.cli.typed.one_of import OneOf
from panel.errors import ConfigError
from panel.i18n import N_
from panel.services import Services

_FILE = click.option(
    "--password-file", type=click.Path(), metavar="FILE", help="Read the password from a file; - for standard input."
)
_ROLE = OneOf([role.value for role in Role])
_VIA = "Who says that it is them: the panel by a password, or the proxy (MAIL_PANEL_AUTH=proxy)."


@click.group(cls=CommandGroup)
def user() -> None:
    """Add, change, remove and list accounts."""


@user.command()
@click.argument("name", type=NAME)
@click.option("--role", type=_ROLE, default=Role.VIEWER.value, show_default=True)
@click.option("--via", type=OneOf(["local", "proxy"]), default="local", show_default=True, help=_VIA)
@_FILE
def add(name: str, role: str, via: str, password_file: str | None) -> None:
    """Add an account.

    \b
    Examples:
      mail-panel user add hanako
      pwgen -s 20 1 | tee hanako.txt | mail-panel user add hanako --password-file -
      mail-panel user add hanako@example.org --via proxy --role administrator
    """
    if via == "proxy" and password_file:
        raise click.UsageError("Who enters by the proxy has no password here. Leave --password-file out.")
    if via == "proxy":
        opened().proxy_accounts.add(name, Role(role), by=who(), now=clock.now())
    else:
        opened().accounts.add(name, password(password_file), by=who(), role=Role(role), now=clock.now())
    say(N_("Added %(name)s."), name=name)


@user.command()
@click.argument("name", type=NAME)
@click.argument("door", metavar="proxy", type=OneOf(["proxy"]))
def via(name: str, door: str) -> None:
    """Hand a local account over to the proxy: it keeps its role, and loses its password and its sessions.

    \b
    Example:
      mail-panel user via hanako proxy
    """
    panel = existing()
    panel.proxy_accounts.hand_over(name, by=who(), now=clock.now())
    say(N_("%(name)s enters by the proxy from now on."), name=name)
    if not panel.config.proxy_login:
        say_aside(
            N_("MAIL_PANEL_AUTH is local for this command: where the panel's is, %(name)s cannot enter."), name=name
        )


@user.command()
@click.argument("name", type=NAME)
@click.option("--role", type=_ROLE, required=True)
def invite(name: str, role: str) -> None:
    """Print a link by which somebody makes an account of this name; it works once, for a day.

    A new invitation of the same name replaces the one before.

    \b
    Example:
      mail-panel user invite ken --role operator
    """
    panel = _with_passwords()
    token = panel.links.invite(name, Role(role), by=who(), now=clock.now())
    click.echo(f"{panel.config.own_url}/invitation?token={token}")


@user.command()
@click.argument("name", type=NAME)
def reset(name: str) -> None:
    """Print a link by which an account gets a new password; it works once, for a day."""
    panel = _with_passwords()
    token = panel.links.reset(name, by=who(), now=clock.now())
    click.echo(f"{panel.config.own_url}/invitation?token={token}")


def _with_passwords() -> Services:
    """Open a panel that has a login of its own."""
    panel = existing()
    if panel.config.proxy_login:
        raise ConfigError("With MAIL_PANEL_AUTH=proxy no link is needed: the proxy says who asks.")
    return panel


@user.command()
@click.argument("name", type=NAME)
@_FILE
def passwd(name: str, password_file: str | None) -> None:
    """Change an account's password, and end its sessions."""
    accounts = existing().accounts
    accounts.require_password(name)  # before somebody types one for nothing
    accounts.set_password(name, password(password_file), by=who(), now=clock.now())
    say(N_("Changed the password of %(name)s."), name=name)


@user.command("role")
@click.argument("name", type=NAME)
@click.argument("role", type=_ROLE, metavar="ROLE")
def set_role(name: str, role: str) -> None:
    """Give an account another role: viewer, operator or administrator.

    A lesser one ends its sessions; the last administrator stays one.
    """
    existing().accounts.set_role(name, Role(role), by=who(), now=clock.now())
    say(N_("%(name)s has the role %(role)s now."), name=name, role=role)


@user.command()
@click.argument("name", type=NAME)
def remove(name: str) -> None:
    """Remove an account; the last administrator stays."""
    existing().accounts.remove(name, by=who(), now=clock.now())
    say(N_("Removed %(name)s."), name=name)


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_accounts(as_json: bool) -> None:
    """List the accounts: name, role, who says that it is them, and when they were seen last."""
    accounts = existing().accounts.list()
    if as_json:
        click.echo(json.dumps([_document(each) for each in accounts], ensure_ascii=False))
        return
    if is_terminal():
        print_table(_COLUMNS, [(each.name, each.role, each.via, each.seen_at) for each in accounts])
        return
    for each in accounts:
        seen = clock.stamp_or_none(each.seen_at) or "never seen"
        click.echo(f"{each.name}\t{each.role}\t{each.via}\t{seen}")


_COLUMNS = (ListColumn(N_("Name")), ListColumn(N_("Role")), ListColumn(N_("Way in")), ListColumn(N_("Last seen")))


def _document(account: Account) -> dict[str, str | None]:
    seen_at = clock.stamp_or_none(account.seen_at)
    return {"name": account.name, "role": account.role, "via": account.via, "seen_at": seen_at}
