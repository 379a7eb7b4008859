"""Accounts that a proxy vouches for, beside the panel's own: no name belongs to both."""

from __future__ import annotations

from functools import partial

import pytest

from panel.access.accounts import Accounts
from panel.access.logins import LoginRefused, Logins
from panel.access.passwords import AccountRefused
from panel.access.proxy_accounts import ProxyAccounts
from panel.access.rights import Role
from panel.access.sessions import Sessions
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.mail import NOW

PASSWORD = "correct horse battery"


@pytest.fixture
def local(database: Database) -> Accounts:
    accounts = Accounts(database)
    accounts.add("hanako", PASSWORD, by=actor(), now=NOW)
    return accounts


@pytest.fixture
def proxied(database: Database) -> ProxyAccounts:
    return ProxyAccounts(database)


def test_a_name_that_is_there_is_nobody_elses(local: Accounts, proxied: ProxyAccounts) -> None:
    proxied.add("ken", Role.VIEWER, NOW)

    for name in ("hanako", "ken"):
        with pytest.raises(AccountRefused, match="already"):
            proxied.add(name, Role.VIEWER, NOW)
    with pytest.raises(AccountRefused, match="already"):
        local.add("ken", PASSWORD, by=actor(), now=NOW)


@pytest.mark.parametrize("name", ["", "a,b", " ken", "ken\n", "x" * 255, "crm (token)"])
def test_what_is_no_name_is_refused(proxied: ProxyAccounts, name: str) -> None:
    with pytest.raises(AccountRefused, match="proxy shows"):
        proxied.add(name, Role.VIEWER, NOW)


def test_who_enters_by_the_proxy_has_no_password(local: Accounts, proxied: ProxyAccounts, logins: Logins) -> None:
    proxied.add("ken", Role.ADMINISTRATOR, NOW)

    with pytest.raises(AccountRefused, match="through the proxy"):
        local.set_password("ken", PASSWORD, by=actor(), now=NOW)
    for password in ("", PASSWORD):
        with pytest.raises(LoginRefused):
            logins.log_in("ken", password, address="", now=NOW)


def test_who_is_handed_over_loses_password_and_sessions(
    local: Accounts, proxied: ProxyAccounts, sessions: Sessions, logins: Logins
) -> None:
    ken = local.add("ken", PASSWORD, role=Role.OPERATOR, by=actor(), now=NOW)
    token = sessions.open(ken, address="", now=NOW)

    proxied.hand_over("ken")

    assert sessions.account(token, NOW) is None
    with pytest.raises(LoginRefused):
        logins.log_in("ken", PASSWORD, address="", now=NOW)
    [_, handed] = local.list()
    assert (handed.name, handed.via, handed.role) == ("ken", "proxy", Role.OPERATOR)
    with pytest.raises(AccountRefused, match="no local account"):
        proxied.hand_over("ken")


def test_the_last_local_administrator_stays(local: Accounts, proxied: ProxyAccounts) -> None:
    proxied.add("ken", Role.ADMINISTRATOR, NOW)

    for leave in (proxied.hand_over, partial(local.remove, by=actor(), now=NOW)):
        with pytest.raises(AccountRefused, match="last administrator"):
            leave("hanako")
    local.remove("ken", by=actor(), now=NOW)

    assert [account.name for account in local.list()] == ["hanako"]


def test_an_administrator_is_one_whom_a_command_has_made(local: Accounts, proxied: ProxyAccounts) -> None:
    assert not proxied.has_administrator()

    proxied.add("ken", Role.ADMINISTRATOR, NOW)

    assert proxied.has_administrator()
