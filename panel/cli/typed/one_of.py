"""A word out of a few: where another one is typed, they are named, and the one that was meant."""

from __future__ import annotations

import click

from panel.cli.typed.nearest import did_you_mean


class OneOf(click.Choice[str]):
    """One of these words, to the letter."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        known = [*map(str, self.choices)]
        if value in known:
            return value
        otherwise = f" It is one of: {', '.join(known)}."
        return self.fail(f"{value!r} is not known.{did_you_mean(value, known, otherwise)}", param, ctx)
