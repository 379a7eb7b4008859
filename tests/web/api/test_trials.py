"""Whether a test arrived, said by a program."""

from __future__ import annotations

from dataclasses import replace

import pytest

from panel import clock
from panel.access.rights import Scope
from panel.services import Services
from tests.support.actors import actor
from tests.support.servers import SmtpServer
from tests.web.api.conftest import Make, Program
from tests.web.conftest import SETTINGS

RECIPIENT = "taro@example.net"


@pytest.fixture
def admin(program: Make, services: Services, server: SmtpServer) -> Program:
    """A program that may test, beside settings that work."""
    at_hand = replace(SETTINGS, smtp_host="127.0.0.1", smtp_port=server.port, tls=False, smtp_auth=False)
    services.settings.save(replace(at_hand, smtp_password=""), base=0, by=actor("ken"), now=clock.now())
    return program(Scope.ADMIN)


def test_the_number_in_the_report_is_that_of_the_subject_and_takes_the_answer(
    admin: Program, server: SmtpServer
) -> None:
    number = admin.post("/test", {"recipient": RECIPIENT}).json["number"]
    assert f"Subject: [#{number}] ".encode() in server.messages[0].raw

    told = admin.post(f"/tests/{number}/arrived", {"arrived": True}).json

    assert (told["test"], told["version"], told["in_force"]) == (number, 1, True)
    assert (told["arrival"]["arrived"], told["arrival"]["by"]) == (True, "shop (token)")
    assert (told["look_at"], told["findings"]) == ([], [])
    assert admin.get("/status").json["test"]["arrival"] == told["arrival"]


def test_a_check_has_sent_nothing_that_could_arrive(admin: Program) -> None:
    number = admin.post("/test", {"recipient": RECIPIENT, "mode": "check"}).json["number"]

    refused = admin.post(f"/tests/{number}/arrived", {"arrived": True})

    assert (refused.status_code, refused.json["type"]) == (409, "urn:problem-type:mail-panel:nothing-sent")


@pytest.mark.parametrize("body", [{}, {"arrived": "yes"}, {"arrived": None}, {"arrived": True, "by": "me"}])
def test_only_yes_or_no_is_an_answer(admin: Program, body: object) -> None:
    assert admin.post("/tests/1/arrived", body).status_code == 422


def test_another_test_is_not_found(admin: Program) -> None:
    assert admin.post("/tests/7/arrived", {"arrived": True}).status_code == 404
