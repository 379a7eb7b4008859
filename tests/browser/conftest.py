"""A real Chromium before a real panel that talks to a real mail server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Frame, Page, sync_playwright

from panel import clock
from panel.config import Config
from panel.services import Services, open_services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.needs import needs
from tests.support.servers import Authority, SmtpServer, settings_for
from tests.support.serving import Serving

ACCOUNT, ACCOUNT_PASSWORD = "hanako", "correct horse battery"
RECIPIENT = "taro@example.net"
OURS = ("127.0.0.1", "localhost", "portal.example.org", "panel.example.net")
EXPECTED = ("the server responded with a status of 4", "net::ERR_INTERNET_DISCONNECTED", "htmx:error")
EXPECTED += ("Blocked autofocusing", 'violates the following Content Security Policy directive: "frame-ancestors')
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync", "--test-third-party-cookie-phaseout"]
FLAGS += [
    "--host-resolver-rules=MAP portal.example.org 127.0.0.1, MAP panel.example.net 127.0.0.1, MAP * ~NOTFOUND, "
    "EXCLUDE localhost, EXCLUDE 127.0.0.1"
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser, started once."""
    program = needs("chromium", "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def services(home: Path) -> Services:
    """The panel's home, where an account is and nothing is set up."""
    services = open_services(Config(home=home))
    services.accounts.add(ACCOUNT, ACCOUNT_PASSWORD, by=actor(), now=clock.now())
    return services


@pytest.fixture
def panel(services: Services, home: Path) -> Iterator[Serving]:
    with Serving(home) as serving:
        yield serving


@pytest.fixture
def right(submission: SmtpServer, authority: Authority) -> Settings:
    """Settings that are right for the mail server of the tests."""
    return settings_for(submission, authority)


@pytest.fixture
def saved(services: Services, right: Settings) -> Settings:
    """The same with a wrong password, saved as version 1."""
    wrong = replace(right, smtp_password="wrong")
    services.settings.save(wrong, base=0, by=actor("ken"), now=clock.now())
    return wrong


Open = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Open]:
    """Open windows; none may break the page's own rules, or ask anybody else for anything."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(each in message.text for each in EXPECTED):
            complaints.append(message.text)

    def opened(language: str = "en", width: int = 1280, *, scripts: bool = True, dark: bool = False) -> Page:
        context = chromium.new_context(
            locale=language,
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            ignore_https_errors=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", complain)
        page.on("pageerror", lambda fault: complaints.append(str(fault)))
        page.on("request", lambda request: _refuse_elsewhere(request.url, complaints))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def _refuse_elsewhere(url: str, complaints: list[str]) -> None:
    if urlsplit(url).hostname not in (*OURS, None):
        complaints.append(f"asked {url}")


@pytest.fixture
def page(saved: Settings, panel: Serving, open_page: Open) -> Page:
    """The form, open."""
    page = open_page()
    sign_in(page, panel.address)
    page.goto(f"{panel.address}/settings/edit")
    return page


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/login")
    page.fill("[name=name]", ACCOUNT)
    page.fill("[name=password]", ACCOUNT_PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/settings")


def fits(page: Page | Frame) -> bool:
    """Say whether nothing sticks out of the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def expect_focus(page: Page, what: str) -> None:
    """Wait until the focus is on an id, or on an element without one: it moves a moment after the page has changed."""
    page.wait_for_function(
        "what => [document.activeElement.id, document.activeElement.localName].includes(what)", arg=what
    )
