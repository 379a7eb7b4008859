"""No program enters uninvited: every address, every scope, nothing but a token in the header."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from panel import clock
from panel.access.rights import Scope
from panel.services import Services
from panel.web.api import RIGHTS, ROUTES, Route
from tests.support.actors import actor
from tests.support.holding import holding, hurry
from tests.web.api.conftest import BASE, Make, Program, problem
from tests.web.conftest import Browser

MESSAGE = {"to": "hanako@example.org", "text": "Hello"}
OF_CONTENT = {"messages.content", "messages.send_as_new"}  # what a message says: closed to all scopes but this one
ALL = pytest.mark.parametrize("route", ROUTES, ids=[f"{each.method} {each.path}" for each in ROUTES])


def path_of(route: Route) -> str:
    return re.sub(r"<int:\w+>", "1", route.path)


def test_every_address_of_the_api_says_which_scope_it_needs(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api")]

    assert {rule.endpoint for rule in rules} == RIGHTS.keys()
    assert all(RIGHTS.values())


@ALL
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_without_a_token_no_address_answers(app: Flask, route: Route, method: str) -> None:
    response = Program(app, None).ask(method, path_of(route))

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.content_type == "application/problem+json"


@ALL
def test_a_token_that_is_not_known_opens_nothing(app: Flask, route: Route) -> None:
    response = Program(app, "mp_abcdefgh_" + "a" * 32).ask(route.method, path_of(route))

    problem(response, 401)
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


def test_what_a_message_says_is_read_with_one_scope_alone() -> None:
    assert {each.operation for each in ROUTES if each.scopes == (Scope.CONTENT,)} == OF_CONTENT


@ALL
@pytest.mark.parametrize("scope", Scope)
def test_a_token_opens_what_its_scope_is_for(program: Make, route: Route, scope: Scope) -> None:
    response = program(scope).ask(route.method, path_of(route))

    if scope in route.scopes or (scope is Scope.ADMIN and route.operation not in OF_CONTENT):
        assert response.status_code not in (401, 403)
    else:
        problem(response, 403, "missing-scope")
        assert 'error="insufficient_scope"' in response.headers["WWW-Authenticate"]


@pytest.mark.parametrize("path", ["/nothing", "/messages/abc", "/messages/-1", "/"])
def test_what_is_not_there_is_said_to_tokens_alone(app: Flask, shop: Program, path: str) -> None:
    problem(shop.get(path), 404)
    problem(Program(app, None).get(path), 401)


def test_another_method_is_refused_with_those_that_are_taken(shop: Program) -> None:
    response = shop.ask("DELETE", "/messages")

    problem(response, 405)
    assert {"GET", "POST"} <= set(response.headers["Allow"].split(", "))


@pytest.mark.parametrize("ended", ["expired", "revoked"])
def test_a_token_that_has_ended_opens_nothing(app: Flask, services: Services, ended: str) -> None:
    now = clock.now()
    before = now - timedelta(days=2)
    token = services.tokens.create(
        "old", [Scope.ADMIN], by=actor("ken"), expires_at=now - timedelta(days=1), now=before
    )
    if ended == "revoked":
        token = services.tokens.create("other", [Scope.ADMIN], by=actor("ken"), now=before)
        services.tokens.revoke("other", by=actor(), now=now)

    problem(Program(app, token).get("/status"), 401)


def test_a_cookie_opens_nothing_and_none_is_set(browser: Browser, services: Services) -> None:
    assert browser.client.get("/settings").status_code == 200

    response = browser.client.post(f"{BASE}/messages", json=MESSAGE)

    problem(response, 401)
    assert "Set-Cookie" not in response.headers


def test_a_cookie_is_not_opened_beside_a_token(
    browser: Browser, shop: Program, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(app.session_interface, "get_signing_serializer", lambda _: opened.append("cookie"))
    headers = {"Authorization": f"Bearer {shop.token}"}

    posted = browser.client.post(f"{BASE}/messages", json=MESSAGE, headers=headers)
    nowhere = browser.client.get(f"{BASE}/nowhere", headers=headers)

    assert (posted.status_code, nowhere.status_code, opened) == (202, 404, [])
    assert not {"Set-Cookie", "Vary"} & {*posted.headers.keys(), *nowhere.headers.keys()}


def test_an_answer_sets_no_cookie(shop: Program) -> None:
    assert "Set-Cookie" not in shop.post("/messages?lang=en", MESSAGE).headers
    assert "Set-Cookie" not in shop.post("/messages", MESSAGE).headers


def test_a_token_in_an_address_or_in_a_body_opens_nothing(app: Flask, shop: Program) -> None:
    nobody = Program(app, None)

    for path in (f"/messages?token={shop.token}", f"/messages?access_token={shop.token}"):
        problem(nobody.post(path, {**MESSAGE, "access_token": shop.token}), 401)


@pytest.mark.parametrize(
    "shown", ["{0}", "Token {0}", "Basic {0}", "Bearer", "Bearer  ", "Bearer {0} x", "Bearer {0},{0}"]
)
def test_the_header_has_one_form(app: Flask, shop: Program, shown: str) -> None:
    header = {"Authorization": shown.format(shop.token)}

    problem(Program(app, None).ask("POST", "/messages", MESSAGE, headers=header), 401)


def test_the_scheme_may_be_in_any_case(app: Flask, shop: Program) -> None:
    header = {"Authorization": f"bearer {shop.token}"}

    assert Program(app, None).ask("POST", "/messages", MESSAGE, headers=header).status_code == 202


def test_other_sites_are_not_invited(shop: Program) -> None:
    response = shop.post("/messages", MESSAGE, Origin="https://evil.example")

    problem(response, 403)
    assert not [name for name, _ in response.headers if name.lower().startswith("access-control-")]


def test_a_fault_is_told_without_its_inside(app: Flask, admin: Program, services: Services) -> None:
    with services.database.writing() as write:
        write.run(
            "INSERT INTO settings (version, saved_at, saved_by, saved_from, changed, fingerprint, document)"
            " VALUES (1, 'no moment', 'x', 'x', '[]', 'x', '{}')"
        )
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False

    document = problem(admin.get("/settings"), 500)

    assert "moment" not in str(document)


def test_a_busy_data_file_asks_to_come_back(shop: Program, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.post("/messages", MESSAGE)  # the token's use is noted
    hurry(monkeypatch, services.database)
    with holding(services.database):
        response = shop.post("/messages", MESSAGE)

    assert str(services.database.path) not in str(problem(response, 503, "database-busy"))
    assert response.headers["Retry-After"] == "1"


def test_addresses_follow_the_prefix(app: Flask, shop: Program, admin: Program) -> None:
    client = app.test_client()
    headers = {"Authorization": f"Bearer {admin.token}"}

    made = client.post(f"{BASE}/messages", json=MESSAGE, headers=headers, environ_overrides={"SCRIPT_NAME": "/mail"})
    document = client.get(f"{BASE}/openapi.json", headers=headers, environ_overrides={"SCRIPT_NAME": "/mail"}).json

    assert made.location == "/mail/api/v1/messages/1"
    assert document
    assert document["servers"] == [{"url": "/mail/api/v1"}]


def test_a_panel_that_no_program_asks_does_not_load_the_api(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom panel.config import Config\nfrom panel.web import create_app\n"
        "create_app(Config(home=Path(sys.argv[1]))).test_client().get('/login')\nassert 'msgspec' not in sys.modules"
    )

    assert subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False).returncode == 0
