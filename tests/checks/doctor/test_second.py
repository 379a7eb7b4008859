"""The doctor looks at the second server as at the first, and says whether mail by it would be believed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from panel import clock
from panel.checks.doctor.examine import examine
from panel.checks.doctor.finding import Finding, FindingStatus
from panel.config import Config
from panel.services import Services, open_services
from panel.settings.model import Settings
from tests.checks.doctor.test_examine import GOOD
from tests.support.actors import actor
from tests.support.dns_server import DnsServer
from tests.support.scripted import ScriptedServer, is_silent
from tests.support.servers import Authority, Loop, SmtpServer, settings_for

Zone = dict[tuple[str, str], list[str]]


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return open_services(Config(home=tmp_path / "home"))


@pytest.fixture
def two(submission: SmtpServer, loop: Loop, authority: Authority) -> Settings:
    """Settings whose servers both answer, without a login."""
    other = SmtpServer().start(loop, authority=authority)
    one = settings_for(submission, authority, smtp_auth=False, smtp_user="", smtp_password="")
    return replace(one.with_second(replace(one, smtp_port=other.port)), second=True)


def findings(services: Services, settings: Settings, zone: Zone, *, seconds: float = 20) -> list[Finding]:
    services.settings.save(settings, base=services.settings.newest(), by=actor("ken"), now=clock.now())
    with DnsServer(zone) as server:
        asked = {"resolver": server.address, "seconds": seconds}
        return examine(services.config, services.database, services.settings.current(), clock.now(), **asked)


def of_second(services: Services, settings: Settings, zone: Zone) -> dict[str, Finding]:
    return {each.name: each for each in findings(services, settings, zone) if each.server == "second"}


def at_host(settings: Settings, host: str, **more: object) -> Settings:
    return replace(settings, second_smtp_host=host, second_smtp_port=1, **more)


def test_each_finding_about_a_server_names_it(services: Services, two: Settings) -> None:
    found = findings(services, two, GOOD)

    names = {server: {each.name for each in found if each.server == server} for server in ("first", "second", "")}
    assert {"local_hostname", "certificate", "interval", "spf", "dkim", "dmarc"} <= names["first"]
    assert {"local_hostname", "certificate", "interval", "spf", "dkim", "dmarc", "ca_certificate"} == names["second"]
    assert {"home", "key", "database", "clock", "mx"} <= names[""]


def test_with_one_server_none_is_named(services: Services, two: Settings) -> None:
    found = findings(services, replace(two, second=False), GOOD)

    assert {each.server for each in found} == {""}
    assert len([each for each in found if each.name == "certificate"]) == 1


def test_a_first_server_that_does_not_answer_leaves_the_second_its_time(services: Services, two: Settings) -> None:
    with ScriptedServer(is_silent) as silent:
        found = findings(services, replace(two, smtp_port=silent.port), GOOD, seconds=3)

    certificates = {each.server: each.status for each in found if each.name == "certificate"}
    assert certificates == {"first": FindingStatus.PROBLEM, "second": FindingStatus.OK}


def test_a_second_that_does_not_answer_is_a_problem_before_it_is_needed(services: Services, two: Settings) -> None:
    found = of_second(services, replace(two, second_smtp_port=1), GOOD)

    assert found["certificate"].status is FindingStatus.PROBLEM
    assert "localhost" in str(found["certificate"].what)


def test_the_same_server_twice_is_no_second(services: Services, two: Settings) -> None:
    found = of_second(services, replace(two, second_smtp_port=two.smtp_port), GOOD)

    assert found["second"].status is FindingStatus.WARNING


def test_a_service_that_spf_does_not_cover_comes_with_the_record(services: Services, two: Settings) -> None:
    found = of_second(services, at_host(two, "smtp.sendgrid.net"), GOOD)

    assert found["spf"].status is FindingStatus.PROBLEM
    assert "include:_spf.google.com include:sendgrid.net -all" in found["spf"].record
    assert found["dmarc"].status is FindingStatus.PROBLEM  # p=reject, and it has a return path of its own
    covered = of_second(services, at_host(two, "smtp.gmail.com"), GOOD)
    assert (covered["spf"].status, covered["dmarc"].status) == (FindingStatus.OK, FindingStatus.OK)


@pytest.mark.parametrize(
    ("address", "spf", "dmarc"),
    [
        ("192.0.2.9", FindingStatus.OK, FindingStatus.OK),
        ("203.0.113.9", FindingStatus.WARNING, FindingStatus.PROBLEM),
        ("10.0.0.9", FindingStatus.UNKNOWN, FindingStatus.WARNING),
    ],
)
def test_a_server_of_your_own_is_looked_for_in_spf_by_its_address(
    services: Services, two: Settings, address: str, spf: FindingStatus, dmarc: FindingStatus
) -> None:
    zone = {**GOOD, ("mail2.example.org", "A"): [address]}

    found = of_second(services, at_host(two, "mail2.example.org"), zone)

    assert (found["spf"].status, found["dmarc"].status) == (spf, dmarc)
    if spf is FindingStatus.WARNING:
        assert "ip4:203.0.113.9 -all" in found["spf"].record


def test_under_a_policy_of_none_what_does_not_pass_is_a_warning(services: Services, two: Settings) -> None:
    zone = {
        **GOOD,
        ("mail2.example.org", "A"): ["203.0.113.9"],
        ("_dmarc.example.org", "TXT"): ['"v=DMARC1; p=none"'],
    }

    found = of_second(services, at_host(two, "mail2.example.org"), zone)

    assert found["dmarc"].status is FindingStatus.WARNING


def test_its_interval_is_held_against_its_own_service(services: Services, two: Settings) -> None:
    fast = at_host(replace(two, send_interval_ms=60_000), "smtp.gmail.com", second_send_interval_ms=0)

    found = findings(services, fast, GOOD)

    assert {each.server: each.status for each in found if each.name == "caps"}.get("second") is FindingStatus.WARNING


def test_a_login_of_the_second_by_oauth2_says_whether_somebody_signed_in(services: Services, two: Settings) -> None:
    by_token = at_host(
        two,
        "smtp.gmail.com",
        second_smtp_auth=True,
        second_smtp_user="report@example.org",
        second_smtp_login="oauth2",
        second_oauth_provider="google",
        second_oauth_client_id="client",
        second_oauth_client_secret="secret",
    )

    found = of_second(services, by_token, GOOD)

    assert found["oauth_grant"].status is FindingStatus.PROBLEM
