"""Takes the pictures of the documentation from a panel that runs: `python -m tests.browser.pictures`."""

from __future__ import annotations

import os
import tempfile
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copy

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from werkzeug.serving import make_server

from examples.host_app.app import create_app
from panel import clock
from panel.alerts.seen.examination import examine_asked
from panel.checks.examinations.examination import Conditions
from panel.config import KEY_NAME, Config
from panel.home import DATABASE_NAME
from panel.services import Services, open_services
from tests.browser.conftest import ACCOUNT, ACCOUNT_PASSWORD, FLAGS, RECIPIENT, sign_in
from tests.browser.palette import light
from tests.support.actors import actor
from tests.support.dns_server import DnsServer
from tests.support.mail import mail
from tests.support.needs import find
from tests.support.paths import DOCS
from tests.support.receiver import receiving
from tests.support.servers import PASSWORD, USER, Authority, Loop, SmtpServer
from tests.support.serving import Serving
from tests.support.waiting import wait_until

FOLDER = DOCS / "pictures"
WIDTH = 1280
TIMEZONE = "Asia/Tokyo"
ZONE_OF_SENDER = {
    ("example.co.jp", "MX"): ["10 mx.example.co.jp."],
    ("mx.example.co.jp", "A"): ["203.0.113.9"],
    ("example.co.jp", "TXT"): ['"v=spf1 ip4:198.51.100.0/24 -all"'],
    ("mail._domainkey.example.co.jp", "TXT"): ['"v=DKIM1; k=rsa; p=MIGfMA0G"'],
}
SHOWN = {
    "ja": {"from_name": "活動報告", "save": "設定", "subject": "活動報告 第3週", "told": "運用チーム"},
    "en": {"from_name": "Activity report", "save": "Save", "subject": "Activity report, week 3", "told": "Operators"},
}
RECIPIENTS = [f"{name}@example.net" for name in ("suzuki", "yamada", "nakamura", "yoshida")]
REFUSED = (
    ("ito@example.org", "failed", "550 5.1.1 <ito@example.org>: Recipient address rejected: User unknown"),
    ("sato@example.com", "deferred", "451 4.7.1 Greylisted, try again in 5 minutes"),
)


@dataclass(frozen=True, slots=True)
class Camera:
    """A window of the panel in one language, and a blank one that makes its pictures light."""

    page: Page
    blank: Page
    address: str
    language: str

    @property
    def words(self) -> dict[str, str]:
        """Give what is typed and pressed in this language."""
        return SHOWN[self.language]

    def go(self, path: str) -> None:
        """Open a page of the panel."""
        self.page.goto(self.address + path)

    def take(self, name: str, *, height: int = 800) -> None:
        """Take the top of the page, or all of it where that is less."""
        self.page.evaluate("window.scrollTo(0, 0); document.activeElement.blur()")
        whole = int(self.page.evaluate("document.documentElement.scrollHeight"))
        self.page.set_viewport_size({"width": WIDTH, "height": min(height, whole)})
        picture = self.page.screenshot(animations="disabled")
        (FOLDER / f"{name}.{self.language}.png").write_bytes(light(self.blank, picture))
        self.page.set_viewport_size({"width": WIDTH, "height": 1000})


def take_outbox(camera: Camera, services: Services, server: SmtpServer) -> None:
    """Look at mail while a worker sends it: one recipient does not exist, another one is put off."""
    page, subject = camera.page, camera.words["subject"]
    begun = len(server.messages)
    camera.go("/outbox")
    for recipient, state, reply in REFUSED:
        server.replies["RCPT"] = reply
        enqueue(services, recipient, subject)
        page.wait_for_selector(f"[data-state={state}]", timeout=30_000)
    server.replies.clear()
    for recipient in RECIPIENTS:
        enqueue(services, recipient, subject)
    server.wait_for(begun + 2, 60)
    page.reload()
    camera.take("outbox")
    page.click("[data-state=failed] a")
    page.wait_for_selector("#message")
    camera.take("message")


def enqueue(services: Services, recipient: str, subject: str) -> None:
    services.outbox.enqueue(mail(recipient, subject=subject), by=actor(via="api"), now=clock.now())


def take_settings(camera: Camera, port: int) -> None:
    """Go the way of an administrator and take a picture of each state."""
    page = camera.page
    sign_in(page, camera.address)
    camera.take("first-run", height=620)
    take_filled(camera)
    camera.go("/settings/edit")
    page.fill("#from_address", "report@example.co.jp")
    page.fill("#from_name", camera.words["from_name"])
    page.fill("#smtp_host", "localhost")
    page.fill("#smtp_port", str(port))
    page.fill("#smtp_user", USER)
    page.fill("#send_interval_ms", "6000")
    page.click("#part-advanced summary")
    page.fill("#ca_certificate", AUTHORITY.pem)
    page.click("#part-advanced summary")
    page.fill("#recipient", RECIPIENT)
    for password, outcome in (("wrong", "failure"), (PASSWORD, "success")):
        page.fill("#smtp_password", password)
        page.click("#trial-go")
        page.wait_for_selector(f"[data-outcome={outcome}]")
        camera.take(f"edit-{outcome}")
    page.click(f".bar button:has-text('{camera.words['save']}')")
    page.wait_for_selector("#settings:not(:has(#settings-form))")


def take_diagnosis(camera: Camera, services: Services) -> None:
    """Look at what was found, by a DNS that knows the sender's domain, and at the settings that were saved."""
    with DnsServer(ZONE_OF_SENDER) as names:
        looking = replace(services, config=replace(services.config, resolver=names.address))
        examine_asked(looking, Conditions("203.0.113.7", ("mail",)), by=actor(ACCOUNT))
    camera.go("/diagnosis")
    camera.take("diagnosis")
    camera.go("/settings")
    camera.take("detail", height=900)


def take_filled(camera: Camera) -> None:
    """Look at the form when a mail service has filled in its values, in a tab that is closed then."""
    page = camera.page.context.new_page()
    page.goto(f"{camera.address}/settings/edit?preset=gmail")
    page.fill("#from_address", "report@example.co.jp")
    page.fill("#from_name", camera.words["from_name"])
    replace(camera, page=page).take("edit")
    page.close()


def take_alerts(camera: Camera, services: Services) -> None:
    """Look at mail that is held since somebody has saved a wrong password, and at who was told of it."""
    page = camera.page
    with receiving() as receiver:
        camera.go("/alerts/new?kind=webhook")
        page.fill("#name", camera.words["told"])
        page.fill("#url", receiver.url)
        page.click("#destination-form button.go")
        page.click("#test-button-1")
        receiver.wait_for(1)
        services.thresholds.set({"held.minutes": "0"}, by=actor(), now=clock.now())
        change_password(services)
        enqueue(services, RECIPIENTS[0], camera.words["subject"])
        receiver.wait_for(2, 60)
        wait_until(lambda: services.destinations.list()[0].delivered_at)
    camera.go("/alerts")
    camera.take("alerts", height=900)
    camera.go("/settings")
    camera.take("held")


def change_password(services: Services) -> None:
    current = services.settings.current()
    wrong = replace(current.settings, smtp_password="wrong")
    services.settings.save(wrong, base=current.number, by=actor(ACCOUNT), now=clock.now())


def copied(services: Services, home: Path) -> Path:
    """Give the groupware a home of its own with the same settings: what it sends is in nobody else's pictures."""
    home.mkdir(mode=0o700)
    services.outbox.copy_to(home / DATABASE_NAME)
    copy(services.config.key_path, home / KEY_NAME)
    return home


def take_host_app(browser: Browser, blank: Page, home: Path) -> None:
    """Look at the panel within the groupware of the examples, when a notice has left; that one speaks Japanese."""
    app = create_app(Config(home=home))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_page(locale="ja", viewport={"width": WIDTH, "height": 900})
    with app.extensions["mailer"].working():
        page.goto(f"http://127.0.0.1:{server.port}/sign-in")
        page.fill("#member", "sato")
        page.fill("#password", "sato-no-aikotoba")
        page.click("main button")
        page.fill("#title", "防災訓練")
        page.fill("#text", "金曜日の10時に始めます。")
        page.click("main button")
        page.click("nav a >> nth=1")
        page.wait_for_selector(".verdict.ok", timeout=60_000)
        Camera(page, blank, "", "ja").take("host-app", height=900)
    server.shutdown()


AUTHORITY = Authority.make()


def main() -> None:
    """Take the pictures in both languages, each from a panel of its own."""
    FOLDER.mkdir(exist_ok=True)
    os.environ["TZ"] = TIMEZONE
    with Loop() as loop, sync_playwright() as playwright:
        server = SmtpServer().start(loop, authority=AUTHORITY)
        browser = playwright.chromium.launch(executable_path=find("chromium"), args=FLAGS)
        for language in SHOWN:
            with tempfile.TemporaryDirectory() as folder:
                take_language(browser, language, server, Path(folder))
        browser.close()


def take_language(browser: Browser, language: str, server: SmtpServer, folder: Path) -> None:
    """Take all pictures of one language."""
    services = open_services(Config(home=folder / "home"))
    services.accounts.add(ACCOUNT, ACCOUNT_PASSWORD, by=actor(), now=clock.now())
    blank = browser.new_page()
    with Serving(folder / "home", variables={"TZ": TIMEZONE}) as serving:
        size: ViewportSize = {"width": WIDTH, "height": 1000}
        page = browser.new_context(locale=language, timezone_id=TIMEZONE, viewport=size).new_page()
        camera = Camera(page, blank, serving.address, language)
        take_settings(camera, server.port)
        take_diagnosis(camera, services)
        if language == "ja":
            take_host_app(browser, blank, copied(services, folder / "groupware"))
        take_outbox(camera, services, server)
        take_alerts(camera, services)


if __name__ == "__main__":
    main()
