"""`bounce`: usually begun before this command line is loaded; here so that it is listed, too."""

from __future__ import annotations

import sys

import click

from panel.cli.bounce import command as door


@click.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="-")
def bounce(words: tuple[str, ...]) -> None:
    """Take in what came to the bounce address: read it on standard input, and note it with its message."""
    sys.exit(door.run(words))
