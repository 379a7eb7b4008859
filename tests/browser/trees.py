"""What a screen reader has of a page, as text that stays the same from day to day."""

from __future__ import annotations

import re
import socket

from playwright.sync_api import Page

from tests.support.paths import ROOT

FOLDER = ROOT / "tests" / "browser" / "trees"

_CHANGING = (  # what differs from run to run, and what stands for it
    (r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", "CERTIFICATE"),
    (r"\bmp_[a-z0-9]{8}(_\w+)?", "TOKEN"),
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "STAMP"),
    (r"(?<=SMTPポート 587 )\d+", "PORT"),
    (r"token=[\w-]{20,}", "token=TOKEN"),
    (r"/url: /static/\S+", "/url: FILE"),
    (r"http://(127\.0\.0\.1|localhost):\d+", "http://PANEL"),
    (r"\b(localhost|127\.0\.0\.1)(:| ポート ?| port )\d+", r"\1\2PORT"),
    (r"\"\d{5}\"", "PORT"),
    (r"Testing CA #[\w-]+", "Testing CA"),
    (r"あと[\d,]+日", "DAYS"),
    (rf"(?<![\w.@-]){re.escape(socket.gethostname())}(?![\w.@-])", "HOST"),
    (r"<[\w.-]+@app\.example\.org>", "<ID@app.example.org>"),
    (r"(\d{4}年)?\d{1,2}月\d{1,2}日( ?[(（][日月火水木金土][)）])?", "DATE"),
    (r"\d{4}[-/]\d\d?[-/]\d\d?", "DATE"),
    (r"\d\d?/\d\d?(?= ?\d\d?:\d\d)", "DATE"),
    (r"time: \d+(秒|分|時間|日)$", "time: SPAN"),
    (r"(約 ?)?\d+ ?(秒|分|時間)(前|後|以内)", "AGO"),
    (r"たった今|今から1分以内|まもなく", "AGO"),
    (r"\d\d?:\d\d(:\d\d)?", "TIME"),
    (r"\d+(\.\d+)? ?(ms|ミリ秒)", "MS"),
    (r"\d+\.\d+ ?秒", "SECONDS"),
)


def tree(page: Page, *, whole: bool) -> str:
    """Give the page's title and the accessibility tree of what it is about, or of the frame around it, too."""
    text = f"{page.title()}\n{page.locator('body' if whole else 'main').aria_snapshot()}\n"
    for what, name in _CHANGING:
        text = re.sub(what, name, text, flags=re.DOTALL | re.MULTILINE)
    return text
