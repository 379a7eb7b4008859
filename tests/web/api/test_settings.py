"""Programs see and save the settings, test them, and ask how mail does."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import Any

import msgspec
import pytest

from panel import clock
from panel.access.rights import Scope
from panel.access.submission.listener_access import ListenerAccess
from panel.config import Config
from panel.outbox.pace.pace import Terms
from panel.outbox.pace.route import Which
from panel.services import Services, open_services
from panel.settings.fields.secret import SECRETS
from panel.settings.model import OF_SECOND, Settings
from panel.settings.oauth.answers import TokenAnswer
from panel.settings.oauth.client import Client
from panel.web import create_app
from panel.web.api.documents.settings import NewSettings
from tests.support.actors import actor
from tests.support.servers import SmtpServer
from tests.support.token_server import running
from tests.support.token_settings import with_tokens_of
from tests.web.api.conftest import Make, Program, problem

GIVEN: dict[str, Any] = {
    "from_address": "report@example.org",
    "smtp_host": "smtp.example.org",
    "smtp_user": "report",
    "send_interval_ms": 6000,
}


def test_the_settings_are_told_without_their_passwords(program: Make, saved: Settings) -> None:
    response = program(Scope.READ).get("/settings")

    document = response.json or {}
    assert response.headers["ETag"] == '"1"'
    assert document["settings"] == saved.public()
    assert document["secrets"] == {**dict.fromkeys(SECRETS, "not set"), "smtp_password": "set"}
    assert saved.smtp_password not in response.text


def test_a_save_says_that_mail_does_not_go_to_those_it_is_for(admin: Program, saved: Settings) -> None:
    before = (admin.get("/settings").json or {})["staging"]

    given = {"version": 1, "settings": {**GIVEN, "redirect_to": "staging@example.com"}}
    response = admin.ask("PUT", "/settings", given)

    assert before is None
    assert (response.json or {})["staging"] == {"redirect_to": "staging@example.com", "allowed_recipients": ""}


def test_a_blank_password_keeps_the_stored_one(admin: Program, services: Services, saved: Settings) -> None:
    for password in ({}, {"smtp_password": ""}):
        version = services.settings.current().number
        response = admin.ask("PUT", "/settings", {"version": version, "settings": {**GIVEN, **password}})
        assert response.status_code == 200

    assert services.settings.current().settings == saved


@pytest.mark.parametrize("mask", ["********", "••••", "＊＊＊＊"])
def test_a_mask_is_never_saved(admin: Program, services: Services, saved: Settings, mask: str) -> None:
    given = {"version": 1, "settings": {**GIVEN, "smtp_password": mask}}

    document = problem(admin.ask("PUT", "/settings", given), 422, "invalid")

    assert [each["pointer"] for each in document["errors"]] == ["/settings/smtp_password"]
    assert services.settings.current().settings == saved


def test_without_the_key_file_nothing_is_saved(admin: Program, services: Services, saved: Settings) -> None:
    services.config.key_path.unlink()

    given = {"version": 1, "settings": {**GIVEN, "smtp_password": "another"}}

    assert admin.ask("PUT", "/settings", given).status_code == 503
    assert services.settings.current().settings == saved


def test_a_password_goes_nowhere_else_than_where_it_was_stored_for(
    admin: Program, services: Services, saved: Settings
) -> None:
    moved = {**GIVEN, "smtp_host": "evil.example"}

    document = problem(admin.ask("PUT", "/settings", {"version": 1, "settings": moved}), 422, "invalid")

    assert [each["pointer"] for each in document["errors"]] == ["/settings/smtp_password"]
    assert services.settings.current().number == 1


def test_what_is_given_shows_no_password() -> None:
    given = msgspec.convert({"settings": {"smtp_password": "secret-word"}}, NewSettings)

    assert "secret-word" not in repr(given)


def test_null_forgets_a_password(admin: Program, services: Services, saved: Settings) -> None:
    given = {**GIVEN, "smtp_auth": False, "smtp_password": None}

    assert admin.ask("PUT", "/settings", {"version": 1, "settings": given}).status_code == 200

    assert services.settings.current().settings.smtp_password == ""


def test_a_put_replaces_everything(admin: Program, services: Services, saved: Settings) -> None:
    services.settings.save(replace(saved, max_per_hour=100), base=1, by=actor("ken"), now=clock.now())

    told = admin.ask("PUT", "/settings", {"version": 2, "settings": GIVEN}).json or {}

    assert told["settings"]["max_per_hour"] is None
    assert (told["version"], told["saved_by"]) == (3, "admin (token)")


def test_what_was_told_can_be_sent_back(admin: Program, services: Services, saved: Settings) -> None:
    told = admin.get("/settings").json or {}

    response = admin.ask("PUT", "/settings", {"settings": told["settings"]}, headers={"If-Match": '"1"'})

    assert response.status_code == 200
    assert response.headers["ETag"] == '"1"'  # nothing has changed
    assert services.settings.newest() == 1
    assert services.settings.current().settings == saved


def test_another_version_is_not_overwritten(admin: Program, services: Services, saved: Settings) -> None:
    services.settings.save(replace(saved, from_name="news"), base=1, by=actor("hanako"), now=clock.now())

    by_version = admin.ask("PUT", "/settings", {"version": 1, "settings": GIVEN})
    by_etag = admin.ask("PUT", "/settings", {"settings": GIVEN}, headers={"If-Match": '"1"'})
    without = admin.ask("PUT", "/settings", {"settings": GIVEN})

    document = problem(by_version, 409, "stale-settings")
    assert (document["version"], document["saved_by"]) == (2, "hanako")
    problem(by_etag, 412, "stale-settings")
    problem(without, 428)
    assert services.settings.current().number == 2


@pytest.mark.parametrize(
    "variables",
    [
        {"smtp_listen": ("127.0.0.1", 2525)},
        {"smtp_access": ListenerAccess(tls_listen=("127.0.0.1", 2525))},
        {"smtp_listen": ("127.0.0.1", 25), "smtp_access": ListenerAccess(tls_listen=("0.0.0.0", 2525))},
    ],
)
def test_the_panels_own_smtp_port_is_no_server_to_send_to(config: Config, variables: dict[str, Any]) -> None:
    listening = replace(config, **variables)
    services = open_services(listening)
    token = services.tokens.create("shop", [Scope.ADMIN], by=actor("ken"), now=clock.now())
    admin = Program(create_app(listening, services), token, "shop")
    given = {**GIVEN, "smtp_password": "secret", "smtp_host": "localhost", "smtp_port": 2525}

    told = problem(admin.ask("PUT", "/settings", {"version": 0, "settings": given}), 422, "invalid")

    assert [each["pointer"] for each in told["errors"]] == ["/settings/smtp_host"]


def test_every_wrong_value_is_named_in_the_callers_language(admin: Program) -> None:
    given = {**GIVEN, "from_address": "x", "smtp_port": 70000}
    sent = {"version": 0, "settings": given}

    english = problem(admin.ask("PUT", "/settings", sent, headers={"Accept-Language": "en"}), 422, "invalid")
    japanese = problem(admin.ask("PUT", "/settings", sent, headers={"Accept-Language": "ja"}), 422, "invalid")

    pointers = [each["pointer"] for each in english["errors"]]
    assert pointers == ["/settings/from_address", "/settings/smtp_port", "/settings/smtp_password"]
    assert "number from 1 to 65535" in str(english["errors"])
    assert "65535" in str(japanese["errors"])
    assert "number" not in str(japanese["errors"])


@pytest.mark.parametrize(
    "changed",
    [
        {"smtp_port": "587"},
        {"smtp_port": 587.5},
        {"tls": "yes"},
        {"tls_mode": "none"},
        {"smtp_host": None},
        {"host": "x"},
    ],
)
def test_a_value_of_another_kind_is_refused(admin: Program, changed: dict[str, object]) -> None:
    document = problem(admin.ask("PUT", "/settings", {"version": 0, "settings": {**GIVEN, **changed}}), 422, "invalid")

    assert [each["pointer"] for each in document["errors"]] == [f"/settings/{next(iter(changed))}"]


# A login by OAuth2


@pytest.fixture
def by_token(services: Services) -> Settings:
    """Settings whose login is made with a token that a person signs in for, saved as version 1."""
    services.settings.save(BY_TOKEN, base=0, by=actor("ken"), now=clock.now())
    return BY_TOKEN


BY_TOKEN = with_tokens_of("https://id.example.org", smtp_user="report")


def pending(services: Services, settings: Settings) -> int:
    """Sign in, and give the number that a save may name."""
    answer = TokenAnswer("at-secret", "rt-secret", 3600, "smtp", "42", "report@example.org")
    return services.grants.add(Client.of(settings), answer, actor("ken"), clock.instant())


def test_without_a_sign_in_its_state_is_none(program: Make, saved: Settings) -> None:
    told = program(Scope.READ).get("/oauth").json or {}

    assert told == {**dict.fromkeys(SIGN_IN), "state": "none"}


SIGN_IN = [
    *("state", "provider", "account", "scope", "signed_in_at", "signed_in_by", "expires_at", "refreshed_at", "cause"),
]


def test_a_save_that_names_a_sign_in_takes_it_into_use(
    admin: Program, program: Make, services: Services, by_token: Settings
) -> None:
    number = pending(services, by_token)

    response = admin.ask("PUT", "/settings", {"version": 1, "grant": number, "settings": by_token.public()})

    assert response.status_code == 200
    assert services.settings.current().settings.grant == number
    response = program(Scope.READ).get("/oauth")
    told = response.json or {}
    assert list(told) == SIGN_IN
    assert (told["state"], told["provider"], told["account"]) == ("ready", "custom", "report@example.org")
    assert (told["signed_in_by"], told["cause"]) == ("ken", None)
    assert "secret" not in response.text


def test_a_save_that_names_none_goes_on_with_the_sign_in_in_use(
    admin: Program, services: Services, by_token: Settings
) -> None:
    number = pending(services, by_token)
    services.settings.save(replace(by_token, grant=number), base=1, by=actor("ken"), now=clock.now())

    given = {**by_token.public(), "from_name": "News"}

    assert admin.ask("PUT", "/settings", {"version": 2, "settings": given}).status_code == 200
    assert services.settings.current().settings.grant == number


@pytest.mark.parametrize(
    "changed", [{"smtp_host": "other.example.org"}, {"oauth_client_id": "other"}, {"smtp_login": "password"}]
)
def test_a_sign_in_that_is_for_other_settings_is_refused(
    admin: Program, services: Services, by_token: Settings, changed: dict[str, str]
) -> None:
    number = pending(services, by_token)
    given = {**by_token.public(), "smtp_password": "word", **changed}

    document = problem(
        admin.ask("PUT", "/settings", {"version": 1, "grant": number, "settings": given}), 422, "invalid"
    )

    assert [each["pointer"] for each in document["errors"]] == ["/grant"]
    assert services.settings.newest() == 1


def test_a_sign_in_of_another_account_than_the_token_s_is_refused(
    admin: Program, services: Services, by_token: Settings
) -> None:
    answer = TokenAnswer("at-secret", "rt-secret")
    number = services.grants.add(Client.of(by_token), answer, actor("hanako"), clock.instant())
    sent = {"version": 1, "grant": number, "settings": by_token.public()}

    problem(admin.ask("PUT", "/settings", sent), 422, "invalid")
    problem(admin.post("/test", {"recipient": "a@example.net", "grant": number}), 422, "invalid")

    assert services.settings.newest() == 1


def test_a_sign_in_that_nobody_made_is_refused(admin: Program, services: Services, by_token: Settings) -> None:
    sent = {"version": 1, "grant": 7, "settings": by_token.public()}

    problem(admin.ask("PUT", "/settings", sent), 422, "invalid")

    assert services.settings.newest() == 1


def test_the_addresses_are_found_by_the_issuer_as_in_the_form(admin: Program, services: Services) -> None:
    blank = {"oauth_authorize_url": "", "oauth_token_url": "", "oauth_issuer": ""}
    with running() as tokens:
        given = {**BY_TOKEN.public(), **blank, "oauth_issuer": f"{tokens.url}/"}
        order = {"recipient": "a@example.net", "settings": given}
        assert (admin.post("/test", order).json or {})["failure"]["cause"] == "oauth_signin_required"
        del given["oauth_token_url"]
        assert admin.ask("PUT", "/settings", {"version": 0, "settings": given}).status_code == 200
        asked = len(tokens.requests)
        stored = services.settings.current().settings
        again = {"version": 1, "settings": {**stored.public(), "from_name": "News"}}
        assert admin.ask("PUT", "/settings", again).status_code == 200
        tokens.scripted += [(200, {}, b"<html>")] * 2
        document = problem(admin.ask("PUT", "/settings", {"version": 2, "settings": given}), 422, "invalid")

    assert (stored.oauth_issuer, stored.oauth_token_url) == (tokens.url, f"{tokens.url}/token")
    assert stored.oauth_authorize_url == f"{tokens.url}/authorization"
    assert (asked, len(tokens.requests)) == (2, 4)  # nothing is sought that is there
    assert [each["pointer"] for each in document["errors"]] == ["/settings/oauth_issuer"]
    assert "<html>" not in str(document)


def test_a_test_without_a_sign_in_says_what_is_missing(admin: Program, by_token: Settings) -> None:
    report = admin.post("/test", {"recipient": "a@example.net"}).json or {}

    assert (report["outcome"], report["stages"][0]["stage"]) == ("failure", "token")
    assert report["failure"]["cause"] == "oauth_signin_required"


def test_a_test_uses_the_sign_in_that_it_names_before_any_save_does(admin: Program, services: Services) -> None:
    there = replace(BY_TOKEN, smtp_host="127.0.0.1", smtp_port=1)
    order = {"recipient": "a@example.net", "settings": there.public(), "grant": pending(services, there)}

    report = admin.post("/test", order).json or {}

    assert (report["stages"][0]["status"], report["failure"]["cause"]) == ("ok", "connection_refused")
    assert services.settings.newest() == 0
    problem(admin.post("/test", {**order, "grant": 7}), 422, "invalid")


# The test


def test_a_test_answers_with_its_stages(admin: Program, services: Services, server: SmtpServer) -> None:
    at = Settings("report@example.org", smtp_host="127.0.0.1", smtp_port=server.port, smtp_auth=False, tls=False)
    services.settings.save(at, base=0, by=actor("ken"), now=clock.now())

    report = admin.post("/test", {"recipient": "someone@example.net"}).json or {}

    assert (report["outcome"], report["version"], report["mode"]) == ("success", 1, "send")
    assert {each["stage"]: each["status"] for each in report["stages"]}["data"] == "ok"
    assert len(server.messages) == 1


def test_a_test_of_other_values_saves_nothing(admin: Program, services: Services, saved: Settings) -> None:
    there = {"smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_auth": False, "tls": False}

    report = admin.post("/test", {"recipient": "a@example.net", "mode": "check", "settings": there}).json or {}

    assert (report["outcome"], report["version"]) == ("failure", None)
    assert report["failure"]["cause"] == "connection_refused"
    assert services.settings.current().number == 1


def test_a_test_sends_no_stored_password_elsewhere(admin: Program, saved: Settings, server: SmtpServer) -> None:
    there = {"smtp_host": "127.0.0.1", "smtp_port": server.port}

    document = problem(admin.post("/test", {"recipient": "a@example.net", "settings": there}), 422, "invalid")

    assert [each["pointer"] for each in document["errors"]] == ["/settings/smtp_password"]


def test_nothing_set_up_is_no_test(admin: Program) -> None:
    problem(admin.post("/test", {"recipient": "a@example.net"}), 409, "not-set-up")


def test_the_eleventh_test_in_a_minute_waits(admin: Program, saved: Settings) -> None:
    there = {"smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_auth": False, "tls": False}
    order = {"recipient": "a@example.net", "mode": "check", "settings": there}
    for _ in range(10):
        assert admin.post("/test", order).status_code == 200

    response = admin.post("/test", order)

    problem(response, 429, "too-many-tests")
    assert response.headers["Retry-After"] == "60"


@pytest.mark.parametrize(
    ("asked", "reason", "ms"),
    [
        ({"send_interval_ms": 60_000}, "pace", 60_000),
        ({"max_per_hour": 1}, "max_per_hour", 3_600_000),
        ({"max_per_day": 1}, "max_per_day", 86_400_000),
    ],
)
def test_a_test_without_a_slot_says_in_whole_seconds_when_there_is_one(
    admin: Program, services: Services, saved: Settings, asked: dict[str, int], reason: str, ms: int
) -> None:
    services.settings.save(replace(saved, **asked), base=1, by=actor("ken"), now=clock.now())
    terms = Terms.of(services.settings.current())
    assert services.pace.begin_test("test/1", terms, clock.instant()) is None
    services.pace.end_test("test/1", terms, clock.instant())

    response = admin.post("/test", {"recipient": "a@example.net"})

    wait = problem(response, 409, "no-slot")["wait"]
    assert wait["reason"] == reason
    assert ms - 30_000 < wait["ms"] <= ms + 1
    assert int(response.headers["Retry-After"]) == ceil(wait["ms"] / 1000)


def test_a_wrong_recipient_is_named(admin: Program, saved: Settings) -> None:
    document = problem(admin.post("/test", {"recipient": "a@b@c"}), 422, "invalid")

    assert document["errors"][0]["pointer"] == "/recipient"


SECOND: dict[str, Any] = {
    "second": True,
    "second_smtp_host": "relay.example.net",
    "second_smtp_user": "relay",
    "second_smtp_password": "a secret of the second",
}


def test_a_second_server_is_saved_and_told_without_its_password(
    admin: Program, services: Services, saved: Settings
) -> None:
    response = admin.ask("PUT", "/settings", {"version": 1, "settings": {**GIVEN, **SECOND}})

    document = response.json or {}
    assert document["settings"]["second_smtp_host"] == "relay.example.net"
    assert (document["secrets"]["smtp_password"], document["secrets"]["second_smtp_password"]) == ("set", "set")
    assert "a secret of the second" not in response.text
    kept = services.settings.current().settings
    assert (kept.smtp_password, kept.by_second.smtp_password) == (saved.smtp_password, "a secret of the second")


def test_what_is_wrong_with_the_second_points_to_its_fields(admin: Program, saved: Settings) -> None:
    wrong = {**SECOND, "second_smtp_port": 0, "second_after_minutes": 1441, "second_tls": False}
    document = problem(admin.ask("PUT", "/settings", {"version": 1, "settings": {**GIVEN, **wrong}}), 422, "invalid")

    assert [each["pointer"] for each in document["errors"]] == [
        f"/settings/second_{name}" for name in ("after_minutes", "smtp_port", "tls")
    ]
    same = {**SECOND, "second_smtp_host": GIVEN["smtp_host"], "second_smtp_user": GIVEN["smtp_user"]}
    document = problem(admin.ask("PUT", "/settings", {"version": 1, "settings": {**GIVEN, **same}}), 422, "invalid")
    assert [each["pointer"] for each in document["errors"]] == ["/settings/second_smtp_host"]


def test_the_second_uses_a_sign_in_of_its_own_and_no_other(admin: Program, services: Services) -> None:
    with running() as tokens:
        own = with_tokens_of(tokens.url, smtp_host="relay.example.net")
        number = services.grants.add(
            Client.of(own), TokenAnswer("an-access-token", "", 3600), actor("ken"), clock.instant()
        )
        given = {f"second_{name}": value for name, value in own.public().items() if f"second_{name}" in OF_SECOND}
        body = {"version": 0, "settings": {**GIVEN, "smtp_auth": False, "second": True, **given}}

        document = problem(admin.ask("PUT", "/settings", {**body, "grant": number}), 422, "invalid")
        assert [each["pointer"] for each in document["errors"]] == ["/grant"]
        document = problem(admin.ask("PUT", "/settings", {**body, "second_grant": number + 1}), 422, "invalid")
        assert [each["pointer"] for each in document["errors"]] == ["/second_grant"]
        assert admin.ask("PUT", "/settings", {**body, "second_grant": number}).status_code == 200

    kept = services.settings.current().settings
    assert (kept.grant, kept.second_grant) == (0, number)


def test_the_second_server_is_tested_by_itself(admin: Program, services: Services, server: SmtpServer) -> None:
    without = {"from_address": "report@example.org", "smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_auth": False}
    there = {"second_smtp_host": "127.0.0.1", "second_smtp_port": server.port, "second_smtp_auth": False}
    off = {**without, **there, "second_tls": False}
    order = {"recipient": "someone@example.net", "server": "second"}
    problem(admin.post("/test", order), 409, "not-set-up")
    assert admin.ask("PUT", "/settings", {"version": 0, "settings": {**off, "second": True}}).status_code == 200

    report = admin.post("/test", order).json or {}

    assert (report["outcome"], report["server"], report["version"]) == ("success", "second", 1)
    version = services.settings.current()
    assert services.trials.latest_success(version.second_fingerprint, None, clock.now(), Which.SECOND)
    assert services.trials.latest_success(version.fingerprint, 1, clock.now()) is None
    unsaved = admin.post("/test", {**order, "settings": {"second_smtp_port": 2}}).json or {}

    assert (unsaved["version"], unsaved["failure"]["field"]) == (None, "second_smtp_port")
