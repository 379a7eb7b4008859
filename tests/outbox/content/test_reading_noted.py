"""Who reads a message is noted: once for a visit, and each part by itself."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from panel.errors import DatabaseError
from panel.outbox.content.reading_noted import A_VISIT, note_reading
from panel.storage.database import Database
from tests.support.actors import actor, without_journal
from tests.support.mail import NOW


def read(
    database: Database, part: str = "text", *, who: str = "sato", number: int = 1, after: timedelta = A_VISIT
) -> None:
    note_reading(database, number, part, by=actor(who), now=NOW + after)


def noted(database: Database) -> list[tuple[str, str, str]]:
    rows = database.rows("SELECT account, object, changed FROM audit WHERE action = 'message_read' ORDER BY number")
    return [(row["account"], row["object"], json.loads(row["changed"])["part"]) for row in rows]


def test_a_visit_is_noted_once_and_the_next_one_again(database: Database) -> None:
    read(database)
    read(database, after=A_VISIT + timedelta(seconds=5))
    assert noted(database) == [("sato", "message/1", "text")]

    read(database, after=3 * A_VISIT)
    assert len(noted(database)) == 2


def test_each_part_each_message_and_each_reader_is_noted(database: Database) -> None:
    read(database)
    read(database, "請求書.pdf")
    read(database, who="tanaka")
    read(database, number=2)

    assert noted(database) == [
        ("sato", "message/1", "text"),
        ("sato", "message/1", "請求書.pdf"),
        ("tanaka", "message/1", "text"),
        ("sato", "message/2", "text"),
    ]


def test_what_cannot_be_noted_is_not_read(database: Database) -> None:
    with without_journal(database), pytest.raises(DatabaseError):
        read(database)
