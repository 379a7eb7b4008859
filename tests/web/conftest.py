"""The application over a home in a temporary folder, and a browser of forms that is signed in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.test import TestResponse

from panel import clock
from panel.config import Config
from panel.services import Services, open_services
from panel.settings.model import Settings
from panel.web import create_app
from tests.support.actors import actor

PASSWORD = "correct horse battery"
SETTINGS = Settings(
    from_address="report@example.org",
    smtp_host="smtp.example.org",
    smtp_user="report",
    smtp_password="stored-secret",
    send_interval_ms=6000,
)


class Browser:
    """Sends what a browser sends: the page's own form token, and htmx's headers when asked."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.token = ""

    def get(self, path: str, *, htmx: bool = False, headers: dict[str, str] | None = None) -> TestResponse:
        response = self.client.get(path, headers={**_htmx(htmx), **(headers or {})})
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', response.text)
        self.token = found[1] if found else self.token
        return response

    def post(
        self,
        path: str,
        data: Mapping[str, str | list[str]],
        *,
        htmx: bool = False,
        headers: dict[str, str] | None = None,
    ) -> TestResponse:
        sent = {"csrf_token": self.token, **data}
        return self.client.post(path, data=sent, headers={**_htmx(htmx), **(headers or {})})


def _htmx(wanted: bool) -> dict[str, str]:
    return {"HX-Request": "true"} if wanted else {}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(home=tmp_path / "home", locale="en")


@pytest.fixture
def services(config: Config) -> Services:
    return open_services(config)


class Compiled(BytecodeCache):
    """Templates compiled once for all the applications of the tests."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self.kept.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


COMPILED = Compiled()


@pytest.fixture
def app(config: Config, services: Services) -> Flask:
    app = create_app(config, services)
    app.jinja_env.bytecode_cache = COMPILED
    return app


@pytest.fixture
def stranger(app: Flask) -> Iterator[Browser]:
    with app.test_client() as client:
        yield Browser(client)


@pytest.fixture
def browser(app: Flask, services: Services) -> Iterator[Browser]:
    """A browser that has signed in."""
    services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
    with app.test_client() as client:
        browser = Browser(client)
        sign_in(browser)
        yield browser


def sign_in(browser: Browser) -> None:
    browser.get("/login")
    entered = browser.post("/login", {"name": "hanako", "password": PASSWORD})
    assert entered.status_code == 303
    browser.get("/settings/edit")


@pytest.fixture
def saved(services: Services) -> Settings:
    """Settings that are saved as version 1."""
    services.settings.save(SETTINGS, base=0, by=actor("ken"), now=clock.now())
    return SETTINGS


def typed(base: Settings = SETTINGS, **changed: str) -> dict[str, str]:
    """What the form sends for settings, the passwords blank, with changes, once it has asked about untested ones."""
    texts = {name: "" if value is None else str(value) for name, value in base.public().items()}
    boxes = {name for name, value in base.public().items() if isinstance(value, bool)}
    shown = {name: text for name, text in texts.items() if name not in boxes}
    ticked = {name: "y" for name in boxes if getattr(base, name)}
    return {**shown, **ticked, "smtp_password": "", "pop_password": "", "version": "1", "untested": "yes", **changed}


def at_server(base: Settings, host: str, port: int, **changed: object) -> Settings:
    return replace(base, smtp_host=host, smtp_port=port, **changed)
