"""`outbox` seen and export: what is done with many messages of the list."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

import click

from panel import clock
from panel.cli.arguments import NAME, NUMBER, existing, who
from panel.cli.terminal.say import say
from panel.cli.terminal.times import shell_zone
from panel.i18n import N_
from panel.outbox.listing.export import messages_to_csv, messages_to_json
from panel.outbox.listing.filters import Filters
from panel.outbox.state import Listed
from panel.storage.journal import Action, append


@click.command()
@click.argument("numbers", type=NUMBER, nargs=-1, metavar="NUMBER...")
@click.option("--all", "every", is_flag=True, help="All failures, in place of numbers.")
def seen(numbers: tuple[int, ...], every: bool) -> None:
    """Mark failures as seen: the panel counts those that nobody has seen.

    \b
    Examples:
      mail-panel outbox seen 2316 2317
      mail-panel outbox seen --all
    """
    box, now = existing().outbox, clock.now()
    if every == bool(numbers):
        raise click.UsageError("Give the numbers of messages, or --all.")
    count = box.see_all(by=who(), now=now) if every else len(box.see_many(numbers, by=who(), now=now))
    say(N_("Marked %(count)d failures as seen."), count=count)


@click.command()
@click.option("--state", type=click.Choice([str(each) for each in Listed]), help="Only messages in this state.")
@click.option("--search", "q", type=NAME, default="", metavar="TEXT", help="As of `outbox list`.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Handed in on this day or later.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Handed in on this day or before.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV for a spreadsheet, in place of JSON.")
def export(state: str | None, q: str, since: datetime | None, until: datetime | None, as_csv: bool) -> None:
    """Print the messages as one JSON array, or as CSV, the newest first; their texts are not in it.

    \b
    Examples:
      mail-panel outbox export --state failed --since 2026-11-25 --csv > failed.csv
    """
    services = existing()
    begins = clock.midnight(since.date(), shell_zone()) if since else None
    ends = clock.midnight(until.date(), shell_zone(), days=1) if until else None
    filters = Filters(Listed(state) if state else None, q, begins, ends)
    kind = "csv" if as_csv else "json"
    what = {"filter": _written(state=state, q=q, since=since and since.date(), until=until and until.date())}
    with services.database.writing() as write:
        append(write, who(), Action.MESSAGES_EXPORTED, changed=what, told={"kind": kind}, now=clock.now())
    found = services.outbox.every(filters)
    for line in messages_to_csv(found) if as_csv else messages_to_json(found):
        click.echo(line, nl=False)


def _written(**asked: object) -> str:
    """Write filters as the address of the page has them, which the audit keeps of an export there, too."""
    return urlencode({name: value for name, value in asked.items() if value})
