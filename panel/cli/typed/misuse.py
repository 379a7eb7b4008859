"""What is wrong with a command line, in one sentence, and where its words are explained."""

from __future__ import annotations

import click

from panel.cli.typed.nearest import did_you_mean


def misuse_of(fault: click.UsageError) -> str:
    """Say what is wrong with a command line, with the option that was meant, and which help to read."""
    context = fault.ctx
    said = _no_option(fault) if isinstance(fault, click.NoSuchOption) else fault.format_message()
    return f"{said}\nTry: {context.command_path} --help" if context else said


def _no_option(fault: click.NoSuchOption) -> str:
    """Name the option of this command that comes closest."""
    parameters = fault.ctx.command.get_params(fault.ctx) if fault.ctx else []
    known = [name for each in parameters if isinstance(each, click.Option) for name in each.opts]
    return f"There is no option {fault.option_name}.{did_you_mean(fault.option_name, known)}"


def asks_for_help(fault: click.UsageError) -> bool:
    """Say whether a group was called without a command: what it says is its help."""
    return fault.ctx is not None and type(fault).__name__ == "NoArgsIsHelpError"
