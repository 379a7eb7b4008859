"""Who did what is noted in the transaction of what they did, or it is not done; refusals are counted."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

import panel
from panel.errors import DatabaseError
from panel.storage import journal
from panel.storage.actor import Actor
from panel.storage.database import Database, Row
from panel.storage.journal import MOST_ADDRESSES, Action, Refusals, append, difference
from tests.support.actors import without_journal

SATO = Actor("sato", "session", "192.0.2.7", role="administrator", request="9f2c")
NOW = datetime(2026, 11, 25, 9, 0, 0, 120_000, UTC)


def rows(database: Database) -> list[Row]:
    return database.rows("SELECT * FROM audit ORDER BY number")


class Seconds:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        return self.passed


@pytest.fixture
def elapsed() -> Seconds:
    return Seconds()


@pytest.fixture
def refusals(database: Database, elapsed: Seconds) -> Refusals:
    return Refusals(database, elapsed)


def stranger(address: str) -> Actor:
    return Actor("", "session", address)


def test_a_row_says_who_did_what_when_and_from_where(database: Database) -> None:
    with database.writing() as write:
        append(write, SATO, Action.SETTINGS_SAVED, object="settings/8", changed={"smtp_port": [25, 587]}, now=NOW)

    [row] = rows(database)
    assert dict(row) == {
        "number": 1,
        "at": "2026-11-25T09:00:00.120Z",
        "account": "sato",
        "role": "administrator",
        "via": "session",
        "address": "192.0.2.7",
        "action": "settings_saved",
        "object": "settings/8",
        "outcome": "done",
        "changed": '{"smtp_port":[25,587]}',
        "request": "9f2c",
    }


def test_a_change_that_a_host_answers_for_says_so(database: Database) -> None:
    with database.writing() as write:
        append(write, SATO._replace(via="proxy", step_up="host"), Action.TOKEN_REVOKED, now=NOW)

    assert [row["changed"] for row in rows(database)] == ['{"step_up":"host"}']


def test_what_is_rolled_back_is_neither_noted_nor_logged(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="panel")

    with pytest.raises(ZeroDivisionError):
        write_and_fail(database)

    assert rows(database) == []
    assert caplog.messages == []


def write_and_fail(database: Database) -> None:
    with database.writing() as write:
        append(write, SATO, Action.SENDING_PAUSED, now=NOW)
        _ = 1 / 0


def test_a_row_is_an_event_of_the_log_too(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="panel")

    with database.writing() as write:
        append(write, SATO, Action.MESSAGE_CANCELLED, object="message/3", told={"message": 3}, now=NOW)

    [record] = caplog.records
    assert record.message == "message_cancelled"
    assert vars(record)["fields"] == {"account": "sato", "address": "192.0.2.7", "message": 3}


def test_what_cannot_be_noted_is_not_done(database: Database) -> None:
    with without_journal(database), pytest.raises(DatabaseError):
        make_link(database)

    assert database.rows("SELECT * FROM setup_links") == []


def make_link(database: Database) -> None:
    with database.writing() as write:
        write.run("INSERT INTO setup_links (digest, made_at) VALUES (?, '')", (b"\0",))
        append(write, SATO, Action.ADMINISTRATOR_MADE, now=NOW)


def test_what_is_read_is_noted_by_itself(database: Database) -> None:
    journal.record(database, SATO, Action.EXPORTED, object="settings/8", now=NOW)

    assert [(row["action"], row["object"]) for row in rows(database)] == [("exported", "settings/8")]


def test_a_difference_names_what_was_and_what_is() -> None:
    assert difference({"host": "a", "port": 25, "old": 1}, {"host": "b", "port": 25, "new": ""}) == {
        "host": ["a", "b"],
        "new": [None, ""],
        "old": [1, None],
    }
    assert difference({"certificate": ""}, {"certificate": "x" * 201}) == {"certificate": "changed"}


def test_a_refusal_is_noted_at_once_and_counted_for_a_minute(
    database: Database, refusals: Refusals, elapsed: Seconds
) -> None:
    for elapsed.passed in (0.0, 1.0, 59.0, 60.0):
        refusals.note(stranger("192.0.2.9"), Action.SIGN_IN_REFUSED, now=NOW)

    assert [(row["outcome"], row["address"], json.loads(row["changed"])) for row in rows(database)] == [
        ("refused", "192.0.2.9", {"times": 3}),
        ("refused", "192.0.2.9", {}),
    ]


def test_of_very_many_refusals_few_are_written(
    database: Database, refusals: Refusals, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = 0
    writing = database.writing

    def counted() -> object:
        nonlocal writes
        writes += 1
        return writing()

    monkeypatch.setattr(database, "writing", counted)
    for _ in range(1000):
        refusals.note(stranger("192.0.2.9"), Action.TOKEN_REFUSED, now=NOW)

    [row] = rows(database)
    assert json.loads(row["changed"]) == {"times": 512}  # at least
    assert writes == 21


def test_a_refusal_of_another_kind_or_from_elsewhere_has_a_row_of_its_own(
    database: Database, refusals: Refusals
) -> None:
    refusals.note(stranger("192.0.2.9"), Action.SIGN_IN_REFUSED, now=NOW)
    refusals.note(stranger("192.0.2.9"), Action.TOKEN_REFUSED, now=NOW)
    refusals.note(stranger("2001:db8::1"), Action.TOKEN_REFUSED, now=NOW)
    refusals.note(stranger("2001:db8::2"), Action.TOKEN_REFUSED, now=NOW)  # the same network
    refusals.note(SATO, Action.NOT_ALLOWED, object="audit", now=NOW)

    assert [(row["action"], row["account"], row["address"]) for row in rows(database)] == [
        ("sign_in_refused", "", "192.0.2.9"),
        ("token_refused", "", "192.0.2.9"),
        ("token_refused", "", "2001:db8::1"),
        ("not_allowed", "sato", "192.0.2.7"),
    ]


def test_strangers_from_everywhere_do_not_fill_the_journal(database: Database, refusals: Refusals) -> None:
    for number in range(MOST_ADDRESSES + 50):
        refusals.note(stranger(f"198.51.100.{number}"), Action.SIGN_IN_REFUSED, now=NOW)

    found = rows(database)
    assert len(found) == MOST_ADDRESSES + 1
    assert (found[-1]["address"], json.loads(found[-1]["changed"])) == ("", {"times": 32})


def test_a_refusal_stands_though_it_cannot_be_noted(
    database: Database, refusals: Refusals, caplog: pytest.LogCaptureFixture
) -> None:
    with without_journal(database):
        refusals.note(stranger("192.0.2.9"), Action.SIGN_IN_REFUSED, now=NOW)

    assert [record.message for record in caplog.records] == ["sign_in_refused", "database_failed"]


def test_each_action_is_noted_somewhere() -> None:
    """Else the audit offers to find what is never there."""
    code = [
        path.read_text("utf-8") for path in Path(panel.__file__).parent.rglob("*.py") if path.name != "audit_rows.py"
    ]

    assert [each.name for each in Action if not any(f"Action.{each.name}" in text for text in code)] == []
