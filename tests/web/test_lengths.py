"""No header, form or document of a request takes time by the square of its length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from ipaddress import ip_network

import pytest

from panel import clock
from panel.access.rights import Scope
from panel.config import Config
from panel.services import Services
from panel.web import create_app
from tests.support.actors import actor
from tests.support.lengths import UNITS, is_linear
from tests.web.conftest import PASSWORD, Browser, sign_in, typed

FEW = ("marks", "quotes", "digits")
LENGTH = 4_000
HEADERS = (
    *("Accept", "Accept-Language", "Authorization", "Cookie", "Host", "If-Match", "If-None-Match", "Origin"),
    *("Range", "Referer", "User-Agent", "HX-Current-URL", "Idempotency-Key", "Forwarded"),
    *("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Prefix", "X-Forwarded-Proto", "X-Forwarded-Port"),
)
QUERIES = ("/outbox?q", "/outbox?before", "/outbox?state", "/outbox?seen", "/login?next", "/setup?token")
FORMS = (
    *(
        "/login name",
        "/login next",
        "/diagnosis/explain text",
        "/diagnosis/explain host",
        "/settings/preset from_address",
    ),
    *("/settings/pace per_minute", "/settings/trial recipient", "/access/tokens name", "/outbox/1/retry recipient"),
)
MEMBERS = ("to", "subject", "text", "html", "reply_to", "raw", "priority", "unknown")
FIELDS = ("From", "To", "Subject", "Reply-To")
OPENINGS = ("[", '{"to":', '{"headers":{"a":"b",', "[[],", "1", "-", '"\u0301')


@pytest.fixture
def browser(config: Config, services: Services) -> Iterator[Browser]:
    """A browser that has signed in, at a panel that believes what a proxy forwards."""
    app = create_app(replace(config, trusted_proxies=(ip_network("127.0.0.0/8"),)), services)
    services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
    with app.test_client() as client:
        browser = Browser(client)
        sign_in(browser)
        yield browser


@pytest.fixture
def post(browser: Browser, services: Services) -> Callable[[bytes | dict[str, str]], int]:
    """Hand a document to the API, and give the status of the answer."""
    token = services.tokens.create("shop", (Scope.SEND,), by=actor("ken"), now=clock.now())
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def post(document: bytes | dict[str, str]) -> int:
        given = {"data": document} if isinstance(document, bytes) else {"json": document}
        return browser.client.post("/api/v1/messages", headers=headers, **given).status_code

    return post


def slow(names: Iterable[str], ask: Callable[[str, str], object], *, is_long: bool) -> list[tuple[str, str]]:
    """Name what takes too long, with the kind of text."""
    kinds = UNITS if is_long else FEW
    return [
        (name, kind)
        for name in names
        for kind in kinds
        if not is_linear(lambda text, name=name: ask(name, _sendable(text)), UNITS[kind], LENGTH)
    ]


def _sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def test_headers(browser: Browser, is_long: bool) -> None:
    def ask(name: str, text: str) -> None:
        written = text.encode().decode("latin-1").replace("\r", "").replace("\n", "")
        browser.client.get("/outbox", headers={name: written})

    assert slow(HEADERS, ask, is_long=is_long) == []


def test_queries(browser: Browser, is_long: bool) -> None:
    def ask(name: str, text: str) -> None:
        path, _, parameter = name.partition("?")
        browser.client.get(path, query_string={parameter: text})

    assert slow(QUERIES, ask, is_long=is_long) == []


def test_settings(browser: Browser, is_long: bool) -> None:
    def ask(name: str, text: str) -> None:
        browser.post("/settings", typed(**{name: text}))

    assert slow(sorted(typed()), ask, is_long=is_long) == []


def test_forms(browser: Browser, is_long: bool) -> None:
    def ask(name: str, text: str) -> None:
        path, _, field = name.partition(" ")
        browser.post(path, typed(**{field: text, "find": "1"}))

    assert slow(FORMS, ask, is_long=is_long) == []


def test_members_of_a_document(post: Callable[[bytes | dict[str, str]], int], is_long: bool) -> None:
    def ask(name: str, text: str) -> None:
        post({"to": "a@example.org", "text": "Hi", name: text})

    assert slow(MEMBERS, ask, is_long=is_long) == []


def test_fields_of_a_whole_message(post: Callable[[bytes | dict[str, str]], int], is_long: bool) -> None:
    def ask(name: str, text: str) -> None:
        post({"to": "a@example.org", "raw": f"{name}: a: {text}\r\n\r\nHi\r\n"})

    assert slow(FIELDS, ask, is_long=is_long) == []


def test_a_document_of_any_depth_is_no_json(post: Callable[[bytes | dict[str, str]], int]) -> None:
    statuses = set()

    def ask(text: str) -> None:
        statuses.add(post(text.encode()))

    assert [opening for opening in OPENINGS if not is_linear(ask, opening, LENGTH)] == []
    assert statuses <= {400, 422}
