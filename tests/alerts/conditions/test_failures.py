"""Many messages that fail, or come back, are told of once, with the cause of most of them."""

from __future__ import annotations

import pytest

from panel import clock
from panel.alerts.alert import Alert
from panel.storage.database import Database
from tests.support.mail import NOW, at
from tests.support.watched import DAY, HOUR, MINUTE, Watched, open_incident

NO_SUCH = "550 5.1.1 No such user"


def fail(panel: Watched, times: int, seconds: float = 0, *, cause: str = "recipient_unknown") -> None:
    panel.enqueue(seconds, messages=times)
    for _ in range(times):
        panel.send(seconds, NO_SUCH, cause=cause)


def succeed(panel: Watched, times: int, seconds: float = 0) -> None:
    panel.enqueue(seconds, messages=times)
    for _ in range(times):
        panel.send(seconds)


def test_four_are_borne_and_five_are_told_of(panel: Watched) -> None:
    fail(panel, 4)
    assert panel.sign(Alert.FAILING, 1) is None

    fail(panel, 1, MINUTE)

    sign = panel.sign(Alert.FAILING, MINUTE)
    assert sign is not None
    assert (sign.facts["number"], sign.cause) == (5, "recipient_unknown")
    assert "of" not in sign.facts


def test_what_failed_more_than_an_hour_ago_does_not_count(panel: Watched) -> None:
    fail(panel, 1)
    fail(panel, 4, 30 * MINUTE)

    assert panel.sign(Alert.FAILING, HOUR - 1) is not None
    assert panel.sign(Alert.FAILING, HOUR + MINUTE) is None


def test_it_goes_on_for_an_hour_after_the_last_failure(panel: Watched) -> None:
    fail(panel, 5)
    firing = open_incident(Alert.FAILING)
    fail(panel, 1, 50 * MINUTE)

    assert panel.sign(Alert.FAILING, 100 * MINUTE, firing) is not None
    assert panel.sign(Alert.FAILING, 112 * MINUTE, firing) is None


def test_a_fifth_of_the_last_fifty_is_told_of_too(panel: Watched) -> None:
    panel.set(failing_messages=100)
    fail(panel, 9)
    succeed(panel, 40, 1)
    assert panel.sign(Alert.FAILING, 2) is None

    fail(panel, 1, 2)

    sign = panel.sign(Alert.FAILING, 3)
    assert sign is not None
    assert (sign.facts["number"], sign.facts["of"]) == (10, 50)


def test_of_fewer_than_fifty_no_part_is_told_of(panel: Watched) -> None:
    panel.set(failing_messages=100)
    fail(panel, 49)

    assert panel.sign(Alert.FAILING, 1) is None


def test_what_is_over_is_not_told_of_again_for_the_part_that_failed_then(panel: Watched) -> None:
    panel.set(failing_messages=100)
    fail(panel, 50)
    assert panel.sign(Alert.FAILING, 1) is not None

    assert panel.sign(Alert.FAILING, 2 * HOUR) is None


def test_an_incident_keeps_its_cause_while_that_goes_on(panel: Watched) -> None:
    fail(panel, 5)
    fail(panel, 6, 30 * MINUTE, cause="recipient_rejected")
    firing = open_incident(Alert.FAILING, cause="recipient_unknown")

    assert panel.sign(Alert.FAILING, 31 * MINUTE).cause == "recipient_rejected"
    assert panel.sign(Alert.FAILING, 31 * MINUTE, firing).cause == "recipient_unknown"
    assert panel.sign(Alert.FAILING, 70 * MINUTE, firing).cause == "recipient_rejected"


def test_both_can_be_switched_off(panel: Watched) -> None:
    fail(panel, 50)
    panel.set(failing_messages=0, failing_percent=0)

    assert panel.sign(Alert.FAILING, 1) is None


def come_back(panel: Watched, database: Database, times: int, seconds: float = 0, *, cause: str = "x") -> None:
    """Have messages come back that were sent before."""
    stamp = clock.stamp(at(seconds).wall)
    for _ in range(times):
        succeed(panel, 1, seconds - 1)
        with database.writing() as write:
            row = write.row(
                "UPDATE messages SET bounced_at = ? WHERE number = (SELECT max(number) FROM messages) RETURNING number",
                (stamp,),
            )
            assert row is not None
            write.run(
                "INSERT INTO attempts (message, number, at, ms, outcome, cause, recipient) "
                "VALUES (?, 9, ?, 0, 'bounced', ?, 'hanako@example.org')",
                (row["number"], stamp, cause),
            )


def test_five_that_come_back_within_a_day_are_told_of(panel: Watched, database: Database) -> None:
    come_back(panel, database, 4)
    assert panel.sign(Alert.BOUNCED, 1) is None

    come_back(panel, database, 1, 20 * HOUR)

    assert panel.sign(Alert.BOUNCED, 20 * HOUR).facts["number"] == 5
    assert panel.sign(Alert.BOUNCED, DAY + 1) is None


@pytest.mark.parametrize("cause", ["content_rejected", "sender_authentication", "address_blocked"])
def test_one_for_what_will_befall_the_others_too_is_enough(panel: Watched, database: Database, cause: str) -> None:
    come_back(panel, database, 3)
    come_back(panel, database, 1, cause=cause)

    sign = panel.sign(Alert.BOUNCED, 1)

    assert sign is not None
    assert sign.cause == cause


def test_it_goes_on_for_a_day_after_the_last(panel: Watched, database: Database) -> None:
    come_back(panel, database, 1)
    firing = open_incident(Alert.BOUNCED, -DAY)

    assert panel.sign(Alert.BOUNCED, DAY - 1, firing) is not None
    assert panel.sign(Alert.BOUNCED, DAY + 1, firing) is None


def test_it_can_be_switched_off(panel: Watched, database: Database) -> None:
    come_back(panel, database, 9, cause="content_rejected")
    panel.set(bounced_count=0)

    assert panel.sign(Alert.BOUNCED, 1) is None


def test_a_sign_begins_when_it_is_first_seen(panel: Watched) -> None:
    fail(panel, 5)

    assert panel.sign(Alert.FAILING, 30).since == at(30).wall
    assert panel.sign(Alert.FAILING, 30, open_incident(Alert.FAILING)).since == NOW
