"""The metrics, read by Prometheus' own parsers."""

from __future__ import annotations

import re
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics import parser as open_metrics
from prometheus_client.parser import text_string_to_metric_families as parsed

from panel.checks.metrics import exposition
from panel.checks.trial.report import Mode, Report
from panel.config import Config
from panel.mail.smtp.protocol import Stage
from panel.outbox.delivery.claim import Claim
from panel.outbox.pace.pace import Terms
from panel.services import Services, open_services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.mail import NOW, OneByOne, at, broken, mail, taken
from tests.support.needs import find
from tests.support.reports import VACATION, report, status_of

UNSET = Terms(version=0)


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return open_services(Config(home=tmp_path / "home"))


@pytest.fixture
def claims(services: Services) -> OneByOne:
    return OneByOne(services.database)


def scrape(services: Services, seconds: float = 0) -> dict[str, Metric]:
    text, _ = exposition(services.database, services.settings.current(), at(seconds))
    return {each.name: each for each in parsed(text.decode())}


def values(metric: Metric) -> dict[str, float]:
    """Give a metric's values by its only label."""
    return {next(iter(each.labels.values()), ""): each.value for each in metric.samples}


def claim(services: Services, claims: OneByOne) -> Claim:
    services.outbox.enqueue(mail(), by=actor(via="api"), now=NOW)
    got = claims.claim("1-a", UNSET, at())
    assert isinstance(got, Claim)
    return got


def test_an_empty_panel_has_zeros_where_a_rate_is_wanted(services: Services) -> None:
    found = scrape(services)

    assert values(found["mail_panel_attempts"]) == dict.fromkeys(
        ["sent", "deferred", "failed", "held", "returned", "uncertain"], 0
    )
    assert set(values(found["mail_panel_messages"]).values()) == {0}
    assert values(found["mail_panel_oldest_waiting_seconds"]) == {"": 0}
    assert values(found["mail_panel_held"]) == {"": 0}
    assert values(found["mail_panel_workers"]) == {"": 0}
    assert "mail_panel_worker_heartbeat_age_seconds" not in found


def test_what_waits_is_counted_and_its_age_told(services: Services) -> None:
    services.outbox.enqueue(mail(), by=actor(via="smtp"), now=NOW)

    found = scrape(services, 90)

    assert values(found["mail_panel_messages"])["queued"] == 1
    assert values(found["mail_panel_oldest_waiting_seconds"]) == {"": 90}
    assert values(found["mail_panel_queued"]) == {"smtp": 1}


def test_the_server_that_mail_leaves_by_is_told_where_there_are_two(services: Services, claims: OneByOne) -> None:
    assert "mail_panel_sending_server" not in scrape(services)
    two = Settings(
        smtp_host="a.example.org", second=True, second_smtp_host="b.example.org", second_send_interval_ms=500
    )
    version = services.settings.save(two, base=0, by=actor(), now=NOW)
    services.outbox.enqueue(mail(), by=actor(), now=NOW)
    got = claims.claim("1-a", Terms.of(version), at())
    assert isinstance(got, Claim)
    claims.settle(got, broken(got, Stage.AUTH, "535 5.7.8 No"), at())
    assert values(scrape(services, 599)["mail_panel_sending_server"]) == {"first": 1, "second": 0}

    found = scrape(services, 601)

    assert values(found["mail_panel_sending_server"]) == {"first": 0, "second": 1}
    assert values(found["mail_panel_held"]) == {"login_refused": 1}  # what the second makes up for is told yet
    assert values(found["mail_panel_second_held"]) == {"": 0}
    assert values(found["mail_panel_interval_seconds"]) == {"": 0.5}


def test_totals_outlive_the_rows_and_the_process(services: Services, claims: OneByOne) -> None:
    claims.settle(got := claim(services, claims), taken(got), at())
    claims.settle(got := claim(services, claims), broken(got, Stage.RCPT, "550 5.1.1 No such user"), at())
    services.outbox.purge(bodies_before=NOW, log_before=NOW + timedelta(days=1))

    found = scrape(open_services(services.config))

    attempts = values(found["mail_panel_attempts"])
    assert (attempts["sent"], attempts["failed"]) == (1, 1)
    assert values(found["mail_panel_refusals"]) == {"recipient_unknown": 1}
    assert set(values(found["mail_panel_messages"]).values()) == {0}


def test_what_comes_back_is_counted_by_what_became_of_it_and_by_its_cause(services: Services, claims: OneByOne) -> None:
    assert values(scrape(services)["mail_panel_bounces"]) == {"matched": 0, "unmatched": 0, "dropped": 0}
    claims.settle(got := claim(services, claims), taken(got), at())

    for data in (report(), report(), VACATION, report(status_of("a@b"), status_of("c@d"), message_id="<x@y>")):
        services.bounces.take(data, by=actor(), now=NOW)

    found = scrape(services)
    assert values(found["mail_panel_bounces"]) == {"matched": 1, "unmatched": 1, "dropped": 2}
    assert values(found["mail_panel_bounced"]) == {"recipient_unknown": 1}
    assert values(found["mail_panel_attempts"])["sent"] == 1
    assert values(found["mail_panel_refusals"]) == {}


def test_a_hold_is_told_with_its_cause(services: Services, claims: OneByOne) -> None:
    got = claim(services, claims)
    claims.settle(got, broken(got, Stage.AUTH, "535 5.7.8 No", cause="login_refused"), at())

    assert values(scrape(services)["mail_panel_held"]) == {"login_refused": 1}


def test_a_hold_that_heals_tells_when(services: Services, claims: OneByOne) -> None:
    got = claim(services, claims)
    claims.settle(got, taken(got), at())
    assert "mail_panel_held_retry_seconds" not in scrape(services)
    got = claim(services, claims)
    claims.settle(got, broken(got, Stage.AUTH, "535 5.7.8 No"), at())

    assert values(scrape(services, 60)["mail_panel_held_retry_seconds"]) == {"": 14 * 60}


def test_a_slower_interval_is_told_beside_the_set_one(services: Services, claims: OneByOne) -> None:
    got = claim(services, claims)
    claims.settle(got, broken(got, Stage.MAIL, "450 4.7.1 max 12 per minute", cause="rate_limited"), at())

    found = scrape(services)

    assert values(found["mail_panel_interval_seconds"]) == {"": 0}
    assert values(found["mail_panel_interval_in_force_seconds"])[""] > 5


def test_a_pause_and_a_worker_are_told(services: Services) -> None:
    services.pace.pause(by=actor("hanako"), now=NOW)
    services.heartbeats.beat("1-a", message=None, now=NOW)

    found = scrape(services, 7)

    assert values(found["mail_panel_paused"]) == values(found["mail_panel_workers"]) == {"": 1}
    assert values(found["mail_panel_worker_heartbeat_age_seconds"]) == {"": 7}
    assert values(scrape(services, 61)["mail_panel_workers"]) == {"": 0}


def test_a_test_counts_once_when_it_has_ended(services: Services) -> None:
    report = Report(Mode.CHECK, "taro@example.net", "localhost", 25, NOW)
    number = services.trials.begin(report, by=actor("hanako"), fingerprint="", now=NOW)
    assert values(scrape(services)["mail_panel_tests"])["stopped"] == 0

    for _ in range(2):
        services.trials.finish(number, report.stopped(), 1)

    assert values(scrape(services)["mail_panel_tests"])["stopped"] == 1


def test_promtool_finds_nothing_to_complain_of(services: Services) -> None:
    services.outbox.enqueue(mail(), by=actor(via="api"), now=NOW)
    text, _ = exposition(services.database, services.settings.current(), at())

    promtool = find("promtool")
    if promtool is None:  # too large to ask for
        pytest.skip("promtool is not installed (Debian package: prometheus)")

    checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)

    assert (checked.returncode, checked.stderr) == (0, b"")


def test_a_scraper_may_ask_for_openmetrics(services: Services) -> None:
    text, content_type = exposition(
        services.database, services.settings.current(), at(), "application/openmetrics-text;version=1.0.0"
    )

    names = [each.name for each in open_metrics.text_string_to_metric_families(text.decode())]

    assert content_type.startswith("application/openmetrics-text; version=1.0.0")
    assert all(re.fullmatch("mail_panel_[a-z_]+", name) for name in names)


def test_a_monitor_sees_that_mail_does_not_go_to_those_it_is_for(services: Services) -> None:
    before = values(scrape(services)["mail_panel_staging"])

    services.settings.save(Settings(redirect_to="staging@example.com"), base=0, by=actor(), now=NOW)

    assert (before, values(scrape(services)["mail_panel_staging"])) == ({"": 0}, {"": 1})
