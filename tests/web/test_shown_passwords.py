"""A password that is shown is plain text to the browser: none of them is sent away to have its spelling checked."""

from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser

import pytest

from panel import clock
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.web.conftest import PASSWORD, Browser


class Secrets(HTMLParser):
    """Finds each field for a password, and whether it or what stands around it says that nobody checks its spelling."""

    def __init__(self) -> None:
        super().__init__()
        self.forms = [False]
        self.found: dict[str, bool] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        unchecked = has.get("spellcheck") == "false"
        if tag == "form":
            self.forms.append(unchecked)
        if has.get("type") == "password":
            self.found[has["id"] or ""] = unchecked or self.forms[-1]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.forms.pop()


def secrets(page: str) -> dict[str, bool]:
    parser = Secrets()
    parser.feed(page)
    assert parser.found
    return parser.found


def test_no_spelling_is_checked_of_a_password_of_who_is_not_signed_in(stranger: Browser, services: Services) -> None:
    services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
    link = services.links.reset("hanako", by=actor(), now=clock.now())

    followed = stranger.client.get(f"/invitation?token={link}", follow_redirects=True)

    assert secrets(stranger.get("/login").text) == {"password": True}
    assert secrets(followed.text) == {"password": True}


@pytest.mark.parametrize("address", ["/account", "/settings/edit", "/alerts/new?kind=webhook"])
def test_no_spelling_is_checked_of_a_password(browser: Browser, saved: Settings, address: str) -> None:
    assert all(secrets(browser.get(address).text).values())


def test_no_spelling_is_checked_of_the_password_that_is_asked_for_again(browser: Browser, services: Services) -> None:
    with services.database.writing() as write:
        write.run("UPDATE sessions SET opened_at = ?", (clock.stamp(clock.now() - timedelta(hours=1)),))

    asked = browser.post("/access/tokens", {"name": "shop", "scope": "send"})

    assert [*secrets(asked.text).values()] == [True]


def test_no_spelling_is_checked_of_the_first_password(stranger: Browser, services: Services) -> None:
    token = services.setup.make_link(clock.now())

    assert secrets(stranger.get(f"/setup?token={token}").text) == {"password": True}
