"""`mail-panel doctor`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from panel.checks.doctor.finding import problem
from panel.checks.examinations.examination import Conditions, Why
from panel.config import Config
from panel.services import open_services
from tests.cli.conftest import Run
from tests.support.dns_server import DnsServer

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
SETTINGS = ["from_address=report@example.org", "smtp_host=127.0.0.1", "smtp_port=1", "smtp_auth=no", "tls=no"]


def test_each_finding_is_a_line_and_a_problem_ends_with_78(run: Run) -> None:
    run("settings", "set", *SETTINGS)

    with DnsServer({}) as server:
        done = run("doctor", "--resolver", "{}:{}".format(*server.address))

    assert done.returncode == 78
    assert "PROBLEM    mx " in done.stdout
    assert 'TXT "v=DMARC1; p=none' in done.stdout


def test_an_empty_home_has_no_problem(run: Run) -> None:
    with DnsServer({}) as server:
        done = run("doctor", "--json", "--resolver", "{}:{}".format(*server.address))

    assert done.returncode == 0
    assert list(json.loads(done.stdout)[0]) == [
        *("name", "server", "status", "what", "do", "record"),
        *("place", "field", "ends", "days_left"),
    ]


def test_the_resolver_of_the_panel_is_asked_unless_another_is_named(run: Run) -> None:
    run("settings", "set", *SETTINGS)
    with DnsServer({}) as of_panel, DnsServer({}) as named:
        addresses = ["{}:{}".format(*each.address) for each in (of_panel, named)]
        run("doctor", MAIL_PANEL_RESOLVER=addresses[0])
        asked = len(of_panel.asked)
        run("doctor", "--resolver", addresses[1], MAIL_PANEL_RESOLVER=addresses[0])

    assert (len(of_panel.asked), bool(named.asked)) == (asked, True)
    assert asked


@pytest.mark.parametrize("words", [["--address", "nonsense"], ["--resolver", "1.2.3.4:x"]])
def test_a_wrong_address_is_wrong_use(run: Run, words: list[str]) -> None:
    assert run("doctor", *words).returncode == 64


def test_what_the_panel_has_found_is_told_without_a_look(run: Run, tmp_path: Path) -> None:
    run("settings", "set", *SETTINGS)
    assert "Nothing was diagnosed yet." in run("doctor", "--last").stdout

    services = open_services(Config(home=tmp_path / "home"))
    found = [problem("mx", "%(domain)s can receive no mail", domain="example.org")]
    services.examinations.keep(found, version=1, why=Why.DAILY, conditions=Conditions(), now=NOW)

    done = run("doctor", "--last")
    assert done.returncode == 78
    assert "2026-11-27T09:00:00.000Z" in done.stdout
    assert "example.org can receive no mail" in done.stdout
    document = json.loads(run("doctor", "--last", "--json").stdout)
    assert (document["counts"]["problem"], document["why"]) == (1, "daily")


@pytest.mark.parametrize("words", [["--address", "192.0.2.7"], ["--selector", "s1"], ["--resolver", "192.0.2.7"]])
def test_what_is_told_as_it_was_found_has_no_conditions(run: Run, words: list[str]) -> None:
    assert run("doctor", "--last", *words).returncode == 64


def test_the_file_that_gives_the_settings_is_named(run: Run, tmp_path: Path) -> None:
    with DnsServer({}) as server:
        resolver = "{}:{}".format(*server.address)
        done = run("doctor", "--resolver", resolver, MAIL_PANEL_SETTINGS=str(tmp_path / "mail.conf"))
        without = run("doctor", "--resolver", resolver)

    assert f"The settings come from {tmp_path / 'mail.conf'}." in done.stdout
    assert "The settings come from" not in without.stdout
    assert done.returncode == without.returncode == 0
