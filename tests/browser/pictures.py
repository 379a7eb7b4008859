"""Takes the pictures of the documentation from a panel that runs: `python -m tests.browser.pictures`."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from shutil import copy

from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from examples.host_app.app import create_app
from panel import clock
from panel.config import KEY_NAME, Config
from panel.home import DATABASE_NAME
from panel.services import Services, open_services
from tests.browser.conftest import ACCOUNT, ACCOUNT_PASSWORD, FLAGS, RECIPIENT, sign_in
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.needs import find
from tests.support.paths import DOCS
from tests.support.receiver import receiving
from tests.support.servers import PASSWORD, USER, Authority, Loop, SmtpServer
from tests.support.serving import Serving
from tests.support.waiting import wait_until

FOLDER = DOCS / "pictures"
SHOWN = {
    "ja": {"from_name": "活動報告", "save": "設定", "subject": "活動報告 第3週", "told": "運用チーム"},
    "en": {"from_name": "Activity report", "save": "Save", "subject": "Activity report, week 3", "told": "Operators"},
}
RECIPIENTS = [f"{name}@example.net" for name in ("suzuki", "yamada", "nakamura", "yoshida")]
REFUSED = (
    ("ito@example.org", "failed", "550 5.1.1 <ito@example.org>: Recipient address rejected: User unknown"),
    ("sato@example.com", "deferred", "451 4.7.1 Greylisted, try again in 5 minutes"),
)


def take(page: Page, name: str, *, height: int = 900) -> None:
    page.evaluate("window.scrollTo(0, 0)")
    page.screenshot(path=FOLDER / f"{name}.png", clip={"x": 0, "y": 0, "width": 1280, "height": height})


def take_outbox(address: str, page: Page, language: str, services: Services, server: SmtpServer) -> None:
    """Look at mail while a worker sends it: one recipient does not exist, another one is put off."""
    begun = len(server.messages)
    page.goto(f"{address}/outbox")
    for recipient, state, reply in REFUSED:
        server.replies["RCPT"] = reply
        enqueue(services, recipient, SHOWN[language]["subject"])
        page.wait_for_selector(f"[data-state={state}]", timeout=30_000)
    server.replies.clear()
    for recipient in RECIPIENTS:
        enqueue(services, recipient, SHOWN[language]["subject"])
    server.wait_for(begun + 2, 60)
    page.reload()
    take(page, f"outbox.{language}", height=1000)
    page.click("[data-state=failed] a")
    page.wait_for_selector("#message")
    take(page, f"message.{language}")


def enqueue(services: Services, recipient: str, subject: str) -> None:
    services.outbox.enqueue(mail(recipient, subject=subject), by=actor(via="api"), now=clock.now())


def take_all(address: str, page: Page, language: str, port: int) -> None:
    """Go the way of an administrator and take a picture of each state."""
    sign_in(page, address)
    take(page, f"first-run.{language}", height=620)
    page.goto(f"{address}/settings/edit")
    page.fill("#from_address", "report@example.co.jp")
    page.fill("#from_name", SHOWN[language]["from_name"])
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
        take(page, f"edit-{outcome}.{language}", height=1000)
    page.click(f".bar button:has-text('{SHOWN[language]['save']}')")
    page.wait_for_selector("#settings:not(:has(#settings-form))")
    page.reload()
    take(page, f"detail.{language}", height=1000)


def take_alerts(address: str, page: Page, language: str, services: Services, server: SmtpServer) -> None:
    """Look at mail that a server refuses, when somebody was told of it."""
    with receiving() as receiver:
        page.goto(f"{address}/alerts/new?kind=webhook")
        page.fill("#name", SHOWN[language]["told"])
        page.fill("#url", receiver.url)
        page.click("#destination-form button.go")
        page.click("#test-button-1")
        receiver.wait_for(1)
        services.thresholds.set({"held.minutes": "0"}, by=actor(), now=clock.now())
        server.replies["AUTH"] = "535 5.7.8 Authentication credentials invalid"
        enqueue(services, RECIPIENTS[0], SHOWN[language]["subject"])
        receiver.wait_for(2, 60)
        wait_until(lambda: services.destinations.list()[0].delivered_at)
    page.goto(f"{address}/alerts")
    take(page, f"alerts.{language}", height=1000)
    server.replies.clear()


def copied(services: Services, home: Path) -> Path:
    """Give the groupware a home of its own with the same settings: what it sends is in nobody else's pictures."""
    home.mkdir(mode=0o700)
    services.outbox.copy_to(home / DATABASE_NAME)
    copy(services.config.key_path, home / KEY_NAME)
    return home


def take_host_app(browser: Browser, home: Path) -> None:
    """Look at the panel within the groupware of the examples, when a notice has left."""
    app = create_app(Config(home=home))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_page(locale="ja", viewport={"width": 1280, "height": 900})
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
        take(page, "host-app.ja")
    server.shutdown()


AUTHORITY = Authority.make()


def main() -> None:
    """Take the pictures in both languages, each from a panel of its own."""
    FOLDER.mkdir(exist_ok=True)
    with Loop() as loop, sync_playwright() as playwright:
        server = SmtpServer().start(loop, authority=AUTHORITY)
        browser = playwright.chromium.launch(executable_path=find("chromium"), args=FLAGS)
        for language in SHOWN:
            with tempfile.TemporaryDirectory() as folder:
                services = open_services(Config(home=Path(folder) / "home"))
                services.accounts.add(ACCOUNT, ACCOUNT_PASSWORD, by=actor(), now=clock.now())
                with Serving(Path(folder) / "home") as serving:
                    page = browser.new_page(locale=language, viewport={"width": 1280, "height": 1000})
                    take_all(serving.address, page, language, server.port)
                    if language == "ja":
                        take_host_app(browser, copied(services, Path(folder) / "groupware"))
                    take_outbox(serving.address, page, language, services, server)
                    take_alerts(serving.address, page, language, services, server)
        browser.close()


if __name__ == "__main__":
    main()
