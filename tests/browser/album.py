"""Takes a whole picture of every page in every state: `python -m tests.browser.album FOLDER`.

Behind the folder: the language, the width, `light` or `dark`, and the scenes if not all.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import FLAGS
from tests.browser.pages import PAGES, Shown, tour
from tests.browser.scenes import staged
from tests.support.needs import find
from tests.support.servers import Authority, Loop


def main(folder: str, language: str = "ja", width: str = "1280", scheme: str = "light", *scenes: str) -> None:
    """Write FOLDER/NAME.png of each page of the table, or of some scenes."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, Loop() as loop:
        browser = playwright.chromium.launch(executable_path=find("chromium"), args=FLAGS)
        for scene in scenes or PAGES:
            page = browser.new_page(locale=language, viewport={"width": int(width), "height": 900})
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            with tempfile.TemporaryDirectory() as home, staged(scene, Path(home), loop, Authority.make()) as stage:
                tour(page, stage, PAGES[scene], partial(take, page, Path(folder)))
            page.close()
        browser.close()


def take(page: Page, folder: Path, shown: Shown) -> None:
    """Take one, and say where it stands."""
    path = folder / f"{shown.name}.png"
    page.screenshot(path=path, full_page=True, animations="disabled")
    print(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
