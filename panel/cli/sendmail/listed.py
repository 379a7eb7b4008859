"""`sendmail`: usually begun before this command line is loaded; here so that it is listed, too."""

from __future__ import annotations

import sys

import click

from panel.cli.sendmail import command as door


@click.command(
    add_help_option=False, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[-t] [-i] [-f ADDRESS] [-F NAME] [RECIPIENT...]")
def sendmail(words: tuple[str, ...]) -> None:
    """Put the message on standard input into the outbox, as a sendmail takes it."""
    sys.exit(door.run(words))
