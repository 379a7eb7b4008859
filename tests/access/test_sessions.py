"""Sessions end on the server: by hand, when nobody comes, and after a week."""

from __future__ import annotations

from datetime import timedelta

import pytest

from panel.access.accounts import Account, Accounts
from panel.access.sessions import ABSOLUTE, IDLE, MOST_AGENT, Sessions
from panel.errors import DatabaseError
from panel.storage.database import Database
from tests.access.conftest import HERE, NOW, PASSWORD
from tests.support.actors import actor, without_journal


def test_a_session_ends_when_it_is_closed(sessions: Sessions, hanako: Account) -> None:
    token = sessions.open(hanako, by=actor(address=HERE), now=NOW)
    assert sessions.account(token, NOW)

    sessions.close(token, now=NOW)

    assert sessions.account(token, NOW) is None


def test_a_session_ends_when_nobody_comes(sessions: Sessions, hanako: Account) -> None:
    token = sessions.open(hanako, by=actor(address=HERE), now=NOW)

    assert sessions.account(token, NOW + IDLE)
    assert sessions.account(token, NOW + IDLE + IDLE)
    assert sessions.account(token, NOW + IDLE * 3 + timedelta(seconds=1)) is None


def test_a_session_ends_after_a_week_whoever_comes(sessions: Sessions, hanako: Account) -> None:
    token = sessions.open(hanako, by=actor(address=HERE), now=NOW)
    for hours in range(0, 7 * 24, 4):
        assert sessions.account(token, NOW + timedelta(hours=hours))

    assert sessions.account(token, NOW + ABSOLUTE + timedelta(seconds=1)) is None


def test_each_session_is_listed_with_what_its_browser_says_and_ended_by_itself(
    sessions: Sessions, hanako: Account
) -> None:
    mine = sessions.open(hanako, by=actor(address=HERE), agent="Firefox/140", now=NOW)
    other = sessions.open(hanako, by=actor(address="198.51.100.7"), agent="x" * 1000, now=NOW - timedelta(hours=1))

    listed = sessions.of("hanako", mine, NOW)
    ended = sessions.end("hanako", listed[1].id, by=actor(), now=NOW)

    assert [(each.own, each.address, len(each.agent)) for each in listed] == [
        (True, HERE, 11),
        (False, "198.51.100.7", MOST_AGENT),
    ]
    assert ended
    assert sessions.account(other, NOW) is None
    assert sessions.account(mine, NOW)


def test_nobody_ends_the_session_of_somebody_else(sessions: Sessions, accounts: Accounts, hanako: Account) -> None:
    ken = accounts.add("ken", PASSWORD, by=actor(), now=NOW)
    token = sessions.open(ken, by=actor(address=HERE), now=NOW)
    [theirs] = sessions.of("ken", token, NOW)

    assert not sessions.end("hanako", theirs.id, by=actor(), now=NOW)
    assert sessions.end_others("hanako", "", by=actor(), now=NOW) == 0
    assert sessions.account(token, NOW)


def test_all_sessions_but_one_end(sessions: Sessions, database: Database, hanako: Account) -> None:
    tokens = [sessions.open(hanako, by=actor(address=HERE), now=NOW) for _ in range(3)]

    assert sessions.end_others("hanako", tokens[1], by=actor("hanako"), now=NOW) == 2
    assert [sessions.account(token, NOW) is not None for token in tokens] == [False, True, False]
    assert database.row("SELECT changed FROM audit WHERE action = 'session_ended'")["changed"] == '{"others":2}'


def test_an_account_keeps_when_it_was_seen(sessions: Sessions, accounts: Accounts, hanako: Account) -> None:
    token = sessions.open(hanako, by=actor(address=HERE), now=NOW)
    sessions.account(token, NOW + timedelta(minutes=5))
    sessions.close(token, now=NOW)

    assert accounts.list()[0].seen_at == NOW + timedelta(minutes=5)


def test_a_session_begins_and_ends_with_a_row_or_not_at_all(
    database: Database, sessions: Sessions, hanako: Account
) -> None:
    by = actor("hanako", "session", HERE)
    with without_journal(database), pytest.raises(DatabaseError):
        sessions.open(hanako, by=by, now=NOW)
    assert database.rows("SELECT * FROM sessions") == []
    token = sessions.open(hanako, by=by, now=NOW)

    with without_journal(database), pytest.raises(DatabaseError):
        sessions.close(token, by=by, now=NOW)
    assert sessions.account(token, NOW)
    sessions.close(token, by=by, now=NOW)

    assert [row["action"] for row in database.rows("SELECT * FROM audit WHERE account = 'hanako'")] == [
        "signed_in",
        "signed_out",
    ]


def test_who_enters_by_a_proxy_without_a_cookie_is_noted_once_a_minute(database: Database, sessions: Sessions) -> None:
    for seconds in (0, 1, 59, 61):
        sessions.note_entry(actor("sato", "proxy", HERE), now=NOW + timedelta(seconds=seconds))

    assert len(database.rows("SELECT * FROM audit WHERE action = 'signed_in'")) == 2
