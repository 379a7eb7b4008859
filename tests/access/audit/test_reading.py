"""The audit is read by pages, the newest first, or whole, in its order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from panel.access.audit.asked import AuditFilter
from panel.access.audit.reading import Audit, AuditPage
from panel.storage.actor import Actor
from panel.storage.database import Database
from panel.storage.journal import Action
from tests.access.audit.conftest import NOW, SATO, Done


def numbers(page: AuditPage) -> tuple[list[int], int | None, int | None]:
    return [row["number"] for row in page.rows], page.older, page.newer


def test_pages_lead_to_the_older_and_back_to_the_newer(audit: Audit, done: Done) -> None:
    for _ in range(5):
        done()

    assert numbers(audit.page(AuditFilter(), most=2)) == ([5, 4], 4, None)
    assert numbers(audit.page(AuditFilter(), before=4, most=2)) == ([3, 2], 2, 3)
    assert numbers(audit.page(AuditFilter(), before=2, most=2)) == ([1], None, 1)
    assert numbers(audit.page(AuditFilter(), after=1, most=2)) == ([3, 2], 2, 3)
    assert numbers(audit.page(AuditFilter(), after=3, most=2)) == ([5, 4], 4, None)
    assert (
        numbers(audit.page(AuditFilter(), before=0)) == numbers(audit.page(AuditFilter(), after=9)) == ([], None, None)
    )


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (AuditFilter(account="ken"), [2]),
        (AuditFilter(action=Action.SENDING_RESUMED), [3]),
        (AuditFilter(since=NOW + timedelta(hours=1)), [2, 3]),
        (AuditFilter(until=NOW + timedelta(hours=1)), [1, 2]),
        (AuditFilter("sato", Action.SENDING_PAUSED, NOW, NOW), [1]),
        (AuditFilter(account="nobody"), []),
    ],
)
def test_rows_are_found_by_account_action_and_time(
    audit: Audit, done: Done, asked: AuditFilter, expected: list[int]
) -> None:
    done()
    done(by=Actor("ken", "cli"), now=NOW + timedelta(hours=1))
    done(Action.SENDING_RESUMED, now=NOW + timedelta(hours=2))

    assert [row["number"] for row in audit.all(asked)] == expected
    assert [row["number"] for row in audit.page(asked).rows] == expected[::-1]


def test_an_export_ends_where_the_next_one_goes_on(audit: Audit, done: Done) -> None:
    for _ in range(3):
        done()
        done(by=Actor("ken", "cli"))

    assert audit.last_of_export(AuditFilter("sato"), 0, most=2) == 3
    assert audit.last_of_export(AuditFilter("sato"), 3, most=2) is None
    assert audit.last_of_export(AuditFilter("sato"), 0, most=3) is None
    assert [row["number"] for row in audit.all(AuditFilter("sato"), 0, 3)] == [1, 3]
    assert [row["number"] for row in audit.all(AuditFilter("sato"), 3)] == [5]


def test_an_export_of_all_rows_ends_by_their_numbers_and_leaves_out_none(
    audit: Audit, database: Database, done: Done
) -> None:
    for _ in range(5):
        done()
    with database.writing() as write:
        write.run("DELETE FROM audit WHERE number = 2")

    last = audit.last_of_export(AuditFilter(), 0, most=2)
    assert last is not None
    rest = audit.last_of_export(AuditFilter(), last, most=2)

    assert [row["number"] for row in audit.all(AuditFilter(), 0, last)] == [1]
    assert rest is not None
    assert [row["number"] for row in audit.all(AuditFilter(), last, rest)] == [3, 4]
    assert audit.last_of_export(AuditFilter(), rest, most=2) is None


def test_an_object_has_its_own_course(audit: Audit, done: Done) -> None:
    for what in ("message/1", "message/12", "message/1"):
        done(Action.MESSAGE_RETRIED, object=what)

    assert [row["number"] for row in audit.of("message/1")] == [1, 3]
    assert audit.of("message/1")[0]["account"] == SATO.name
