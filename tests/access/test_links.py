"""One-time links: an invitation makes an account, another kind sets a password anew, and each works once, for a day."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from panel.access.accounts import Account, Accounts
from panel.access.links import LINK_LIFE, LinkKind, Links
from panel.access.logins import LoginRefused, Logins
from panel.access.passwords import AccountRefused
from panel.access.rights import Role
from panel.access.sessions import Sessions
from panel.storage.database import Database
from panel.storage.opening import open_database
from tests.access.conftest import HERE, NOW, PASSWORD
from tests.support.actors import actor

NEW = "another long password"


@pytest.fixture
def links(database: Database, hanako: Account) -> Links:
    """The links of a panel that has its administrator."""
    return Links(database)


def invite(links: Links, name: str = "ken", by: str = "hanako") -> str:
    return links.invite(name, Role.OPERATOR, by=actor(by), now=NOW)


def test_an_invitation_makes_the_account_once(links: Links, accounts: Accounts, logins: Logins) -> None:
    token = invite(links)

    made = links.use(token, PASSWORD, by=actor("ken"), now=NOW)

    assert made
    assert (made.name, made.role) == ("ken", Role.OPERATOR)
    assert logins.log_in("ken", PASSWORD, address=HERE, now=NOW).role is Role.OPERATOR
    assert links.use(token, NEW, by=actor("ken"), now=NOW) is None
    assert links.invitations(NOW) == []


def test_a_second_invitation_of_a_name_replaces_the_first(links: Links) -> None:
    first, second = invite(links), invite(links)

    assert links.find(first, NOW) is None
    assert links.find(second, NOW)
    assert [(each.account, each.role, each.made_by) for each in links.invitations(NOW)] == [
        ("ken", "operator", "hanako")
    ]


def test_a_link_runs_out_after_a_day(links: Links) -> None:
    token = invite(links)

    assert links.find(token, NOW + LINK_LIFE - timedelta(seconds=1))
    assert links.use(token, PASSWORD, by=actor(), now=NOW + LINK_LIFE) is None
    assert links.invitations(NOW + LINK_LIFE) == []


@pytest.mark.parametrize("token", ["", "x", "\ud800", "x" * 10_000])
def test_what_is_no_token_leads_nowhere(links: Links, token: str) -> None:
    invite(links)

    assert links.find(token, NOW) is None


def test_a_password_that_is_too_short_does_not_use_the_link_up(links: Links) -> None:
    token = invite(links)

    with pytest.raises(AccountRefused):
        links.use(token, "short", by=actor(), now=NOW)

    assert links.find(token, NOW)


def test_an_invitation_is_withdrawn(links: Links) -> None:
    token = invite(links)

    assert links.withdraw("ken", by=actor(), now=NOW) is LinkKind.INVITATION
    assert links.withdraw("ken", by=actor(), now=NOW) is None
    assert links.find(token, NOW) is None


def test_a_link_for_a_new_password_is_seen_and_withdrawn(links: Links) -> None:
    token = links.reset("hanako", by=actor("ken"), now=NOW)
    [waits] = links.resets(NOW)
    assert (waits.account, waits.made_by, waits.ends_at) == ("hanako", "ken", NOW + LINK_LIFE)
    assert links.resets(NOW + LINK_LIFE) == []

    assert links.withdraw("hanako", by=actor(), now=NOW) is LinkKind.RESET

    assert links.find(token, NOW) is None
    assert links.resets(NOW) == []


@pytest.mark.parametrize(("name", "why"), [("hanako", "already"), ("a b", "at most"), ("", "at most")])
def test_who_cannot_be_invited(links: Links, name: str, why: str) -> None:
    with pytest.raises(AccountRefused, match=why):
        invite(links, name)


def test_an_invitation_ends_where_somebody_gets_that_name_otherwise(links: Links, accounts: Accounts) -> None:
    token = invite(links)
    accounts.add("ken", PASSWORD, role=Role.VIEWER, by=actor(), now=NOW)

    assert links.use(token, NEW, by=actor(), now=NOW) is None


@pytest.mark.parametrize("end", ["remove", "new password", "lower"])
def test_an_invitation_ends_with_the_rights_of_who_made_it(links: Links, accounts: Accounts, end: str) -> None:
    accounts.add("rei", PASSWORD, role=Role.ADMINISTRATOR, by=actor(), now=NOW)
    token = invite(links, by="rei")

    if end == "remove":
        accounts.remove("rei", by=actor(), now=NOW)
    elif end == "new password":  # as where somebody else knew the old one
        accounts.set_password("rei", NEW, by=actor(), now=NOW)
    else:
        accounts.set_role("rei", Role.OPERATOR, by=actor(), now=NOW)

    assert links.find(token, NOW) is None


def test_a_new_password_by_a_link_ends_the_sessions(
    links: Links, accounts: Accounts, sessions: Sessions, logins: Logins, hanako: Account
) -> None:
    session = sessions.open(hanako, by=actor(address=HERE), now=NOW)
    token = links.reset("hanako", by=actor(), now=NOW)
    before = sessions.account(session, NOW)
    found = links.find(token, NOW)

    links.use(token, NEW, by=actor("hanako"), now=NOW)

    assert before
    assert found
    assert found.kind is LinkKind.RESET
    assert sessions.account(session, NOW) is None
    assert logins.log_in("hanako", NEW, address=HERE, now=NOW).role is Role.ADMINISTRATOR
    with pytest.raises(LoginRefused):
        logins.log_in("hanako", PASSWORD, address=HERE, now=NOW)


def test_a_password_that_is_changed_ends_the_link_for_a_new_one(links: Links, accounts: Accounts) -> None:
    token = links.reset("hanako", by=actor(), now=NOW)

    accounts.set_password("hanako", NEW, by=actor(), now=NOW)

    assert links.find(token, NOW) is None


def test_who_has_no_password_here_gets_no_link(links: Links, database: Database) -> None:
    with database.writing() as write:
        write.run("UPDATE accounts SET via = 'proxy'")

    with pytest.raises(AccountRefused, match="through the proxy"):
        links.reset("hanako", by=actor(), now=NOW)
    with pytest.raises(AccountRefused, match="no account"):
        links.reset("nobody", by=actor(), now=NOW)


def test_of_two_who_use_a_link_at_the_same_time_one_gets_the_account(links: Links, database: Database) -> None:
    token = invite(links)

    with ThreadPoolExecutor(2) as threads:
        made = [
            *threads.map(
                lambda password: Links(open_database(database.path)).use(token, password, by=actor(), now=NOW),
                (PASSWORD, NEW),
            )
        ]

    assert sorted(each is None for each in made) == [False, True]


def test_no_link_stands_in_the_file_and_who_made_it_is_noted(links: Links, database: Database) -> None:
    token = invite(links)
    links.use(token, PASSWORD, by=actor("ken", "link"), now=NOW)

    written = b"".join(file.read_bytes() for file in database.path.parent.iterdir() if file.is_file())
    noted = [(row["account"], row["via"], row["action"], row["object"]) for row in database.rows("SELECT * FROM audit")]

    assert token.encode() not in written
    assert noted[1:] == [
        ("hanako", "test", "account_invited", "account/ken"),
        ("ken", "setup", "account_added", "account/ken"),
    ]
