"""`outbox` list, show, retry, cancel, undo, purge: what is done with messages one by one, and what is shown of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from panel import clock
from panel.cli.arguments import NAME, NUMBER, existing, who
from panel.cli.outbox.lines import (
    AS_JSON,
    done_with,
    entry_line,
    found_message,
    print_as_json,
    print_entries,
    queue_summary,
    wait_now,
)
from panel.cli.terminal.say import say, shell_locale, worded
from panel.cli.terminal.times import read_at
from panel.cli.terminal.width import in_a_cell
from panel.cli.typed.one_of import OneOf
from panel.errors import CannotDo
from panel.i18n import N_, catalogue, joined
from panel.mail.message.address import BadValue, parse_recipient
from panel.outbox.entry import entry_to_json, whole_to_json
from panel.outbox.listing.look import PAGE, Page
from panel.outbox.pace.route import Which
from panel.outbox.state import Listed
from panel.outbox.steering.retry_plan import failed_to_retry, plan_retry
from panel.services import Services


@click.command("list")
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
@AS_JSON
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
        print_as_json(_page(services, page))
        return
    print_entries(page.entries)
    if page.older is not None:
        click.echo(f"More: --before {page.older}")
    click.echo(queue_summary(services))


@click.command()
@click.argument("number", type=NUMBER)
@AS_JSON
def show(number: int, as_json: bool) -> None:
    """Show one message: its recipients, and every try with what the server said."""
    found = found_message(existing(), number)
    if as_json:
        print_as_json(whole_to_json(found))
        return
    click.echo(entry_line(found))
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


@click.command()
@click.argument("number", type=NUMBER, required=False)
@click.option("--recipient", metavar="ADDRESS", help="Correct the one recipient that has not got it.")
@click.option("--failed", is_flag=True, help="All failed messages, in place of NUMBER.")
@click.option("--refused", is_flag=True, help="With --failed: also what was refused for good.")
def retry(number: int | None, recipient: str | None, failed: bool, refused: bool) -> None:
    """Queue a failed, deferred or withheld message again, for those who have not got it.

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
    found = found_message(services, number)
    address = _address(recipient) if recipient else None
    click.echo(entry_line(done_with(services.outbox.retry, found.number, recipient=address)))


def _retried(services: Services, *, refused: bool) -> str:
    """Queue all failed messages again, and tell how many were left out."""
    left = [] if refused else plan_retry(services.database, failed_to_retry(services.database, refused=True)).refused
    done = worded(_QUEUED, count=services.outbox.retry_failed(by=who(), now=clock.now(), refused=refused))
    return joined((done, worded(_LEFT_OUT, count=len(left)) if left else ""))


_QUEUED = N_("Queued %(count)d messages again.")
_LEFT_OUT = N_("Left out %(count)d that were refused for good: --refused sends them, too.")


def _address(text: str) -> str:
    try:
        return parse_recipient(text)
    except BadValue as fault:
        raise CannotDo(fault.text.translated(catalogue(shell_locale()).gettext)) from None


@click.command()
@click.argument("number", type=NUMBER)
def cancel(number: int) -> None:
    """Take a waiting message back; its text is erased 10 minutes later."""
    services = existing()
    found = found_message(services, number)
    click.echo(entry_line(done_with(services.outbox.cancel, found.number)))


@click.command()
@click.argument("number", type=NUMBER)
def undo(number: int) -> None:
    """Bring a message back that was cancelled, or queued again and not tried since, within 10 minutes."""
    services = existing()
    found = found_message(services, number)
    click.echo(entry_line(done_with(services.outbox.undo, found.number)))


@click.command()
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


def _page(services: Services, page: Page) -> dict[str, Any]:
    counts = services.outbox.counts()
    return {
        "messages": [entry_to_json(each) for each in page.entries],
        "older": page.older,
        "counts": {str(state): number for state, number in counts.by_state.items()},
        "wait": wait_now(services),
    }
