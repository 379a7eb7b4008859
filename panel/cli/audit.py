"""`audit`: who did what, the oldest first."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import islice

import click

from panel import clock
from panel.access.audit.asked import NoSuchFilter, read_asked
from panel.access.audit.lines import csv_lines, json_lines
from panel.access.audit.reading import MOST_AT_ONCE
from panel.cli.arguments import NAME, existing
from panel.cli.terminal.say import shell_locale
from panel.cli.terminal.table import Cell, ListColumn, print_table
from panel.cli.terminal.times import is_terminal, shell_zone
from panel.cli.typed.one_of import OneOf
from panel.i18n import N_, catalogue
from panel.logs import in_one_line
from panel.settings.parsing import MAX_NUMBER
from panel.storage.database import Row
from panel.storage.journal import Action


@click.command()
@click.option("--account", type=NAME, default="", metavar="NAME", help="Only what this account did.")
@click.option("--action", type=OneOf([*map(str, Action)]), metavar="ACTION", help="Only this, such as settings_saved.")
@click.option("--since", default="", metavar="TIME", help="From a day or a moment on, such as 2026-11-25.")
@click.option("--until", default="", metavar="TIME", help="Until the end of a day, or until a moment.")
@click.option("--after", default=0, type=click.IntRange(0, MAX_NUMBER), metavar="NUMBER", help="Go on after this row.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV for a spreadsheet.")
def audit(account: str, action: str | None, since: str, until: str, after: int, as_json: bool, as_csv: bool) -> None:
    """List who did what in the panel, the oldest first; at most 100,000 rows at once.

    \b
    Examples:
      mail-panel audit --since 2026-11-25
      mail-panel audit --account sato --action settings_saved
      mail-panel audit --json --after 81200 >> audit.jsonl
    """
    if as_json and as_csv:
        raise click.UsageError("Choose --json or --csv.")
    try:
        asked = read_asked({"account": account, "action": action or "", "since": since, "until": until}, shell_zone())
    except NoSuchFilter as fault:
        raise click.UsageError(fault.text.translated(catalogue(shell_locale()).gettext)) from None
    found = existing().audit
    last = found.last_of_export(asked, after)
    style = json_lines if as_json else csv_lines if as_csv else _lines
    rows = found.all(asked, after, last)
    if is_terminal() and style is _lines:
        _print_tables(rows)
    else:
        _print(style(rows))
    if last is not None:
        print(f"There are more than {MOST_AT_ONCE:,} rows. Go on with: --after {last}", file=sys.stderr)


def _print(lines: Iterator[str]) -> None:
    """Write many lines at once, each as it is: a spreadsheet's end in CR LF."""
    while some := "".join(islice(lines, 500)):
        sys.stdout.buffer.write(some.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


_COLUMNS = (
    ListColumn(N_("Number")),
    ListColumn(N_("When")),
    ListColumn(N_("Who"), 10),
    ListColumn(N_("Action"), 14),
    ListColumn(N_("Of what"), 10),
    ListColumn(N_("What changed"), 10),
)
_AT_ONCE = 500  # rows of one table: the widths of all of a hundred thousand would keep the first one waiting


def _print_tables(rows: Iterable[Row]) -> None:
    left = iter(rows)
    while some := [*islice(left, _AT_ONCE)]:
        print_table(_COLUMNS, [_cells(each) for each in some])


def _cells(row: Row) -> tuple[Cell, ...]:
    changed = "" if row["changed"] == "{}" else row["changed"]
    return row["number"], clock.moment(row["at"]), _who(row), _did(row), row["object"], changed


def _who(row: Row) -> str:
    return " ".join(filter(None, [row["account"] or "-", row["via"], row["address"]]))


def _did(row: Row) -> str:
    return f"{row['action']} {'refused' if row['outcome'] == 'refused' else ''}".strip()


def _lines(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        words = [str(row["number"]), row["at"], _who(row), _did(row), row["object"], row["changed"]]
        yield "\t".join(map(in_one_line, words)) + "\n"
