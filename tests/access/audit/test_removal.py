"""Old rows go by whole days, and their going is a row."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from panel.access.audit import removal
from panel.access.audit.asked import AuditFilter
from panel.access.audit.reading import Audit
from panel.access.audit.removal import remove_old
from panel.storage.database import Database
from panel.storage.journal import Action
from tests.access.audit.conftest import NOW, Done


@pytest.fixture(autouse=True)
def of_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "ROWS_OF_A_STEP", 2)
    monkeypatch.setattr(removal, "_REST_SECONDS", 0)


def test_what_is_older_than_so_many_whole_days_goes_and_that_is_noted(
    audit: Audit, done: Done, database: Database
) -> None:
    for days in (12, 11, 10.4, 10.1, 0):  # it is 9 o'clock: the tenth day before begins 10.375 days ago
        done(now=NOW - timedelta(days=days))

    assert remove_old(database, days=10, now=NOW) == 3

    *kept, noted = audit.all(AuditFilter())
    assert [row["number"] for row in kept] == [4, 5]
    assert (noted["action"], noted["account"]) == (Action.AUDIT_REMOVED, "")
    assert json.loads(noted["changed"]) == {"before": "2026-11-15T00:00:00.000Z", "rows": 3}


def test_it_is_done_once_a_day_and_goes_on_where_it_was_broken_off(
    audit: Audit, done: Done, database: Database
) -> None:
    for days in (12, 11):
        done(now=NOW - timedelta(days=days))
    remove_old(database, days=10, now=NOW)
    done(now=NOW - timedelta(days=11))  # as if it had been left behind

    assert remove_old(database, days=10, now=NOW + timedelta(hours=1)) == 1
    assert remove_old(database, days=10, now=NOW + timedelta(hours=2)) == 0

    assert [row["action"] for row in audit.all(AuditFilter())] == [Action.AUDIT_REMOVED]


def test_where_nothing_is_old_nothing_is_written(done: Done, database: Database) -> None:
    done()

    assert remove_old(database, days=365, now=NOW) == 0
    assert len(database.rows("SELECT * FROM audit")) == 1
