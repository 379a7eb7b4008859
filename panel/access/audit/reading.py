"""Reads who did what: a page of it, the newest first, or all of it in its order, with few rows in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from panel.access.audit.asked import AuditFilter
from panel.storage.database import Database, Row, marks
from panel.storage.journal import Action

ROWS_OF_A_PAGE = 50
MOST_AT_ONCE = 100_000  # rows of one export; the next one goes on after the last of them
_CHUNK = 500  # rows that are in memory


class AuditPage(NamedTuple):
    """Some rows, the newest first, and the numbers to go on from to older and to newer ones, where there are any."""

    rows: list[Row]
    older: int | None = None
    newer: int | None = None


class Audit:
    """The rows of who did what, as they are read; they are written where something is done."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self, asked: AuditFilter, *, before: int | None = None, after: int | None = None, most: int = ROWS_OF_A_PAGE
    ) -> AuditPage:
        """Give the newest rows, those before a number, or the first ones after it."""
        if after is not None:
            newer = self._rows(asked, "number > ?", after, "ASC", most + 1)
            rows = newer[:most][::-1]
            return AuditPage(rows, _last(rows), rows[0]["number"] if len(newer) > most else None)
        found = self._rows(asked, "number < ?", 2**63 - 1 if before is None else before, "DESC", most + 1)
        rows = found[:most]
        newer_than = rows[0]["number"] if rows and before is not None else None
        return AuditPage(rows, _last(rows) if len(found) > most else None, newer_than)

    def of(self, what: str, most: int = ROWS_OF_A_PAGE) -> list[Row]:
        """Give the last rows of one object, such as `message/12`, in their order."""
        newest = "SELECT * FROM audit WHERE object = ? ORDER BY number DESC LIMIT ?"
        return self._database.rows(newest, (what, most))[::-1]

    def last_by(self, objects: Collection[str], *, action: Action) -> dict[str, str]:
        """Tell by each object who was the last to do something with it, where somebody did."""
        newest = (
            "SELECT object, account FROM audit WHERE number IN (SELECT max(number) FROM audit "  # noqa: S608 - question marks
            f"WHERE object IN ({marks(objects)}) AND action = ? GROUP BY object)"
        )
        rows = self._database.rows(newest, (*objects, action)) if objects else []
        return {row["object"]: row["account"] or "" for row in rows}

    def last_of_export(self, asked: AuditFilter, after: int, most: int = MOST_AT_ONCE) -> int | None:
        """Give the number that the next export goes on after, None where this one holds all the rows there are.

        Rows are counted only where filters leave some out, and where their numbers do not tell already.
        """
        condition, values = asked.condition()
        first, newest = (self._rows(asked, "number > ?", after, order, 1) for order in ("ASC", "DESC"))
        if not first or newest[0]["number"] - first[0]["number"] < most:
            return None
        if asked == AuditFilter():
            return int(first[0]["number"]) + most - 1
        found = self._database.rows(
            f"SELECT number FROM audit WHERE number > ? AND {condition} ORDER BY number LIMIT 2 OFFSET ?",  # noqa: S608 - ours
            (after, *values, most - 1),
        )
        return int(found[0]["number"]) if len(found) > 1 else None

    def all(self, asked: AuditFilter, after: int = 0, last: int | None = None) -> Iterator[Row]:
        """Give rows in their order, after a number and up to one, as they are read: few are in memory."""
        while rows := self._rows(asked, "number > ?", after, "ASC", _CHUNK):
            for row in rows:
                if last is not None and row["number"] > last:
                    return
                yield row
            after = rows[-1]["number"]

    def _rows(self, asked: AuditFilter, bound: str, number: int, order: str, most: int) -> list[Row]:
        condition, values = asked.condition()
        return self._database.rows(
            f"SELECT * FROM audit WHERE {bound} AND {condition} ORDER BY number {order} LIMIT ?",  # noqa: S608 - ours
            (number, *values, most),
        )


def _last(rows: list[Row]) -> int | None:
    return int(rows[-1]["number"]) if rows else None
