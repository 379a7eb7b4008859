"""Rows on a terminal: a table with heads, or one fact a line where that is too narrow for a table."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import click

from panel.cli.terminal.say import shell_locale
from panel.cli.terminal.times import in_minutes, one_offset
from panel.cli.terminal.width import cut, in_a_cell, padded, width_of
from panel.i18n import catalogue

_GAP = "  "

Cell = str | int | datetime | None


class ListColumn(NamedTuple):
    """The head of a column, as a message id, and to how many columns of the terminal it may be cut; 0: never."""

    head: str
    least: int = 0


def print_table(columns: Sequence[ListColumn], rows: Sequence[Sequence[Cell]]) -> None:
    """Print rows under their heads, in the language of this shell and to the width of its terminal.

    A column in which no row has anything is left out.
    """
    if not rows:
        return
    used = [number for number in range(len(columns)) if any(row[number] not in (None, "") for row in rows)]
    shown, cells = [columns[number] for number in used], [[row[number] for number in used] for row in rows]
    heads, texts = _texts(shown, cells)
    widths = [max(map(width_of, each)) for each in zip(heads, *texts, strict=True)]
    fitting = _fitting(widths, [each.least for each in shown])
    of_numbers = [all(isinstance(cell, int) for cell in column) for column in zip(*cells, strict=True)]
    for line in _lines(heads, texts, fitting, of_numbers) if fitting else _records(heads, texts):
        click.echo(line)


def _texts(columns: Sequence[ListColumn], rows: Sequence[Sequence[Cell]]) -> tuple[list[str], list[list[str]]]:
    """Write heads and cells; the zone of the moments stands in the heads where all have the same."""
    translate = catalogue(shell_locale()).gettext
    zone = one_offset(cell for row in rows for cell in row if isinstance(cell, datetime))
    of_moments = [any(isinstance(row[number], datetime) for row in rows) for number in range(len(columns))]
    heads = [
        f"{translate(column.head)} {zone}" if zone and is_moment else translate(column.head)
        for column, is_moment in zip(columns, of_moments, strict=True)
    ]
    return heads, [[_text(cell, offset=not zone) for cell in row] for row in rows]


def _text(cell: Cell, *, offset: bool) -> str:
    if isinstance(cell, datetime):
        return in_minutes(cell, offset=offset)
    return in_a_cell(str(cell)) if cell is not None and cell != "" else "-"


def _fitting(widths: list[int], least: list[int]) -> list[int] | None:
    """Take from the widest columns that may be cut until the table fits; None where it cannot."""
    over = sum(widths) + len(_GAP) * (len(widths) - 1) - shutil.get_terminal_size().columns
    fitting = [*widths]
    while over > 0:
        able = [number for number, width in enumerate(fitting) if least[number] and width > least[number]]
        if not able:
            return None
        fitting[max(able, key=fitting.__getitem__)] -= 1
        over -= 1
    return fitting


def _lines(heads: list[str], texts: list[list[str]], widths: list[int], of_numbers: Sequence[bool]) -> Iterator[str]:
    for row in (heads, *texts):
        cells = zip(row, widths, of_numbers, strict=True)
        yield _GAP.join(padded(cut(text, width), width, right=is_number) for text, width, is_number in cells).rstrip()


def _records(heads: list[str], texts: list[list[str]]) -> Iterator[str]:
    """Give each row as lines of head and value, and nothing is cut."""
    widest = max(map(width_of, heads))
    for number, row in enumerate(texts):
        if number:
            yield ""
        for head, text in zip(heads, row, strict=True):
            yield f"{padded(head, widest)}{_GAP}{text}"
