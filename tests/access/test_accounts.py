"""Who may enter: the one-time link, logins that are counted, sessions that end on the server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from panel.access.accounts import (
    ABSOLUTE,
    FAILURES_OF_ACCOUNT_AND_ADDRESS,
    IDLE,
    SETUP_LINK_LIFE,
    Accounts,
    LoginRefused,
    TooManyFailures,
)
from panel.access.passwords import AccountRefused
from panel.access.rights import Role
from panel.storage.database import Database

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
HERE = "192.0.2.1"


@pytest.fixture
def accounts(database: Database) -> Accounts:
    return Accounts(database)


@pytest.fixture
def hanako(accounts: Accounts) -> str:
    return accounts.add("hanako", PASSWORD, now=NOW).name


def test_the_right_password_enters(accounts: Accounts, hanako: str) -> None:
    assert accounts.log_in(hanako, PASSWORD, address=HERE, now=NOW).name == "hanako"


@pytest.mark.parametrize(("name", "password"), [("hanako", "wrong"), ("nobody", PASSWORD), ("", ""), ("hanako", "")])
def test_a_wrong_login_says_the_same_for_both_causes(accounts: Accounts, hanako: str, name: str, password: str) -> None:
    with pytest.raises(LoginRefused, match="The user name or password is wrong"):
        accounts.log_in(name, password, address=HERE, now=NOW)


def test_after_some_wrong_passwords_no_further_one_is_looked_at(accounts: Accounts, hanako: str) -> None:
    for _ in range(FAILURES_OF_ACCOUNT_AND_ADDRESS):
        with pytest.raises(LoginRefused):
            accounts.log_in(hanako, "wrong", address=HERE, now=NOW)

    with pytest.raises(TooManyFailures):
        accounts.log_in(hanako, PASSWORD, address=HERE, now=NOW)

    later = NOW + timedelta(minutes=15, seconds=1)
    assert accounts.log_in(hanako, PASSWORD, address=HERE, now=later)


def test_who_guesses_elsewhere_does_not_lock_the_administrator_out(accounts: Accounts, hanako: str) -> None:
    for _ in range(FAILURES_OF_ACCOUNT_AND_ADDRESS):
        with pytest.raises(LoginRefused):
            accounts.log_in(hanako, "wrong", address="198.51.100.9", now=NOW)

    assert accounts.log_in(hanako, PASSWORD, address=HERE, now=NOW)


def test_one_address_cannot_try_many_names(accounts: Accounts, hanako: str) -> None:
    for number in range(20):
        with pytest.raises(LoginRefused):
            accounts.log_in(f"name{number}", "wrong", address=HERE, now=NOW)

    with pytest.raises(TooManyFailures):
        accounts.log_in(hanako, PASSWORD, address=HERE, now=NOW)


def test_an_ipv6_network_counts_as_one_address(accounts: Accounts, hanako: str) -> None:
    for number in range(FAILURES_OF_ACCOUNT_AND_ADDRESS):
        with pytest.raises(LoginRefused):
            accounts.log_in(hanako, "wrong", address=f"2001:db8::{number}", now=NOW)

    with pytest.raises(TooManyFailures):
        accounts.log_in(hanako, PASSWORD, address="2001:db8::ffff", now=NOW)


def test_a_session_ends_when_it_is_closed(accounts: Accounts, hanako: str) -> None:
    token = accounts.open_session(accounts.list()[0], address=HERE, now=NOW)
    assert accounts.session(token, NOW)

    accounts.close_session(token)

    assert accounts.session(token, NOW) is None


def test_a_session_ends_when_nobody_comes(accounts: Accounts, hanako: str) -> None:
    token = accounts.open_session(accounts.list()[0], address=HERE, now=NOW)

    assert accounts.session(token, NOW + IDLE)
    assert accounts.session(token, NOW + IDLE + IDLE)
    assert accounts.session(token, NOW + IDLE * 3 + timedelta(seconds=1)) is None


def test_a_session_ends_after_a_week_whoever_comes(accounts: Accounts, hanako: str) -> None:
    token = accounts.open_session(accounts.list()[0], address=HERE, now=NOW)
    for hours in range(0, 7 * 24, 4):
        assert accounts.session(token, NOW + timedelta(hours=hours))

    assert accounts.session(token, NOW + ABSOLUTE + timedelta(seconds=1)) is None


def test_a_new_password_ends_every_session(accounts: Accounts, hanako: str) -> None:
    token = accounts.open_session(accounts.list()[0], address=HERE, now=NOW)

    accounts.set_password(hanako, "another long password")

    assert accounts.session(token, NOW) is None
    assert accounts.log_in(hanako, "another long password", address=HERE, now=NOW)


def test_the_last_administrator_stays(accounts: Accounts, hanako: str) -> None:
    with pytest.raises(AccountRefused, match="last administrator"):
        accounts.remove(hanako)

    accounts.add("ken", PASSWORD, now=NOW)
    accounts.remove(hanako)

    assert [each.name for each in accounts.list()] == ["ken"]


def test_a_name_is_there_once(accounts: Accounts, hanako: str) -> None:
    with pytest.raises(AccountRefused, match="already"):
        accounts.add("hanako", PASSWORD, now=NOW)


@pytest.mark.parametrize(
    ("name", "password"), [("ha nako", PASSWORD), ("", PASSWORD), ("a" * 65, PASSWORD), ("ken", "short")]
)
def test_what_is_no_account_is_refused(accounts: Accounts, name: str, password: str) -> None:
    with pytest.raises(AccountRefused):
        accounts.add(name, password, now=NOW)


def test_the_one_time_link_works_once(accounts: Accounts) -> None:
    token = accounts.make_setup_link(NOW)
    assert token

    assert accounts.set_up(token, "hanako", PASSWORD, NOW)
    assert accounts.set_up(token, "mallory", PASSWORD, NOW) is None
    assert accounts.make_setup_link(NOW) is None


def test_only_the_newest_link_works(accounts: Accounts) -> None:
    old, new = accounts.make_setup_link(NOW), accounts.make_setup_link(NOW)
    assert old
    assert new

    assert not accounts.knows_setup_link(old, NOW)
    assert accounts.knows_setup_link(new, NOW)


def test_the_link_runs_out(accounts: Accounts) -> None:
    token = accounts.make_setup_link(NOW)
    assert token

    assert accounts.set_up(token, "hanako", PASSWORD, NOW + SETUP_LINK_LIFE + timedelta(seconds=1)) is None


def test_no_token_and_no_password_stands_in_the_file(accounts: Accounts, tmp_path: Path) -> None:
    link = accounts.make_setup_link(NOW)
    accounts.add("hanako", PASSWORD, now=NOW)
    token = accounts.open_session(accounts.list()[0], address=HERE, now=NOW)

    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert link
    assert all(secret.encode() not in written for secret in (PASSWORD, token, link))


def test_a_lesser_role_ends_the_sessions(accounts: Accounts, hanako: str) -> None:
    ken = accounts.add("ken", PASSWORD, role=Role.OPERATOR, now=NOW)
    session = accounts.open_session(ken, address=HERE, now=NOW)

    accounts.set_role("ken", Role.ADMINISTRATOR)
    raised = accounts.session(session, NOW)
    accounts.set_role("ken", Role.VIEWER)

    assert raised
    assert raised.role is Role.ADMINISTRATOR
    assert accounts.session(session, NOW) is None
    assert [(each.name, each.role) for each in accounts.list()] == [(hanako, "administrator"), ("ken", "viewer")]


def test_the_last_administrator_with_a_password_stays(accounts: Accounts, hanako: str, database: Database) -> None:
    accounts.add("ken", PASSWORD, role=Role.ADMINISTRATOR, now=NOW)
    with database.writing() as write:
        write.run("UPDATE accounts SET via = 'proxy' WHERE name = 'ken'")

    for change in (accounts.remove, lambda name: accounts.set_role(name, Role.OPERATOR)):
        with pytest.raises(AccountRefused, match="last administrator"):
            change(hanako)

    accounts.set_role("ken", Role.VIEWER)
    accounts.remove("ken")
    assert [each.name for each in accounts.list()] == [hanako]
