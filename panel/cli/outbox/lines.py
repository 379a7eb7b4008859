"""How messages and the queue are told in a shell: a table for a person, a line with tabs for a program."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from panel import clock
from panel.cli.arguments import who
from panel.cli.terminal.say import shell_locale, worded
from panel.cli.terminal.table import ListColumn, print_table
from panel.cli.terminal.times import is_terminal, read_at
from panel.cli.terminal.width import in_a_cell
from panel.errors import CannotDo
from panel.i18n import N_, catalogue, joined
from panel.outbox.entry import Entry
from panel.outbox.pace.pace import Reason, Terms
from panel.outbox.pace.store import wait_to_json
from panel.outbox.steering.acts import NotPossible
from panel.services import Services
from panel.settings.staging import staging_text

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
TO_LIST = "mail-panel outbox list"


def found_message(services: Services, number: int) -> Entry:
    found = services.outbox.get(number)
    if found is None:
        raise CannotDo(worded(N_("There is no message %(number)d: see %(command)s."), number=number, command=TO_LIST))
    return found


def wait_now(services: Services) -> dict[str, Any] | None:
    """Tell why nothing leaves at this moment, if so."""
    return wait_to_json(services.pace.state(Terms.of(services.settings.current()), clock.instant()))


def queue_summary(services: Services) -> str:
    """Tell how many messages stand how, why nothing leaves now, and that mail does not go to those it is for."""
    text = staging_text(services.settings.current().settings)
    return joined((_queue(services), *((worded(text.message, **text.values),) if text else ())))


def _queue(services: Services) -> str:
    counts = ", ".join(f"{number} {state}" for state, number in services.outbox.counts().by_state.items() if number)
    wait = wait_now(services)
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


def print_entries(entries: Sequence[Entry]) -> None:
    """Print a table for a person, a line with tabs for a program."""
    if is_terminal():
        rows = [(each.number, each.queued_at, _state(each), _to(each), each.subject, each.cause) for each in entries]
        print_table(_COLUMNS, rows)
        return
    for each in entries:
        click.echo(entry_line(each))


def entry_line(entry: Entry) -> str:
    detail = f"  {entry.cause or ''} {in_a_cell(entry.reply or '')}".rstrip()
    words = (str(entry.number), read_at(entry.queued_at), _state(entry), _to(entry), in_a_cell(entry.subject) + detail)
    return "\t".join(words)


def _state(entry: Entry) -> str:
    marks = " uncertain" if entry.uncertain else ""
    return f"{entry.state}{marks}{' bounced' if entry.bounced_at else ''}"


def _to(entry: Entry) -> str:
    return ", ".join(each.address for each in entry.recipients[:3]) + (" …" if len(entry.recipients) > 3 else "")


def done_with(act: Any, number: int, **given: Any) -> Entry:
    """Do what was asked, or say in the language of this shell why that is not possible."""
    try:
        entry: Entry = act(number, by=who(), now=clock.now(), **given)
    except NotPossible as fault:
        raise CannotDo(catalogue(shell_locale()).gettext(str(fault))) from None
    return entry


def print_as_json(document: object) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))
