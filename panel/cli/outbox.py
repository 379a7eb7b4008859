"""`outbox`: list, show, retry, cancel, undo, seen, export, pause, resume, try-now, server, purge, content, resend."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import click

from panel import clock, logs
from panel.cli.arguments import NAME, NUMBER, existing, who
from panel.cli.outbox_listed import export, seen
from panel.cli.terminal.say import say, say_aside, shell_locale, worded
from panel.cli.terminal.table import ListColumn, print_table
from panel.cli.terminal.times import is_terminal, read_at
from panel.cli.terminal.width import in_a_cell
from panel.cli.typed.group import CommandGroup
from panel.cli.typed.one_of import OneOf
from panel.errors import CannotDo, ConfigError
from panel.i18n import N_, catalogue, joined
from panel.mail.message.address import BadValue, parse_recipient
from panel.outbox.content.held import held_message
from panel.outbox.content.reading_noted import note_reading
from panel.outbox.content.resend import CannotResend, resend
from panel.outbox.entry import Entry, entry_to_json, whole_to_json
from panel.outbox.listing.look import PAGE, Page
from panel.outbox.pace.choosing import NoSecondServer
from panel.outbox.pace.pace import Reason, Terms
from panel.outbox.pace.route import Choice, SenderRoute, Which, route_to_json
from panel.outbox.pace.store import TriedJustNow, wait_to_json
from panel.outbox.state import Listed
from panel.outbox.steering.acts import NotPossible
from panel.outbox.steering.retry_plan import failed_to_retry, plan_retry
from panel.services import Services
from panel.settings.sender import message_host

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(cls=CommandGroup)
def outbox() -> None:
    """See the mail that is to be sent and that was sent, and steer it."""


outbox.add_command(seen)
outbox.add_command(export)


@outbox.command("list")
@click.option(
    "--state",
    type=OneOf([str(each) for each in Listed]),
    help="Only messages in this state; bounced: what came back.",
)
@click.option(
    "--search",
    "q",
    type=NAME,
    default="",
    metavar="TEXT",
    help="A number, address, Message-ID, or part of a subject.",
)
@click.option("--before", type=NUMBER, metavar="NUMBER", help="Go on after this message.")
@click.option(
    "--limit", default=PAGE, type=click.IntRange(1, 1000), metavar="N", show_default=True, help="At most so many."
)
@_JSON
def list_messages(state: str | None, q: str, before: int | None, limit: int, as_json: bool) -> None:
    """List the messages, the newest first, and how many there are in each state.

    \b
    Examples:
      mail-panel outbox list --state failed
      mail-panel outbox list --search hanako@example.org --json
    """
    services = existing()
    page = services.outbox.list(state=Listed(state) if state else None, q=q, before=before, limit=limit)
    if as_json:
        _print_json(_page(services, page))
        return
    _print_entries(page.entries)
    if page.older is not None:
        click.echo(f"More: --before {page.older}")
    click.echo(_summary(services))


@outbox.command()
@click.argument("number", type=NUMBER)
@_JSON
def show(number: int, as_json: bool) -> None:
    """Show one message: its recipients, and every try with what the server said."""
    found = _found(existing(), number)
    if as_json:
        _print_json(whole_to_json(found))
        return
    click.echo(_line(found))
    for recipient in found.recipients:
        state = "bounced" if recipient.bounced_at else recipient.state
        click.echo(f"  to {recipient.address}: {state}  {in_a_cell(recipient.reply or '')}".rstrip())
    if found.notify:
        click.echo(f"  reports asked for: {found.notify}")
    for each in found.tried:
        detail = " ".join(filter(None, [each.stage, each.cause, each.reply]))
        by = " by the second server" if each.server == Which.SECOND else ""
        how = f"for {each.recipient}" if each.recipient else f"in {each.ms} ms"
        click.echo(f"  {read_at(each.at)} {each.outcome}{by} {how}  {in_a_cell(detail)}".rstrip())


@outbox.command()
@click.argument("number", type=NUMBER, required=False)
@click.option("--recipient", metavar="ADDRESS", help="Correct the one recipient that has not got it.")
@click.option("--failed", is_flag=True, help="All failed messages, in place of NUMBER.")
@click.option("--refused", is_flag=True, help="With --failed: also what was refused for good.")
def retry(number: int | None, recipient: str | None, failed: bool, refused: bool) -> None:
    """Queue a failed or deferred message again, for those who have not got it.

    \b
    Examples:
      mail-panel outbox retry 2316
      mail-panel outbox retry 2316 --recipient hanako@example.org
      mail-panel outbox retry --failed
    """
    if failed == (number is not None) or (failed and recipient) or (refused and not failed):
        raise click.UsageError("Give the number of a message, or --failed.")
    services = existing()
    if number is None:
        click.echo(_retried(services, refused=refused))
        return
    found = _found(services, number)
    address = _address(recipient) if recipient else None
    click.echo(_line(_possible(services.outbox.retry, found.number, recipient=address)))


@outbox.command()
@click.argument("number", type=NUMBER)
def cancel(number: int) -> None:
    """Take a waiting message back; its text is erased 10 minutes later."""
    services = existing()
    found = _found(services, number)
    click.echo(_line(_possible(services.outbox.cancel, found.number)))


@outbox.command()
@click.argument("number", type=NUMBER)
def undo(number: int) -> None:
    """Bring a message back that was cancelled, or queued again and not tried since, within 10 minutes."""
    services = existing()
    found = _found(services, number)
    click.echo(_line(_possible(services.outbox.undo, found.number)))


@outbox.command()
def pause() -> None:
    """Let no message leave until `outbox resume`; the one that is under way ends."""
    existing().pace.pause(by=who(), now=clock.now())
    say(N_("Paused. To go on, run %(command)s."), command="mail-panel outbox resume")


@outbox.command()
def resume() -> None:
    """Let the messages leave again."""
    services = existing()
    services.pace.resume(by=who(), now=clock.now())
    click.echo(_summary(services))


@outbox.command("try-now")
def try_now() -> None:
    """Try held mail again at once: one login, with the message that waits longest."""
    services = existing()
    logs.configure(services.config.log_format)
    try:
        if not services.try_now(who()):
            raise CannotDo(worded(N_("Nothing is held: see %(command)s."), command=_LIST))
    except TriedJustNow as fault:
        say_aside(str(fault))
        sys.exit(os.EX_TEMPFAIL)
    click.echo(_summary(services))


@outbox.command()
@click.argument("choice", metavar="[first|second|auto]", type=OneOf([str(each) for each in Choice]), required=False)
@_JSON
def server(choice: str | None, as_json: bool) -> None:
    """Tell which server mail leaves by, or choose it: `auto` is the first for as long as it takes mail.

    \b
    Examples:
      mail-panel outbox server
      mail-panel outbox server second
      mail-panel outbox server auto
    """
    services = existing()
    if choice is not None:
        logs.configure(services.config.log_format)
        try:
            services.choose_server(Choice(choice), who())
        except NoSecondServer:
            raise ConfigError(worded(_NO_SECOND, command="mail-panel settings set second=yes …")) from None
    if as_json:
        _print_json(route_to_json(services.route))
        return
    click.echo(_leaves_by(services.route))


def _leaves_by(route: SenderRoute) -> str:
    """Tell which server mail leaves by, since when and why."""
    if route.which is Which.FIRST:
        return worded(_BY_FIRST if route.choice is Choice.FIRST else N_("Mail leaves by the first server."))
    since = read_at(route.since) if route.since else "-"
    return worded(_BY_SECOND if route.choice is Choice.SECOND else _BY_SECOND_ITSELF, time=since, cause=route.cause)


_BY_FIRST = N_("Mail leaves by the first server, chosen by hand.")
_BY_SECOND = N_("Mail leaves by the second server since %(time)s, chosen by hand.")
_BY_SECOND_ITSELF = N_("Mail leaves by the second server since %(time)s: the first is held (%(cause)s).")


@outbox.command()
@click.option(
    "--days",
    default=None,
    type=click.IntRange(0, 99_999),
    metavar="N",
    help="Older than these days. Default: MAIL_PANEL_KEEP_LOG.",
)
def purge(days: int | None) -> None:
    """Remove the messages that ended long ago; workers do this every hour."""
    services = existing()
    now = clock.now()
    read = services.config
    log_before = now - timedelta(days=read.keep_log if days is None else days)
    bodies_before = now - timedelta(days=read.keep_bodies)
    removed = services.outbox.purge(bodies_before=bodies_before, log_before=log_before, by=who())
    count = removed[1]
    while any(removed):
        removed = services.outbox.purge(bodies_before=bodies_before, log_before=log_before)
        count += removed[1]
    say(N_("Removed %(count)d messages."), count=count)


def _retried(services: Services, *, refused: bool) -> str:
    """Queue all failed messages again, and tell how many were left out."""
    left = [] if refused else plan_retry(services.database, failed_to_retry(services.database, refused=True)).refused
    done = worded(_QUEUED, count=services.outbox.retry_failed(by=who(), now=clock.now(), refused=refused))
    return joined((done, worded(_LEFT_OUT, count=len(left)) if left else ""))


_NO_SECOND = N_("There is no second server. Set one up first with: %(command)s")
_LIST = "mail-panel outbox list"
_QUEUED = N_("Queued %(count)d messages again.")
_LEFT_OUT = N_("Left out %(count)d that were refused for good: --refused sends them, too.")


def _found(services: Services, number: int) -> Entry:
    found = services.outbox.get(number)
    if found is None:
        raise CannotDo(worded(N_("There is no message %(number)d: see %(command)s."), number=number, command=_LIST))
    return found


def _page(services: Services, page: Page) -> dict[str, Any]:
    counts = services.outbox.counts()
    return {
        "messages": [entry_to_json(each) for each in page.entries],
        "older": page.older,
        "counts": {str(state): number for state, number in counts.by_state.items()},
        "wait": _wait(services),
    }


def _wait(services: Services) -> dict[str, Any] | None:
    """Tell why nothing leaves at this moment, if so."""
    return wait_to_json(services.pace.state(Terms.of(services.settings.current()), clock.instant()))


def _summary(services: Services) -> str:
    counts = ", ".join(f"{number} {state}" for state, number in services.outbox.counts().by_state.items() if number)
    wait = _wait(services)
    counted = counts or worded(N_("The outbox is empty."))
    if wait is None or wait["reason"] in (Reason.PACE, Reason.BUSY):
        return counted
    cause = f" ({wait['cause']})" if wait["cause"] else ""
    return joined((counted, worded(N_("Nothing leaves now: %(why)s."), why=f"{wait['reason']}{cause}"), _again(wait)))


def _again(wait: dict[str, Any]) -> str:
    """Tell when held mail is tried again."""
    if wait["reason"] != Reason.HELD:
        return ""
    if not wait["again_at"]:
        return worded(N_("It is not tried again by itself."))
    return worded(N_("It is tried again by itself at %(time)s."), time=read_at(wait["again_at"]))


_COLUMNS = (
    ListColumn(N_("Number")),
    ListColumn(N_("Queued at")),
    ListColumn(N_("State")),
    ListColumn(N_("Recipients"), 14),
    ListColumn(N_("Subject"), 14),
    ListColumn(N_("Cause"), 8),
)


def _print_entries(entries: Sequence[Entry]) -> None:
    """Print a table for a person, a line with tabs for a program."""
    if is_terminal():
        rows = [(each.number, each.queued_at, _state(each), _to(each), each.subject, each.cause) for each in entries]
        print_table(_COLUMNS, rows)
        return
    for each in entries:
        click.echo(_line(each))


def _line(entry: Entry) -> str:
    detail = f"  {entry.cause or ''} {in_a_cell(entry.reply or '')}".rstrip()
    words = (str(entry.number), read_at(entry.queued_at), _state(entry), _to(entry), in_a_cell(entry.subject) + detail)
    return "\t".join(words)


def _state(entry: Entry) -> str:
    marks = " uncertain" if entry.uncertain else ""
    return f"{entry.state}{marks}{' bounced' if entry.bounced_at else ''}"


def _to(entry: Entry) -> str:
    return ", ".join(each.address for each in entry.recipients[:3]) + (" …" if len(entry.recipients) > 3 else "")


def _address(text: str) -> str:
    try:
        return parse_recipient(text)
    except BadValue as fault:
        raise CannotDo(fault.text.translated(catalogue(shell_locale()).gettext)) from None


def _possible(act: Any, number: int, **given: Any) -> Entry:
    """Do what was asked, or say in the language of this shell why that is not possible."""
    try:
        entry: Entry = act(number, by=who(), now=clock.now(), **given)
    except NotPossible as fault:
        raise CannotDo(catalogue(shell_locale()).gettext(str(fault))) from None
    return entry


def _print_json(document: object) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


@outbox.command()
@click.argument("number", type=NUMBER)
def content(number: int) -> None:
    """Print a whole message as it leaves, while its text is there; that is noted in the audit.

    \b
    Example:
      mail-panel outbox content 2316 > message.eml
    """
    services = existing()
    found = held_message(services.database, _found(services, number).number)
    assert found
    settings = services.settings
    whole = found.as_it_leaves(settings.past(found.version) if found.version else settings.current().settings)
    if whole is None:
        raise CannotDo(worded(N_("The text of this message is not there any more.")))
    note_reading(services.database, number, "raw", by=who(), now=clock.now())
    sys.stdout.buffer.write(whole)


@outbox.command("resend")
@click.argument("number", type=NUMBER)
@click.option("--to", multiple=True, metavar="ADDRESS", help="One of its recipients; more than once for several.")
def send_as_new(number: int, to: tuple[str, ...]) -> None:
    """Send a message again as a new one, without --to to those who have not got it.

    \b
    Examples:
      mail-panel outbox resend 2316
      mail-panel outbox resend 2316 --to hanako@example.org --to taro@example.org
    """
    services = existing()
    _found(services, number)
    host = message_host(services.database)
    try:
        ticket = resend(services.database, number, to=to or None, host=host, by=who(), now=clock.now())
    except CannotResend as fault:
        raise CannotDo(catalogue(shell_locale()).gettext(str(fault))) from None
    click.echo(_line(_found(services, ticket.number)))
