"""A day's limit that is used up is told of before it stops mail, and when the service says so."""

from __future__ import annotations

from panel.alerts.alert import Alert
from panel.mail.smtp.protocol import Stage
from tests.support.watched import DAY, HOUR, MINUTE, Watched, open_incident

FIRING = open_incident(Alert.QUOTA)


def send(panel: Watched, times: int, seconds: float = 0) -> None:
    panel.enqueue(seconds, messages=times)
    for number in range(times):
        panel.send(seconds + number)


def test_nine_tenths_of_the_daily_limit_are_told_of(panel: Watched) -> None:
    panel.save(max_per_day=20)
    send(panel, 17)
    assert panel.sign(Alert.QUOTA, MINUTE) is None

    send(panel, 1, MINUTE)

    sign = panel.sign(Alert.QUOTA, 2 * MINUTE)
    assert sign is not None
    assert (sign.facts["percent"], sign.cause) == (90, None)


def test_it_is_over_when_the_window_has_rolled_on(panel: Watched) -> None:
    panel.save(max_per_day=20)
    send(panel, 3)
    send(panel, 15, HOUR)

    assert panel.sign(Alert.QUOTA, DAY, FIRING) is not None
    assert panel.sign(Alert.QUOTA, DAY + MINUTE, FIRING) is None


def test_without_a_limit_there_is_none_to_reach(panel: Watched) -> None:
    send(panel, 30)

    assert panel.sign(Alert.QUOTA, MINUTE) is None


def test_the_part_can_be_set_and_switched_off(panel: Watched) -> None:
    panel.save(max_per_day=20)
    send(panel, 10)
    panel.set(quota_percent=50)
    assert panel.sign(Alert.QUOTA, MINUTE) is not None

    panel.set(quota_percent=0)

    assert panel.sign(Alert.QUOTA, MINUTE) is None


def refuse(panel: Watched, seconds: float) -> None:
    panel.send(seconds, "450 4.2.1 Daily limit exceeded", stage=Stage.MAIL, cause="quota_exceeded")


def test_a_service_that_takes_no_more_is_told_of(panel: Watched) -> None:
    panel.enqueue()
    refuse(panel, 0)

    sign = panel.sign(Alert.QUOTA, MINUTE)

    assert sign is not None
    assert (sign.cause, sign.facts["exceeded"]) == ("quota_exceeded", True)
    assert panel.sign(Alert.QUOTA, 3 * HOUR, FIRING) is None


def test_it_is_over_when_the_service_takes_mail_again(panel: Watched) -> None:
    panel.enqueue()
    refuse(panel, 0)
    panel.send(HOUR)

    assert panel.sign(Alert.QUOTA, HOUR + 1, FIRING) is None
