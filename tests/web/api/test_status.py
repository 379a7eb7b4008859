"""Programs ask how mail does, have held mail tried, choose the server that it leaves by, and ask the doctor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from panel import clock
from panel.access.rights import Scope
from panel.checks.doctor.finding import ok
from panel.checks.examinations.examination import Conditions, Why
from panel.checks.examinations.store import ASKED_A_MINUTE
from panel.config import Config
from panel.outbox.pace.pace import Terms
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.dns_server import DnsServer
from tests.support.mail import NOW, TERMS, hold
from tests.web.api.conftest import Make, Program, problem
from tests.web.conftest import SETTINGS


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Config]:
    with DnsServer({}) as server:
        yield Config(home=tmp_path / "home", locale="en", resolver=server.address)


def test_the_status_says_what_holds_the_mail(program: Make, services: Services, saved: Settings) -> None:
    services.pace.pause(by=actor("ken"), now=clock.now())

    status = program(Scope.READ).get("/status").json or {}

    assert (status["verdict"], status["version"], status["interval_ms"]) == ("paused", 1, 6000)
    assert status["wait"]["reason"] == "paused"
    assert status["counts"]["queued"] == 0


def test_the_status_says_when_a_hold_is_tried_again(program: Make, services: Services, saved: Settings) -> None:
    hold(services.database, "535 5.7.8 No", after_success=True, terms=replace(TERMS, interval_ms=0))

    wait = (program(Scope.READ).get("/status").json or {})["wait"]

    assert (wait["reason"], wait["cause"]) == ("held", "login_refused")
    assert 14 * 60 < (clock.moment(wait["again_at"]) - clock.now()).total_seconds() <= 15 * 60


def test_a_server_is_chosen_and_the_status_tells_which(
    program: Make, admin: Program, services: Services, saved: Settings
) -> None:
    reader = program(Scope.READ)
    alone = {"state": "first", "since": None, "cause": None, "choice": "auto"}
    assert (reader.get("/status").json or {})["server"] == alone
    problem(admin.post("/outbox/server", {"server": "second"}), 409, "no-second-server")
    two = replace(saved, second=True, second_smtp_host="backup.example.org", second_smtp_auth=False)
    services.settings.save(two, base=1, by=actor(), now=clock.now())

    chosen = (admin.post("/outbox/server", {"server": "second"}).json or {})["server"]

    assert (chosen["state"], chosen["cause"], chosen["choice"]) == ("second_by_hand", None, "second")
    assert abs((clock.moment(chosen["since"]) - clock.now()).total_seconds()) < 60
    assert (reader.get("/status").json or {})["server"] == chosen
    assert (admin.post("/outbox/server", {"server": "auto"}).json or {})["server"] == alone


@pytest.mark.parametrize("given", [{}, {"server": "third"}, {"server": ""}, {"server": "auto", "more": 1}])
def test_another_server_than_those_two_is_refused(admin: Program, given: dict[str, object]) -> None:
    problem(admin.post("/outbox/server", given), 422, "invalid")


def test_held_mail_is_tried_at_once_and_not_again_and_again(admin: Program, shop: Program, services: Services) -> None:
    problem(shop.ask("POST", "/outbox/try-now"), 403, "missing-scope")
    problem(admin.ask("POST", "/outbox/try-now"), 409, "not-held")
    hold(services.database, "535 5.7.8 No", after_success=False, terms=Terms(services.settings.newest()))

    tried = admin.ask("POST", "/outbox/try-now")
    assert (tried.status_code, (tried.json or {})["wait"]) == (200, None)
    with services.database.writing() as write:
        write.run("UPDATE pace SET probe_ms = NULL")  # it was refused

    early = admin.ask("POST", "/outbox/try-now")
    problem(early, 429, "tried-just-now")
    assert 230 <= int(early.headers["Retry-After"]) <= 240


def test_the_doctor_tells_of_both_servers_and_asks_for_an_address(program: Make, services: Services) -> None:
    one = replace(SETTINGS, smtp_host="127.0.0.1", smtp_port=1, tls=False, smtp_auth=False, smtp_password="")
    two = replace(one.with_second(replace(one, smtp_port=2)), second=True)
    services.settings.save(two, base=0, by=actor("ken"), now=clock.now())
    asker = program(Scope.ADMIN)

    document = asker.post("/doctor", {"address": "192.0.2.7", "selectors": "s1 s2"}).json or {}

    found = document["findings"]
    assert {each["server"] for each in found if each["name"] == "certificate"} == {"first", "second"}
    assert {each["server"] for each in found if each["name"] == "home"} == {None}
    assert [each["server"] for each in found if each["name"] == "ptr"] == ["first"]  # of the address that was given
    assert (document["why"], document["address"], document["selectors"]) == ("asked", "192.0.2.7", ["s1", "s2"])
    assert sum(document["counts"].values()) == len(found)
    assert asker.post("/doctor", {"address": "here"}).status_code == 422


def test_a_reader_is_told_what_was_found_and_nobody_is_asked_for_it(program: Make, services: Services) -> None:
    reader = program(Scope.READ)
    nothing = reader.get("/doctor").json or {}
    assert (nothing["at"], nothing["findings"]) == (None, [])

    services.examinations.keep([ok("home", "Fine")], version=1, why=Why.DAILY, conditions=Conditions(), now=NOW)

    document = reader.get("/doctor").json or {}
    assert (document["at"], document["version"], document["why"]) == (clock.stamp(NOW), 1, "daily")
    assert [(each["name"], each["place"]) for each in document["findings"]] == [("home", "machine")]
    assert reader.post("/doctor", {}).status_code == 403


def test_a_program_asks_the_doctor_a_few_times_a_minute(program: Make, services: Services) -> None:
    asker = program(Scope.ADMIN)
    services.examinations.begin(by=actor("ken"), now=clock.now())
    problem(asker.post("/doctor"), 409, "diagnosis-running")
    services.examinations.give_up()
    for _ in range(ASKED_A_MINUTE):
        services.examinations.begin(by=actor(asker.account), now=clock.now())
        services.examinations.give_up()

    problem(asker.post("/doctor"), 429, "too-many-diagnoses")


def test_the_status_says_that_mail_does_not_go_to_those_it_is_for(
    program: Make, services: Services, saved: Settings
) -> None:
    reader = program(Scope.READ)
    before = (reader.get("/status").json or {})["staging"]

    services.settings.save(replace(saved, redirect_to="staging@example.com"), base=1, by=actor(), now=clock.now())

    assert before is None
    assert (reader.get("/status").json or {})["staging"] == {
        "redirect_to": "staging@example.com",
        "allowed_recipients": "",
    }
