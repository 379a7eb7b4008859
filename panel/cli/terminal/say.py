"""What somebody at a shell is told, in the language of that shell: what was done, found or refused."""

from __future__ import annotations

import os

import click

from panel.i18n import Text, catalogue


def shell_locale() -> str:
    """Choose the language of answers as other programs do (POSIX, Base Definitions, section 8.2)."""
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "ja" if next(filter(None, names), "").startswith("ja") else "en"


def worded(message: str, /, **values: object) -> str:
    """Give a sentence with its values in the language of this shell."""
    return Text(message, values).translated(catalogue(shell_locale()).gettext)


def say(message: str, /, **values: object) -> None:
    """Print a sentence."""
    click.echo(worded(message, **values))


def say_aside(message: str, /, **values: object) -> None:
    """Print a sentence on standard error: standard output is for what was asked for."""
    click.echo(worded(message, **values), err=True)
