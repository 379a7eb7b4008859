"""What nobody uses any more is ended, here and at the service, whatever the saved login is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from panel import clock
from panel.config import Config
from panel.mail.net.deadline import Deadline
from panel.services import Services, open_services
from panel.settings.login import Flow, Login
from panel.settings.model import Settings
from panel.settings.oauth.client import Client
from panel.settings.oauth.failure import TokenFailed
from panel.settings.sign_in_mark import SIGN_INS
from panel.storage.database import Value
from tests.support.actors import actor
from tests.support.token_server import TokenServer, json_answer, running
from tests.support.token_settings import signed_in, with_tokens_of

PASSWORD = Settings(from_address="a@example.org", smtp_host="smtp.example.org", smtp_user="a", smtp_password="kept")


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return open_services(Config(home=tmp_path / "home"))


@pytest.fixture
def settings(token_server: TokenServer) -> Settings:
    return with_tokens_of(token_server.url, oauth_issuer=token_server.url, oauth_client_secret="a secret of the client")


def saved(services: Services, settings: Settings) -> Settings:
    return services.settings.save(
        settings, base=services.settings.newest(), by=actor("hanako"), now=clock.now()
    ).settings


def pass_by(services: Services) -> None:
    """Let the time of every sign-in be over."""
    with services.database.writing() as write:
        write.run("UPDATE grants SET signed_in_at = '2026-01-01T00:00:00.000Z'")
        write.run("UPDATE grants SET adopted_at = signed_in_at WHERE adopted_at NOTNULL")
        write.run("UPDATE sign_ins SET ends_at = '2026-01-01T00:00:00.000Z'")


def sealed(services: Services) -> list[object]:
    """Give all that is still kept of sign-ins."""
    of_grants = services.database.rows("SELECT access_token, refresh_token, client FROM grants")
    under_way = services.database.rows("SELECT nullif(sealed, ?) FROM sign_ins", (b"",))
    return [each for row in (*of_grants, *under_way) for each in tuple(row) if each is not None]


def leaves_mark(services: Services) -> bool:
    """Say whether a file beside the data tells of sign-ins; where a server has the data there never is one."""
    return services.database.is_marked(SIGN_INS) and not services.database.is_server


def test_a_sign_in_that_no_save_names_is_ended_though_the_login_is_by_password(
    services: Services, settings: Settings, token_server: TokenServer
) -> None:
    saved(services, PASSWORD)
    signed_in(services, settings, token_server)
    by, at = actor("hanako"), clock.instant()
    services.sign_ins.begin(Client.of(settings), by, redirect_uri="http://127.0.0.1/", at=at)
    services.end_forgotten()
    assert (len(sealed(services)), len(token_server.living)) == (4, 1)

    pass_by(services)
    services.end_forgotten()

    assert (sealed(services), token_server.living) == ([], set())
    assert not leaves_mark(services)


def test_a_sign_in_that_a_save_leaves_for_a_password_is_ended_at_the_service(
    services: Services, settings: Settings, token_server: TokenServer
) -> None:
    saved(services, signed_in(services, settings, token_server))
    services.end_forgotten()
    assert token_server.living

    services.database.unmark(SIGN_INS)  # as in a copy of the data file that was put in its place
    saved(services, replace(settings, smtp_login=Login.PASSWORD, oauth_client_id="", oauth_client_secret=""))
    pass_by(services)
    services.end_forgotten()

    assert (sealed(services), token_server.living) == ([], set())


def test_a_sign_in_in_use_outlives_its_first_minutes(
    services: Services, settings: Settings, token_server: TokenServer
) -> None:
    in_use = saved(services, signed_in(services, settings, token_server))
    pass_by(services)

    services.end_forgotten()

    found = services.grant_of(in_use)
    assert found
    assert found.state == "ready"
    assert services.database.is_marked(SIGN_INS)


@pytest.mark.parametrize(
    ("change", "to"), [("client = ?", b"\1"), ("signed_in_at = 'once', refreshed_at = ?", "?"), ("client = ?", None)]
)
def test_one_that_is_broken_is_erased_and_keeps_no_other(
    services: Services, settings: Settings, token_server: TokenServer, change: str, to: Value
) -> None:
    saved(services, signed_in(services, settings, token_server))
    with services.database.writing() as write:
        write.run(f"UPDATE grants SET {change}", (to,))
    saved(services, signed_in(services, settings, token_server))
    saved(services, replace(settings, smtp_login=Login.PASSWORD))
    pass_by(services)

    services.end_forgotten()

    assert sealed(services) == []
    assert not leaves_mark(services)


def test_what_comes_for_a_grant_that_was_forgotten_meanwhile_is_ended_too(
    services: Services, settings: Settings, token_server: TokenServer
) -> None:
    in_use = saved(services, signed_in(services, settings, token_server))
    used = {*token_server.living}

    def meanwhile(_: dict[str, str]) -> None:
        services.grants.forget(in_use.grant, by=actor(), at=clock.instant())
        services.grants.erase(in_use.grant)

    token_server.scripted.append(meanwhile)
    with pytest.raises(TokenFailed, match="oauth_signin_required"):
        services.access_tokens(in_use, by_hand=True).refresh(Deadline(10))

    assert (token_server.used, token_server.living) == (used, set())


def test_a_sign_in_that_another_of_its_account_follows_is_not_ended_with_it_at_the_service(
    services: Services, settings: Settings, token_server: TokenServer
) -> None:
    saved(services, signed_in(services, settings, token_server))
    saved(services, signed_in(services, settings, token_server))
    services.end_forgotten()

    assert (len(sealed(services)), token_server.requests) == (3, [])

    assert services.forget_grant(services.settings.current().settings, actor("hanako"))
    assert sealed(services) == []


def test_the_secret_of_a_client_that_never_got_a_token_is_erased_too(services: Services, settings: Settings) -> None:
    by_itself = replace(settings, oauth_flow=Flow.CLIENT)
    services.grants.own_number(Client.of(by_itself), clock.instant())
    saved(services, by_itself)
    saved(services, PASSWORD)
    pass_by(services)

    services.end_forgotten()

    assert sealed(services) == []
    assert not leaves_mark(services)


def test_tokens_are_not_shown_to_an_issuer_that_names_the_same_server_for_them(
    services: Services, settings: Settings, token_server: TokenServer
) -> None:
    saved(services, signed_in(services, settings, token_server))
    with running() as stranger:
        names = {"token_endpoint": settings.oauth_token_url, "revocation_endpoint": f"{stranger.url}/revocation"}
        stranger.scripted.append(json_answer({"issuer": stranger.url, **names}))
        in_use = saved(services, replace(settings, oauth_issuer=stranger.url))
        assert in_use.grant

        assert not services.forget_grant(in_use, actor("hanako"))

        assert [request["path"] for request in stranger.requests] == ["/.well-known/oauth-authorization-server"]


def test_tokens_are_not_shown_to_an_issuer_that_gives_its_own_elsewhere(
    services: Services, settings: Settings, token_server: TokenServer
) -> None:
    elsewhere = replace(settings, oauth_token_url=f"{token_server.url}/another")
    saved(services, signed_in(services, elsewhere, token_server))

    assert not services.forget_grant(services.settings.current().settings, actor("hanako"))

    assert [request["path"] for request in token_server.requests] == ["/.well-known/oauth-authorization-server"]
    assert sealed(services) == []
