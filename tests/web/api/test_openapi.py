"""The OpenAPI document says what the program does: each route, each value, each status and each problem."""

from __future__ import annotations

import ast
import re
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import validate

from panel.access.rights import Scope
from panel.checks import verdict
from panel.checks.trial import report
from panel.diagnosis.bounces.report import Fate, NoReport
from panel.diagnosis.causes import table
from panel.mail.message import submission
from panel.mail.smtp import protocol
from panel.outbox.bounces.store import Taking
from panel.outbox.delivery import settle
from panel.outbox.delivery.result import Effect
from panel.outbox.entry import RECIPIENT_STATES
from panel.outbox.pace import pace
from panel.outbox.state import State
from panel.services import Services
from panel.settings.model import Settings
from panel.web.api import ROUTES, Route, problems
from panel.web.api.problems import ProblemType
from tests.web.api.conftest import Make, Program
from tests.web.api.test_gate import path_of

ALL = pytest.mark.parametrize("route", ROUTES, ids=[f"{each.method} {each.path}" for each in ROUTES])
MODULES = sorted({each.operation.partition(".")[0] for each in ROUTES})
EVERYWHERE = {
    "missing-scope",
    "malformed-json",
    "invalid",
    "database-busy",
    "outcome-unknown",
}  # what the gate and the reading refuse


@pytest.fixture
def document(shop: Program) -> dict[str, Any]:
    found: dict[str, Any] = shop.get("/openapi.json").json
    return found


def described(document: dict[str, Any], route: Route) -> dict[str, Any]:
    path = route.path.replace("<int:number>", "{number}")
    found: dict[str, Any] = document["paths"][path][route.method.lower()]
    return found


def values(schema: dict[str, Any], schemas: dict[str, Any]) -> set[str]:
    """Give the values of a member that is an enumeration, or may be one beside null."""
    if "$ref" in schema:
        return values(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    return {*schema.get("enum", ()), *(value for each in schema.get("anyOf", ()) for value in values(each, schemas))}


def test_the_document_is_openapi_and_names_every_route(document: dict[str, Any]) -> None:
    validate(document)
    named = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert named == {(each.method, each.path.replace("<int:number>", "{number}")) for each in ROUTES}


def test_the_document_knows_the_rules_of_what_comes_in(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    assert schemas["NewMessage"]["additionalProperties"] is False
    assert schemas["Attachment"]["required"] == ["name", "content"]
    assert schemas["SettingsGiven"]["properties"]["smtp_port"]["type"] == "integer"
    assert "smtp_password" not in schemas["SettingsTold"]["properties"]


@pytest.mark.parametrize(
    ("member", "known"),
    [
        ("Wait.reason", pace.Reason),
        ("TestWait.reason", pace.Reason),
        ("Slot.reason", pace.Reason),
        ("Status.verdict", verdict.Kind),
        ("Message.state", State),
        ("Accepted.state", State),
        ("Message.priority", submission.Priority),
        ("NewMessage.priority", submission.Priority),
        ("Recipient.state", {"waiting", "sent", "failed", "cancelled"}),
        ("Attempt.outcome", {*State} - {State.WITHHELD} | {"held", "returned", "uncertain", *Fate}),
        ("NotedReport.report", Fate),
        ("TakenReport.outcome", Taking),
        ("TakenReport.reason", {*NoReport, "test", "repeated", "too_many"}),
        ("Attempt.stage", protocol.Stage),
        ("TestStage.stage", protocol.Stage),
        ("Failure.stage", protocol.Stage),
        ("Failure.whose", {each.whose for each in table.CAUSES.values()}),
        ("TestReport.outcome", {*report.Outcome} - {report.Outcome.RUNNING}),
        ("TestReport.mode", report.Mode),
        ("TestOrder.mode", report.Mode),
        ("LastTest.outcome", report.Outcome),
    ],
)
def test_the_document_names_each_value_that_there_is(
    document: dict[str, Any], member: str, known: type[StrEnum] | set[str]
) -> None:
    schemas = document["components"]["schemas"]
    name, _, field = member.partition(".")

    assert values(schemas[name]["properties"][field], schemas) == {*map(str, known)}


def test_the_document_knows_the_states_of_a_recipient(document: dict[str, Any]) -> None:
    found = values(document["components"]["schemas"]["Recipient"]["properties"]["state"], {})

    assert found == {*RECIPIENT_STATES}


def test_what_became_of_a_try_is_one_of_the_values(document: dict[str, Any]) -> None:
    found = values(document["components"]["schemas"]["Attempt"]["properties"]["outcome"], {})

    assert {*settle.OUTCOME_OF.values()} <= found
    assert {*settle.OUTCOME_OF} == {Effect.HOLD, Effect.RETURNED}


def refused(document: dict[str, Any], module: str) -> set[str]:
    """Give the problem types that the document knows of the routes of a module."""
    texts = [
        answer["description"]
        for route in ROUTES
        if route.operation.startswith(f"{module}.")
        for answer in described(document, route)["responses"].values()
    ]
    return {name for text in texts for name in re.findall(rf"{problems.URN}([\w-]+)", text)}


@pytest.mark.parametrize("module", MODULES)
def test_each_problem_that_a_module_names_is_in_the_document_of_its_routes(
    document: dict[str, Any], module: str
) -> None:
    loaded = import_module(f"panel.web.api.{module}")
    tree = ast.parse(Path(loaded.__file__ or "").read_text("utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    kinds = [getattr(loaded, name) for name in names if isinstance(getattr(loaded, name, None), ProblemType)]

    assert {kind.name for kind in kinds if kind.name} <= refused(document, module) | EVERYWHERE


def test_each_fault_that_becomes_a_problem_is_in_the_document(document: dict[str, Any]) -> None:
    everything = set().union(*(refused(document, module) for module in MODULES))

    assert {kind.name for _, kind in problems._FAULTS} <= everything
    assert everything == {each.name for each in vars(problems).values() if isinstance(each, ProblemType) and each.name}


@ALL
def test_whatever_is_asked_the_document_knows_the_status(
    app: Flask, program: Make, document: dict[str, Any], saved: Settings, route: Route
) -> None:
    known = described(document, route)["responses"]
    admin, path = program(*Scope, name="all"), path_of(route)
    asked = [
        Program(app, None).ask(route.method, path),
        admin.ask(route.method, path),
        admin.ask(route.method, path, data=b"{"),
        admin.ask(route.method, path, {"unknown": 1}),
        admin.ask(route.method, path, data=b"{}", headers={"Content-Type": "text/plain"}),
        admin.ask(route.method, path, data=b" " * 36 * 1024 * 1024),
        admin.ask(route.method, path + "?unknown=1"),
        admin.ask(route.method, path, {"version": 7, "settings": {}}, headers={"If-Match": '"7"'}),
        admin.ask(route.method, path, {"text": "Hello"}, headers={"Idempotency-Key": "あ".encode().decode("latin-1")}),
    ]
    assert {str(each.status_code) for each in asked} <= {*known}


@ALL
def test_a_fault_of_ours_and_of_the_data_file_is_known_everywhere(
    app: Flask, program: Make, document: dict[str, Any], services: Services, route: Route
) -> None:
    known = described(document, route)["responses"]
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    admin = program(*Scope, name="all")
    with services.database.writing() as write:
        write.run("ALTER TABLE settings RENAME TO settings_away")
        write.run("ALTER TABLE messages RENAME TO messages_away")

    response = admin.ask(route.method, path_of(route), {"text": "Hello", "to": "a@example.org"})

    assert {str(response.status_code), "500", "503"} <= {*known}
