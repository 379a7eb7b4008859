"""Every control pressed in quick succession with another: what the page says at the end is what the data file holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Page, expect

from panel import clock
from panel.access.rights import Scope
from panel.outbox.state import State
from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import RECIPIENT, Open, sign_in
from tests.browser.held import Held
from tests.support.actors import actor
from tests.support.servers import SmtpServer
from tests.support.serving import Serving
from tests.web.outbox.conftest import fail, put

REFUSED, GREYLISTED = "535 5.7.8 Authentication failed", "451 4.7.1 Greylisted"


@dataclass(frozen=True)
class Race:
    """A page, what is pressed on it one after the other while no answer comes, and what must be true at the end."""

    page: str
    held: str
    presses: tuple[Callable[[Page], None], ...]
    true: Callable[[Page, Services], None]


def click(where: str) -> Callable[[Page], None]:
    return lambda page: page.click(where)


def revoke(name: str) -> tuple[Callable[[Page], None], Callable[[Page], None]]:
    """Ask for it, and say yes."""
    return click(f"summary[aria-label='Revoke {name}']"), click(f"button:has-text('Revoke {name}')")


def fill(where: str, text: str) -> Callable[[Page], None]:
    return lambda page: page.fill(where, text)


def message_is_shown(page: Page, services: Services) -> None:
    """The state and the recipients of the message are those of the data file, and it was put back once."""
    row = services.outbox.get(1)
    assert row
    assert row.state == "queued"
    expect(page.locator("#message")).to_have_attribute("data-state", row.state)
    expect(page.locator("#message")).to_contain_text(", ".join(each.address for each in row.recipients))
    expect(page.locator("#retry")).to_have_count(0)


def one_token_more(page: Page, services: Services) -> None:
    """The token that is shown, this once, is one that lets in, and there is no second one."""
    valid = [each for each in services.tokens.list() if not each.revoked_at]
    assert sorted(each.name for each in valid) == ["first", "second", "shop"]
    assert services.tokens.accept(page.locator("#made-token").inner_text(), clock.now())
    expect(page.locator("[data-token] [id^=revoke] button")).to_have_count(len(valid))


def first_is_revoked(page: Page, services: Services) -> None:
    """What can be revoked is what is valid; the second press was not lost in silence: its button is there still."""
    valid = {each.id for each in services.tokens.list() if not each.revoked_at}
    assert len(valid) == 1
    shown = page.locator("[data-token]:has(button)")
    expect(shown).to_have_count(1)
    assert {each.get_attribute("data-token") for each in shown.all()} == valid


def version_is(number: int) -> Callable[[Page, Services], None]:
    def true(page: Page, services: Services) -> None:
        expect(page.locator("#diff-h")).to_contain_text(f"version {number}", ignore_case=True)
        expect(page.locator("#versions [aria-current=true]")).to_have_id(f"version-{number}")
        expect(page).to_have_url(f"{page.url.partition('/history')[0]}/history/{number}")

    return true


def late_answer_is_dropped(where: str, typed: str, wrong: str) -> Callable[[Page, Services], None]:
    def true(page: Page, services: Services) -> None:
        expect(page.locator("#say-error")).to_contain_text("You changed the form before the answer came")
        expect(page.locator(where)).to_have_value(typed)
        expect(page.locator(wrong)).to_have_count(0)

    return true


def list_is(state: str) -> Callable[[Page, Services], None]:
    def true(page: Page, services: Services) -> None:
        expect(page.locator(f"#filter-{state}")).to_have_attribute("aria-current", "true")
        expect(page.locator(f"#outbox [data-message]:not([data-state={state}])")).to_have_count(0)
        assert f"state={state}" in page.url
        expect(page.locator(f"#filter-{state} .num")).to_have_text(str(services.outbox.counts().by_state[State(state)]))

    return true


def is_resumed(page: Page, services: Services) -> None:
    assert services.database.row("SELECT paused_at FROM pace")["paused_at"] is None
    expect(page.locator("#pause")).to_have_text("Pause sending")


def detail_is_shown(page: Page, services: Services) -> None:
    expect(page.locator("#settings-form")).to_have_count(0)
    expect(page.locator("#settings h1")).to_be_visible()
    assert page.url.endswith("/settings")
    current = services.settings.current()
    assert current.settings.from_name != "Never saved"


RACES = {
    "send again, twice": Race("/outbox/1", "**/outbox/1/*", (click("#retry"), click("#retry")), message_is_shown),
    "send again, then correct": Race(
        "/outbox/1",
        "**/outbox/1/*",
        (click("#retry"), fill("#recipient", "jiro@example.net"), click("#correct")),
        message_is_shown,
    ),
    "correct, then send again": Race(
        "/outbox/1",
        "**/outbox/1/*",
        (fill("#recipient", "jiro@example.net"), click("#correct"), click("#retry")),
        message_is_shown,
    ),
    "a token, twice": Race(
        "/access",
        "**/access/tokens**",
        (fill("#name", "shop"), click("form.card .go"), click("form.card .go")),
        one_token_more,
    ),
    "a token, then revoke": Race(
        "/access",
        "**/access/tokens**",
        (fill("#name", "shop"), click("form.card .go"), *revoke("first")),
        one_token_more,
    ),
    "revoke, twice": Race(
        "/access",
        "**/access/tokens/**",
        (*revoke("first"), *revoke("second")),
        first_is_revoked,
    ),
    "do not send, twice": Race(
        "/outbox/2",
        "**/outbox/2/cancel",
        (click("#cancel"), click("#cancel")),
        lambda page, _: expect(page.locator("#message")).to_have_attribute("data-state", "cancelled"),
    ),
    "versions": Race("/history", "**/history/*", (click("#version-3"), click("#version-2")), version_is(2)),
    "address search, then a service": Race(
        "/settings/edit",
        "**/settings/preset",
        (
            fill("#from_address", "someone@gmail.com"),
            click("#find-go"),
            click("#service-sendgrid"),
        ),
        lambda page, _: expect(page.locator("#smtp_host")).to_have_value("smtp.sendgrid.net"),
    ),
    "address search of another address": Race(
        "/settings/edit",
        "**/settings/preset",
        (fill("#from_address", "a@gmail.com"), click("#find-go"), fill("#from_address", "a@example.org")),
        late_answer_is_dropped("#from_address", "a@example.org", "#find-note:has-text('gmail')"),
    ),
    "explain another reply": Race(
        "/diagnosis/explain",
        "**/diagnosis/explain",
        (fill("#explain-text", REFUSED), click("#explain button"), fill("#explain-text", GREYLISTED)),
        late_answer_is_dropped("#explain-text", GREYLISTED, "#explain [data-cause]"),
    ),
    "checks with another address": Race(
        "/diagnosis",
        "**/diagnosis",
        (fill("#address", "here"), click("#dx button"), fill("#address", "192.0.2.2")),
        late_answer_is_dropped("#address", "192.0.2.2", "#address-error"),
    ),
    "filters": Race(
        "/outbox?live=0", "**/outbox?*state=*", (click("#filter-failed"), click("#filter-queued")), list_is("queued")
    ),
    "send again, then a filter": Race(
        "/outbox?live=0", "**/outbox**", (click("#retry-1"), click("#filter-queued")), list_is("queued")
    ),
    "resume, then a filter": Race(
        "/outbox?live=0", "**/outbox**", (click("#pause"), click("#filter-failed")), list_is("failed")
    ),
    "a filter, then resume": Race(
        "/outbox?live=0", "**/outbox**", (click("#filter-failed"), click("#pause")), is_resumed
    ),
    "resume, twice": Race("/outbox?live=0", "**/outbox/resume**", (click("#pause"), click("#pause")), is_resumed),
    "a hint, then out": Race(
        "/settings/edit",
        "**/settings**",
        (fill("#from_name", "Never saved"), fill("#smtp_port", "465"), click("#tls"), click("a:has-text('Cancel')")),
        detail_is_shown,
    ),
    "a service, then out": Race(
        "/settings/edit",
        "**/settings**",
        (click("#service-gmail"), click("a:has-text('Cancel')")),
        detail_is_shown,
    ),
    "a test, then out": Race(
        "/settings/edit",
        "**/settings**",
        (fill("#recipient", RECIPIENT), click("#trial-go"), click("a:has-text('Cancel')")),
        detail_is_shown,
    ),
}


@pytest.fixture
def page(panel: Serving, services: Services, saved: Settings, open_page: Open) -> Page:
    """A page of a panel with a message that failed, two tokens and three versions."""
    services.pace.pause(by=actor("ken"), now=clock.now())
    fail(services, put(services))
    put(services, "Another")
    for name in ("first", "second"):
        services.tokens.create(name, [Scope.SEND], by=actor("ken"), now=clock.now())
    for base in (1, 2):
        services.settings.save(replace(saved, from_name=f"Name {base}"), base=base, by=actor("ken"), now=clock.now())
    page = open_page()
    sign_in(page, panel.address)
    return page


QUICK = (
    "send again, then correct",
    "versions",
    "a hint, then out",
)  # one that counts first, one that counts last, a way out
ROWS = [
    pytest.param(name, newest_first, marks=() if name in QUICK and newest_first else pytest.mark.long)
    for name in RACES
    for newest_first in (False, True)
]


@pytest.mark.parametrize(("name", "newest_first"), ROWS)
def test_the_page_says_what_is_true(
    page: Page, panel: Serving, services: Services, name: str, newest_first: bool
) -> None:
    race = RACES[name]
    page.goto(panel.address + race.page)
    held = Held(page, race.held)

    for press in race.presses:
        press(page)
    held.wait()
    held.let_through(newest_first=newest_first)

    race.true(page, services)


@pytest.mark.long
@pytest.mark.parametrize("newest_first", [False, True])
def test_a_poll_that_was_asked_before_a_press_does_not_undo_it(
    page: Page, panel: Serving, services: Services, newest_first: bool
) -> None:
    page.goto(f"{panel.address}/outbox/2")
    held = Held(page, "**/outbox/2?*seen=*", "**/outbox/2/cancel")
    put(services, "So that its place is another, and the poll has something to say")
    services.settings.save(
        replace(services.settings.current().settings, from_name="New"), base=3, by=actor("ken"), now=clock.now()
    )
    held.wait()

    page.click("#cancel")
    held.wait(2)
    held.let_through(newest_first=newest_first)

    expect(page.locator("#message")).to_have_attribute("data-state", "cancelled")
    assert services.outbox.get(2).state == "cancelled"


@pytest.mark.long
@pytest.mark.parametrize("newest_first", [False, True])
def test_a_test_that_waits_is_called_off_once_whatever_its_polls_say(
    panel: Serving, services: Services, right: Settings, submission: SmtpServer, open_page: Open, newest_first: bool
) -> None:
    services.settings.save(replace(right, send_interval_ms=60_000), base=0, by=actor("ken"), now=clock.now())
    page = open_page()
    sign_in(page, panel.address)
    page.fill("#recipient", RECIPIENT)
    page.click("#trial-go")
    expect(page.locator("[data-outcome=success]")).to_be_visible()
    page.click("#trial-go")
    expect(page.locator("[data-left]")).to_be_visible()

    held = Held(page, "**/settings/trials/**")
    held.wait()
    page.click("#trial-go")
    page.click("#trial-go")
    held.wait(2)
    held.let_through(newest_first=newest_first)

    expect(page.locator("[data-outcome=stopped]")).to_be_visible()
    expect(page.locator("[data-left]")).to_have_count(0)
    assert len([each for each in held.asked if each.startswith("POST")]) == 1
    assert len(submission.messages) == 1
