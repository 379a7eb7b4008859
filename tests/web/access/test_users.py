"""Administrators invite, give roles, make links for new passwords, and remove; one of them stays."""

from __future__ import annotations

import re

import pytest
from werkzeug.test import TestResponse

from panel import clock
from panel.access.accounts import Account
from panel.access.rights import Role
from panel.services import Services
from tests.support.actors import actor
from tests.web.conftest import PASSWORD, Browser

HTMX = pytest.mark.parametrize("htmx", [False, True], ids=["page", "fragment"])


@pytest.fixture
def ken(browser: Browser, services: Services) -> Account:
    return services.accounts.add("ken", PASSWORD, role=Role.OPERATOR, by=actor(), now=clock.now())


def shown(response: TestResponse) -> list[str]:
    return re.findall(r"/invitation\?token=([\w-]{43})", response.text)


def roles(services: Services) -> dict[str, Role]:
    return {each.name: each.role for each in services.accounts.list()}


@HTMX
def test_an_invitation_is_shown_once(browser: Browser, services: Services, htmx: bool) -> None:
    made = browser.post("/access/users/invite", {"name": "ken", "role": "operator"}, htmx=htmx)

    [token] = shown(made)
    link = services.links.find(token, clock.now())
    assert link
    assert (link.account, link.role, link.made_by) == ("ken", "operator", "hanako")
    assert ("<html" in made.text) is not htmx
    assert made.headers["Cache-Control"] == "no-store"
    again = browser.get("/access/users", htmx=htmx)
    assert shown(again) == []
    assert 'data-invited="ken"' in again.text


@HTMX
def test_an_invitation_is_withdrawn(browser: Browser, services: Services, htmx: bool) -> None:
    [token] = shown(browser.post("/access/users/invite", {"name": "ken", "role": "viewer"}))

    assert browser.post("/access/users/withdraw", {"name": "ken"}, htmx=htmx).location == "/access/users"

    assert services.links.find(token, clock.now()) is None
    assert "data-invited" not in browser.get("/access/users", htmx=htmx).text


WRONG = [
    ({"name": "hanako", "role": "viewer"}, "name"),
    ({"name": "a b", "role": "viewer"}, "name"),
    ({"name": "ken", "role": "root"}, "role"),
    ({"name": "ken"}, "role"),
]


@HTMX
def test_what_is_wrong_with_an_invitation_stands_at_its_field(browser: Browser, services: Services, htmx: bool) -> None:
    for typed, field in WRONG:
        refused = browser.post("/access/users/invite", typed, htmx=htmx)

        assert refused.status_code == 422
        assert f'id="{field}-error"' in refused.text
        assert f'value="{typed["name"]}"' in refused.text
    assert services.links.invitations(clock.now()) == []


@HTMX
def test_a_link_for_a_new_password_is_shown_once(
    browser: Browser, services: Services, ken: Account, htmx: bool
) -> None:
    made = browser.post("/access/users/reset", {"name": "ken"}, htmx=htmx)

    [token] = shown(made)
    assert services.links.find(token, clock.now())
    assert shown(browser.get("/access/users", htmx=htmx)) == []


@HTMX
def test_a_link_for_a_new_password_is_withdrawn(browser: Browser, services: Services, ken: Account, htmx: bool) -> None:
    assert "Withdraw the link for ken" not in browser.get("/access/users").text
    [token] = shown(browser.post("/access/users/reset", {"name": "ken"}, htmx=htmx))
    assert "Withdraw the link for ken" in browser.get("/access/users").text

    assert browser.post("/access/users/withdraw", {"name": "ken"}, htmx=htmx).location == "/access/users"

    after = browser.get("/access/users", htmx=htmx).text
    assert "The link for ken is withdrawn." in after
    assert "Withdraw the link for ken" not in after
    assert services.links.find(token, clock.now()) is None


@HTMX
def test_a_role_is_changed(browser: Browser, services: Services, ken: Account, htmx: bool) -> None:
    session = services.sessions.open(ken, by=actor(address=""), now=clock.now())

    changed = browser.post("/access/users/role", {"name": "ken", "role": "viewer"}, htmx=htmx)

    assert changed.location == "/access/users"
    assert roles(services)["ken"] is Role.VIEWER
    assert services.sessions.account(session, clock.now()) is None
    assert "ken has the role Viewer now." in browser.get("/access/users", htmx=htmx).text


IMPOSSIBLE = [
    ("role", {"name": "hanako", "role": "viewer"}, "last administrator"),
    ("role", {"name": "nobody", "role": "viewer"}, "no account named nobody"),
    ("role", {"name": "ken", "role": "root"}, "Choose a role."),
    ("remove", {"name": "hanako"}, "last administrator"),
    ("reset", {"name": "<b>x</b>"}, "no account named &lt;b&gt;x"),
]


@HTMX
def test_what_cannot_be_done_is_said_above_the_accounts(
    browser: Browser, services: Services, ken: Account, htmx: bool
) -> None:
    for path, form, said in IMPOSSIBLE:
        refused = browser.post(f"/access/users/{path}", form, htmx=htmx)

        assert refused.status_code == 422
        assert said in refused.text
    assert roles(services) == {"hanako": Role.ADMINISTRATOR, "ken": Role.OPERATOR}


@HTMX
def test_an_account_is_removed(browser: Browser, services: Services, ken: Account, htmx: bool) -> None:
    removed = browser.post("/access/users/remove", {"name": "ken"}, htmx=htmx)

    assert removed.location == "/access/users"
    assert roles(services) == {"hanako": Role.ADMINISTRATOR}


def test_only_administrators_come_here(browser: Browser, services: Services) -> None:
    with services.database.writing() as write:
        write.run("UPDATE accounts SET role = 'operator'")

    assert browser.get("/access/users").status_code == 403
    for path in ("invite", "withdraw", "reset", "role", "remove"):
        assert browser.post(f"/access/users/{path}", {"name": "hanako", "role": "administrator"}).status_code == 403
    assert roles(services) == {"hanako": Role.OPERATOR}
    assert "/access/users" not in browser.get("/settings").text


@HTMX
def test_a_session_that_was_left_open_needs_the_password_again(
    browser: Browser, services: Services, ken: Account, htmx: bool
) -> None:
    with services.database.writing() as write:
        write.run("UPDATE sessions SET opened_at = seen_at, proven_at = '2026-01-01T00:00:00.000Z'")
    form = {"name": "ken", "role": "viewer"}

    asked = browser.post("/access/users/role", form, htmx=htmx)
    before = roles(services)["ken"]
    done = browser.post("/access/users/role", {**form, "step_up_password": PASSWORD}, htmx=htmx)

    assert asked.status_code == 422
    [name] = re.findall(r'name="step_up_password"[^>]* form="(role-\w+)"', asked.text)
    [chosen] = re.findall(rf'id="{name}".*?<option value="(\w+)" selected>', asked.text, re.DOTALL)
    assert (before, chosen, done.status_code) == (Role.OPERATOR, "viewer", 303)
    assert roles(services)["ken"] is Role.VIEWER
