"""`completion`: what makes a shell complete commands, options and the words of a choice."""

from __future__ import annotations

import click

from panel.cli.typed.one_of import OneOf

PROGRAM = "mail-panel"
VARIABLE = f"_{PROGRAM}_complete".replace("-", "_").upper()  # by which the shell asks: click gives it this name, too


@click.command()
@click.argument("shell", type=OneOf(["bash", "zsh", "fish"]), metavar="bash|zsh|fish")
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a script by which a shell completes the words of this program with the Tab key.

    \b
    Examples:
      mail-panel completion bash > ~/.local/share/bash-completion/completions/mail-panel
      mail-panel completion zsh > ~/.zfunc/_mail-panel
      mail-panel completion fish > ~/.config/fish/completions/mail-panel.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind
    click.echo(kind(context.find_root().command, {}, PROGRAM, VARIABLE).source())
