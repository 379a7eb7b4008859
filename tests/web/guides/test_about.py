"""Each page's help leads to its own part of the manual, and that part is there in both languages."""

from __future__ import annotations

import re

from flask import Flask

from panel.access.rights import PAGES, Right
from panel.web.guides.about import part_about
from panel.web.guides.guide import guides_of
from tests.web.conftest import Browser

WITHOUT = {
    "guides",
    "moved",
    "outbox_export",
    "access",
    "health",
    "metrics",
    "invitation",
    "static",
}  # the manual itself, what leads elsewhere or gives a file, and before the login

PART_OF = {
    "/settings": "/help/settings#the-detail-page",
    "/settings/edit": "/help/settings#the-edit-page",
    "/outbox": "/help/outbox",
    "/history": "/help/settings#go-back-to-former-settings",
    "/alerts": "/help/alerts",
    "/access": "/help/tokens",
    "/access/users": "/help/accounts#invite-somebody",
    "/account": "/help/accounts#my-own-account",
    "/audit": "/help/accounts#see-who-did-what",
    "/diagnosis": "/help/diagnosis#read-what-it-found",
    "/diagnosis/explain": "/help/diagnosis#explain-an-error",
    "/diagnosis/causes": "/help/diagnosis#look-up-a-cause",
    "/help/gmail": "/help",
    "/nowhere": "/help",
}


def pages(app: Flask) -> list[str]:
    """Give the endpoints that somebody who has signed in can look at."""
    seen = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    return sorted(each for each in seen & PAGES.keys() if each.partition(".")[0] not in WITHOUT)


def test_every_page_has_a_part_that_is_there_in_both_languages(app: Flask) -> None:
    for language in ("en", "ja"):
        known = {guide.name: {part.anchor for part in guide.parts} for guide in guides_of(language)}
        for endpoint in pages(app):
            name, _, anchor = part_about(endpoint).partition("#")
            assert name in known, endpoint
            assert not anchor or anchor in known[name], endpoint
    assert len(pages(app)) > 20
    assert Right.SEE in {PAGES[each] for each in pages(app)}


def test_the_help_of_a_page_is_about_it(browser: Browser) -> None:
    for path, part in PART_OF.items():
        page = browser.get(path, headers={"Accept-Language": "en"}).text
        assert part in re.findall(r'<a[^>]* href="([^"]+)"[^>]*>Help</a>', page), path
