"""When it is tried again, and that nothing but time decides that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from panel.alerts.delivery.answered import Answered
from panel.alerts.delivery.schedule import HTTP_SECONDS, LEASE, MAIL_SECONDS, most_an_hour, next_try
from panel.alerts.destination import DestinationKind
from tests.support.alerts import NOW

NO = Answered(told=False, status="503")


def offsets(kind: DestinationKind) -> list[float]:
    """Give the seconds after the first try at which it is tried, where each fails at once."""
    at, tries, found = NOW, 1, [0.0]
    while (again := next_try(kind, tries, NO, at)) and tries < 20:
        at, tries = again, tries + 1
        found.append((at - NOW).total_seconds())
    return found


@pytest.mark.parametrize("kind", [kind for kind in DestinationKind if kind is not DestinationKind.MAIL])
def test_seven_tries_over_ten_hours(kind: DestinationKind) -> None:
    assert offsets(kind) == [0, 5, 60, 300, 1_800, 7_200, 36_000]
    assert most_an_hour(kind) == 30


def test_a_mail_is_tried_for_ten_minutes() -> None:
    assert offsets(DestinationKind.MAIL) == [0, 5, 60, 300, 600]
    assert most_an_hour(DestinationKind.MAIL) == 6


def test_a_receiver_that_is_gone_is_not_tried_again() -> None:
    gone = Answered(told=False, status="410 Gone", gone=True)

    assert next_try(DestinationKind.WEBHOOK, 1, gone, NOW) is None


def test_a_receiver_may_ask_for_more_time_and_not_for_less() -> None:
    later = Answered(told=False, status="429", retry_after=90)

    assert next_try(DestinationKind.WEBHOOK, 1, later, NOW) == NOW + timedelta(seconds=90)
    assert next_try(DestinationKind.WEBHOOK, 3, later, NOW) == NOW + timedelta(seconds=240)


def test_a_lease_outlasts_every_try() -> None:
    assert LEASE.total_seconds() > max(HTTP_SECONDS, MAIL_SECONDS) + 10
