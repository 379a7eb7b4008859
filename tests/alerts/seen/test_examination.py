"""The doctor examines by itself and when somebody asks, and what it sees of certificates serves the alerts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from panel import clock
from panel.alerts.seen.examination import examine_asked, examine_if_due
from panel.checks.doctor.finding import FindingStatus
from panel.checks.examinations.examination import EVERY, Conditions, Why
from panel.checks.examinations.store import ExaminationRunning
from panel.config import Config
from panel.outbox.pace.patience import certificate_end, name_of
from panel.services import Services, open_services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.dns_server import DnsServer
from tests.support.servers import Authority, SmtpServer, settings_for

BY = actor("hanako")
LATER = timedelta(minutes=1)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with DnsServer({("s9._domainkey.example.org", "TXT"): ['"v=DKIM1; p=MIGf"']}) as server:
        yield open_services(Config(home=tmp_path / "home", locale="en", resolver=server.address))


@pytest.fixture
def settings(submission: SmtpServer, authority: Authority) -> Settings:
    return settings_for(submission, authority, smtp_auth=False, smtp_user="", smtp_password="")


def save(services: Services, settings: Settings) -> None:
    services.settings.save(settings, base=services.settings.newest(), by=BY, now=clock.now())


def test_conditions_that_somebody_gives_are_those_of_the_next_by_itself(services: Services, settings: Settings) -> None:
    save(services, settings)
    asked = examine_asked(services, Conditions("", ("s9",)), by=BY)
    save(services, replace(settings, from_name="Other"))

    found = examine_if_due(services, clock.now() + LATER)

    assert found
    assert (asked.why, asked.asked_by, found.why, found.asked_by) == (Why.ASKED, "hanako", Why.SAVED, "")
    assert found.version == 2
    assert [each.status for each in found.findings if each.name == "dkim"] == [FindingStatus.OK]
    assert examine_if_due(services, clock.now() + LATER) is None
    assert examine_if_due(services, found.at + EVERY)


def test_a_certificate_that_was_seen_is_noted_where_the_alerts_look(
    services: Services, settings: Settings, submission: SmtpServer
) -> None:
    save(services, settings)

    found = examine_asked(services, Conditions(), by=BY)

    [seen] = [each for each in found.findings if each.name == "certificate"]
    assert seen.ends
    assert certificate_end(services.database, name_of("localhost", submission.port)) == seen.ends


def test_one_that_breaks_off_keeps_nothing_and_can_be_asked_for_again(
    services: Services, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(services, settings)
    with monkeypatch.context() as patched:
        patched.setattr("panel.alerts.seen.examination.examine", _break_off)
        with pytest.raises(ZeroDivisionError):
            examine_asked(services, Conditions(), by=BY)

    assert services.examinations.latest() is None
    assert examine_asked(services, Conditions(), by=BY)


def test_while_one_is_under_way_no_other_begins(services: Services, settings: Settings) -> None:
    save(services, settings)
    services.examinations.begin(by=BY, now=clock.now())

    with pytest.raises(ExaminationRunning):
        examine_asked(services, Conditions(), by=actor("taro"))
    assert examine_if_due(services, clock.now() + LATER) is None


def _break_off(*_arguments: object, **_values: object) -> None:
    raise ZeroDivisionError
