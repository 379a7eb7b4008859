"""Who may enter, and as what: accounts come, change and go, and an administrator stays."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from panel import clock
from panel.access.accounts import Account, Accounts
from panel.access.logins import Logins
from panel.access.passwords import AccountRefused
from panel.access.rights import Role
from panel.access.sessions import Sessions
from panel.access.setup import Setup
from panel.storage.database import Database
from panel.storage.opening import open_database
from tests.access.conftest import HERE, NOW, PASSWORD
from tests.support.actors import actor

PROXY = "INSERT INTO accounts (name, password, role, via, created_at) VALUES ('p', '', 'administrator', 'proxy', ?)"


def test_a_new_password_ends_every_session(
    accounts: Accounts, sessions: Sessions, logins: Logins, hanako: Account
) -> None:
    token = sessions.open(hanako, by=actor(address=HERE), now=NOW)

    accounts.set_password(hanako.name, "another long password", by=actor(), now=NOW)

    assert sessions.account(token, NOW) is None
    assert logins.log_in(hanako.name, "another long password", address=HERE, now=NOW)


def test_the_last_administrator_stays(accounts: Accounts, hanako: Account) -> None:
    with pytest.raises(AccountRefused, match="last administrator"):
        accounts.remove(hanako.name, by=actor(), now=NOW)

    accounts.add("ken", PASSWORD, by=actor(), now=NOW)
    accounts.remove(hanako.name, by=actor(), now=NOW)

    assert [each.name for each in accounts.list()] == ["ken"]


def test_a_name_is_there_once(accounts: Accounts, hanako: Account) -> None:
    with pytest.raises(AccountRefused, match="already"):
        accounts.add("hanako", PASSWORD, by=actor(), now=NOW)


@pytest.mark.parametrize(
    ("name", "password"), [("ha nako", PASSWORD), ("", PASSWORD), ("a" * 65, PASSWORD), ("ken", "short")]
)
def test_what_is_no_account_is_refused(accounts: Accounts, name: str, password: str) -> None:
    with pytest.raises(AccountRefused):
        accounts.add(name, password, by=actor(), now=NOW)


def test_no_token_and_no_password_stands_in_the_file(
    accounts: Accounts, sessions: Sessions, setup: Setup, tmp_path: Path
) -> None:
    link = setup.make_link(NOW)
    hanako = accounts.add("hanako", PASSWORD, by=actor(), now=NOW)
    token = sessions.open(hanako, by=actor(address=HERE), now=NOW)

    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert link
    assert all(secret.encode() not in written for secret in (PASSWORD, token, link))


def test_a_lower_role_ends_the_sessions_and_a_higher_one_does_not(
    accounts: Accounts, sessions: Sessions, hanako: Account
) -> None:
    ken = accounts.add("ken", PASSWORD, by=actor(), role=Role.OPERATOR, now=NOW)
    token = sessions.open(ken, by=actor(address=HERE), now=NOW)

    accounts.set_role("ken", Role.ADMINISTRATOR, by=actor(), now=NOW)
    raised = sessions.account(token, NOW)
    accounts.set_role("ken", Role.VIEWER, by=actor(), now=NOW)

    assert raised
    assert raised.role is Role.ADMINISTRATOR
    assert sessions.account(token, NOW) is None


def test_the_last_local_administrator_cannot_be_lowered(
    accounts: Accounts, database: Database, hanako: Account
) -> None:
    with database.writing() as write:
        write.run(PROXY, (clock.stamp(NOW),))

    with pytest.raises(AccountRefused, match="last administrator"):
        accounts.set_role("hanako", Role.OPERATOR, by=actor(), now=NOW)
    with pytest.raises(AccountRefused, match="last administrator"):
        accounts.remove("hanako", by=actor(), now=NOW)

    accounts.set_role("p", Role.VIEWER, by=actor(), now=NOW)
    accounts.remove("p", by=actor(), now=NOW)
    assert [each.name for each in accounts.list()] == ["hanako"]


def test_two_administrators_who_lower_each_other_at_the_same_time_leave_one(
    accounts: Accounts, database: Database, hanako: Account
) -> None:
    accounts.add("ken", PASSWORD, by=actor(), now=NOW)
    begin = threading.Barrier(2)

    def lower(name: str) -> str:
        begin.wait()
        try:
            Accounts(open_database(database.path)).set_role(name, Role.VIEWER, by=actor(), now=NOW)
        except AccountRefused as fault:
            return str(fault)
        return "done"

    with ThreadPoolExecutor(2) as threads:
        told = [*threads.map(lower, ("hanako", "ken"))]

    assert sorted(told) == ["This is the last administrator. Add another one first.", "done"]
    assert sorted(each.role for each in accounts.list()) == ["administrator", "viewer"]


def test_who_is_not_there_has_no_role(accounts: Accounts) -> None:
    with pytest.raises(AccountRefused, match="no account named nobody"):
        accounts.set_role("nobody", Role.VIEWER, by=actor(), now=NOW)
