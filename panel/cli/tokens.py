"""`token`: what applications sign in with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from panel import clock
from panel.access.rights import Scope
from panel.access.submission.token_limits import TokenLimits
from panel.access.tokens import Token, expiry, limits_in
from panel.cli.arguments import NAME, existing, who
from panel.cli.terminal.say import say, worded
from panel.cli.terminal.table import Cell, ListColumn, print_table
from panel.cli.terminal.times import is_terminal
from panel.cli.typed.group import CommandGroup
from panel.cli.typed.one_of import OneOf
from panel.i18n import N_
from panel.outbox.listing.by_account import LATELY_DAYS, HandedIn, handed_in_since

if TYPE_CHECKING:
    from panel.access.submission.token_use import TokenUse  # few tokens have limits


@click.group(cls=CommandGroup)
def token() -> None:
    """Create, list and revoke the tokens of applications."""


@token.command()
@click.argument("name", type=NAME)
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=OneOf([*map(str, Scope)]), help="May be repeated."
)
@click.option("--expires", metavar="TIME", help="Such as 90d or 12h. Default: never.")
@click.option(
    "--messages-per-minute", metavar="NUMBER", help="As many as are taken in 60 seconds. Default: any number."
)
@click.option(
    "--recipients-per-day", metavar="NUMBER", help="As many as are taken in a day (UTC). Default: any number."
)
def create(name: str, scopes: tuple[str, ...], expires: str | None, **limits: str | None) -> None:
    """Create a token and print it alone; it is not shown again.

    \b
    Examples:
      mail-panel token create shop --scope send
      mail-panel token create shop --scope send --messages-per-minute 60 --recipients-per-day 2000
      mail-panel token create monitoring --scope read --expires 90d > monitoring.token
    """
    now = clock.now()
    ends = expiry(expires, now) if expires is not None else None
    may = TokenLimits(**limits_in(_typed(limits)))
    click.echo(existing().tokens.create(name, map(Scope, scopes), by=who(), expires_at=ends, limits=may, now=now))


@token.command()
@click.argument("name", type=NAME, metavar="NAME|PREFIX")
@click.option("--messages-per-minute", metavar="NUMBER|none", help="As many as are taken in 60 seconds.")
@click.option("--recipients-per-day", metavar="NUMBER|none", help="As many as are taken in a day (UTC).")
def limit(name: str, **limits: str | None) -> None:
    """Say how much a token may hand in, from the next message on; a limit that is not named stays.

    \b
    Examples:
      mail-panel token limit shop --messages-per-minute 60 --recipients-per-day 2000
      mail-panel token limit shop --recipients-per-day none
    """
    given = limits_in(_typed(limits))
    if not given:
        raise click.UsageError("Say --messages-per-minute or --recipients-per-day, with a number or none.")
    limited = existing().tokens.limit(name, given, by=who(), now=clock.now())
    say(N_("%(name)s: %(limits)s."), name=limited.name, limits=_limits_of(limited) or worded(N_("no limits")))


@token.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_tokens(as_json: bool) -> None:
    """List the tokens, the newest first: beginning, name, state, scopes, end, last use, messages within 30 days.

    Then come the limits, and the recipients of today that count towards them.
    """
    opened, now = existing(), clock.now()
    tokens, lately = opened.tokens.list(), handed_in_since(opened.database, now - timedelta(days=LATELY_DAYS))
    uses = {each.id: each.use for each in opened.tokens.limited(now)}
    documents = [_document(each, lately, uses.get(each.id)) for each in tokens]
    if as_json:
        click.echo(json.dumps(documents, ensure_ascii=False, indent=2))
        return
    if is_terminal():
        more = _OF_LIMITS if uses else ()
        print_table((*_COLUMNS, *more), [_row(each, lately) + _of_limits(each, uses)[: len(more)] for each in tokens])
        return
    for token, each in zip(tokens, documents, strict=True):
        ends, used = each["expires_at"] or "never ends", each["last_used_at"] or "never used"
        beginning = [each["id"], each["name"], each["state"], " ".join(each["scopes"]), ends, used]
        limits, recipients = _of_limits(token, uses)
        of_limits = [limits or "no limits", str(recipients or 0)]
        click.echo("\t".join([*beginning, str(_messages(token, lately) or 0), *of_limits]))


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
_OF_LIMITS = (ListColumn(N_("Limits")), ListColumn(N_("Recipients today")))


def _typed(limits: Mapping[str, str | None]) -> dict[str, str]:
    return {each: "" if text == "none" else text for each, text in limits.items() if text is not None}


def _limits_of(token: Token) -> str:
    """Write the limits of a token such as `60/min 2000/day`."""
    units = zip(token.limits, ("min", "day"), strict=True)
    return " ".join(f"{most}/{unit}" for most, unit in units if most is not None)


def _of_limits(token: Token, uses: Mapping[str, TokenUse]) -> tuple[str | None, int | None]:
    use = uses.get(token.id)
    return _limits_of(token) or None, use.recipients if use else None


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


def _document(token: Token, lately: HandedIn, use: TokenUse | None) -> dict[str, Any]:
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
        "limits": token.limits._asdict(),
        "used": {"messages_in_a_minute": use.messages, "recipients_today": use.recipients} if use else None,
    }
