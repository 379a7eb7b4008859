"""`token`: what applications sign in with."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import click

from panel import clock
from panel.access.rights import Scope
from panel.access.tokens import Token, expiry
from panel.cli.arguments import NAME, existing, who
from panel.cli.terminal.say import say
from panel.cli.terminal.table import Cell, ListColumn, print_table
from panel.cli.terminal.times import is_terminal
from panel.cli.typed.group import CommandGroup
from panel.cli.typed.one_of import OneOf
from panel.i18n import N_
from panel.outbox.listing.by_account import LATELY_DAYS, HandedIn, handed_in_since


@click.group(cls=CommandGroup)
def token() -> None:
    """Create, list and revoke the tokens of applications."""


@token.command()
@click.argument("name", type=NAME)
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=OneOf([*map(str, Scope)]), help="May be repeated."
)
@click.option("--expires", metavar="TIME", help="Such as 90d or 12h. Default: never.")
def create(name: str, scopes: tuple[str, ...], expires: str | None) -> None:
    """Create a token and print it alone; it is not shown again.

    \b
    Examples:
      mail-panel token create shop --scope send
      mail-panel token create monitoring --scope read --expires 90d > monitoring.token
    """
    now = clock.now()
    ends = expiry(expires, now) if expires is not None else None
    click.echo(existing().tokens.create(name, map(Scope, scopes), by=who(), expires_at=ends, now=now))


@token.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_tokens(as_json: bool) -> None:
    """List the tokens, the newest first: beginning, name, state, scopes, end, last use, messages within 30 days."""
    opened = existing()
    tokens, lately = opened.tokens.list(), handed_in_since(opened.database, clock.now() - timedelta(days=LATELY_DAYS))
    documents = [_document(each, lately) for each in tokens]
    if as_json:
        click.echo(json.dumps(documents, ensure_ascii=False, indent=2))
        return
    if is_terminal():
        print_table(_COLUMNS, [_row(each, lately) for each in tokens])
        return
    for token, each in zip(tokens, documents, strict=True):
        ends, used = each["expires_at"] or "never ends", each["last_used_at"] or "never used"
        beginning = [each["id"], each["name"], each["state"], " ".join(each["scopes"]), ends, used]
        click.echo("\t".join([*beginning, str(_messages(token, lately) or 0)]))


@token.command()
@click.argument("name", type=NAME, metavar="NAME|PREFIX")
def revoke(name: str) -> None:
    """Revoke a token by its name or by its beginning, such as mp_k3v9x2ab; it ends at once."""
    say(N_("Revoked %(name)s."), name=existing().tokens.revoke(name, by=who(), now=clock.now()).name)


_COLUMNS = (
    ListColumn(N_("Token")),
    ListColumn(N_("Name"), 12),
    ListColumn(N_("State")),
    ListColumn(N_("Allowed")),
    ListColumn(N_("Ends")),
    ListColumn(N_("Last used")),
    ListColumn(N_("Messages in 30 days")),
)


def _row(token: Token, lately: HandedIn) -> tuple[Cell, ...]:
    scopes = " ".join(sorted(map(str, token.scopes)))
    state, messages = token.state(clock.now()), _messages(token, lately)
    return token.id, token.name, state, scopes, token.expires_at, token.last_used_at, messages


def _messages(token: Token, lately: HandedIn) -> int | str | None:
    """Say how many messages a token has handed in, `+` where it may be more; nothing of one that another follows."""
    if token.state(clock.now()) != "valid":
        return None
    count = lately.by.get(token.account, 0)
    return f"{count}+" if lately.more else count


def _document(token: Token, lately: HandedIn) -> dict[str, Any]:
    state = token.state(clock.now())
    return {
        "id": token.id,
        "name": token.name,
        "state": state,
        "scopes": sorted(map(str, token.scopes)),
        "created_at": clock.stamp(token.created_at),
        "created_by": token.created_by,
        "expires_at": clock.stamp_or_none(token.expires_at),
        "revoked_at": clock.stamp_or_none(token.revoked_at),
        "last_used_at": clock.stamp_or_none(token.last_used_at),
        "messages_30d": lately.by.get(token.account, 0) if state == "valid" else None,
        "messages_30d_more": lately.more,
    }
