"""Programs with tokens, as clients of the application."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from panel import clock
from panel.access.rights import Scope
from panel.services import Services
from tests.support.actors import actor

BASE = "/api/v1"


class Program:
    """Sends what a program sends: JSON and its token, which None leaves out."""

    def __init__(self, app: Flask, token: str | None, name: str = "") -> None:
        self._client = app.test_client(use_cookies=False)
        self.token = token
        self.account = f"{name} (token)"

    def ask(
        self,
        method: str,
        path: str,
        document: object = None,
        *,
        data: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> TestResponse:
        sent = json.dumps(document).encode() if document is not None else data
        shown = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        kind = {"Content-Type": "application/json"} if sent is not None else {}
        return self._client.open(BASE + path, method=method, data=sent, headers={**shown, **kind, **(headers or {})})

    def get(self, path: str) -> TestResponse:
        return self.ask("GET", path)

    def post(self, path: str, document: object = None, **headers: str) -> TestResponse:
        return self.ask(
            "POST", path, document, headers={name.replace("_", "-"): text for name, text in headers.items()}
        )


Make = Callable[..., Program]


@pytest.fixture
def program(app: Flask, services: Services) -> Make:
    """A program by the scopes of its token."""

    def make(*scopes: Scope, name: str = "shop") -> Program:
        return Program(app, services.tokens.create(name, scopes, by=actor("ken"), now=clock.now()), name)

    return make


@pytest.fixture
def shop(program: Make) -> Program:
    return program(Scope.SEND)


@pytest.fixture
def admin(program: Make) -> Program:
    return program(Scope.ADMIN, name="admin")


def problem(response: TestResponse, status: int, name: str = "") -> dict[str, Any]:
    """Give the problem of a response that is one."""
    document = response.get_json(force=True)
    assert response.status_code == status, document
    assert response.content_type == "application/problem+json"
    assert document["type"] == (f"urn:problem-type:mail-panel:{name}" if name else "about:blank")
    assert document["status"] == status
    assert document["title"]
    assert str(document["detail"]).endswith(".")
    found: dict[str, Any] = document
    return found
