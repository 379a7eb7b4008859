"""Held mail is told of at once where somebody has to act, later where it may pass, and is over when mail was taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from panel.alerts.alert import Alert
from panel.alerts.conditions.held import is_mail_held
from panel.alerts.conditions.sign import AT_ONCE, Sign
from panel.alerts.incident import Incident, IncidentState
from panel.checks.trial.report import Mode, Outcome
from panel.mail.smtp.protocol import Stage
from panel.outbox.pace.choosing import choose_server
from panel.outbox.pace.route import Choice, Which
from panel.outbox.pace.store import PaceStore
from tests.support.actors import actor
from tests.support.mail import HOST, NOW, at
from tests.support.watched import MINUTE, Watched, open_incident

FIRING = open_incident(Alert.HELD, cause="login_refused", facts={"stage": "auth"})


def hold(panel: Watched, seconds: float = 0, *, cause: str = "login_refused", stage: Stage = Stage.AUTH) -> None:
    panel.enqueue(seconds)
    panel.send(seconds, cause=cause, stage=stage)


def seen(panel: Watched, seconds: float = 1, incident: object = None) -> Sign:
    sign = panel.sign(Alert.HELD, seconds, incident)
    assert sign is not None
    return sign


def test_nothing_is_held_at_first(panel: Watched) -> None:
    panel.enqueue()

    assert panel.sign(Alert.HELD, 1) is None


def test_what_needs_a_person_is_told_of_at_once(panel: Watched) -> None:
    hold(panel)

    sign = seen(panel)

    assert (sign.since, sign.cause, sign.delay) == (NOW, "login_refused", AT_ONCE)


def test_what_is_looked_at_again_by_itself_is_borne_for_ten_minutes(panel: Watched) -> None:
    hold(panel, cause="connection_refused", stage=Stage.CONNECT)

    sign = seen(panel)

    assert (sign.since, sign.cause, sign.delay) == (NOW, "connection_refused", timedelta(minutes=10))


def test_how_long_it_is_borne_can_be_set(panel: Watched) -> None:
    panel.set(held_minutes=0)
    hold(panel, cause="connection_refused", stage=Stage.CONNECT)

    assert seen(panel).delay == AT_ONCE


def test_it_tells_what_waits_and_what_its_words_are_made_of(panel: Watched) -> None:
    panel.enqueue(messages=40)
    hold(panel)

    facts = seen(panel, 310).facts

    assert facts["waiting"] == 41
    assert facts["oldest_waiting_seconds"] == 310
    assert facts["settings_version"] == 1
    assert (facts["stage"], facts["mail_host"], facts["mail_port"], facts["has_worked"]) == ("auth", HOST, 587, False)


def let_go(panel: Watched) -> None:
    """Save other settings, which let go of what the ones before held."""
    hold(panel)
    panel.save(from_name="Panel")


def test_one_that_never_fired_is_over_when_it_is_let_go(panel: Watched) -> None:
    let_go(panel)
    pending = open_incident(Alert.HELD, state=IncidentState.PENDING)

    assert panel.sign(Alert.HELD, MINUTE, pending) is None
    assert panel.sign(Alert.HELD, MINUTE) is None


def test_one_that_fired_goes_on_until_something_was_taken(panel: Watched) -> None:
    let_go(panel)

    sign = seen(panel, MINUTE, FIRING)

    assert (sign.cause, sign.since, sign.facts["stage"], sign.facts["let_go"]) == ("login_refused", NOW, "auth", True)


def test_a_message_that_was_taken_ends_it(panel: Watched) -> None:
    let_go(panel)
    panel.send(MINUTE)

    assert panel.sign(Alert.HELD, MINUTE + 1, FIRING) is None


def test_a_message_that_was_taken_before_does_not(panel: Watched) -> None:
    panel.enqueue()
    panel.send(0)
    hold(panel, 2)
    panel.save(from_name="Panel")

    assert seen(panel, MINUTE, open_incident(Alert.HELD, 2)).facts["let_go"]


def test_a_test_email_that_was_taken_ends_it(panel: Watched) -> None:
    let_go(panel)
    panel.test(MINUTE)

    assert panel.sign(Alert.HELD, MINUTE + 1, FIRING) is None


@pytest.mark.parametrize(
    "test",
    [
        {"outcome": Outcome.FAILURE},
        {"mode": Mode.CHECK},
        {"host": "other.example.org"},
        {"fingerprint": "not saved"},
    ],
)
def test_any_other_test_does_not(panel: Watched, test: dict[str, object]) -> None:
    let_go(panel)
    panel.test(MINUTE, **test)

    assert seen(panel, MINUTE + 1, FIRING).facts["let_go"]


def test_a_test_of_before_does_not(panel: Watched) -> None:
    panel.test(-MINUTE)
    let_go(panel)

    assert seen(panel, MINUTE, FIRING).facts["let_go"]


def test_a_restart_of_the_machine_changes_nothing(panel: Watched) -> None:
    hold(panel)
    view = panel.view(MINUTE)
    view.at = at(MINUTE, boot="second")

    assert is_mail_held(view, None) is not None


def with_second(panel: Watched) -> None:
    """Have a second server that takes over at once."""
    panel.save(second=True, second_smtp_host="second.example.org", second_smtp_auth=False, second_after_minutes=0)


def test_while_mail_leaves_by_the_second_the_first_still_fires(panel: Watched) -> None:
    with_second(panel)
    hold(panel)
    panel.send(MINUTE)

    sign = seen(panel, 2 * MINUTE, open_incident(Alert.HELD, cause="login_refused"))

    assert (sign.cause, sign.facts["mail_host"], sign.facts["by_second"]) == ("login_refused", HOST, True)


def test_what_the_second_took_does_not_end_it(panel: Watched) -> None:
    with_second(panel)
    hold(panel)
    panel.send(MINUTE)
    panel.save(from_name="Panel")

    assert seen(panel, 2 * MINUTE, FIRING).facts["let_go"]


def test_where_neither_takes_mail_that_is_told(panel: Watched) -> None:
    with_second(panel)
    hold(panel)
    panel.send(MINUTE, cause="login_refused", stage=Stage.AUTH)

    sign = seen(panel, 2 * MINUTE)

    assert (sign.facts["mail_host"], sign.facts["by_second"], sign.facts["both"]) == (HOST, False, True)


def test_a_second_that_was_chosen_and_takes_none_is_told_of(panel: Watched) -> None:
    with_second(panel)
    choose_server(PaceStore(panel.database), panel.version, Choice.SECOND, at(0), by=actor("sato"))
    hold(panel, 1)

    sign = seen(panel, MINUTE)

    assert (sign.facts["mail_host"], sign.facts["server"]) == ("second.example.org", "second")


def second_let_go(panel: Watched) -> Incident:
    """Have a chosen second server hold mail and let it go by a save; give the incident of it."""
    with_second(panel)
    choose_server(PaceStore(panel.database), panel.version, Choice.SECOND, at(0), by=actor("sato"))
    hold(panel, 1)
    panel.save(from_name="Panel")
    panel.version = replace(panel.version, second_fingerprint="second in force")
    return open_incident(Alert.HELD, 1, facts={"server": "second"})


def test_what_held_at_a_chosen_second_is_over_when_mail_leaves_by_the_first_again(panel: Watched) -> None:
    incident = second_let_go(panel)
    choose_server(PaceStore(panel.database), panel.version, Choice.AUTO, at(MINUTE), by=actor("sato"))

    assert seen(panel, MINUTE, incident).facts["let_go"]

    panel.send(2 * MINUTE)

    assert panel.sign(Alert.HELD, 3 * MINUTE, incident) is None


def test_a_second_that_is_switched_off_is_waited_for_no_longer(panel: Watched) -> None:
    incident = second_let_go(panel)
    panel.save(second=False)
    panel.send(2 * MINUTE)

    assert panel.sign(Alert.HELD, 3 * MINUTE, incident) is None


def test_a_test_of_the_first_says_nothing_of_a_chosen_second(panel: Watched) -> None:
    incident = second_let_go(panel)
    panel.test(MINUTE)

    assert seen(panel, 2 * MINUTE, incident).facts["let_go"]


def test_a_test_of_what_was_entered_for_the_second_and_then_saved_ends_it(panel: Watched) -> None:
    incident = second_let_go(panel)
    second = {"server": Which.SECOND, "fingerprint": "second in force", "host": "second.example.org"}
    panel.test(MINUTE, **second)

    assert panel.sign(Alert.HELD, 2 * MINUTE, incident) is None


@pytest.mark.parametrize("server", [None, "", "a server of before"])
def test_a_server_that_is_not_known_is_taken_for_the_first(panel: Watched, server: str | None) -> None:
    let_go(panel)
    incident = open_incident(Alert.HELD, cause="login_refused", facts={"server": server})

    assert seen(panel, MINUTE, incident).facts["let_go"]

    panel.send(2 * MINUTE)

    assert panel.sign(Alert.HELD, 3 * MINUTE, incident) is None
