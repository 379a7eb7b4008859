"""Every page, operation and command, tried as everybody: by the table of rights, and by the contract's own rows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from panel import clock
from panel.access.rights import API, OF_COMMANDS, PAGES, Right, Role, Scope
from panel.cli.main import panel
from panel.config import Config
from panel.services import Services, open_services
from panel.storage.actor import Actor
from panel.web import create_app
from panel.web.api import ROUTES
from tests.access.test_rights import commands
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.uninvited import run_uninvited
from tests.web.api.conftest import Program
from tests.web.conftest import PASSWORD, Browser

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}  # HEAD goes where GET does
NOBODY = "nobody"
EVERYBODY = (NOBODY, *Role)
WHO_MAY = ("An administrator may do this.", "An operator or an administrator may do this.")

# The rows of the contract, written without a look at the table: from which role on, and with which scopes.
PAGES_OF = {
    Role.VIEWER: """
        GET /settings
        GET /settings/status
        GET /outbox
        GET /outbox/1
        GET /outbox.csv
        GET /outbox.json
        GET /history
        GET /history/1
        GET /causes
        GET /help
        GET /help/1
        GET /settings/doctor
        GET /diagnosis
        GET /diagnosis/causes
        GET /account
        GET /alerts
        POST /logout
    """,
    Role.OPERATOR: """
        POST /settings/trial/saved
        POST /settings/trials/1/arrived
        GET /settings/explain
        POST /settings/explain
        POST /outbox/1/retry
        POST /settings/explain/note
        GET /diagnosis/explain
        POST /diagnosis/explain
        POST /diagnosis/explain/note
        POST /diagnosis
        POST /outbox/retry-failed
        POST /outbox/1/cancel
        POST /outbox
        POST /outbox/seen
        POST /outbox/1/seen
        POST /outbox/undo
        POST /outbox/pause
        POST /outbox/resume
        POST /outbox/samples
        POST /outbox/try-now
        POST /outbox/server
        POST /alerts/1/acknowledge
    """,
    Role.ADMINISTRATOR: """
        GET /settings/edit
        POST /settings
        GET /settings/second
        POST /settings/second
        GET /settings/rules
        POST /settings/rules
        POST /settings/trial
        POST /settings/preset
        POST /settings/oauth/begin
        POST /settings/oauth/forget
        GET /access
        POST /access/tokens
        POST /access/tokens/1/revoke
        GET /access/users
        POST /access/users/invite
        POST /access/users/role
        POST /access/users/remove
        GET /outbox/1/html
        GET /outbox/1/attachments/1
        GET /outbox/1/raw
        POST /outbox/1/resend
        GET /audit
        GET /audit.csv
        GET /audit.jsonl
        POST /alerts/conditions
        POST /diagnosis/switch
        GET /alerts/new
        POST /alerts/new
        GET /alerts/1/edit
        POST /alerts/1/edit
        POST /alerts/1/remove
        POST /alerts/1/test
    """,
}
OPERATIONS_OF = {
    "GET /messages": "read admin content",
    "GET /messages/1": "read send admin content",  # the sender's own
    "GET /messages/1/content": "content",
    "POST /messages/1/resend": "content",
    "POST /messages": "send admin",
    "POST /messages/batch": "send admin",
    "POST /messages/1/retry": "send admin",
    "POST /messages/1/cancel": "send admin",
    "POST /messages/1/undo": "send admin",
    "POST /messages/1/seen": "admin",
    "POST /bounces": "send admin",  # the sender's own
    "GET /settings": "read admin content",
    "PUT /settings": "admin",
    "GET /oauth": "read admin content",
    "POST /test": "admin",
    "POST /tests/1/arrived": "admin",
    "POST /outbox/try-now": "admin",
    "POST /outbox/server": "admin",
    "GET /status": "read admin content",
    "GET /alerts": "read admin content",
    "POST /alerts/1/acknowledge": "admin",
    "GET /doctor": "read admin content",
    "GET /openapi.json": "read send admin content",
    "POST /doctor": "admin",
}


@pytest.fixture
def services(tmp_path: Path) -> Services:
    services = open_services(Config(home=tmp_path / "home", locale="en"))
    for role in (Role.ADMINISTRATOR, Role.OPERATOR, Role.VIEWER):
        services.accounts.add(role, PASSWORD, by=actor(), role=role, now=clock.now())
    services.outbox.enqueue(mail(), by=Actor("send (token)", "api"), now=clock.now())
    return services


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services.config, services)


# Pages


class Visitor:
    """A browser of somebody, signed in anew wherever the last request has signed it out."""

    def __init__(self, app: Flask, services: Services, who: str) -> None:
        self.app, self.services, self.who = app, services, who
        self.browser = Browser(app.test_client())

        self.signed_in = who == NOBODY

    def ask(self, method: str, path: str) -> TestResponse:
        if not self.signed_in:
            known = next(each for each in self.services.accounts.list() if each.name == self.who)
            with self.browser.client.session_transaction() as session:
                session["token"] = self.services.sessions.open(known, by=actor(address=""), now=clock.now())
            self.browser.get("/outbox")
        self.signed_in = path != "/logout" or self.who == NOBODY
        sent = {"csrf_token": self.browser.token}
        return self.browser.client.open(path, method=method, data=sent if method == "POST" else None)

    def result(self, method: str, path: str) -> str:
        """Say how a request ended: `open`, `refused` by the role, sent to the `login`, or `no such method`."""
        answer = self.ask(method, path)
        if answer.status_code == 405:
            return "no such method"
        if answer.status_code == 401 or (answer.location or "").startswith("/login?"):
            return "login"
        if answer.status_code == 403 and any(each in answer.text for each in WHO_MAY):
            return "refused"
        return "open"


def pages(app: Flask) -> dict[str, dict[str, str]]:
    """Give the endpoint of each method of each address outside of the API."""
    found: dict[str, dict[str, str]] = {}
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("api."):
            path = re.sub(r"<(?:\w+:)?\w+>", "1", rule.rule)
            found.setdefault(path, {}).update(dict.fromkeys({*(rule.methods or ())} & METHODS, rule.endpoint))
    return found


def by_table(endpoint: str, who: str) -> str:
    """Say how a request has to end by the table of rights."""
    right = PAGES[endpoint]
    if right is Right.ENTER:
        return "open"
    return "login" if who == NOBODY else "open" if Role(who).may(right) else "refused"


def test_every_page_is_open_to_whom_the_table_and_the_contract_say(app: Flask, services: Services) -> None:
    visitors = [Visitor(app, services, who) for who in EVERYBODY]
    asked = [(method, path, endpoint) for path, known in pages(app).items() for method, endpoint in known.items()]

    results = {
        (f"{method} {path}", each.who): (endpoint, each.result(method, path))
        for method, path, endpoint in asked
        for each in visitors
    }

    rows = [
        (f"`{method} {path}`", *(results[f"{method} {path}", who][1] for who in EVERYBODY)) for method, path, _ in asked
    ]
    show("page", EVERYBODY, rows)
    wrong = [(what, who) for (what, who), (known, ended) in results.items() if ended != by_table(known, who)]
    assert wrong == []
    by_hand = {(what, who): ended for least in PAGES_OF for what, who, ended in by_contract(least)}
    assert {key: results[key][1] for key in by_hand} == by_hand


def by_contract(least: Role) -> Iterator[tuple[str, str, str]]:
    """Say how each page of a row of the contract ends for everybody."""
    order = [*Role]
    for what in PAGES_OF[least].strip().splitlines():
        yield what.strip(), NOBODY, "login"
        for role in Role:
            yield what.strip(), role, "open" if order.index(role) >= order.index(least) else "refused"


def test_no_other_method_does_anything_at_a_page(app: Flask, services: Services) -> None:
    visitor = Visitor(app, services, Role.ADMINISTRATOR)

    results = {visitor.result(method, path) for path, known in pages(app).items() for method in METHODS - known.keys()}

    assert results == {"no such method"}


# The API


def operations() -> Iterator[tuple[str, str, str]]:
    for route in ROUTES:
        yield route.method, re.sub(r"<(?:\w+:)?\w+>", "1", route.path), route.operation


def test_every_operation_is_open_to_the_scopes_of_the_table_and_of_the_contract(app: Flask, services: Services) -> None:
    programs = {NOBODY: Program(app, None)}
    programs |= {
        scope: Program(app, services.tokens.create(scope, [scope], by=actor(), now=clock.now())) for scope in Scope
    }
    wrong, rows = [], []
    for method, path, operation in operations():
        answers = {who: program.ask(method, path, data=b"{}").status_code for who, program in programs.items()}
        by_hand = OPERATIONS_OF.get(f"{method} {path}", " ".join(s for s in Scope if any(map(s.may, API[operation]))))
        for who, status in answers.items():
            may = who != NOBODY and any(map(Scope(who).may, API[operation]))
            expected = status not in (401, 403, 404) if may else status == (401 if who == NOBODY else 403)
            if not expected or may != (who in by_hand.split()):
                wrong.append(f"{method} {path} as {who}: {status}")
        rows.append((f"`{method} /api/v1{path}`", *(f"{status}" for status in answers.values())))

    show("operation", tuple(programs), rows)
    assert wrong == []
    assert OPERATIONS_OF.keys() <= {f"{method} {path}" for method, path, _ in operations()}


def test_a_sender_has_no_way_to_the_messages_of_others(app: Flask, services: Services) -> None:
    services.outbox.enqueue(mail(), by=Actor("another (token)", "api"), now=clock.now())
    program = Program(app, services.tokens.create("send", [Scope.SEND], by=actor(), now=clock.now()))

    asked = [("GET", "/messages/2"), ("POST", "/messages/2/retry"), ("POST", "/messages/2/cancel")]

    assert [program.ask(*each).status_code for each in asked] == [404] * 3


@pytest.mark.parametrize("role", Role)
def test_no_session_opens_the_api(app: Flask, services: Services, role: Role) -> None:
    visitor = Visitor(app, services, role)

    assert {visitor.ask(method, f"/api/v1{path}").status_code for method, path, _ in operations()} == {401}


# Commands


MORE = {
    "database copy": ["--to", "postgresql://mail@127.0.0.1:1/mail"],
    "outbox retry": ["1"],
    "sendmail": ["b@example.net"],
    "bounce": ["-"],
    "token limit": ["--messages-per-minute", "1"],
    "user add": ["--password-file", "-"],
    "user passwd": ["--password-file", "-"],
}


def arguments(command: click.Command) -> Iterator[str]:
    """Give each argument and option that a command needs."""
    for each in command.params:
        if each.required:
            yield from each.opts if isinstance(each, click.Option) else ()
            yield each.type.choices[0] if isinstance(each.type, click.Choice) else "1"


def found(name: str) -> click.Command:
    command: click.Command = panel
    for word in name.split():
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), word) or command
    return command


def digests(home: Path) -> dict[str, str]:
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in home.rglob("*") if path.is_file()}


@pytest.mark.data_file("a server asks everybody for its own password")
def test_no_command_does_anything_for_who_may_not_read_the_home(services: Services) -> None:
    home = services.config.home
    services.database.close()
    before = digests(home)
    names = sorted(commands(panel) - {name for name, right in OF_COMMANDS.items() if right is Right.ENTER})

    ended = run_uninvited({name: [*arguments(found(name)), *MORE.get(name, ())] for name in names}, home)

    show("command", ("right", "exit code"), [(f"`{each}`", OF_COMMANDS[each], str(ended[each][0])) for each in names])
    assert ended.pop("bounce")[0] == 75  # so that a mail server tries again; a report is the world's to write
    assert ended["database copy"][0] == 75  # it looks at the server first, and there is none
    assert {
        name: said for name, (code, said) in ended.items() if code not in (77, 78) and name != "database copy"
    } == {}
    sentence = re.compile(r"mail-panel: [^\n]+[.:]? ?[^\n]*\n")
    assert {name: said for name, (_, said) in ended.items() if not sentence.fullmatch(said)} == {}
    assert digests(home) == before


def show(what: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Print what was found as a table, for `pytest -s`."""
    print(
        "\n" + "\n".join(f"| {' | '.join(row)} |" for row in [(what, *columns), ("---",) * (len(columns) + 1), *rows])
    )
