"""Which of two servers mail leaves by, as the clock works it out of holds and choices, without any mail."""

from __future__ import annotations

import dataclasses

import pytest

from panel.mail.smtp.protocol import Failure, Reply, Stage
from panel.outbox.pace.healing import Again
from panel.outbox.pace.hold import Hold
from panel.outbox.pace.pace import Pace, Reason, Terms, Wait
from panel.outbox.pace.rate import MINUTE_MS
from panel.outbox.pace.route import Choice, SenderRoute, Way, Which, route_to_json
from panel.outbox.pace.server_state import ServerState
from panel.settings.model import Settings
from panel.settings.store import Version
from tests.support.mail import at

AFTER_MS = 10 * MINUTE_MS
SECOND = Terms(1, 2_000, server="b.example.org", which=Which.SECOND, after_ms=AFTER_MS)
TERMS = Terms(1, server="a.example.org", second=SECOND, after_ms=AFTER_MS)
AWAY = Failure(Stage.CONNECT, "connection_refused")
REFUSED = Failure(Stage.AUTH, "login_refused", Reply(535, ("5.7.8 No",)))
TOO_MUCH = Failure(Stage.MAIL, "rate_limited", Reply(451, ("4.7.1 Too much",)))


@pytest.fixture
def pace() -> Pace:
    return Pace(
        account="first",
        boot=at().boot,
        anchor_ms=0,
        ended_ms=0,
        holder=None,
        lease_ms=0,
        test_ms=0,
        paused_at=None,
        paused_by=None,
        open_by=None,
        open_until_ms=0,
        asked_ms=0,
    )


def time(seconds: float) -> int:
    return at(seconds).steady_ms


def hold(pace: Pace, seconds: float, failure: Failure = AWAY, again: Again = Again.SOON, terms: Terms = TERMS) -> None:
    pace.hold(failure, time(seconds), at=at(seconds), terms=terms, again=again)


def which(pace: Pace, seconds: float, terms: Terms = TERMS) -> Which:
    return pace.terms(time(seconds), terms).which


def test_mail_leaves_by_the_second_once_the_first_is_held_for_so_long(pace: Pace) -> None:
    hold(pace, 0)
    hold(pace, 540)  # a look in between: it is held since the first failure

    assert which(pace, 599) is Which.FIRST
    assert which(pace, 600) is Which.SECOND


def test_the_route_tells_since_when_and_why(pace: Pace) -> None:
    hold(pace, 0)

    route = pace.route(time(660), TERMS, at(660))

    assert route == SenderRoute(Way.SECOND, "2026-11-23T09:10:00.000Z", "connection_refused")
    assert pace.keep_route(route)
    assert not pace.keep_route(pace.route(time(700), TERMS, at(700)))
    assert route_to_json(route)["state"] == "second"


def test_without_a_second_server_nothing_changes(pace: Pace) -> None:
    alone = Terms(1, server="a.example.org", after_ms=AFTER_MS)
    hold(pace, 0)

    assert which(pace, 10_000, alone) is Which.FIRST
    assert pace.wait(time(1), alone) == Wait(Reason.HELD, 29_000)


def test_mail_that_is_held_waits_no_longer_than_until_it_leaves_by_the_second(pace: Pace) -> None:
    hold(pace, 0, REFUSED, Again.NEVER)

    assert pace.wait(time(0), TERMS) == Wait(Reason.HELD, AFTER_MS)
    assert pace.wait(time(590), TERMS) == Wait(Reason.HELD, 10_000)
    assert pace.wait(time(590), Terms(1)) == Wait(Reason.HELD)


def test_a_rest_does_not_change_the_server_and_does_not_bind_the_other(pace: Pace) -> None:
    pace.first.slow_down(TOO_MUCH, time(0), version=1, last_minute=10)

    assert which(pace, 3_000) is Which.FIRST
    assert pace.wait(time(1), TERMS) == Wait(Reason.REST, 59_000)
    assert pace.wait(time(1), SECOND) is None
    assert pace.interval_ms(time(1), TERMS) > pace.interval_ms(time(1), SECOND) == 2_000


def test_a_pause_binds_both(pace: Pace) -> None:
    pace.paused_at = "2026-11-23T09:00:00.000Z"

    assert pace.wait(time(0), TERMS) == pace.wait(time(0), SECOND) == Wait(Reason.PAUSED)


def test_an_accepted_message_brings_the_mail_back(pace: Pace) -> None:
    hold(pace, 0)
    pace.keep_route(pace.route(time(600), TERMS, at(600)))

    pace.first.succeed()

    route = pace.route(time(700), TERMS, at(700))
    assert route == SenderRoute()
    assert pace.keep_route(route)


def test_a_login_alone_brings_it_back_only_before_it_left_by_the_second(pace: Pace) -> None:
    hold(pace, 0, REFUSED, Again.SELDOM)
    pace.open(1, time(10), TERMS)
    assert pace.held is None

    hold(pace, 20, REFUSED, Again.SELDOM)
    pace.keep_route(pace.route(time(620), TERMS, at(620)))
    pace.open(1, time(1_000), TERMS)

    assert which(pace, 1_000) is Which.SECOND
    assert pace.held is not None
    assert pace.held.is_due(time(1_000))  # the next message shows whether it takes any
    assert pace.first.has_worked


def test_a_save_brings_it_back(pace: Pace) -> None:
    hold(pace, 0)
    hold(pace, 700, terms=SECOND)

    saved = dataclasses.replace(TERMS, version=2, second=dataclasses.replace(SECOND, version=2))
    pace.heed(saved)

    assert which(pace, 700, saved) is Which.FIRST
    assert pace.of(Which.SECOND).held is None


def test_where_both_are_held_the_first_is_looked_at_at_once(pace: Pace) -> None:
    hold(pace, 0)
    for second in range(0, 600, 100):
        hold(pace, second)  # so that the next look is minutes away
    assert pace.held is not None
    assert not pace.held.is_due(time(601))

    hold(pace, 601, terms=SECOND)
    assert pace.held.is_due(time(601))

    hold(pace, 601.5)  # the look fails
    hold(pace, 602, terms=SECOND)
    assert not pace.held.is_due(time(605))
    assert pace.held.is_due(time(606))  # every five seconds at most


def test_the_second_is_looked_at_at_once_where_the_first_came_back_and_fails_anew(pace: Pace) -> None:
    hold(pace, 0)
    for seconds in (600, 631, 700):
        hold(pace, seconds, terms=SECOND)
    held = pace.of(Which.SECOND).held
    assert held is not None
    pace.first.succeed()
    hold(pace, 710)
    assert held.is_due(time(710))

    hold(pace, 710, terms=SECOND)
    hold(pace, 720)  # the first, held ever since
    assert not held.is_due(time(730))


def test_a_login_is_not_repeated_because_the_second_fails(pace: Pace) -> None:
    hold(pace, 0, REFUSED, Again.SELDOM)
    hold(pace, 601, terms=SECOND)

    assert pace.held is not None
    assert not pace.held.is_due(time(601))


@pytest.mark.parametrize(
    ("choice", "way"),
    [(Choice.FIRST, Way.FIRST), (Choice.SECOND, Way.SECOND_BY_HAND), (Choice.AUTO, Way.SECOND)],
)
def test_what_somebody_chooses_goes_before(pace: Pace, choice: Choice, way: Way) -> None:
    hold(pace, 0)

    pace.choose(choice, at(900))

    assert pace.route(time(900), TERMS, at(900)).way is way


def test_a_choice_of_the_second_tells_since_when(pace: Pace) -> None:
    pace.choose(Choice.SECOND, at(60))
    pace.choose(Choice.SECOND, at(90))  # the same again

    route = pace.route(time(120), TERMS, at(120))

    assert route == SenderRoute(Way.SECOND_BY_HAND, "2026-11-23T09:01:00.000Z", None, Choice.SECOND)
    assert not pace.keep_route(route)  # it was told by who chose it


def test_a_choice_ends_with_the_second_server(pace: Pace) -> None:
    pace.choose(Choice.SECOND, at(0))

    pace.heed(Terms(2))
    pace.heed(dataclasses.replace(TERMS, version=3))

    assert which(pace, 1) is Which.FIRST


def test_held_mail_is_tried_at_both_servers_at_once(pace: Pace) -> None:
    hold(pace, 0, REFUSED, Again.NEVER)
    hold(pace, 700, terms=SECOND)

    assert pace.try_now(time(701), TERMS) == 0
    assert pace.held
    assert pace.held.is_due(time(701))
    assert pace.wait(time(701), SECOND) is None


def test_nothing_is_tried_where_nothing_is_held(pace: Pace) -> None:
    assert pace.try_now(time(0), TERMS) is None


def test_the_server_that_is_not_chosen_is_left_alone(pace: Pace) -> None:
    hold(pace, 0, REFUSED, Again.NEVER)
    pace.choose(Choice.SECOND, at(1))

    assert pace.try_now(time(2), TERMS) is None
    assert pace.held
    assert pace.held.probe_ms is None


def test_a_restart_of_the_machine_takes_no_hold_for_older(pace: Pace) -> None:
    hold(pace, 500)

    now = pace.time(at(0, boot="second"))

    assert pace.held
    assert pace.held.since_ms <= now
    assert pace.terms(now, TERMS).which in (Which.FIRST, Which.SECOND)


def test_what_was_found_out_about_the_second_is_whole_as_json() -> None:
    state = ServerState(rest_ms=5, refusals=2, slow_version=3, worked_version=3)
    state.hold(REFUSED, 1_000, at=at(1), version=3, again=Again.IF_WORKED)

    again = ServerState.of_json(state.as_json)

    assert again == state
    assert isinstance(again.held, Hold)
    assert again.held.again is Again.SELDOM
    assert ServerState.of_json(ServerState().as_json) == ServerState()
    assert ServerState().as_json == "{}"


def test_the_terms_of_both_are_those_of_their_settings() -> None:
    settings = Settings(
        from_address="report@example.org",
        smtp_host="a.example.org",
        send_interval_ms=6_000,
        second=True,
        second_after_minutes=5,
        second_smtp_host="b.example.org",
        second_smtp_port=2526,
        second_max_per_hour=7,
    )

    terms = Terms.of(Version(4, settings))

    assert (terms.which, terms.server, terms.interval_ms) == (Which.FIRST, "a.example.org", 6_000)
    assert terms.second == Terms(4, 0, 7, None, "b.example.org:2526", Which.SECOND, after_ms=5 * MINUTE_MS)
    assert terms.of_server(Which.SECOND) is terms.second
    assert Terms.of(Version(4, dataclasses.replace(settings, second=False))).second is None
    lost = frozenset({"second_smtp_password"})
    without = Terms.of(Version(4, settings, secrets_set=lost, unreadable=lost))
    assert (without.second, without.has_lost_second) == (None, True)


def test_a_choice_outlives_a_key_that_is_gone_for_a_while_and_ends_with_the_second(pace: Pace) -> None:
    lost = Terms(1, server="a.example.org", has_lost_second=True)
    pace.choose(Choice.SECOND, at(0))
    hold(pace, 1)

    pace.heed(lost)

    assert which(pace, 2, lost) is Which.FIRST
    assert pace.try_now(time(2), lost) == 0, "the first is in use, and may be looked at"
    assert which(pace, 3) is Which.SECOND
    assert pace.route(time(3), TERMS, at(3)).way is Way.SECOND_BY_HAND

    pace.heed(Terms(1, server="a.example.org"))

    assert pace.choice is Choice.AUTO
