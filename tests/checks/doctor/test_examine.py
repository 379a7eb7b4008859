"""The doctor's findings, against a resolver and a mail server that say what a test needs."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from panel import clock
from panel.checks.doctor.examine import examine
from panel.checks.doctor.finding import Finding, FindingStatus
from panel.checks.doctor.places import field_to_change
from panel.checks.doctor.sender_policy import record_with
from panel.config import Config
from panel.services import Services, open_services
from panel.settings.model import Settings
from panel.storage import vault
from tests.support.actors import actor
from tests.support.credentials import lay_down
from tests.support.dns_server import DnsServer
from tests.support.servers import Authority, SmtpServer, settings_for

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
GOOD = {
    ("example.org", "MX"): ["10 mx.example.org."],
    ("example.org", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 include:_spf.google.com -all"'],
    ("s1._domainkey.example.org", "TXT"): ['"v=DKIM1; p=MIGf"'],
    ("_dmarc.example.org", "TXT"): ['"v=DMARC1; p=reject"'],
    ("app.example.org", "A"): ["192.0.2.7"],
    ("7.2.0.192.in-addr.arpa", "PTR"): ["app.example.org."],
    ("_spf.google.com", "TXT"): ['"v=spf1 ip4:198.51.100.0/24 ~all"'],
}


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return open_services(Config(home=tmp_path / "home"))


@pytest.fixture
def settings(submission: SmtpServer, authority: Authority) -> Settings:
    return settings_for(submission, authority, from_address="report@mail.example.org")


def found(
    services: Services,
    settings: Settings,
    zone: dict[tuple[str, str], list[str]],
    *,
    address: str | None = None,
    selectors: tuple[str, ...] = (),
    silent: tuple[str, ...] = (),
    seconds: float = 20,
    base: int = 0,
) -> dict[str, Finding]:
    """Save the settings and give the findings by name."""
    services.settings.save(settings, base=base, by=actor("ken"), now=NOW)
    with DnsServer(zone, silent=silent) as server:
        asked = {"address": address, "selectors": selectors, "resolver": server.address, "seconds": seconds}
        findings = examine(services.config, services.database, services.settings.current(), clock.now(), **asked)
    return {each.name: each for each in findings}


def at_org(settings: Settings) -> Settings:
    return replace(settings, from_address="report@example.org")


def test_a_house_in_order_has_no_problem(services: Services, settings: Settings) -> None:
    findings = found(services, at_org(settings), GOOD, address="192.0.2.7", selectors=("s1",))

    assert {each.name: each.status for each in findings.values() if each.status is FindingStatus.PROBLEM} == {}
    assert all(
        findings[name].status is FindingStatus.OK for name in ("spf", "dkim", "dmarc", "mx", "ptr", "certificate")
    )


def test_nobody_logs_in_and_nothing_is_sent(services: Services, settings: Settings, submission: SmtpServer) -> None:
    found(services, at_org(settings), GOOD)

    assert {command.split()[0] for command in submission.commands} == {"EHLO", "STARTTLS", "QUIT"}


def test_an_address_that_spf_leaves_out_comes_with_the_record_to_publish(
    services: Services, settings: Settings
) -> None:
    finding = found(services, at_org(settings), GOOD, address="203.0.113.9")["spf"]

    assert finding.status is FindingStatus.PROBLEM
    assert finding.record == ('example.org. TXT "v=spf1 ip4:192.0.2.0/24 include:_spf.google.com ip4:203.0.113.9 -all"')


def test_spf_with_more_than_ten_look_ups_is_broken(services: Services, settings: Settings) -> None:
    chain = {(f"{each}.example.org", "TXT"): [f'"v=spf1 include:{each + 1}.example.org -all"'] for each in range(12)}
    zone = {**GOOD, **chain, ("example.org", "TXT"): ['"v=spf1 include:0.example.org -all"']}

    finding = found(services, at_org(settings), zone, address="203.0.113.9")["spf"]

    assert (finding.status, finding.what.message.startswith("The SPF record")) == (FindingStatus.PROBLEM, True)


def test_a_service_has_to_be_covered_by_spf(services: Services, settings: Settings) -> None:
    at_google = replace(at_org(settings), smtp_host="smtp.gmail.com", smtp_port=1)
    bare = {**GOOD, ("example.org", "TXT"): ['"v=spf1 mx -all"']}

    assert found(services, at_google, GOOD)["spf"].status is FindingStatus.OK
    services.settings.save(settings, base=1, by=actor("ken"), now=NOW)
    with DnsServer(bare) as server:
        services.settings.save(at_google, base=2, by=actor("ken"), now=NOW)
        findings = examine(
            services.config, services.database, services.settings.current(), clock.now(), resolver=server.address
        )
    assert [each.record for each in findings if each.name == "spf"] == [
        'example.org. TXT "v=spf1 mx include:_spf.google.com -all"'
    ]


@pytest.mark.parametrize(
    "record",
    ["v=spf1 mx -all", "v=spf1 include:example.org -all", "v=spf1 redirect=example.org", "v=spf1 a:..org -all"],
)
def test_an_spf_record_that_leads_nowhere_is_a_finding(services: Services, settings: Settings, record: str) -> None:
    zone = {**GOOD, ("example.org", "MX"): ["0 ."], ("example.org", "TXT"): [f'"{record}"']}

    finding = found(services, at_org(settings), zone, address="203.0.113.9")["spf"]

    assert finding.status is FindingStatus.PROBLEM


def test_a_long_record_is_cut_into_the_strings_of_a_txt_record() -> None:
    record = record_with(
        "example.org", "ip4:192.0.2.1", "v=spf1 " + " ".join(f"ip4:192.0.2.{each}" for each in range(40))
    )

    strings = record.removeprefix("example.org. TXT ").strip('"').split('" "')
    assert max(map(len, strings)) == 255
    assert "".join(strings).endswith("ip4:192.0.2.39 ip4:192.0.2.1")


def test_a_key_that_was_withdrawn_is_no_key(services: Services, settings: Settings) -> None:
    zone = {**GOOD, ("s1._domainkey.example.org", "TXT"): ['"v=DKIM1; p="']}

    assert found(services, at_org(settings), zone, selectors=("s1",))["dkim"].status is FindingStatus.PROBLEM


@pytest.mark.parametrize(
    ("record", "said"), [("v=DMARC1; p=reject; sp=none", "none"), ("v=DMARC1; p=reject", "reject"), ("v=DMARC1", "")]
)
def test_a_subdomain_has_its_own_policy_where_there_is_one(
    services: Services, settings: Settings, record: str, said: str
) -> None:
    zone = {**GOOD, ("_dmarc.example.org", "TXT"): [f'"{record}"']}

    assert found(services, settings, zone)["dmarc"].what.values.get("policy", "") == said


@pytest.mark.parametrize(("selectors", "status"), [((), FindingStatus.PROBLEM), (("s9",), FindingStatus.OK)])
def test_a_service_with_a_return_path_of_its_own_needs_a_key(
    services: Services, settings: Settings, selectors: tuple[str, ...], status: FindingStatus
) -> None:
    zone = {**GOOD, ("s9._domainkey.example.org", "TXT"): ['"v=DKIM1; p=MIGf"']}
    del zone["s1._domainkey.example.org", "TXT"]
    at_sendgrid = replace(at_org(settings), smtp_host="smtp.sendgrid.net", smtp_port=1)

    assert found(services, at_sendgrid, zone, selectors=selectors)["dmarc"].status is status


def test_a_name_in_ehlo_that_leads_elsewhere_is_told(services: Services, settings: Settings) -> None:
    assert found(services, settings, GOOD, address="203.0.113.9")["local_hostname"].status is FindingStatus.WARNING
    assert found(services, settings, GOOD, address="192.0.2.7", base=1)["local_hostname"].status is FindingStatus.OK


@pytest.mark.parametrize(("day", "message"), [("2026-11-24", "From %(date)s"), ("2027-01-01", "Since %(date)s")])
def test_a_password_that_is_about_to_end_is_told_with_its_day(
    services: Services, settings: Settings, day: str, message: str
) -> None:
    services.settings.save(
        replace(settings, smtp_host="smtp.office365.com", smtp_port=1), base=0, by=actor("ken"), now=NOW
    )
    with DnsServer({}) as server:
        findings = examine(
            services.config,
            services.database,
            services.settings.current(),
            datetime.fromisoformat(f"{day}T09:00:00+00:00"),
            resolver=server.address,
        )

    [login] = [each for each in findings if each.name == "login"]
    assert (login.status, login.what.values["date"]) == (FindingStatus.WARNING, "2026-12-31")
    assert login.what.message.startswith(message)


def test_a_service_that_takes_no_password_is_a_problem(services: Services, settings: Settings) -> None:
    at_outlook = replace(settings, smtp_host="smtp-mail.outlook.com", smtp_port=1)

    assert found(services, at_outlook, {})["login"].status is FindingStatus.PROBLEM


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"send_interval_ms": 6000}, True),
        ({"send_interval_ms": 6000, "max_per_day": 501}, True),
        ({"send_interval_ms": 6000, "max_per_day": 500}, False),
        ({"send_interval_ms": 172_800}, False),
    ],
)
def test_a_day_that_the_interval_does_not_keep_is_told(
    services: Services, settings: Settings, changes: dict[str, int], told: bool
) -> None:
    at_google = replace(settings, smtp_host="smtp.gmail.com", smtp_port=1, **changes)

    assert ("caps" in found(services, at_google, {})) is told


LIARS: dict[str, dict[str, object]] = {
    "silent": {"silent": ("example.org", "_dmarc.example.org", "app.example.org")},
    "broken": {"broken": ("example.org", "_dmarc.example.org", "app.example.org")},
    "garbled": {"garbled": ("example.org", "_dmarc.example.org", "app.example.org")},
    "lying": {"lying": ("example.org", "_dmarc.example.org", "app.example.org")},
    "truncated": {"truncated": ("example.org", "_dmarc.example.org")},
    "everything": {
        "for_all": {"TXT": ['"v=spf1 include:x.example.org include:y.example.org ?all"'], "A": ["192.0.2.1"]}
    },
}


@pytest.mark.parametrize("how", LIARS.values(), ids=LIARS)
def test_whatever_a_resolver_does_there_is_a_finding_in_time(
    services: Services, settings: Settings, how: dict[str, object]
) -> None:
    services.settings.save(at_org(settings), base=0, by=actor("ken"), now=NOW)
    began = time.monotonic()

    with DnsServer(GOOD, **how) as server:
        findings = examine(
            services.config,
            services.database,
            services.settings.current(),
            clock.now(),
            address="203.0.113.9",
            resolver=server.address,
            seconds=2,
        )

    assert time.monotonic() - began < 10  # the limit is two seconds, on a machine that does other things, too
    assert {"mx", "spf", "dkim", "dmarc", "ptr", "local_hostname"} <= {each.name for each in findings}


def test_a_name_that_leads_round_in_a_circle_is_a_finding(services: Services, settings: Settings) -> None:
    circle = {("app.example.org", "CNAME"): ["b.example.org."], ("b.example.org", "CNAME"): ["app.example.org."]}

    finding = found(services, settings, circle)["local_hostname"]

    assert finding.status in (FindingStatus.WARNING, FindingStatus.UNKNOWN)


def test_dmarc_is_looked_for_at_the_organisational_domain(services: Services, settings: Settings) -> None:
    assert found(services, settings, GOOD)["dmarc"].status is FindingStatus.OK


def test_a_missing_policy_comes_with_a_record(services: Services, settings: Settings) -> None:
    finding = found(services, settings, {})["dmarc"]

    assert finding.record.startswith('_dmarc.example.org. TXT "v=DMARC1; p=none')


@pytest.mark.parametrize(
    ("zone", "status"),
    [
        ({("7.2.0.192.in-addr.arpa", "PTR"): ["other.example.org."]}, FindingStatus.WARNING),
        ({}, FindingStatus.PROBLEM),
    ],
)
def test_an_address_needs_a_name_that_leads_back(
    services: Services, settings: Settings, zone: dict[tuple[str, str], list[str]], status: FindingStatus
) -> None:
    assert found(services, settings, zone, address="192.0.2.7")["ptr"].status is status


def test_a_silent_resolver_is_no_verdict_on_the_domain(services: Services, settings: Settings) -> None:
    silent = ("example.org", "_dmarc.example.org", "app.example.org")

    findings = found(services, at_org(settings), GOOD, silent=silent, seconds=2)

    assert {findings[name].status for name in ("mx", "spf", "dmarc", "local_hostname")} == {FindingStatus.UNKNOWN}


def test_an_interval_below_the_services_limit_is_told(services: Services, settings: Settings) -> None:
    at_google = replace(settings, smtp_host="smtp.gmail.com", smtp_port=1, send_interval_ms=100)

    assert found(services, at_google, {})["interval"].status is FindingStatus.WARNING


def test_a_home_that_others_may_read_is_a_problem(services: Services, settings: Settings) -> None:
    services.config.home.chmod(0o755)

    assert found(services, settings, {})["home"].status is FindingStatus.PROBLEM


def test_a_key_that_is_left_in_the_home_while_keys_come_from_elsewhere_is_told(
    services: Services, settings: Settings, tmp_path: Path
) -> None:
    copied = lay_down(tmp_path / "credentials", *vault.load_keys(services.config.key_path))
    moved = open_services(replace(services.config, credential=copied))

    told = found(moved, settings, {})["key"]
    services.config.key_path.unlink()

    assert (told.status, told.what.values) == (FindingStatus.WARNING, {"path": tmp_path / "home" / "key"})
    assert found(moved, settings, {}, base=1)["key"].status is FindingStatus.OK


def test_a_clock_that_went_back_is_a_problem(services: Services, settings: Settings) -> None:
    services.settings.save(settings, base=0, by=actor("ken"), now=clock.now() + timedelta(days=1))

    with DnsServer({}) as server:
        findings = examine(
            services.config, services.database, services.settings.current(), clock.now(), resolver=server.address
        )

    assert [each.status for each in findings if each.name == "clock"] == [FindingStatus.PROBLEM]


def test_an_empty_home_is_examined_without_asking_anybody(services: Services) -> None:
    with DnsServer({}) as server:
        findings = examine(
            services.config, services.database, services.settings.current(), clock.now(), resolver=server.address
        )

    assert "spf" not in {each.name for each in findings}


ELSEWHERE = {
    **GOOD,
    ("bounces.example.net", "MX"): ["10 mx.example.net."],
    ("bounces.example.net", "TXT"): ['"v=spf1 ip4:203.0.113.0/24 -all"'],
}


def with_bounces(settings: Settings, domain: str = "bounces.example.net") -> Settings:
    return replace(at_org(settings), bounce_address=f"in@{domain}")


def test_spf_is_that_of_the_bounce_address(services: Services, settings: Settings) -> None:
    findings = found(services, with_bounces(settings), ELSEWHERE, address="203.0.113.9", selectors=("s1",))

    assert findings["spf"].status is FindingStatus.OK
    assert findings["spf"].what.values["domain"] == "bounces.example.net"
    assert findings["bounce_address"].status is FindingStatus.OK
    assert findings["bounce_address"].what.values["host"] == "mx.example.net"


@pytest.mark.parametrize(
    ("policy", "keyed", "status"),
    [
        ("none", False, FindingStatus.WARNING),
        ("reject", False, FindingStatus.PROBLEM),
        ("reject", True, FindingStatus.OK),
    ],
)
def test_dmarc_rests_on_dkim_alone_where_bounces_go_to_another_domain(
    services: Services, settings: Settings, policy: str, keyed: bool, status: FindingStatus
) -> None:
    zone = {**ELSEWHERE, ("_dmarc.example.org", "TXT"): [f'"v=DMARC1; p={policy}"']}

    finding = found(services, with_bounces(settings), zone, selectors=("s1" if keyed else "none",))["dmarc"]

    assert finding.status is status
    assert finding.what.values["bounces"] == "bounces.example.net"


@pytest.mark.parametrize(("alignment", "counts"), [("r", True), ("s", False)])
def test_a_bounce_address_below_the_domain_counts_unless_alignment_is_strict(
    services: Services, settings: Settings, alignment: str, counts: bool
) -> None:
    zone = {
        **GOOD,
        ("_dmarc.example.org", "TXT"): [f'"v=DMARC1; p=none; aspf={alignment}"'],
        ("b.example.org", "MX"): ["10 mx.example.org."],
    }

    finding = found(services, with_bounces(settings, "b.example.org"), zone, selectors=("none",))["dmarc"]

    assert (finding.status is FindingStatus.OK) == counts


@pytest.mark.parametrize("mx", [[], ["0 ."]])
def test_a_bounce_address_that_can_receive_nothing_is_a_problem(
    services: Services, settings: Settings, mx: list[str]
) -> None:
    zone = {**GOOD, **({("void.example.net", "MX"): mx} if mx else {})}

    finding = found(services, with_bounces(settings, "void.example.net"), zone)["bounce_address"]

    assert finding.status is FindingStatus.PROBLEM


def test_a_service_that_wants_both_addresses_the_same_is_named(services: Services, settings: Settings) -> None:
    at_sakura = replace(with_bounces(settings), smtp_host="shop.sakura.ne.jp", smtp_port=1)

    finding = found(services, at_sakura, ELSEWHERE)["bounce_address"]

    assert finding.status is FindingStatus.PROBLEM
    assert "same" in finding.what.message


def test_without_a_bounce_address_nothing_is_said_of_it(services: Services, settings: Settings) -> None:
    assert "bounce_address" not in found(services, at_org(settings), GOOD)


def test_a_domain_that_takes_no_mail_is_told_as_that(services: Services, settings: Settings) -> None:
    zone = {**GOOD, ("example.org", "MX"): ["0 ."]}

    finding = found(services, at_org(settings), zone)["mx"]

    assert (finding.status, "RFC 7505" in finding.what.message) == (FindingStatus.PROBLEM, True)


def test_a_server_that_takes_smaller_messages_than_the_doors_is_told(services: Services, settings: Settings) -> None:
    assert "message_size" not in found(services, settings, GOOD)

    finding = found(services, replace(settings, max_message_bytes=40 * 1024 * 1024), GOOD, base=1)["message_size"]

    assert finding.status is FindingStatus.WARNING
    assert (finding.what.values["most"], finding.what.values["largest"]) == ("32 MiB", "40 MiB")
    assert field_to_change(finding) == "max_message_bytes"
