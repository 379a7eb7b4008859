"""A program brings back what it took back, and marks a failure as seen."""

from __future__ import annotations

from panel.access.rights import Scope
from panel.services import Services
from tests.support.rows import move
from tests.web.api.conftest import Make, Program, problem
from tests.web.api.conftest import admin as admin
from tests.web.api.conftest import program as program
from tests.web.api.conftest import shop as shop
from tests.web.conftest import app as app
from tests.web.conftest import config as config
from tests.web.conftest import services as services

MESSAGE = {"to": "hanako@example.org", "subject": "Report", "text": "Text"}


def test_a_message_that_was_taken_back_is_brought_back(shop: Program) -> None:
    shop.post("/messages", MESSAGE)
    assert (shop.post("/messages/1/cancel").json or {})["undo_until"]

    answer = shop.post("/messages/1/undo").json or {}

    assert (answer["state"], answer["undo_until"]) == ("queued", None)
    problem(shop.post("/messages/1/undo"), 409, "not-possible")


def test_a_failure_is_marked_as_seen(shop: Program, program: Make, services: Services) -> None:
    shop.post("/messages", MESSAGE)
    admin = program(Scope.ADMIN, name="admin")
    problem(admin.post("/messages/1/seen"), 409, "not-possible")
    with services.database.writing() as write:
        move(write, 1, "failed")
    assert [each["id"] for each in (admin.get("/messages?state=unseen").json or {})["messages"]] == [1]

    answer = admin.post("/messages/1/seen").json or {}

    assert answer["seen_at"]
    assert (admin.get("/messages?state=unseen").json or {})["messages"] == []
