"""`outbox` content and resend: what a message holds, and the same once more as a new one."""

from __future__ import annotations

import sys

import click

from panel import clock
from panel.cli.arguments import NUMBER, existing, who
from panel.cli.outbox.lines import entry_line, found_message
from panel.cli.terminal.say import shell_locale, worded
from panel.cli.terminal.times import is_terminal
from panel.cli.terminal.width import in_a_cell
from panel.errors import CannotDo
from panel.i18n import N_, catalogue
from panel.mail.text import decoded
from panel.outbox.content.held import held_message
from panel.outbox.content.reading_noted import note_reading
from panel.outbox.content.resend import CannotResend, resend
from panel.settings.sender import door_terms


@click.command()
@click.argument("number", type=NUMBER)
def content(number: int) -> None:
    """Print a whole message as it leaves, while its text is there; that is noted in the audit.

    A terminal is shown its controls in words; a file or a program gets the message as it is.

    \b
    Example:
      mail-panel outbox content 2316 > message.eml
    """
    services = existing()
    found = held_message(services.database, found_message(services, number).number)
    assert found
    whole = found.as_it_leaves(found.sender(services.settings))
    if whole is None:
        raise CannotDo(worded(N_("The text of this message is not there any more.")))
    note_reading(services.database, number, "raw", by=who(), now=clock.now())
    if is_terminal():  # which a message must not command
        lines = decoded(whole).replace("\r\n", "\n").expandtabs().split("\n")
        click.echo("\n".join(map(in_a_cell, lines)))
    else:
        sys.stdout.buffer.write(whole)


@click.command("resend")
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
    found_message(services, number)
    host, limits = door_terms(services.database)
    try:
        ticket = resend(services.database, number, to=to or None, host=host, by=who(), now=clock.now(), limits=limits)
    except CannotResend as fault:
        raise CannotDo(fault.text.translated(catalogue(shell_locale()).gettext)) from None
    click.echo(entry_line(found_message(services, ticket.number)))
