"""The groupware of `examples/host_app`, as its README runs it: its look, its roles, and mail that leaves through it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from panel.services import Services
from panel.settings.model import Settings
from tests.browser.conftest import RECIPIENT, Open, fits
from tests.browser.test_accessibility import violations
from tests.support.paths import ROOT
from tests.support.servers import SmtpServer
from tests.support.serving import free_port, wait_for

GREEN, GOLD = "rgb(47, 93, 67)", "rgb(232, 194, 90)"  # of the groupware


@pytest.fixture
def groupware(home: Path, services: Services, right: Settings) -> Iterator[str]:
    """The address of the groupware, in a process of its own."""
    port = free_port()
    environment = {"PATH": os.defpath, "MAIL_PANEL_HOME": str(home), "PORT": str(port), "PYTHONPATH": str(ROOT)}
    program = [sys.executable, ROOT / "examples" / "host_app" / "app.py"]
    process = subprocess.Popen(program, env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def enter(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/sign-in")
    page.fill("#member", name)
    page.fill("#password", f"{name}-no-aikotoba")
    page.click("main button")
    expect(page.locator("h1")).to_have_text("お知らせ")


def look(page: Page, selector: str) -> list[str]:
    """Give what one sees of an element, once the page has its style."""
    page.wait_for_load_state()
    names = ["color", "backgroundColor", "borderLeftColor", "fontFamily", "fontSize", "borderRadius", "padding"]
    seen: list[str] = page.eval_on_selector(
        selector, "(each, names) => names.map((name) => getComputedStyle(each)[name])", names
    )
    return seen


def test_the_panel_is_a_page_of_the_groupware_and_its_mail_leaves_through_it(
    groupware: str, saved: Settings, right: Settings, open_page: Open, submission: SmtpServer, services: Services
) -> None:
    page = open_page("ja")
    enter(page, groupware, "sato")
    own = [look(page, each) for each in ("h1", "header.card", "header button")]
    page.click("nav a:has-text('メール')")
    expect(page.locator(".mail-panel h1")).to_be_visible()

    assert look(page, "header.card") == own[1]
    assert look(page, "header.card button") == own[2]
    assert look(page, ".mail-panel h1")[2] != GOLD
    assert "Serif" not in look(page, ".mail-panel h1")[3]
    assert page.title().endswith("｜みどり商会")
    assert violations(page) == []

    page.click(".mail-panel a:has-text('編集')")
    page.fill("#smtp_password", right.smtp_password)
    page.fill("#recipient", RECIPIENT)
    page.click("#trial-go")
    expect(page.locator("[data-outcome=success]")).to_be_visible()
    page.click(".bar button:has-text('設定')")
    expect(page.locator("#settings:not(:has(#settings-form)) h1")).to_be_visible()
    assert services.settings.current().saved_by == "佐藤 真由美"

    page.click("nav a:has-text('お知らせ')")
    assert look(page, "h1") == own[0]
    page.fill("#title", "防災訓練")
    page.fill("#text", "金曜日の10時です。")
    page.click("main button")
    expect(page.locator(".note")).to_contain_text("掲載し")
    submission.wait_for(4)
    arrived = submission.messages[1:]  # after the test
    subjects = {message_from_bytes(each.raw, policy=policy.default)["Subject"] for each in arrived}
    assert subjects == {"【お知らせ】防災訓練"}
    assert {each.rcpt_to[0].partition("@")[0] for each in arrived} == {"suzuki", "takahashi", "tanaka"}


def test_each_group_of_the_groupware_has_its_role_in_the_panel(
    groupware: str, saved: Settings, open_page: Open
) -> None:
    page = open_page("ja", 360)
    enter(page, groupware, "suzuki")
    page.goto(f"{groupware}/admin/mail/outbox")
    expect(page.locator(".mail-panel h1")).to_be_visible()
    assert fits(page)
    assert page.goto(f"{groupware}/admin/mail/settings/edit").status == 403

    page.click("header form button")
    enter(page, groupware, "tanaka")
    assert page.locator("nav a:has-text('メール')").count() == 0
    assert page.goto(f"{groupware}/admin/mail/").status == 403
