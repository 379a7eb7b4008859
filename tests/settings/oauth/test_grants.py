"""Grants beside the settings: adopted by the save that names them, forgotten with the one that took their place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from panel import clock
from panel.clock import Instant
from panel.settings.keys.rotation import KeyRotation
from panel.settings.login import Flow, Login
from panel.settings.model import Settings
from panel.settings.oauth.adoption import adopt
from panel.settings.oauth.answers import TokenAnswer
from panel.settings.oauth.client import Client
from panel.settings.oauth.failure import TokenFailed
from panel.settings.oauth.grant import PENDING
from panel.settings.oauth.grants import GrantStore
from panel.settings.store import SettingsStore, Version
from panel.storage import vault
from panel.storage.actor import Actor
from panel.storage.database import Database, Writer
from panel.storage.vault import Vault
from tests.support.actors import actor

AT = clock.instant()
ANSWER = TokenAnswer("an-access-token", "a-refresh-token", 3600, "smtp", email="report@example.org")


@pytest.fixture
def store(database: Database, keys: Vault) -> SettingsStore:
    return SettingsStore(database, keys, adopt=lambda write, new, old, by: adopt(write, keys, new, old, by, AT))


def signed_in(grants: GrantStore, settings: Settings, at: Instant = AT, by: str = "hanako") -> int:
    return grants.add(Client.of(settings), ANSWER, actor(by), at)


def saved(store: SettingsStore, settings: Settings) -> Version:
    return store.save(settings, base=store.newest(), by=actor("hanako"), now=AT.wall)


def after(span: timedelta) -> Instant:
    return clock.later(AT, int(span.total_seconds() * 1000))


def state(grants: GrantStore, number: int) -> str:
    grant = grants.get(number)
    assert grant
    return grant.state


def test_a_save_takes_the_sign_in_into_use_that_it_names(
    store: SettingsStore, grants: GrantStore, settings: Settings
) -> None:
    number = signed_in(grants, settings)
    assert state(grants, number) == "pending"

    version = saved(store, replace(settings, grant=number))

    assert version.settings.grant == number
    grant = grants.of(version.settings)
    assert grant
    assert (grant.state, grant.adopted, grant.account) == ("ready", True, "report@example.org")
    assert "grant" in version.changed
    again = store.version(1)
    assert again
    assert (again.settings, again.fingerprint) == (version.settings, version.fingerprint)


def test_another_sign_in_takes_the_place_of_the_one_before(
    store: SettingsStore, grants: GrantStore, settings: Settings
) -> None:
    first = signed_in(grants, settings)
    saved(store, replace(settings, grant=first))
    second = signed_in(grants, settings)
    assert state(grants, first) == "ready"  # mail goes on leaving by it

    version = saved(store, replace(settings, grant=second))

    assert (version.number, version.changed) == (2, ("grant",))
    assert (state(grants, first), state(grants, second)) == ("forgotten", "ready")
    assert [ended for ended, *_ in grants.to_revoke()] == [first]
    grants.erase(first)
    assert grants.to_revoke() == []


def test_a_save_that_names_none_goes_on_with_the_one_in_use(
    store: SettingsStore, grants: GrantStore, settings: Settings
) -> None:
    number = signed_in(grants, settings)
    saved(store, replace(settings, grant=number))

    assert saved(store, replace(settings, send_interval_ms=100)).settings.grant == number
    assert saved(store, replace(settings, grant=999)).settings.grant == number


@pytest.mark.parametrize("name", ["smtp_host", "smtp_user", "oauth_client_id"])
def test_a_sign_in_for_elsewhere_is_not_taken(
    store: SettingsStore, grants: GrantStore, settings: Settings, name: str
) -> None:
    number = signed_in(grants, settings)
    saved(store, replace(settings, grant=number))

    version = saved(store, replace(settings, **{name: "elsewhere.example"}))

    assert version.settings.grant == 0
    assert grants.of(version.settings) is None
    saved(store, replace(version.settings, from_name="Reports"))
    grants.end_unused(version.settings, after(PENDING))
    assert saved(store, settings).settings.grant == number  # who has made a slip goes back

    saved(store, version.settings)
    grants.end_unused(version.settings, after(PENDING + timedelta(seconds=1)))
    assert [ended for ended, *_ in grants.to_revoke()] == [number]
    assert saved(store, replace(settings, grant=number)).settings.grant == 0


@pytest.mark.parametrize("change", [{"smtp_login": Login.PASSWORD}, {"oauth_flow": Flow.CLIENT}, {"smtp_auth": False}])
def test_what_the_login_of_a_save_does_not_use_is_ended(
    store: SettingsStore, grants: GrantStore, settings: Settings, change: dict[str, object]
) -> None:
    number = signed_in(grants, settings)
    by_itself = Client.of(replace(settings, oauth_client_id="other", oauth_flow=Flow.CLIENT))
    tried = grants.own_number(by_itself, AT)
    saved(store, replace(settings, grant=number))

    version = saved(store, replace(settings, grant=number, **change))
    grants.end_unused(version.settings, after(PENDING + timedelta(seconds=1)))

    assert version.settings.grant == 0
    assert (state(grants, number), state(grants, tried)) == ("forgotten", "forgotten")
    before = store.version(1)
    assert before
    assert saved(store, before.settings).settings.grant == 0  # who goes back signs in again


def test_an_application_s_grant_goes_on_with_a_save_of_its_client(
    store: SettingsStore, grants: GrantStore, settings: Settings
) -> None:
    by_itself = replace(settings, oauth_flow=Flow.CLIENT, oauth_client_secret="x")
    number = grants.own_number(Client.of(by_itself), AT)

    saved(store, by_itself)
    grants.end_unused(by_itself, after(PENDING * 2))
    assert state(grants, number) == "ready"

    grants.end_unused(Settings(), after(PENDING * 2))
    assert state(grants, number) == "forgotten"


def test_a_sign_in_that_is_over_is_not_taken_into_use(
    store: SettingsStore, grants: GrantStore, settings: Settings
) -> None:
    late = signed_in(grants, settings, at=after(-PENDING - timedelta(seconds=1)))
    assert state(grants, late) == "pending"  # nobody has looked after it yet

    assert grants.of(replace(settings, grant=late)) is None
    assert grants.number_of(Client.of(settings), late, AT) is None
    assert saved(store, replace(settings, grant=late)).settings.grant == 0
    assert state(grants, late) == "pending"


def test_what_no_save_has_named_is_its_own_who_signed_in(
    store: SettingsStore, grants: GrantStore, settings: Settings
) -> None:
    of_ken = signed_in(grants, settings, by="ken")
    program = Actor("shop (token)", "api", behind="ken")

    first = store.save(replace(settings, grant=of_ken), base=0, by=actor("hanako"), now=AT.wall)
    assert (first.settings.grant, state(grants, of_ken)) == (0, "pending")
    second = store.save(replace(settings, grant=of_ken), base=1, by=program, now=AT.wall)
    assert (second.settings.grant, state(grants, of_ken)) == (of_ken, "ready")
    third = replace(settings, grant=of_ken, from_name="Reports")
    assert store.save(third, base=2, by=actor("hanako"), now=AT.wall).settings.grant == of_ken


def test_one_who_signs_in_again_forgets_what_no_save_has_named(grants: GrantStore, settings: Settings) -> None:
    first, other, second = (
        signed_in(grants, settings),
        signed_in(grants, settings, by="ken"),
        signed_in(grants, settings),
    )

    assert [state(grants, each) for each in (first, other, second)] == ["forgotten", "pending", "pending"]


def test_what_no_save_has_named_in_time_is_forgotten(grants: GrantStore, settings: Settings) -> None:
    number = signed_in(grants, settings)
    grants.end_unused(Settings(), after(PENDING))
    assert state(grants, number) == "pending"

    grants.end_unused(Settings(), after(PENDING + timedelta(seconds=1)))
    assert state(grants, number) == "forgotten"


def test_a_new_key_opens_the_tokens_and_the_old_one_can_go(
    database: Database, grants: GrantStore, settings: Settings, keys: Vault
) -> None:
    number = signed_in(grants, settings)
    kept, newest = grants.kept(number), vault.new_key()
    other = Vault([newest, *keys._keys.values()])
    dropped: list[frozenset[bytes]] = []

    rotation = KeyRotation(database, other)
    assert rotation.reseal(by=actor(), now=clock.now()) == 3
    rotation.release(dropped.append, by=actor(), now=clock.now())

    assert GrantStore(database, Vault([newest])).kept(number) == kept
    assert len(dropped[0]) == 1


def test_one_whose_key_is_lost_is_as_good_as_none(database: Database, grants: GrantStore, settings: Settings) -> None:
    number = signed_in(grants, settings)

    kept = GrantStore(database, Vault([vault.new_key()])).kept(number)

    assert kept
    assert (kept.access_token, kept.refresh_token) == ("", "")


@pytest.mark.parametrize("flow", [Flow.CODE, Flow.CLIENT])
def test_a_save_with_another_secret_has_what_was_refused_asked_for_once_more(
    store: SettingsStore, grants: GrantStore, settings: Settings, flow: Flow
) -> None:
    wrong = replace(settings, oauth_flow=flow, oauth_client_secret="wrong")
    number = signed_in(grants, wrong) if flow.by_person else grants.own_number(Client.of(wrong), AT)
    before = saved(store, replace(wrong, grant=number)).settings
    kept = grants.kept(number)
    assert kept
    grants.take_lease(number, kept.generation, "me", lambda: AT)
    grants.refused(number, kept.generation, "me", TokenFailed("oauth_client_refused"), Client.of(wrong))

    saved(store, replace(before, from_name="Reports"))
    assert state(grants, number) == "refused"
    saved(store, replace(before, oauth_client_secret="right"))
    assert state(grants, number) == "ready"


def test_an_application_has_one_grant(grants: GrantStore, settings: Settings) -> None:
    client = Client.of(replace(settings, oauth_flow=Flow.CLIENT, oauth_client_secret="x"))

    assert grants.own_number(client, AT) == grants.own_number(client, AT)


def both(settings: Settings, **more: Any) -> Settings:
    """Give settings whose second server is logged in to with a token, too."""
    other = replace(settings, smtp_host="relay.example.net", smtp_user="relay@example.net")
    return replace(settings.with_second(other), second=True, **more)


def test_each_server_has_a_sign_in_of_its_own(store: SettingsStore, grants: GrantStore, settings: Settings) -> None:
    two = both(settings)
    first = signed_in(grants, two)
    saved(store, replace(two, grant=first))
    second = signed_in(grants, two.by_second)

    version = saved(store, replace(two, grant=first, second_grant=second))

    assert (version.settings.grant, version.settings.second_grant, version.changed) == (
        first,
        second,
        ("second_grant",),
    )
    assert (state(grants, first), state(grants, second)) == ("ready", "ready")
    found = grants.of(version.settings.by_second)
    assert found
    assert found.number == second


def test_a_sign_in_of_one_server_is_not_taken_for_the_other(
    store: SettingsStore, grants: GrantStore, settings: Settings
) -> None:
    two = both(settings)
    number = signed_in(grants, two)

    version = saved(store, replace(two, grant=0, second_grant=number))

    assert (version.settings.grant, version.settings.second_grant) == (0, 0)


@pytest.mark.parametrize("anew", ["grant", "second_grant"])
def test_a_new_sign_in_of_one_server_ends_the_one_before_it_and_not_that_of_the_other(
    store: SettingsStore, grants: GrantStore, settings: Settings, anew: str
) -> None:
    two = both(settings)
    numbers = {"grant": signed_in(grants, two, by="hanako")}
    saved(store, replace(two, **numbers))
    numbers["second_grant"] = signed_in(grants, two.by_second)
    saved(store, replace(two, **numbers))
    before = numbers[anew]
    (kept,) = {*numbers.values()} - {before}
    numbers[anew] = signed_in(grants, two if anew == "grant" else two.by_second)

    saved(store, replace(two, **numbers))

    assert [state(grants, number) for number in (before, kept, numbers[anew])] == ["forgotten", "ready", "ready"]


def test_the_sign_in_of_a_second_that_is_turned_off_ends_in_a_while_and_the_first_goes_on(
    store: SettingsStore, grants: GrantStore, settings: Settings
) -> None:
    two = both(settings)
    first = signed_in(grants, two)
    saved(store, replace(two, grant=first))
    second = signed_in(grants, two.by_second)
    saved(store, replace(two, grant=first, second_grant=second))

    off = saved(store, replace(two, grant=first, second_grant=second, second=False)).settings
    saved(store, replace(off, from_name="another name"))

    assert (off.grant, off.second_grant) == (first, 0)
    assert (state(grants, first), state(grants, second)) == ("ready", "ready")
    back = saved(store, replace(off, second=True)).settings
    assert back.second_grant == second
    saved(store, replace(back, second=False))
    grants.end_unused(store.current().settings, after(PENDING + timedelta(seconds=1)))
    assert (state(grants, first), state(grants, second)) == ("ready", "forgotten")


def test_two_grants_in_force_outlive_their_first_minutes(
    store: SettingsStore, grants: GrantStore, settings: Settings
) -> None:
    """That of a person, and that of a client which signs in by itself."""
    two = replace(both(settings), second_oauth_flow=Flow.CLIENT, second_oauth_client_secret="x")
    first = signed_in(grants, two)
    saved(store, replace(two, grant=first))
    own = grants.own_number(Client.of(two.by_second), AT)

    saved(store, replace(two, grant=first, from_name="another name"))
    grants.end_unused(store.current().settings, after(10 * PENDING))

    assert (state(grants, first), state(grants, own)) == ("ready", "ready")


def test_who_signs_in_for_one_server_keeps_what_waits_for_the_save_of_the_other(
    grants: GrantStore, settings: Settings, database: Database
) -> None:
    two = both(settings)
    first = grants.add(Client.of(two), ANSWER, actor("hanako"), AT, beside=_noted("first"))
    second = grants.add(Client.of(two.by_second), ANSWER, actor("hanako"), AT, server="second", beside=_noted("second"))
    assert (state(grants, first), state(grants, second)) == ("pending", "pending")

    again = grants.add(Client.of(two), ANSWER, actor("hanako"), AT, server="first", beside=_noted("first"))

    assert [state(grants, each) for each in (first, second, again)] == ["forgotten", "pending", "pending"]


def _noted(server: str) -> Callable[[Writer, int], None]:
    """Note a sign-in as that of a server, as `SignIns` does."""

    def note(write: Writer, number: int) -> None:
        write.run(SIGN_IN, (b"", server, number))

    return note


SIGN_IN = """
INSERT INTO sign_ins (account, address, via, role, flow, begun_at, ends_at, sealed, server, outcome, grant_number)
VALUES ('hanako', '', '', '', 'code', '2026-11-27T00:00:00.000Z', '2026-11-27T00:15:00.000Z', ?, ?, 'done', ?)
"""
