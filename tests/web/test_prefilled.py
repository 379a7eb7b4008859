"""What stands in an input was put there to be sent: posted back unchanged, every form of the pages is taken."""

from __future__ import annotations

from html.parser import HTMLParser

from panel import clock
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.web.conftest import Browser
from tests.web.outbox.conftest import fail_two_of_three

PAGES = ("/settings", "/settings/edit", "/outbox", "/outbox/1", "/history/1", "/access")
EMPTY_IS_ASKED_FOR = ("/settings/trial", "/settings/trial/saved", "/diagnosis/explain", "/access", "/access/tokens")
CHOSEN = {"unit": "minute", "tls_mode": "auto", "pop_tls_mode": "auto", "ca_certificate": ""}  # select and textarea


class Forms(HTMLParser):
    """The forms of a page that post: where to, and with what."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | list[str]]]] = []
        self._within = False
        self.feed(text)

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        """Begin a form, or add a field to the one that is open."""
        its = {name: value or "" for name, value in pairs}
        if tag == "form":
            self._within = its.get("method") == "post"
            self.found += [(its["action"], {})] if self._within else []
        if tag == "input" and self._within and its.get("name") and (its.get("type") != "checkbox" or "checked" in its):
            given = self.found[-1][1].setdefault(its["name"], [])
            assert isinstance(given, list)
            given.append(its.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        self._within = self._within and tag != "form"


def test_every_form_is_taken_as_it_stands(browser: Browser, services: Services) -> None:
    services.settings.save(_SAVED, base=0, by=actor("ken"), now=clock.now())
    fail_two_of_three(services)
    pages = {path: browser.get(path) for path in PAGES}
    assert {each.status_code for each in pages.values()} == {200}

    forms = [form for page in pages.values() for form in Forms(page.text).found if form[0] not in EMPTY_IS_ASKED_FOR]
    correction = [form for form in forms if "instead_of" in form[1]]
    rest = [form for form in forms if form not in correction and "/outbox/1/" not in form[0] and "log" not in form[0]]

    assert len(correction) == 1
    assert "/settings" in dict(rest)
    for address, fields in [*correction, *rest]:
        assert browser.post(address, {**fields, **CHOSEN}).status_code in (200, 303), address


_SAVED = Settings(from_address="report@example.org", smtp_host="mail.example.org", smtp_auth=False)
