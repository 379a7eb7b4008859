"""Rows as the server gives them: their columns have names and places, as those of SQLite have."""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from typing import Any

import psycopg
from psycopg.rows import RowMaker


class ServerRow(tuple[Any, ...]):
    """A row whose columns have names, as those of SQLite have."""

    __slots__ = ()
    places: dict[str, int]

    def __getitem__(self, column: Any, /) -> Any:
        return tuple.__getitem__(self, self.places[column] if column.__class__ is str else column)

    def keys(self) -> list[str]:
        return [*self.places]


@lru_cache(maxsize=512)
def row_class(names: tuple[str, ...]) -> type[ServerRow]:
    """Make the class of rows with these columns; where two bear one name, it is the first that is meant."""
    places = {name: place for place, name in reversed([*enumerate(names)])}
    return type("ServerRow", (ServerRow,), {"__slots__": (), "places": {name: places[name] for name in names}})


def named_rows(cursor: psycopg.Cursor[Any]) -> RowMaker[ServerRow]:
    """Make rows for a cursor (psycopg's row factory)."""
    columns = cursor.description
    if columns is None:
        return ServerRow
    return row_class(tuple(map(_NAME, columns)))


_NAME = itemgetter(0)
