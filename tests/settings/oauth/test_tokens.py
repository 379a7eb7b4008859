"""Access tokens over one grant: fresh ones given, old ones renewed once by whoever comes first, refusals believed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from panel import clock
from panel.clock import Instant
from panel.errors import DatabaseBusy
from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.settings.login import Flow
from panel.settings.model import Settings
from panel.settings.oauth.adoption import adopt
from panel.settings.oauth.answers import TokenAnswer
from panel.settings.oauth.client import Client
from panel.settings.oauth.failure import TokenFailed
from panel.settings.oauth.grants import GrantStore
from panel.settings.oauth.tokens import GrantTokens, finish
from panel.settings.store import SettingsStore
from panel.storage import vault
from panel.storage.database import Database
from panel.storage.opening import open_database
from panel.storage.vault import Vault
from tests.support.actors import actor
from tests.support.holding import PATIENCE_MS, Holder
from tests.support.token_server import Answer, TokenServer, error


@dataclass
class Time:
    """A clock that goes on when it is told to."""

    now: Instant = field(default_factory=clock.instant)

    def __call__(self) -> Instant:
        return self.now

    def pass_by(self, **span: float) -> None:
        self.now = clock.later(self.now, int(timedelta(**span).total_seconds() * 1000))


@pytest.fixture
def at() -> Time:
    return Time()


@pytest.fixture
def signed_in(
    token_server: TokenServer, settings: Settings, grants: GrantStore, at: Time, database: Database, keys: Vault
) -> int:
    """Sign somebody in, and take that into use."""
    given = token_server.grant()
    answer = TokenAnswer(str(given["access_token"]), str(given["refresh_token"]), token_server.life)
    number = grants.add(Client.of(settings), answer, actor("hanako"), at())
    with database.writing() as write:
        return adopt(write, keys, replace(settings, grant=number), settings, actor("hanako"), at()).grant


@pytest.fixture
def tokens(settings: Settings, grants: GrantStore, signed_in: int, at: Time) -> GrantTokens:
    return made(settings, grants, signed_in, at)


def made(
    settings: Settings,
    grants: GrantStore,
    number: int,
    at: Callable[[], Instant],
    *,
    by_hand: bool = False,
    unsaved: bool = False,
) -> GrantTokens:
    client = Client.of(settings)
    return GrantTokens(grants, client, number, policy=Policy(), by_hand=by_hand, unsaved=unsaved, time=at)


def token(tokens: GrantTokens) -> str:
    return tokens.token(Deadline(10))


def token_after_renewal(tokens: GrantTokens) -> str:
    """Give the token that takes the place of one that is near its end."""
    token(tokens)
    finish()
    return token(tokens)


def why(tokens: GrantTokens) -> TokenFailed:
    with pytest.raises(TokenFailed) as caught:
        token(tokens)
    return caught.value


def test_a_fresh_token_is_given_without_a_request(tokens: GrantTokens, token_server: TokenServer) -> None:
    assert token(tokens) in token_server.given
    assert token_server.requests == []


def test_a_token_near_its_end_is_renewed_and_its_refresh_token_replaced(
    tokens: GrantTokens, token_server: TokenServer, at: Time
) -> None:
    first = token(tokens)
    at.pass_by(minutes=56)

    second = token_after_renewal(tokens)
    at.pass_by(minutes=56)
    third = token_after_renewal(tokens)

    assert len({first, second, third} & token_server.given) == 3
    assert len(token_server.requests) == 2  # the second with what the first gave: the old one was used up


def test_a_quarter_of_a_short_life_is_time_enough(
    tokens: GrantTokens, token_server: TokenServer, at: Time, grants: GrantStore, signed_in: int
) -> None:
    token_server.life = 120
    tokens.refresh(Deadline(10))
    at.pass_by(seconds=80)
    token_after_renewal(tokens)
    assert len(token_server.requests) == 1

    at.pass_by(seconds=20)
    token_after_renewal(tokens)
    assert len(token_server.requests) == 2


def test_nobody_waits_for_the_next_token_while_one_lives(
    tokens: GrantTokens, token_server: TokenServer, at: Time
) -> None:
    first = token(tokens)
    at.pass_by(minutes=56)
    answers = threading.Event()
    token_server.scripted.append(lambda _form: None if answers.wait(10) else error("late"))

    assert [token(tokens) for _ in range(3)] == [first] * 3
    answers.set()
    finish()

    assert token(tokens) in token_server.given - {first}
    assert len(token_server.requests) == 1


def test_an_answer_without_a_refresh_token_leaves_the_old_one(
    tokens: GrantTokens, token_server: TokenServer, at: Time
) -> None:
    token_server.rotates = False
    for _ in range(3):
        at.pass_by(hours=1)
        assert token(tokens) in token_server.given


def test_after_another_start_of_the_machine_a_token_counts_as_ended(
    tokens: GrantTokens, token_server: TokenServer, at: Time
) -> None:
    at.now = at.now._replace(boot="another")

    token(tokens)

    assert len(token_server.requests) == 1


def test_without_its_key_a_sign_in_is_missing_and_with_it_there_again(
    settings: Settings, grants: GrantStore, signed_in: int, token_server: TokenServer, at: Time, database: Database
) -> None:
    at.pass_by(hours=2)
    lost = GrantStore(database, Vault([vault.new_key()]))
    shown = lost.get(signed_in)

    assert shown
    assert (shown.state, shown.cause) == ("refused", "oauth_signin_required")
    assert [why(made(settings, lost, signed_in, at)).cause for _ in range(2)] == ["oauth_signin_required"] * 2
    assert token_server.requests == []
    assert token(made(settings, grants, signed_in, at)) in token_server.given


def test_many_at_once_make_one_request(
    settings: Settings, grants: GrantStore, signed_in: int, token_server: TokenServer, at: Time
) -> None:
    at.pass_by(hours=2)
    token_server.delay = 0.3
    got: list[str] = []
    threads = [
        threading.Thread(target=lambda: got.append(token(made(settings, grants, signed_in, at)))) for _ in range(8)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert len(got) == 8
    assert len({*got}) == 1
    assert len(token_server.requests) == 1
    assert got[0] in token_server.given


def test_a_refusal_is_kept_and_nobody_asks_again(
    tokens: GrantTokens, token_server: TokenServer, at: Time, grants: GrantStore, signed_in: int
) -> None:
    at.pass_by(hours=2)
    token_server.scripted.append(error("invalid_grant", "AADSTS50173: the password was changed"))

    first, second = why(tokens), why(tokens)

    assert (first.cause, first.permanent) == ("oauth_signin_required", True)
    assert second.cause == first.cause
    assert "AADSTS50173" in second.detail
    assert len(token_server.requests) == 1
    shown = grants.get(signed_in)
    assert shown
    assert shown.cause == "oauth_signin_required"


def test_somebody_may_ask_once_more_for_a_refused_grant(
    settings: Settings, tokens: GrantTokens, token_server: TokenServer, at: Time, grants: GrantStore, signed_in: int
) -> None:
    at.pass_by(hours=2)
    token_server.scripted.append(error("invalid_grant"))
    why(tokens)

    assert why(made(settings, grants, signed_in, at, by_hand=True)).cause == "oauth_signin_required"
    assert len(token_server.requests) == 1
    made(settings, grants, signed_in, at, by_hand=True).refresh(Deadline(10))

    assert token(tokens) in token_server.given


def test_what_was_refused_is_asked_for_once_more_when_somebody_wishes_it(
    tokens: GrantTokens, token_server: TokenServer, at: Time, grants: GrantStore, database: Database
) -> None:
    at.pass_by(hours=2)
    token_server.scripted.append(error("invalid_client"))
    why(tokens)

    with database.writing() as write:
        grants.ask_now(write)

    assert token(tokens) in token_server.given


def test_while_the_token_server_is_away_the_token_that_lives_is_used(
    tokens: GrantTokens, token_server: TokenServer, at: Time
) -> None:
    first = token(tokens)
    at.pass_by(minutes=56)
    token_server.scripted += [(503, {}, b""), (503, {}, b"")]

    assert token_after_renewal(tokens) == first  # it is left alone for a minute
    assert len(token_server.requests) == 1
    at.pass_by(minutes=5)
    assert why(tokens).cause == "oauth_server_unreachable"
    at.pass_by(minutes=3)
    assert token(tokens) in token_server.given - {first}


def test_a_server_that_names_a_time_is_asked_then(tokens: GrantTokens, token_server: TokenServer, at: Time) -> None:
    at.pass_by(hours=2)
    token_server.scripted.append((429, {"Retry-After": "600"}, b""))
    assert not why(tokens).permanent

    at.pass_by(seconds=590)
    why(tokens)
    assert len(token_server.requests) == 1

    at.pass_by(seconds=20)
    assert token(tokens) in token_server.given


def test_who_asks_by_hand_does_not_wait(
    settings: Settings, grants: GrantStore, signed_in: int, token_server: TokenServer, at: Time
) -> None:
    at.pass_by(hours=2)
    token_server.scripted.append((503, {}, b""))
    why(made(settings, grants, signed_in, at))

    assert token(made(settings, grants, signed_in, at, by_hand=True)) in token_server.given


def test_a_token_that_the_mail_server_refuses_is_renewed_once(
    settings: Settings, tokens: GrantTokens, grants: GrantStore, signed_in: int, token_server: TokenServer, at: Time
) -> None:
    first = token(tokens)
    other = made(settings, grants, signed_in, at)

    assert tokens.renew(first, Deadline(10))
    assert other.renew(first, Deadline(10))  # somebody has been here

    assert len(token_server.requests) == 1
    assert token(tokens) != first


def test_a_token_that_could_not_be_renewed_is_not_shown_again(
    tokens: GrantTokens, token_server: TokenServer, at: Time
) -> None:
    first = token(tokens)
    token_server.scripted.append((503, {}, b""))
    with pytest.raises(TokenFailed):
        tokens.renew(first, Deadline(10))

    assert why(tokens).cause == "oauth_server_unreachable"


def test_a_lease_that_was_lost_is_taken_over_and_told(
    settings: Settings,
    grants: GrantStore,
    signed_in: int,
    token_server: TokenServer,
    at: Time,
    caplog: pytest.LogCaptureFixture,
) -> None:
    at.pass_by(hours=2)
    kept = grants.kept(signed_in)
    assert kept
    assert grants.take_lease(signed_in, kept.generation, "who died", at) == "taken"
    assert grants.take_lease(signed_in, kept.generation, "another", at) == "busy"
    at.pass_by(seconds=31)

    assert token(made(settings, grants, signed_in, at)) in token_server.given
    assert "oauth_refresh_lost" in caplog.text


def test_the_time_of_a_lease_is_read_when_nobody_else_can_take_one(
    grants: GrantStore, signed_in: int, database: Database, at: Time
) -> None:
    kept = grants.kept(signed_in)
    assert kept

    other = database.with_patience(PATIENCE_MS)

    def time() -> Instant:
        with pytest.raises(DatabaseBusy), other.writing() as write:
            write.row("SELECT 1")
        return at()

    assert grants.take_lease(signed_in, kept.generation, "first", time) == "taken"


def test_an_answer_that_is_lost_after_it_was_rotated_costs_the_sign_in_and_no_more(
    tokens: GrantTokens, token_server: TokenServer, at: Time
) -> None:
    at.pass_by(hours=2)
    token_server.scripted.append(lambda form: token_server.refreshed(form["refresh_token"]) and (502, {}, b""))
    assert why(tokens).cause == "oauth_server_unreachable"
    at.pass_by(minutes=2)

    assert [why(tokens).cause, why(tokens).cause] == ["oauth_signin_required"] * 2
    assert len(token_server.requests) == 2


def test_what_came_too_late_is_not_kept(settings: Settings, grants: GrantStore, signed_in: int, at: Time) -> None:
    kept = grants.kept(signed_in)
    assert kept
    grants.take_lease(signed_in, kept.generation, "slow", at)
    at.pass_by(seconds=31)
    grants.take_lease(signed_in, kept.generation, "quick", at)

    assert not grants.renewed(signed_in, kept.generation, "slow", TokenAnswer("late"), at())
    assert grants.renewed(signed_in, kept.generation, "quick", TokenAnswer("in-time"), at())
    assert not grants.refused(
        signed_in, kept.generation, "slow", TokenFailed("oauth_signin_required"), Client.of(settings)
    )
    again = grants.kept(signed_in)
    assert again
    assert (again.access_token, again.generation) == ("in-time", kept.generation + 1)


def test_an_answer_that_cannot_be_stored_is_kept_until_it_can(
    settings: Settings,
    signed_in: int,
    keys: Vault,
    token_server: TokenServer,
    at: Time,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Somebody holds the data file from the moment of the answer on, for longer than anybody waits for it."""
    monkeypatch.setattr("panel.settings.oauth.tokens.STORE_SECONDS", 0.05)
    at.pass_by(hours=2)
    hasty = open_database(database.path, busy_ms=50)

    holder = Holder(database)

    def hold(_: dict[str, str]) -> None:
        holder.hold()
        threading.Timer(0.3, holder.let_go).start()

    token_server.scripted.append(hold)

    assert token(made(settings, GrantStore(hasty, keys), signed_in, at)) in token_server.given
    assert len(token_server.requests) == 1


def test_a_week_without_mail_renews_it(tokens: GrantTokens, token_server: TokenServer, at: Time) -> None:
    tokens.keep_alive(Deadline(10))
    assert token_server.requests == []

    at.pass_by(days=7, minutes=1)
    tokens.keep_alive(Deadline(10))
    assert len(token_server.requests) == 1


def test_tokens_go_only_where_they_were_given_for(
    settings: Settings, grants: GrantStore, signed_in: int, at: Time
) -> None:
    elsewhere = [
        replace(settings, smtp_host="evil.example"),
        replace(settings, smtp_user="other@example.org"),
        replace(settings, oauth_token_url=f"{settings.oauth_token_url}/2"),
        replace(settings, oauth_client_id="another"),
    ]

    assert {why(made(each, grants, signed_in, at)).cause for each in elsewhere} == {"oauth_signin_required"}
    assert grants.of(replace(settings, grant=signed_in))
    assert not [each for each in elsewhere if grants.of(replace(each, grant=signed_in))]


def test_who_has_signed_in_is_known_as_far_as_the_service_tells(
    settings: Settings, grants: GrantStore, signed_in: int, at: Time
) -> None:
    told = grants.add(Client.of(settings), TokenAnswer("at", email="ken@example.org"), actor("hanako"), at())

    assert made(settings, grants, told, at).account == "ken@example.org"
    assert made(settings, grants, signed_in, at).account == ""


def test_an_application_signs_in_by_itself(
    settings: Settings, grants: GrantStore, token_server: TokenServer, at: Time
) -> None:
    by_itself = replace(settings, oauth_flow=Flow.CLIENT, oauth_client_secret="a secret of the client")
    tokens = made(by_itself, grants, 0, at)

    first = token(tokens)
    assert token(tokens) == first
    at.pass_by(hours=1)
    assert token(tokens) in token_server.given - {first}
    assert len(token_server.requests) == 2


def test_a_client_that_is_not_saved_is_proven_and_its_refusal_ends_nothing(
    settings: Settings, grants: GrantStore, token_server: TokenServer, at: Time
) -> None:
    saved = replace(settings, oauth_flow=Flow.CLIENT, oauth_client_secret="the right one")
    typed = replace(saved, oauth_client_secret="a wrong one")
    first = token(made(saved, grants, 0, at))
    token_server.scripted += [error("invalid_client")] * 2

    assert why(made(typed, grants, 0, at, by_hand=True, unsaved=True)).cause == "oauth_client_refused"
    assert len(token_server.requests) == 3  # the secret goes in the body then

    assert token(made(saved, grants, 0, at)) == first
    at.pass_by(hours=2)
    assert token(made(saved, grants, 0, at)) in token_server.given - {first}


@pytest.mark.parametrize("flow", [Flow.CODE, Flow.CLIENT])
def test_a_refusal_of_an_old_secret_ends_nothing_when_a_new_one_is_saved_meanwhile(
    settings: Settings,
    grants: GrantStore,
    token_server: TokenServer,
    at: Time,
    database: Database,
    keys: Vault,
    flow: Flow,
) -> None:
    old = replace(settings, oauth_flow=flow, oauth_client_secret="the old one")
    store = SettingsStore(database, keys, adopt=lambda write, new, was, by: adopt(write, keys, new, was, by, at()))
    answer = TokenAnswer("at-1", str(token_server.grant()["refresh_token"]), 60)
    named = grants.add(Client.of(old), answer, actor("hanako"), at()) if flow.by_person else 0
    saved = store.save(replace(old, grant=named), base=0, by=actor("hanako"), now=at().wall).settings
    mended = replace(saved, oauth_client_secret="the new one")
    at.pass_by(hours=2)

    def meanwhile(_: dict[str, str]) -> Answer:
        store.save(mended, base=1, by=actor("hanako"), now=at().wall)
        return error("invalid_client")

    token_server.scripted += [error("invalid_client"), meanwhile]
    assert why(made(saved, grants, named, at)).cause == "oauth_client_refused"

    assert token(made(mended, grants, named, at)) in token_server.given


def test_no_token_stands_in_the_file_in_clear(
    tokens: GrantTokens, token_server: TokenServer, database: Database
) -> None:
    access = token(tokens)
    database.close()
    written = b"".join(path.read_bytes() for path in database.path.parent.glob("*"))

    for secret in (access, *token_server.living):
        assert secret.encode() not in written
    assert access not in repr(tokens) + str(vars(tokens))
