"""`arrived`: whether a test email is in the mailbox, said from the shell."""

from __future__ import annotations

import json
from typing import Any

import click

from panel import clock
from panel.checks.trial.missing import answer_to_json
from panel.cli.arguments import NUMBER, existing, who
from panel.cli.terminal.say import say, shell_locale, worded
from panel.cli.terminal.times import read_at
from panel.cli.typed.one_of import OneOf
from panel.errors import CannotDo
from panel.i18n import N_, catalogue


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
        raise CannotDo(worded(N_("There is no test %(number)d: the number is that of the subject."), number=number))
    translate = catalogue(shell_locale()).gettext
    document = answer_to_json(trial, services.settings.current(), services.config.resolver, translate)
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        _print(document)


_ARRIVED = N_("Test %(number)d: arrived (%(time)s by %(who)s, %(seconds)d s after it was sent).")
_NOT_ARRIVED = N_("Test %(number)d: NOT arrived (%(time)s by %(who)s, %(seconds)d s after it was sent).")


def _print(answer: dict[str, Any]) -> None:
    arrival = answer["arrival"]
    values = {
        "number": answer["test"],
        "time": read_at(arrival["at"]),
        "who": arrival["by"],
        "seconds": arrival["seconds"],
    }
    say(_ARRIVED if arrival["arrived"] else _NOT_ARRIVED, **values)
    if not answer["in_force"]:
        say(N_("The settings that were tested are not those in force, so this says nothing about them."))
    for place in answer["look_at"]:
        click.echo(f"  - {place}")
    for each in answer["findings"]:
        click.echo(f"  {each['status']:<8} {each['name']:<6} {each['what']}")
        for more in filter(None, (each["do"], each["record"])):
            click.echo(f"{'':<17} {more}")
