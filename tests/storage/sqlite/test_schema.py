"""A data file of the step before is brought up with all that is in it: what waits leaves, every number is as before."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections import Counter, defaultdict
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database as Steps

from panel.clock import stamp
from panel.errors import DatabaseError
from panel.outbox.delivery.claim import Claim
from panel.outbox.entry import whole_to_json
from panel.outbox.outbox import Outbox
from panel.outbox.state import State
from panel.outbox.statistics import traffic
from panel.storage.sqlite import migrations, schema
from panel.storage.sqlite.database import SqliteDatabase
from panel.storage.steps import SCHEMA
from tests.support.mail import NOW, TERMS, OneByOne, at, taken
from tests.support.paths import ROOT
from tests.support.rows import bodies

pytestmark = pytest.mark.data_file("its own")

SOME, MANY = 2_000, 100_000
_STATES = (
    "CASE n % 20 WHEN 0 THEN 'failed' WHEN 1 THEN 'queued' WHEN 2 THEN 'deferred' WHEN 3 THEN 'cancelled' "
    "ELSE 'sent' END"
)
_OF_BEFORE = f"""
INSERT INTO messages (number, state, urgency, due_at, queued_at, since, ended_at, subject, message_id, reply_to, size,
        door, account, idempotency_key, attempts, uncertain, kept, cause, reply)
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :size)
    SELECT n, {_STATES}, n % 7 > 0, printf('2026-11-%02dT09:00:00.%03dZ', 1 + n % 20, n % 1000),
        '2026-11-01T00:00:00.000Z', '2026-11-01T00:00:00.000Z',
        CASE WHEN n % 20 NOT IN (1, 2) THEN '2026-11-21T00:00:00.000Z' END, 'Report ' || n,
        '<' || n || '@app.example.org>', '', 1000 + n, 'http', 'shop', CASE WHEN n % 3 = 0 THEN 'key ' || n END,
        n % 20 <> 1, n % 11 = 0, n % 20 > 17, CASE WHEN n % 20 = 0 THEN 'recipient_unknown' END,
        CASE WHEN n % 20 > 3 THEN '250 2.0.0 Ok ' || n WHEN n % 20 = 0 THEN '550 5.1.1 No' END
    FROM numbers;
INSERT INTO recipients SELECT number, 0, 'Hanako.' || number || '@example.org', CASE state WHEN 'sent' THEN 'sent'
        WHEN 'failed' THEN 'sent' WHEN 'cancelled' THEN 'cancelled' ELSE 'waiting' END, NULL,
        CASE WHEN state = 'sent' THEN reply WHEN state = 'failed' THEN '250 2.0.0 Ok' END, ended_at FROM messages;
INSERT INTO recipients SELECT number, 1, '"a, \\b"@例え.example.org',
        CASE state WHEN 'sent' THEN 'sent' WHEN 'failed' THEN 'failed' WHEN 'cancelled' THEN 'cancelled'
            ELSE 'waiting' END,
        CASE WHEN state = 'deferred' THEN 'greylisted' END,
        CASE WHEN state = 'sent' THEN reply WHEN state IN ('failed', 'deferred') THEN '450 4.2.0 Later' END,
        CASE WHEN state = 'deferred' THEN '2026-11-20T00:00:00.000Z' ELSE ended_at END
    FROM messages WHERE number % 5 < 3;
INSERT INTO bodies SELECT number,
        CASE WHEN number % 4 THEN CAST('text ' || number AS BLOB) ELSE zeroblob(16384 + number % 8) END
    FROM messages WHERE state IN ('queued', 'deferred', 'failed') OR kept;
INSERT INTO attempts (message, at, ms, outcome, version, cause, reply, uncertain) SELECT number,
        '2026-11-20T23:59:59.000Z', number, CASE state WHEN 'cancelled' THEN 'held' ELSE state END, 3, cause, reply,
        uncertain
    FROM messages WHERE state <> 'queued';
UPDATE totals SET number = :size WHERE what = 'number';
UPDATE messages SET state = 'sending', holder = 'old/1.1' WHERE number = 1;
UPDATE pace SET paused_at = '2026-11-25T09:00:00.000Z', ended_ms = 7;
"""


_LAST = "SELECT * FROM attempts ORDER BY number DESC LIMIT 3"


def of_before(path: Path, size: int) -> None:
    """Make a data file as the step before left it, with messages of all states."""
    with closing(sqlite3.connect(path)) as connection:
        migrations.steps.apply(Steps(connection), stop_before="m012_one_row_a_message")
        for statement in _OF_BEFORE.split(";\n"):
            connection.execute(statement, {"size": size} if ":size" in statement else {})
        connection.commit()
        connection.executescript(
            f"PRAGMA application_id = {schema.APPLICATION_ID}; PRAGMA user_version = 11; PRAGMA journal_mode = WAL"
        )


def told_before(path: Path) -> dict[str, Any]:
    """Read all that a file of before tells of its messages, by the tables as they were."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        recipients, tried = defaultdict(list), defaultdict(list)
        for row in connection.execute("SELECT * FROM recipients ORDER BY message, place"):
            recipients[row["message"]].append(tuple(row)[2:])
        for row in connection.execute("SELECT * FROM attempts ORDER BY number"):
            tried[row["message"]].append(tuple(row)[2:])
        return {
            "messages": {row["number"]: dict(row) for row in connection.execute("SELECT * FROM messages")},
            "recipients": recipients,
            "tried": tried,
            "bodies": dict(map(tuple, connection.execute("SELECT * FROM bodies"))),
            "totals": {tuple(row) for row in connection.execute("SELECT * FROM totals")},
            "minutes": [tuple(row) for row in connection.execute("SELECT * FROM minutes")],
            "last": [
                tuple(row)[2:] for row in connection.execute("SELECT * FROM attempts ORDER BY number DESC LIMIT 3")
            ],
        }


@pytest.fixture
def size(is_long: bool) -> int:
    return MANY if is_long else SOME


def test_every_message_and_every_number_outlives_the_step(tmp_path: Path, size: int) -> None:
    path = tmp_path / "panel.db"
    of_before(path, size)
    before = told_before(path)

    upgraded = SqliteDatabase(path)
    upgraded.prepare()

    outbox = Outbox(upgraded)
    for number, row in before["messages"].items():
        entry = outbox.get(number)
        assert entry
        told = whole_to_json(entry)
        assert {name: told[name] for name in told.keys() & row.keys() - {"uncertain"}} == {
            name: row[name] for name in told.keys() & row.keys() - {"uncertain"}
        }
        assert (entry.uncertain, entry.number) == (bool(row["uncertain"]), number)
        recipients = [tuple(each.values()) for each in told["recipients"]]
        assert recipients == [(*each, None) for each in before["recipients"][number]]  # nothing has bounced yet
        assert [_attempt(each) for each in entry.tried] == before["tried"][number]
    assert bodies(upgraded) == before["bodies"]
    assert before["totals"] <= {tuple(row) for row in upgraded.rows("SELECT * FROM totals")}
    lost = upgraded.rows("SELECT sum(number) FROM minutes")
    assert lost[0][0] == sum(sent + lost for _, sent, lost in before["minutes"])
    assert [_attempt(each) for each in traffic(upgraded, NOW, ()).last] == before["last"]
    by_state = Counter(State(row["state"]) for row in before["messages"].values())
    assert outbox.counts().by_state == {state: by_state[state] for state in State}


def _attempt(each: Any) -> tuple[Any, ...]:
    row = (stamp(each.at), each.ms, each.outcome, each.version, each.stage, each.cause, each.reply, each.detail)
    return (*row, int(each.uncertain))


def test_what_is_told_alike_has_no_rows_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "panel.db"
    of_before(path, 40)

    upgraded = SqliteDatabase(path)
    upgraded.prepare()

    rows = upgraded.rows("SELECT DISTINCT state FROM messages WHERE number IN (SELECT message FROM recipients)")
    assert {row["state"] for row in rows} == {"failed", "deferred"}
    assert {row["message"] % 4 for row in upgraded.rows("SELECT message FROM bodies")} == {0}
    assert (
        max(row[0] for row in upgraded.rows("SELECT length(content) FROM messages WHERE content IS NOT NULL")) == 16384
    )


def test_an_upgraded_file_is_searched_and_sent_from(tmp_path: Path) -> None:
    path = tmp_path / "panel.db"
    of_before(path, 60)
    upgraded = SqliteDatabase(path)
    upgraded.prepare()
    outbox, claims = Outbox(upgraded), OneByOne(upgraded)

    assert [each.number for each in outbox.list(q="hanako.7@EXAMPLE.org").entries] == [7]
    assert [each.number for each in outbox.list(q="8@app.example.org").entries] == [8]
    assert [each.state for each in outbox.list(state=State.SENDING).entries] == [State.SENDING]
    with upgraded.writing() as write:
        write.run("UPDATE pace SET paused_at = NULL")
    while isinstance(got := claims.claim("new", TERMS, at(10)), Claim):
        claims.settle(got, taken(got), at(10))
    waited = [outbox.get(n) for n in range(1, 61) if n % 20 in (1, 2)]
    assert {each.state for each in waited if each} == {State.SENT}
    first = outbox.get(1)
    assert first
    assert first.uncertain
    assert [(each.outcome, each.cause) for each in first.tried][-2:] == [("uncertain", "worker_lost"), ("sent", None)]


def test_a_fresh_file_and_an_upgraded_one_have_the_same_tables(tmp_path: Path) -> None:
    of_before(tmp_path / "old.db", 10)
    upgraded, fresh = SqliteDatabase(tmp_path / "old.db"), SqliteDatabase(tmp_path / "new.db")

    upgraded.prepare()
    fresh.prepare()

    tables = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY type, name"
    assert [tuple(row) for row in upgraded.rows(tables)] == [tuple(row) for row in fresh.rows(tables)]
    for each in (upgraded, fresh):
        assert each.rows("PRAGMA auto_vacuum")[0][0] == schema.INCREMENTAL
        assert each.rows("PRAGMA foreign_key_check") == []
        assert each.rows("PRAGMA integrity_check")[0][0] == "ok"


def test_an_upgrade_without_room_for_it_is_refused_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "panel.db"
    of_before(path, 10)
    before = told_before(path)
    monkeypatch.setattr(schema, "REBUILT", 10**12)

    with pytest.raises(DatabaseError, match=r"MB must be free on its disk, and \d+ MB are. Make room"):
        SqliteDatabase(path).prepare()

    assert told_before(path) == before


def test_a_file_that_cannot_be_written_anew_is_whole_and_it_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "panel.db"
    of_before(path, 10)
    with closing(sqlite3.connect(path)) as connection:
        migrations.steps.apply(Steps(connection))
        connection.execute(f"PRAGMA user_version = {SCHEMA}")
    caplog.set_level("INFO")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        SqliteDatabase(path, busy_ms=10).prepare()

    assert caplog.messages == ["database_not_rebuilt"]
    assert Outbox(SqliteDatabase(path)).get(1)
    SqliteDatabase(path).prepare()
    assert caplog.messages == ["database_not_rebuilt", "database_rebuilt"]
    assert SqliteDatabase(path).rows("PRAGMA auto_vacuum")[0][0] == schema.INCREMENTAL


def test_the_program_of_before_refuses_the_file_and_says_the_way_back(tmp_path: Path) -> None:
    path = tmp_path / "panel.db"
    SqliteDatabase(path).prepare()
    older = (
        "import sys; from pathlib import Path; from panel.storage.sqlite import database, schema; schema.SCHEMA = 11\n"
        "database.SqliteDatabase(Path(sys.argv[1])).prepare()"
    )

    ended = subprocess.run([sys.executable, "-c", older, str(path)], cwd=ROOT, capture_output=True, text=True)

    assert "was written by a newer mail-panel. Update this one, or restore an older copy." in ended.stderr
