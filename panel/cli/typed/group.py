"""A group of commands whose help says a whole sentence of each, and that names the command which was meant."""

from __future__ import annotations

import click

from panel.cli.typed.nearest import did_you_mean

_WHOLE = 1_000  # characters of a command's first sentence: the lines of the help are wrapped, and not cut


class CommandGroup(click.Group):
    """Commands under one word."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or raise `UsageError` with the name of the one that was meant."""
        word = args[0]
        if not word.startswith("-") and self.get_command(ctx, word) is None:
            meant = did_you_mean(word, self.list_commands(ctx))
            raise click.UsageError(f"There is no command {word!r}.{meant}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with its first sentence."""
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [(name, command.get_short_help_str(_WHOLE)) for name, command in found if command]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
