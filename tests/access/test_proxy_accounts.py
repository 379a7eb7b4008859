"""Accounts that a proxy vouches for, beside the panel's own: no name belongs to both."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from panel.access.accounts import Accounts
from panel.access.logins import LoginRefused, Logins
from panel.access.passwords import AccountRefused
from panel.access.proxy_accounts import ProxyAccounts
from panel.access.proxy_config import ProxyLogin
from panel.access.rights import Role
from panel.access.sessions import Sessions
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.mail import NOW
from tests.support.traced import traced

PASSWORD = "correct horse battery"
BY = actor("root (command line)")
SATO = actor("sato", "proxy", "192.0.2.7")
BY_GROUPS = ProxyLogin("Remote-User", "Remote-Groups", (("staff", Role.VIEWER), ("admins", Role.ADMINISTRATOR)))


@pytest.fixture
def local(database: Database) -> Accounts:
    accounts = Accounts(database)
    accounts.add("hanako", PASSWORD, by=actor(), now=NOW)
    return accounts


@pytest.fixture
def proxied(database: Database) -> ProxyAccounts:
    return ProxyAccounts(database)


def test_a_name_that_is_there_is_nobody_elses(local: Accounts, proxied: ProxyAccounts) -> None:
    proxied.add("ken", Role.VIEWER, by=BY, now=NOW)

    for name in ("hanako", "ken"):
        with pytest.raises(AccountRefused, match="already"):
            proxied.add(name, Role.VIEWER, by=BY, now=NOW)
    with pytest.raises(AccountRefused, match="already"):
        local.add("ken", PASSWORD, by=actor(), now=NOW)


@pytest.mark.parametrize("name", ["", "a,b", " ken", "ken\n", "x" * 255, "crm (token)"])
def test_what_is_no_name_is_refused(proxied: ProxyAccounts, name: str) -> None:
    with pytest.raises(AccountRefused, match="proxy shows"):
        proxied.add(name, Role.VIEWER, by=BY, now=NOW)


def test_who_enters_by_the_proxy_has_no_password(local: Accounts, proxied: ProxyAccounts, logins: Logins) -> None:
    proxied.add("ken", Role.ADMINISTRATOR, by=BY, now=NOW)

    with pytest.raises(AccountRefused, match="through the proxy"):
        local.set_password("ken", PASSWORD, by=actor(), now=NOW)
    for password in ("", PASSWORD):
        with pytest.raises(LoginRefused):
            logins.log_in("ken", password, address="", now=NOW)


def test_who_is_handed_over_loses_password_and_sessions(
    local: Accounts, proxied: ProxyAccounts, sessions: Sessions, logins: Logins
) -> None:
    ken = local.add("ken", PASSWORD, role=Role.OPERATOR, by=actor(), now=NOW)
    token = sessions.open(ken, by=actor(address=""), now=NOW)

    proxied.hand_over("ken", by=BY, now=NOW)

    assert sessions.account(token, NOW) is None
    with pytest.raises(LoginRefused):
        logins.log_in("ken", PASSWORD, address="", now=NOW)
    [_, handed] = local.list()
    assert (handed.name, handed.via, handed.role) == ("ken", "proxy", Role.OPERATOR)
    with pytest.raises(AccountRefused, match="no local account"):
        proxied.hand_over("ken", by=BY, now=NOW)


def test_the_last_local_administrator_stays(local: Accounts, proxied: ProxyAccounts) -> None:
    proxied.add("ken", Role.ADMINISTRATOR, by=BY, now=NOW)

    for leave in (partial(proxied.hand_over, by=BY, now=NOW), partial(local.remove, by=actor(), now=NOW)):
        with pytest.raises(AccountRefused, match="last administrator"):
            leave("hanako")
    local.remove("ken", by=actor(), now=NOW)

    assert [account.name for account in local.list()] == ["hanako"]


def test_an_administrator_is_one_whom_a_command_has_made(local: Accounts, proxied: ProxyAccounts) -> None:
    assert not proxied.has_administrator()

    proxied.add("ken", Role.ADMINISTRATOR, by=BY, now=NOW)

    assert proxied.has_administrator()


def test_what_becomes_of_an_account_is_noted(database: Database, local: Accounts, proxied: ProxyAccounts) -> None:
    local.add("ken", PASSWORD, by=BY, now=NOW)
    before = len(database.rows("SELECT 1 FROM audit"))

    for groups in ("staff", "staff", "staff, admins"):
        proxied.enter(SATO, groups, BY_GROUPS, NOW)
    proxied.hand_over("ken", by=BY, now=NOW)

    rows = database.rows("SELECT * FROM audit ORDER BY number")[before:]
    assert [(row["account"], row["role"], row["via"], row["action"], row["object"]) for row in rows] == [
        ("sato", "viewer", "proxy", "account_added", "account/sato"),
        ("sato", "administrator", "proxy", "role_changed", "account/sato"),
        ("root (command line)", "", "test", "account_handed_over", "account/ken"),
    ]


def test_who_is_seen_again_writes_nothing_for_a_minute(database: Database, proxied: ProxyAccounts) -> None:
    proxied.enter(SATO, "staff", BY_GROUPS, NOW)

    with traced(database) as statements:
        soon = proxied.enter(SATO, "staff", BY_GROUPS, NOW + timedelta(seconds=59))
    assert all(each.startswith("SELECT") for each in statements), statements
    later = proxied.enter(SATO, "staff", BY_GROUPS, NOW + timedelta(seconds=61))

    assert (soon.seen_at, later.seen_at) == (NOW, NOW + timedelta(seconds=61))


def test_the_first_account_with_a_password_is_an_administrators(local: Accounts, database: Database) -> None:
    fresh = Accounts(database)
    with database.writing() as write:
        write.run("DELETE FROM accounts")
    ProxyAccounts(database).add("sato", Role.VIEWER, by=BY, now=NOW)

    assert not fresh.any()
    assert fresh.add("hanako", PASSWORD, by=BY, role=Role.VIEWER, now=NOW).role is Role.ADMINISTRATOR
