"""What is wrong, as programs read it, and that somebody knows of it."""

from __future__ import annotations

import json

import pytest

from panel.access.rights import Scope
from panel.alerts.alert import Alert
from panel.services import Services
from panel.settings.model import Settings
from tests.web.alerts.conftest import hold_mail, keep_incident
from tests.web.api.conftest import Make, Program


@pytest.fixture
def reader(program: Make, saved: Settings) -> Program:
    return program(Scope.READ, name="monitoring")


@pytest.fixture
def admin(program: Make, saved: Settings) -> Program:
    return program(Scope.ADMIN, name="admin")


def test_nothing_that_is_wrong_is_an_empty_list(reader: Program) -> None:
    answer = reader.ask("GET", "/alerts")

    assert (answer.status_code, answer.json) == (200, [])


def test_what_is_wrong_is_told_without_a_word_of_the_server(reader: Program, services: Services) -> None:
    number = hold_mail(services)

    [told] = reader.ask("GET", "/alerts").json

    assert (told["id"], told["number"]) == (f"inc_{number}", number)
    assert (told["alert"], told["level"], told["state"]) == ("held", "critical", "firing")
    assert told["what"].startswith("All mail is held.")
    assert told["do"]
    assert told["waiting"] == 1
    assert "secret words" not in json.dumps(told)


def test_what_nobody_keeps_has_no_number(reader: Program, services: Services) -> None:
    hold_mail(services)
    with services.database.writing() as write:
        write.run("DELETE FROM incidents")

    [told] = reader.ask("GET", "/alerts").json

    assert (told["id"], told["number"], told["alert"]) == (None, None, "held")


def test_what_was_is_told_for_so_many_days(reader: Program, services: Services) -> None:
    old, lately = (keep_incident(services, Alert.PAUSED, minutes=days * 1440, over=True, hours=30) for days in (10, 2))
    held = hold_mail(services)

    for days, expected in ((0, [held]), (3, [held, lately]), (90, [held, lately, old])):
        found = reader.ask("GET", f"/alerts?days={days}").json
        assert [each["number"] for each in found] == expected
    assert [reader.ask("GET", f"/alerts?days={each}").status_code for each in ("91", "-1", "x", "1e1")] == [422] * 4


def test_somebody_knows_of_it_once(admin: Program, reader: Program, services: Services) -> None:
    number = hold_mail(services)

    assert reader.ask("POST", f"/alerts/{number}/acknowledge").status_code == 403
    done = admin.ask("POST", f"/alerts/{number}/acknowledge")

    assert done.status_code == 200
    assert done.json["acknowledged_by"].startswith("admin")
    again = admin.ask("POST", f"/alerts/{number}/acknowledge")
    assert (again.status_code, again.json["type"].rpartition(":")[2]) == (409, "not-firing")
    assert admin.ask("POST", "/alerts/7/acknowledge").status_code == 409
