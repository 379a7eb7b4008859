"""The doctor says whether somebody hears of it when mail stops."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from panel.alerts.destination import Destination, DestinationKind
from panel.alerts.seen.findings import examine_alerts
from panel.checks.doctor.finding import FindingStatus
from panel.settings.model import Settings

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)


def destination(**given: object) -> Destination:
    known = {"kind": DestinationKind.PING, "host": "hc.example.org", "values": {}, "secrets": {}, "tested_at": NOW}
    return Destination(number=1, version=1, **{**known, **given})


LATELY, LONG_AGO = NOW - timedelta(days=179), NOW - timedelta(days=181)
MAIN = Settings(from_address="app@example.org", smtp_host="smtp.example.org", smtp_user="app")
LOGIN = {"host": "smtp.example.org", "port": "587", "tls": "yes", "user": "app", "from": "app@example.org"}
SAME = {"kind": DestinationKind.MAIL, "values": LOGIN}  # as the settings are by now, whatever they were then
OTHER = {"kind": DestinationKind.MAIL, "values": {**LOGIN, "host": "other.example.org", "same_server": "yes"}}
BY_SECOND = {"kind": DestinationKind.MAIL, "values": {"server": "second"}}
SAID = [
    ([], "Nobody is told when mail stops."),
    ([destination(**SAME)], "Alerts leave only by the server whose mail may stop."),
    ([destination(**SAME), destination(disabled_at=NOW)], "Alerts leave only by"),
    ([destination(**SAME), destination(**BY_SECOND)], "Alerts leave only by"),
    ([destination(**BY_SECOND)], "No alert can reach a destination."),
    ([destination(tested_at=None)], "No destination of the alerts was tested within 180 days."),
    ([destination(tested_at=LONG_AGO), destination(tested_at=None)], "was tested within 180 days."),
    ([destination(readable=False)], "No alert can reach a destination."),
    ([destination(disabled_at=NOW)], "No alert can reach a destination."),
    ([destination(failing_since=NOW - timedelta(hours=1))], "No alert can reach a destination."),
]


@pytest.mark.parametrize(("destinations", "said"), SAID)
def test_what_keeps_everybody_from_hearing_is_a_warning(destinations: list[Destination], said: str) -> None:
    found = examine_alerts(destinations, MAIN, NOW)

    assert found.status is FindingStatus.WARNING
    assert said in str(found.what)
    assert found.do


@pytest.mark.parametrize(
    "destinations",
    [
        [destination(tested_at=LATELY)],
        [destination(**SAME), destination()],
        [destination(**OTHER)],
        [destination(tested_at=None), destination(tested_at=LATELY)],
        [destination(failing_since=NOW - timedelta(minutes=59))],
    ],
)
def test_one_way_that_is_open_and_tested_is_enough(destinations: list[Destination]) -> None:
    assert examine_alerts(destinations, MAIN, NOW).status is FindingStatus.OK


def test_alerts_that_are_switched_off_are_said() -> None:
    found = examine_alerts([destination()], MAIN, NOW, on=False)

    assert found.status is FindingStatus.WARNING
    assert "MAIL_PANEL_ALERTS" in str(found.what)


def test_mail_by_a_second_server_is_a_way_while_there_is_one() -> None:
    main = replace(MAIN, second=True, second_smtp_host="second.example.org")

    assert examine_alerts([destination(**BY_SECOND)], main, NOW).status is FindingStatus.OK
