"""Who did what as lines: JSON, one object a line, or CSV that a spreadsheet opens without running what is in it."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any

from panel.logs import in_one_line
from panel.storage.database import Row

FIELDS_OF_A_ROW = (
    *("number", "at", "account", "role", "via", "address"),
    *("action", "object", "outcome", "changed", "request"),
)
BOM = "\ufeff"  # by which a spreadsheet knows UTF-8
# What a spreadsheet takes for the beginning of a formula, wide signs as narrow ones; many part cells by a semicolon.
_RUNS = re.compile("(?:\\A|(?<=;))(?=[=+@\t\r＝＋－＠-])")


def row_to_json(row: Row) -> dict[str, Any]:
    """Give one row as JSON values."""
    return {name: json.loads(row[name]) if name == "changed" else row[name] for name in FIELDS_OF_A_ROW}


def json_lines(rows: Iterable[Row]) -> Iterator[str]:
    """Write each row as a line."""
    for row in rows:
        yield in_one_line(json.dumps(row_to_json(row), ensure_ascii=False, separators=(",", ":"))) + "\n"


def csv_lines(rows: Iterable[Row]) -> Iterator[str]:
    """Write a header, and each row as a line (RFC 4180)."""
    yield BOM + csv_line(FIELDS_OF_A_ROW)
    for row in rows:
        yield csv_line([csv_cell(str(row[name])) for name in FIELDS_OF_A_ROW])


def csv_line(cells: Iterable[str]) -> str:
    """Write cells as a line."""
    written = StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()


def csv_cell(text: str) -> str:
    """Write a text so that it is no formula, and neither ends its line nor turns its direction."""
    return in_one_line(_RUNS.sub("'", text))
