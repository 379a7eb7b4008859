"""Which of two servers mail leaves by, on every page that tells of mail: amber as long as it is the second."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from panel import clock
from panel.access.rights import Role
from panel.mail.smtp.protocol import Failure, Reply, Stage
from panel.outbox.pace.route import Choice, Way, Which
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.rows import move
from tests.web.conftest import PASSWORD, SETTINGS, Browser
from tests.web.outbox.conftest import put

TWO = replace(
    SETTINGS, second=True, second_after_minutes=0, second_smtp_host="mail2.example.org", second_smtp_auth=False
)
REFUSED = Failure(Stage.AUTH, "login_refused", Reply(535, ("5.7.8 No such login",)))
PAGES = ["/settings", "/outbox", "/settings/status"]


@pytest.fixture
def two(services: Services) -> Services:
    """Settings with two servers, the first of which takes mail."""
    services.settings.save(TWO, base=0, by=actor("ken"), now=clock.now())
    return services


@pytest.fixture
def fallen(two: Services) -> Services:
    """Settings with two servers, the first of which refuses the login."""
    two.pace.hold(REFUSED, at=clock.instant(), version=1)
    assert two.route.way is Way.SECOND
    return two


def server_of(page: str) -> str:
    found = re.search(r'id="leaving" data-server="(\w+)"', page)
    return found[1] if found else ""


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("htmx", [False, True])
def test_while_mail_leaves_by_the_second_each_page_says_so_and_what_is_wrong_with_the_first(
    browser: Browser, fallen: Services, path: str, *, htmx: bool
) -> None:
    shown = browser.get(path, htmx=htmx).text

    assert server_of(shown) == "second"
    assert "because the first server takes none" in shown
    assert 'data-cause="login_refused"' in shown
    assert "535 5.7.8 No such login" in shown
    assert "It is not tried again by itself" in shown
    assert re.search(r'id="standing" data-title="⚠ By the second server \| "[^>]*><span class="dot warn"', shown)


def test_the_title_and_the_menu_of_every_page_say_it(browser: Browser, fallen: Services) -> None:
    for path in ("/settings", "/outbox", "/history", "/diagnosis/causes", "/account"):
        shown = browser.get(path).text
        assert "<title>⚠ By the second server | " in shown, path
        assert '<span class="vh"> (By the second server)</span>' in shown, path


def test_a_second_server_that_stands_by_is_told_in_the_outbox_alone(browser: Browser, two: Services) -> None:
    assert server_of(browser.get("/settings").text) == ""
    assert server_of(browser.get("/outbox").text) == "first"
    assert "By the second server" not in browser.get("/outbox").text


def test_what_holds_the_second_is_mended_on_its_own_page(browser: Browser, fallen: Services) -> None:
    fallen.pace.hold(REFUSED, at=clock.instant(), version=1, which=Which.SECOND)

    for path in ("/settings", "/outbox"):
        assert re.search(
            r'href="/settings/second#second_smtp_password">[^\n]*Edit and check', browser.get(path).text, re.DOTALL
        ), path


@pytest.mark.parametrize(
    ("minutes", "after"),
    [(0, "As soon as that"), (1, "After a minute in which that"), (10, "After 10 minutes in which")],
)
def test_the_time_until_the_second_is_said_as_one_says_it(
    browser: Browser, two: Services, minutes: int, after: str
) -> None:
    two.settings.save(replace(TWO, second_after_minutes=minutes), base=1, by=actor("ken"), now=clock.now())

    assert after in browser.get("/outbox").text


def test_what_waits_for_the_second_is_said_to_leave_by_it(browser: Browser, two: Services) -> None:
    two.settings.save(replace(TWO, second_after_minutes=10), base=1, by=actor("ken"), now=clock.now())
    two.heartbeats.beat("1-a", message=None, now=clock.now())
    put(two)
    two.pace.hold(REFUSED, at=clock.instant(), version=2)

    shown = browser.get("/settings").text

    assert "then it leaves by the second server" in shown
    assert "then the server is tried again" not in shown


def test_a_fall_back_is_no_red_verdict_and_hides_none(browser: Browser, fallen: Services) -> None:
    shown = browser.get("/settings").text
    assert 'data-verdict="second"' in shown
    assert "Mail is going out by the second server" in shown

    fallen.pace.hold(REFUSED, at=clock.instant(), version=1, which=Which.SECOND)

    shown = browser.get("/settings").text
    assert 'data-verdict="bad"' in shown
    assert server_of(shown) == "second"  # what is wrong with the first stays beside what holds the second


def test_a_page_that_polls_hears_of_the_switch(browser: Browser, two: Services) -> None:
    seen = re.search(r"/settings/status\?seen=([\w-]+)", browser.get("/settings").text)
    assert seen
    assert browser.get(f"/settings/status?seen={seen[1]}", htmx=True).status_code == 204

    two.pace.hold(REFUSED, at=clock.instant(), version=1)

    told = browser.get(f"/settings/status?seen={seen[1]}", htmx=True)
    assert (told.status_code, server_of(told.text)) == (200, "second")
    assert '<div id="say" hx-swap-oob="innerMorph">Mail is going out by the second server</div>' in told.text


def test_who_may_not_read_replies_sees_what_is_wrong_and_no_button(stranger: Browser, fallen: Services) -> None:
    fallen.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
    fallen.accounts.add("mio", PASSWORD, role=Role.VIEWER, by=actor(), now=clock.now())
    stranger.get("/login")
    stranger.post("/login", {"name": "mio", "password": PASSWORD})

    shown = stranger.get("/outbox").text

    assert server_of(shown) == "second"
    assert 'data-cause="login_refused"' in shown
    assert "No such login" not in shown
    assert 'name="server"' not in shown


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(
    ("choice", "state"), [("second", "second_by_hand"), ("first", "first_by_hand"), ("auto", "first")]
)
def test_a_server_is_chosen_by_a_button_and_back(
    browser: Browser, two: Services, choice: str, state: str, *, htmx: bool
) -> None:
    two.choose_server(Choice.FIRST if choice == "second" else Choice.SECOND, actor("ken"))
    assert f'name="server" value="{choice}"' in browser.get("/outbox").text

    pressed = browser.post("/outbox/server", {"server": choice, "from_settings": "yes"}, htmx=htmx)

    assert (pressed.status_code, pressed.headers["Location"]) == (303, "/settings")
    assert two.route.choice is Choice(choice)
    assert server_of(browser.get("/outbox").text) == state
    assert f'name="server" value="{choice}"' not in browser.get("/outbox").text


@pytest.mark.parametrize("choice", ["", "third", "SECOND"])
def test_another_choice_changes_nothing(browser: Browser, two: Services, choice: str) -> None:
    browser.get("/outbox")

    browser.post("/outbox/server", {"server": choice})

    assert two.route.choice is Choice.AUTO
    assert "Choose the first server, the second, or automatically." in browser.get("/outbox").text


def test_without_a_second_server_there_is_nothing_to_choose(
    browser: Browser, services: Services, saved: Settings
) -> None:
    assert server_of(browser.get("/outbox").text) == ""

    browser.post("/outbox/server", {"server": "second"})

    assert "There is no second server." in browser.get("/outbox").text
    assert "By the second server" not in browser.get("/outbox").text


def test_a_hold_that_has_not_lasted_says_when_mail_would_leave_by_the_second(
    browser: Browser, services: Services
) -> None:
    services.settings.save(replace(TWO, second_after_minutes=30), base=0, by=actor("ken"), now=clock.now())
    services.pace.hold(REFUSED, at=clock.instant(), version=1)

    shown = browser.get("/outbox").text

    assert server_of(shown) == "first"
    assert "If this goes on, mail leaves by mail2.example.org from about" in shown


def test_a_message_that_left_by_the_second_is_marked(browser: Browser, fallen: Services) -> None:
    number = put(fallen, "Report")
    with fallen.database.writing() as write:
        move(write, number, "sent", attempts=1, server="second", ended_at=clock.stamp(clock.now()), ms=12, version=1)

    assert 'data-server="second">by the second server' in browser.get("/outbox").text
    assert 'data-server="second">by the second server' in browser.get(f"/outbox/{number}").text


def test_a_message_that_the_first_may_have_says_what_it_waits_for(browser: Browser, fallen: Services) -> None:
    number = put(fallen, "Report")
    until = "2099-01-01T00:00:00.000Z"
    with fallen.database.writing() as write:
        move(write, number, "deferred", uncertain=1, attempts=1, cause="worker_lost", bound="first", bound_until=until)

    shown = browser.get(f"/outbox/{number}").text

    assert "The first server may have this message already, so it waits for that server until about 2099-01-01" in shown
    assert server_of(shown) == "second"
