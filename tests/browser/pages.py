"""The pages and their states, in one table: what each is called, where it is, and how one gets there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.browser.conftest import RECIPIENT, sign_in
from tests.browser.scenes import Stage

Act = Callable[[Page, Stage], None]


def look(page: Page, stage: Stage) -> None:
    """Do nothing: the page shows by itself what there is to see."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page in a state; `path` names what is in `Stage.places`, and `act` is what is done there."""

    name: str
    path: str
    act: Act = look
    signed_in: bool = True

    @property
    def by_itself(self) -> bool:
        """Say whether nothing is done there."""
        return self.act is look

    def reach(self, page: Page, stage: Stage) -> None:
        """Go there and do what is done there."""
        page.goto(stage.address + self.path.format(**stage.places))
        self.act(page, stage)


def press(where: str, then: str) -> Act:
    """Press something, and wait for what is to be seen then."""

    def act(page: Page, stage: Stage) -> None:
        page.click(where)
        expect(page.locator(then).first).to_be_visible()

    return act


def _refuse_login(page: Page, stage: Stage) -> None:
    page.fill("[name=name]", "nobody")
    page.fill("[name=password]", "wrong")
    page.press("[name=password]", "Enter")
    expect(page.locator(".error, [aria-invalid=true], #errors, .note.bad").first).to_be_visible()


def _choose_oauth(page: Page, stage: Stage) -> None:
    page.check("#smtp_login-oauth2")
    page.select_option("#oauth_provider", "microsoft")
    expect(page.locator("#oauth_tenant")).to_be_visible()


def _make_token(page: Page, stage: Stage) -> None:
    page.fill("#name", "shop")
    page.click("form.card .go")
    expect(page.locator("#made-token")).to_be_visible()


def _invite(page: Page, stage: Stage) -> None:
    page.fill("#name", "jiro")
    page.click("#invite-form .go")
    expect(page.locator("#made-link")).to_be_visible()


def _test(outcome: str, **typed: str) -> Act:
    def act(page: Page, stage: Stage) -> None:
        for name, text in typed.items():
            page.fill(f"#{name}", text)
        page.fill("#recipient", RECIPIENT)
        page.click("#trial-go")
        expect(page.locator(f"[data-outcome={outcome}]")).to_be_visible()

    return act


def _leave_running(page: Page, stage: Stage) -> None:
    """Test with a server that says nothing after its greeting."""
    page.uncheck("#smtp_auth")
    page.uncheck("#tls")
    page.fill("#smtp_port", str(stage.silent.port))
    _test("running")(page, stage)
    expect(page.locator("[data-stage=envelope][data-status=running]")).to_be_visible()


def _stop(page: Page, stage: Stage) -> None:
    _leave_running(page, stage)
    page.click("#trial-go")
    expect(page.locator("[data-outcome=stopped]")).to_be_visible()


def _explain(page: Page, stage: Stage) -> None:
    page.fill("#explain-text", "535 5.7.8 authentication failed")
    page.click("#explain button")
    expect(page.locator("#explanation [data-cause]")).to_be_visible()


def _tick(page: Page, stage: Stage) -> None:
    page.check(f"#message-{stage.places['failed']} input[type=checkbox]")
    page.check(f"#message-{stage.places['long']} input[type=checkbox]")
    expect(page.locator(".tools.bulk")).to_be_visible()


def _offer(page: Page, stage: Stage) -> None:
    _tick(page, stage)
    page.click(".tools.bulk [value=retry]")
    expect(page.locator("#sure")).to_be_visible()


NEW = (
    Shown("login-without-an-account", "/login", signed_in=False),
    Shown("setup", "/setup?token={setup}", signed_in=False),
    Shown("setup-link-used-up", "/setup?token=other", signed_in=False),
)
FRESH = (
    Shown("login", "/login", signed_in=False),
    Shown("login-refused", "/login", _refuse_login, signed_in=False),
    Shown("invitation", "/invitation?token={invitation}", signed_in=False),
    Shown("oauth-ended", "/oauth2/callback?state=other", signed_in=False),
    Shown("oauth-without-a-ticket", "/oauth2/begin?ticket=other", signed_in=False),
    Shown("first-run", "/settings"),
    Shown("edit-fresh", "/settings/edit"),
    Shown("edit-filled", "/settings/edit?preset=gmail"),
    Shown("edit-oauth", "/settings/edit", _choose_oauth),
    Shown("edit-errors", "/settings/edit", press(".bar button.go", "#errors")),
    Shown("outbox-empty", "/outbox"),
    Shown("diagnosis-before", "/diagnosis"),
    Shown("alerts-empty", "/alerts"),
    Shown("destination-new", "/alerts/new?kind=webhook"),
    Shown("destination-errors", "/alerts/new?kind=mail", press("#destination-form button.go", "#errors")),
    Shown("history-empty", "/history"),
    Shown("tokens-empty", "/access"),
    Shown("token-made", "/access", _make_token),
    Shown("users", "/access/users"),
    Shown("user-invited", "/access/users", _invite),
    Shown("account", "/account"),
    Shown("audit", "/audit"),
    Shown("causes", "/diagnosis/causes"),
    Shown("causes-filtered", "/diagnosis/causes?q=greylisted"),
    Shown("help", "/help"),
    Shown("help-found", "/help?q=TLS"),
    Shown("help-page", "/help/settings"),
    Shown("not-found", "/nowhere"),
)
WORKS = (
    Shown("detail-ok", "/settings"),
    Shown("edit", "/settings/edit"),
    Shown("edit-test-passed", "/settings/edit", _test("success")),
    Shown("edit-test-failed", "/settings/edit", _test("failure", smtp_password="wrong")),
    Shown("edit-test-stopped", "/settings/edit", _stop),
    Shown("trial", "/settings/trials/1"),
    Shown("second-off", "/settings/second"),
    Shown("second-on", "/settings/second", press("#second", "#second_smtp_host")),
    Shown("rules", "/settings/rules"),
    Shown("history", "/history"),
    Shown("history-version", "/history/1"),
    Shown("alerts", "/alerts"),
    Shown("destination-edit", "/alerts/1/edit"),
    Shown("tokens", "/access"),
    Shown("outbox-one", "/outbox"),
    Shown("edit-test-running", "/settings/edit", _leave_running),  # the last, as it runs on
)
BUSY = (
    Shown("detail-paused", "/settings"),
    Shown("outbox", "/outbox"),
    Shown("outbox-ticked", "/outbox", _tick),
    Shown("outbox-offer", "/outbox", _offer),
    Shown("outbox-failed", "/outbox?state=failed"),
    Shown("outbox-nothing-found", "/outbox?q=nothing-of-the-kind"),
    Shown("message-waiting", "/outbox/{queued}"),
    Shown("message-sent", "/outbox/{sent}"),
    Shown("message-failed", "/outbox/{failed}"),
    Shown("message-deferred", "/outbox/{deferred}"),
    Shown("message-cancelled", "/outbox/{cancelled}"),
    Shown("message-uncertain", "/outbox/{uncertain}"),
    Shown("message-long", "/outbox/{long}"),
    Shown("message-text", "/outbox/{html}"),
    Shown("message-html", "/outbox/{html}?show=html"),
    Shown("diagnosis", "/diagnosis"),
    Shown("explain", "/diagnosis/explain"),
    Shown("diagnosis-explained", "/diagnosis", _explain),
    Shown("message-undo", "/outbox/{queued}", press("#cancel", "#undo")),
)
HELD = (
    Shown("detail-held", "/settings"),
    Shown("outbox-held", "/outbox"),
    Shown("alerts-held", "/alerts"),
)
SECOND = (
    Shown("detail-second", "/settings"),
    Shown("outbox-second", "/outbox"),
    Shown("second", "/settings/second"),
)
PAGES: dict[str, tuple[Shown, ...]] = {
    "nobody": NEW,
    "fresh": FRESH,
    "works": WORKS,
    "busy": BUSY,
    "held": HELD,
    "second": SECOND,
}


def tour(page: Page, stage: Stage, pages: tuple[Shown, ...], each: Callable[[Shown], None]) -> None:
    """Show one page after the other, those for everybody first."""
    entered = False
    for shown in sorted(pages, key=lambda one: one.signed_in):
        if shown.signed_in and not entered:
            sign_in(page, stage.address)
            entered = True
        shown.reach(page, stage)
        each(shown)
    page.goto("about:blank")  # or what updates itself would ask on
