"""The OpenAPI 3.1 document, written from the routes, the operations and the types that the program itself uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from http import HTTPStatus
from importlib import import_module
from importlib.metadata import version
from typing import Any

import msgspec
from flask import url_for

from panel.web.api import ROUTES, Route
from panel.web.api.documents.problem import Problem
from panel.web.api.operation import JsonAnswer, Operation, operation
from panel.web.api.problems import BUSY, INVALID, MALFORMED, MISSING_SCOPE, UNAVAILABLE, UNKNOWN, ProblemType
from panel.web.api.reading import ONE_LINE

_REF = "#/components/schemas/{name}"
_HEADERS = {
    "Idempotency-Key": {
        "description": "The same key with the same body hands over once what is in it.",
        "schema": {"type": "string", "pattern": ONE_LINE},
    },
    "If-Match": {"description": "The ETag of the version that was changed.", "schema": {"type": "string"}},
}


@operation(None)
def show() -> JsonAnswer:
    """Show this document."""
    server = url_for("api.openapi_show").removesuffix("/openapi.json")
    return JsonAnswer({**_document(), "servers": [{"url": server}]})


@cache
def _document() -> dict[str, Any]:
    operations = {route: _operation(route) for route in ROUTES}
    paths: dict[str, dict[str, Any]] = {}
    for route, known in operations.items():
        path = re.sub(r"<(?:int:)?(\w+)>", r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _described(route, known)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "mail-panel",
            "version": version("mail-panel"),
            "description": "Hands messages to the outbox of an application, and tells what became of them.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "mp_…"}},
            "schemas": _schemas(operations.values()),
        },
    }


def _operation(route: Route) -> Operation:
    module, _, name = route.operation.partition(".")
    found: Operation = getattr(import_module(f"panel.web.api.{module}"), name)
    return found


def _schemas(operations: Iterable[Operation]) -> Mapping[str, Any]:
    types = {kind for each in operations for kind in (each.takes, each.asks, each.gives) if kind} | {Problem}
    return msgspec.json.schema_components(sorted(types, key=lambda kind: kind.__name__), ref_template=_REF)[1]


def _described(route: Route, known: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": route.endpoint,
        "summary": known.summary.rstrip("."),
        "description": f"Needs a token with the scope {' or '.join(route.scopes)}.",
        "parameters": _parameters(route, known),
        "responses": _responses(route, known),
    }
    if known.takes:
        content: dict[str, Any] = {"application/json": {"schema": _reference(known.takes)}}
        if known.also_as:
            content[known.also_as] = {"schema": {"type": "string", "format": "binary"}}
        described["requestBody"] = {"required": known.needs_body, "content": content}
    return described


# An address of more than 4 KiB comes no further than the HTTP server, whose own page tells of it.
_TOO_LONG = {"414": {"description": HTTPStatus(414).phrase, "content": {"text/html": {"schema": {"type": "string"}}}}}


def _parameters(route: Route, known: Operation) -> list[dict[str, Any]]:
    number = {"type": "integer", "minimum": 1}
    path = [
        {"name": name, "in": "path", "required": True, "schema": number}
        for name in re.findall(r"<int:(\w+)>", route.path)
    ]
    headers = [{"name": name, "in": "header", **_HEADERS[name]} for name in known.heeds]
    return [*path, *headers, *(_query(known.asks) if known.asks else [])]


def _query(asked: type[msgspec.Struct]) -> list[dict[str, Any]]:
    """Write each field as a parameter."""
    _, components = msgspec.json.schema_components([asked], ref_template=_REF)
    return [
        {"name": name, "in": "query", "schema": schema}
        for name, schema in components[asked.__name__]["properties"].items()
    ]


def _responses(route: Route, known: Operation) -> dict[str, Any]:
    content: dict[str, Any] = {"application/json": {"schema": _answer(known)}}
    if known.gives_as:
        content = {known.gives_as: {"schema": {"type": "string", "format": "binary"}}}
    good = {
        str(status): {"description": HTTPStatus(status).phrase, "content": content}
        for status in (known.status, *known.also)
    }
    kinds = [
        ProblemType(401),
        MISSING_SCOPE,
        ProblemType(405),
        *known.refuses,
        ProblemType(500),
        BUSY,
        UNKNOWN,
        UNAVAILABLE,
    ]
    if known.takes:
        kinds += [MALFORMED, ProblemType(413), ProblemType(415)]
    if known.takes or known.asks:
        kinds.append(INVALID)
    if known.heeds:
        kinds.append(ProblemType(400))
    if "<" in route.path:
        kinds.append(ProblemType(404))
    refused = {str(status): _refusal(status, kinds) for status in sorted({kind.status for kind in kinds})}
    return {**good, **refused, **(_TOO_LONG if known.asks else {})}


def _answer(known: Operation) -> dict[str, Any]:
    one = _reference(known.gives) if known.gives else {"type": "object"}
    return {"type": "array", "items": one} if known.gives_many else one


def _refusal(status: int, kinds: Iterable[ProblemType]) -> dict[str, Any]:
    names = dict.fromkeys(kind.type for kind in kinds if kind.status == status and kind.name)
    types = "; type is " + " or ".join(names) if names else ""
    content = {"application/problem+json": {"schema": _reference(Problem)}}
    return {"description": HTTPStatus(status).phrase + types, "content": content}


def _reference(kind: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": _REF.format(name=kind.__name__)}
