"""`alert`: status, list, add, test, remove, acknowledge, set."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from panel import clock
from panel.alerts.alert import Level
from panel.alerts.destination import Destination, DestinationKind
from panel.alerts.destinations import NoSuchDestination
from panel.alerts.incident import Incident
from panel.alerts.judging.course import GONE, over_at
from panel.alerts.kinds.fields import FIELDS_OF, SECRET_FIELDS
from panel.alerts.kinds.reading import InvalidDestination
from panel.alerts.seen.incident_json import incident_to_json
from panel.alerts.thresholds import THRESHOLDS, ThresholdRefused
from panel.cli.arguments import NAME, NUMBER, existing, given_texts, opened, who
from panel.cli.terminal.say import say, say_aside, shell_locale, worded
from panel.cli.terminal.table import Cell, ListColumn, print_table
from panel.cli.terminal.times import is_terminal, read_at
from panel.cli.typed.group import CommandGroup
from panel.cli.typed.one_of import OneOf
from panel.errors import CannotDo, PanelError
from panel.i18n import N_, Translate, catalogue, joined
from panel.logs import in_one_line

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_OF_PLUGINS = {Level.CRITICAL: (2, "CRITICAL"), Level.WARNING: (1, "WARNING"), Level.INFO: (0, "OK")}
_UNKNOWN = 3


@click.group(cls=CommandGroup)
def alert() -> None:
    """See what is wrong with the outgoing mail, and say who is told."""


@alert.command()
@_JSON
@click.option("--check", is_flag=True, help="Answer as a monitoring plugin: in one line, and by the exit code.")
def status(as_json: bool, check: bool) -> None:
    """Judge now, and say what is wrong.

    \b
    Exit codes: 0 it could tell. With --check: 0 nothing fires, 1 a warning, 2 critical, 3 it cannot tell.

    \b
    Examples:
      mail-panel alert status
      mail-panel alert status --check
    """
    if check:
        sys.exit(_checked(as_json=as_json))
    _print_incidents(existing().alerts_now(), as_json=as_json)


@alert.command("list")
@_JSON
def list_destinations(as_json: bool) -> None:
    """List who is told: number, kind, name, host, how the last notice went, when it was tested."""
    destinations = existing().destinations.list()
    documents = [_document(each) for each in destinations]
    if as_json:
        _print_json(documents)
        return
    if is_terminal():
        print_table(_COLUMNS, [_row(each) for each in destinations])
        return
    for each in documents:
        tested = each["tested_at"] or "never tested"
        words = (str(each["id"]), each["kind"], each["name"], each["host"], each["state"], each["status"] or "", tested)
        click.echo("\t".join(map(in_one_line, words)))


@alert.command()
@click.argument("kind", type=OneOf([*map(str, DestinationKind)]), metavar="KIND")
@click.argument("pairs", nargs=-1, metavar="FIELD=VALUE...")
@_JSON
def add(kind: str, pairs: tuple[str, ...], as_json: bool) -> None:
    """Add somebody who is told; url, token, header and password come from a file, - or a prompt.

    \b
    Examples:
      mail-panel alert add chat form=slack url=@slack-url.txt name=Operators locale=ja
      mail-panel alert add webhook url=@url.txt > secret.txt
      mail-panel alert add mail recipients=ops@example.org host=smtp.example.net port=465 \\
        user=alerts password=@password.txt from=alerts@example.net
      mail-panel alert add ping url=@ping-url.txt
    """
    fields = FIELDS_OF[DestinationKind(kind)]
    typed = given_texts(pairs, fields, SECRET_FIELDS)
    with _named_fields():
        saved = opened().destinations.add(kind, typed, who(), clock.now())
    if as_json:
        _print_json({**_document(saved.destination), "secret": saved.secret or None})
        return
    added = saved.destination
    say_aside(N_("Added destination %(number)d: %(host)s."), number=added.number, host=added.host)
    if saved.secret:
        say_aside(N_("Its secret is printed this once."))
        click.echo(saved.secret)


@alert.command()
@click.argument("number", type=NUMBER, metavar="ID")
def test(number: int) -> None:
    """Send a test to a destination, and wait for its answer.

    \b
    Exit codes: 0 it was taken, 69 it was not.
    """
    with _known_destination():
        answered = existing().deliverer.test(number, who(), clock.now())
    say(
        N_("Taken: %(status)s (%(ms)d ms)") if answered.told else N_("Not taken: %(status)s (%(ms)d ms)"),
        status=answered.status,
        ms=answered.ms,
    )
    sys.exit(0 if answered.told else os.EX_UNAVAILABLE)


@alert.command()
@click.argument("number", type=NUMBER, metavar="ID")
def remove(number: int) -> None:
    """Remove a destination, with what still waits for it."""
    if not existing().destinations.remove(number, who(), clock.now()):
        raise _unknown(NoSuchDestination(number))
    say(N_("Removed destination %(number)d."), number=number)


@alert.command()
@click.argument("incident", type=NAME)
def acknowledge(incident: str) -> None:
    """Note that you know of what is wrong, such as inc_91: nobody is reminded of it, and its end is told."""
    found = re.fullmatch(r"(?:inc_)?([0-9]{1,18})", incident)
    if not found or not existing().incidents.acknowledge(int(found[1]), by=who(), now=clock.now()):
        raise CannotDo(
            worded(N_("No incident %(name)s fires that nobody knows of. Run: mail-panel alert status"), name=incident)
        )
    say(N_("Acknowledged %(name)s."), name=f"inc_{int(found[1])}")


@alert.command("set")
@click.argument("pairs", nargs=-1, metavar="[NAME=NUMBER]...")
def set_thresholds(pairs: tuple[str, ...]) -> None:
    """Set from when on something is told of, and print all numbers; 0 turns one off.

    \b
    Examples:
      mail-panel alert set
      mail-panel alert set waiting.minutes=120 silent.hours=26
    """
    typed = given_texts(pairs, [*THRESHOLDS], ())
    store = existing().thresholds
    with _named_fields():
        in_force = store.set(typed, by=who(), now=clock.now()) if typed else store.current()
    for name, value in in_force.by_name().items():
        click.echo(f"{name}={value}")


# What is printed


def _checked(*, as_json: bool) -> int:
    """Answer a monitor; what cannot be found out is told by its line and code, too."""
    try:
        firing = existing().alerts_now()
    except (PanelError, OSError) as fault:
        click.echo(f"MAIL UNKNOWN: {in_one_line(str(fault))}")
        return _UNKNOWN
    code, word = max((_OF_PLUGINS[each.level] for each in firing), default=_OF_PLUGINS[Level.INFO])
    if as_json:
        _print_incidents(firing, as_json=True)
    else:
        click.echo(f"MAIL {word}: {_in_a_line(firing)} | firing={len(firing)}")
    return code


def _in_a_line(firing: Sequence[Incident]) -> str:
    """Say all that fires in one line, the worst first; a bar would begin the figures of a plugin."""
    worst_first = sorted(firing, key=lambda each: _OF_PLUGINS[each.level][0], reverse=True)
    said = "; ".join(f"{each.alert}: {_told(each)['what']}" for each in worst_first)
    return in_one_line(said or _translate()("Nothing is wrong")).replace("|", "/")


def _print_incidents(incidents: Sequence[Incident], *, as_json: bool) -> None:
    documents = [_told(each) for each in incidents]
    if as_json:
        _print_json(documents)
        return
    for incident, each in zip(incidents, documents, strict=True):
        known = f" (acknowledged by {each['acknowledged_by']})" if each["acknowledged_by"] else ""
        click.echo(f"{each['id'] or '-'}\t{each['level']}\t{each['alert']}\tsince {read_at(each['since'])}{known}")
        for sentence in _quiet(incident) or (each["what"], *each["do"]):
            click.echo(f"  {in_one_line(sentence)}")
    if not documents:
        click.echo(_translate()("Nothing is wrong"))


def _quiet(incident: Incident) -> tuple[str, ...]:
    """Say that it is gone, and until when it is waited whether it comes back; nothing where it is not gone."""
    ends = over_at(incident)
    if ends is None:
        return ()
    return (_translate()(GONE) % {"since": read_at(incident.changes[-1]), "ends": read_at(ends)},)


def _told(incident: Incident) -> dict[str, Any]:
    return incident_to_json(incident, _translate())


def _document(destination: Destination) -> dict[str, Any]:
    """Give a destination without its secrets."""
    return {
        "id": destination.number,
        "kind": str(destination.kind),
        "name": destination.name,
        "host": destination.host,
        "state": _state(destination),
        "status": destination.status or None,
        "delivered_at": clock.stamp_or_none(destination.delivered_at),
        "failed_at": clock.stamp_or_none(destination.failed_at),
        "tested_at": clock.stamp_or_none(destination.tested_at),
    }


_COLUMNS = (
    ListColumn(N_("Number")),
    ListColumn(N_("Kind")),
    ListColumn(N_("Name"), 12),
    ListColumn(N_("Host"), 16),
    ListColumn(N_("State")),
    ListColumn(N_("Last notice"), 12),
    ListColumn(N_("Last test")),
)


def _row(each: Destination) -> tuple[Cell, ...]:
    return each.number, each.kind, each.name, each.host, _state(each), each.status, each.tested_at


def _state(destination: Destination) -> str:
    if not destination.readable:
        return "unreadable"
    if destination.disabled_at:
        return "disabled"
    return "failing" if destination.failing_since else "ready"


def _print_json(document: object) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _translate() -> Translate:
    return catalogue(shell_locale()).gettext


# What is refused


@contextmanager
def _named_fields() -> Iterator[None]:
    """Name each field whose value is refused, and leave with 65."""
    try:
        yield
    except InvalidDestination as fault:
        for problem in fault.problems:
            print(f"{problem.field}: {problem.text.translated(_translate())}", file=sys.stderr)
        sys.exit(os.EX_DATAERR)
    except ThresholdRefused as fault:
        print(f"{fault.field}: {fault.text.translated(_translate())}", file=sys.stderr)
        sys.exit(os.EX_DATAERR)


@contextmanager
def _known_destination() -> Iterator[None]:
    try:
        yield
    except NoSuchDestination as fault:
        raise _unknown(fault) from None


def _unknown(fault: NoSuchDestination) -> CannotDo:
    see = worded(N_("Run: %(command)s"), command="mail-panel alert list")
    return CannotDo(joined((fault.text.translated(_translate()), see)))
