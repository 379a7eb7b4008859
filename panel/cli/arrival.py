"""`arrived`: whether a test email is in the mailbox, said from the shell."""

from __future__ import annotations

import json
from typing import Any

import click

from panel import clock
from panel.checks.trial.missing import answer_to_json
from panel.cli.arguments import NUMBER, existing, shell_locale, who
from panel.cli.terminal.times import read_at
from panel.cli.typed.one_of import OneOf
from panel.errors import CannotDo
from panel.i18n import catalogue


@click.command()
@click.argument("number", type=NUMBER)
@click.argument("answer", type=OneOf(["yes", "no"]))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def arrived(number: int, answer: str, as_json: bool) -> None:
    """Say whether the test email whose subject begins with [#NUMBER] is in the mailbox; with "no", see where to look.

    \b
    Examples:
      mail-panel arrived 12 yes
      mail-panel arrived 12 no
    """
    services = existing()
    trial = services.trials.tell_arrival(number, arrived=answer == "yes", by=who(), now=clock.now())
    if trial is None:
        raise CannotDo(f"There is no test {number}: the number is that of the subject.")
    translate = catalogue(shell_locale()).gettext
    told = answer_to_json(trial, services.settings.current(), services.config.resolver, translate)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _print(told)


def _print(told: dict[str, Any]) -> None:
    arrival = told["arrival"]
    said = f"{read_at(arrival['at'])} by {arrival['by']}, {arrival['seconds']} s after it was sent"
    click.echo(f"Test {told['test']}: {'arrived' if arrival['arrived'] else 'NOT arrived'} ({said}).")
    if not told["in_force"]:
        click.echo("The settings that were tested are not those in force, so this says nothing about them.")
    for place in told["look_at"]:
        click.echo(f"  - {place}")
    for each in told["findings"]:
        click.echo(f"  {each['status']:<8} {each['name']:<6} {each['what']}")
        for more in filter(None, (each["do"], each["record"])):
            click.echo(f"{'':<17} {more}")
