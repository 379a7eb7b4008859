"""Logins that are counted: who guesses is slowed down, and keeps nobody else out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from panel.access import passwords
from panel.access.accounts import Account, write_password
from panel.access.logins import FAILURES_OF_ACCOUNT_AND_ADDRESS, LoginRefused, Logins, TooManyFailures
from panel.access.sessions import Sessions
from panel.storage.database import Database, Row, Value
from tests.access.conftest import HERE, NOW, PASSWORD
from tests.support.actors import actor


def test_the_right_password_enters(logins: Logins, hanako: Account) -> None:
    assert logins.log_in(hanako.name, PASSWORD, address=HERE, now=NOW).name == "hanako"


@pytest.mark.parametrize(("name", "password"), [("hanako", "wrong"), ("nobody", PASSWORD), ("", ""), ("hanako", "")])
def test_a_wrong_login_says_the_same_for_both_causes(logins: Logins, hanako: Account, name: str, password: str) -> None:
    with pytest.raises(LoginRefused, match="The user name or password is wrong"):
        logins.log_in(name, password, address=HERE, now=NOW)


def test_after_some_wrong_passwords_no_further_one_is_looked_at(logins: Logins, hanako: Account) -> None:
    for _ in range(FAILURES_OF_ACCOUNT_AND_ADDRESS):
        with pytest.raises(LoginRefused):
            logins.log_in(hanako.name, "wrong", address=HERE, now=NOW)

    with pytest.raises(TooManyFailures):
        logins.log_in(hanako.name, PASSWORD, address=HERE, now=NOW)

    later = NOW + timedelta(minutes=15, seconds=1)
    assert logins.log_in(hanako.name, PASSWORD, address=HERE, now=later)


def test_who_guesses_elsewhere_does_not_lock_the_administrator_out(logins: Logins, hanako: Account) -> None:
    for _ in range(FAILURES_OF_ACCOUNT_AND_ADDRESS):
        with pytest.raises(LoginRefused):
            logins.log_in(hanako.name, "wrong", address="198.51.100.9", now=NOW)

    assert logins.log_in(hanako.name, PASSWORD, address=HERE, now=NOW)


def test_one_address_cannot_try_many_names(logins: Logins, hanako: Account) -> None:
    for number in range(20):
        with pytest.raises(LoginRefused):
            logins.log_in(f"name{number}", "wrong", address=HERE, now=NOW)

    with pytest.raises(TooManyFailures):
        logins.log_in(hanako.name, PASSWORD, address=HERE, now=NOW)


def test_an_ipv6_network_counts_as_one_address(logins: Logins, hanako: Account) -> None:
    for number in range(FAILURES_OF_ACCOUNT_AND_ADDRESS):
        with pytest.raises(LoginRefused):
            logins.log_in(hanako.name, "wrong", address=f"2001:db8::{number}", now=NOW)

    with pytest.raises(TooManyFailures):
        logins.log_in(hanako.name, PASSWORD, address="2001:db8::ffff", now=NOW)


def test_who_knows_the_old_password_changes_it_and_stays_signed_in(
    logins: Logins, sessions: Sessions, hanako: Account
) -> None:
    mine, other = (sessions.open(hanako, by=actor(address=HERE), now=NOW) for _ in range(2))

    logins.change_password(hanako, PASSWORD, "another long password", by=actor("hanako"), keep=mine, now=NOW)

    assert sessions.account(mine, NOW)
    assert sessions.account(other, NOW) is None
    assert logins.log_in("hanako", "another long password", address=HERE, now=NOW)


def test_a_wrong_old_password_counts_as_a_failed_login(logins: Logins, hanako: Account) -> None:
    by = actor("hanako", address=HERE)
    for _ in range(FAILURES_OF_ACCOUNT_AND_ADDRESS):
        with pytest.raises(LoginRefused):
            logins.change_password(hanako, "wrong", "another long password", by=by, keep="", now=NOW)

    with pytest.raises(TooManyFailures):
        logins.log_in("hanako", PASSWORD, address=HERE, now=NOW)


def test_a_password_that_is_changed_while_it_is_looked_at_opens_nothing(
    database: Database, hanako: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, read = passwords.hashed("another horse battery"), database.row

    def row(sql: str, values: Sequence[Value] = ()) -> Row | None:
        found = read(sql, values)
        if found and sql.startswith("SELECT * FROM accounts"):
            with database.writing() as write:
                write_password(write, "hanako", other, by=actor(), now=NOW)
        return found

    monkeypatch.setattr(database, "row", row)
    with pytest.raises(LoginRefused):
        Logins(database).log_in("hanako", PASSWORD, address=HERE, now=NOW)
