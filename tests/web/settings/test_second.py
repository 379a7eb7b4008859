"""The page of the second server: the form of the first, in fields of its own."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from panel import clock
from panel.checks.trial.report import Outcome
from panel.mail.smtp.protocol import Failure, Stage
from panel.outbox.pace.pace import Terms
from panel.outbox.pace.route import Which
from panel.services import Services
from panel.settings.fields.secret import SECRETS
from panel.settings.model import OF_SECOND, SECOND, Settings
from panel.web.settings.forms import SecondTokenForm
from tests.support.actors import actor
from tests.support.servers import SmtpServer
from tests.web.checks.test_trial import ended, outcome
from tests.web.conftest import SETTINGS, Browser, typed

ON = replace(
    SETTINGS,
    second=True,
    second_smtp_host="relay.example.net",
    second_smtp_user="relay",
    second_smtp_password="a secret of the second",
)


@pytest.fixture
def both(services: Services) -> Settings:
    """Settings with a second server, saved as version 1."""
    services.settings.save(ON, base=0, by=actor("ken"), now=clock.now())
    return ON


def second(base: Settings = ON, **changed: str) -> dict[str, str]:
    """What the form of the second server sends, its password blank, once it has asked about untested values."""
    shown = typed(base)
    own = {name: text for name, text in shown.items() if name.startswith("second")}
    kept = {"version": "1", "untested": "yes", "server": "second"}
    return {**own, **dict.fromkeys((name for name in SECRETS if name in OF_SECOND), ""), **kept, **changed}


@pytest.mark.parametrize("htmx", [False, True])
def test_the_page_has_a_field_for_all_that_a_second_server_has_and_no_secret(
    browser: Browser, both: Settings, htmx: bool
) -> None:
    page = browser.get("/settings/second", htmx=htmx).text

    names = {*re.findall(r'name="(second\w*)"', page)}
    assert {name for name in OF_SECOND if "oauth" not in name} - {"second_grant"} <= names
    assert {"second", "second_after_minutes", "second_smtp_password_clear"} <= names
    assert not {*re.findall(r'name="((?:smtp|pop|from|tls|oauth)_?\w*)"', page)}
    assert 'value="relay.example.net"' in page
    assert "a secret of the second" not in page
    assert ("<html" in page) is not htmx
    assert 'action="/settings/second"' in page


def test_each_id_is_once_in_the_page(browser: Browser, both: Settings) -> None:
    ids = re.findall(r'\sid="([^"]+)"', browser.get("/settings/second").text)

    assert len(ids) == len({*ids})


def test_before_there_is_a_first_server_there_is_no_second(browser: Browser) -> None:
    assert browser.get("/settings/second").headers["Location"] == "/settings/edit"
    assert browser.post("/settings/second", second(version="0")).headers["Location"] == "/settings/edit"


def test_a_second_server_is_saved_and_the_first_stays_as_it_is(
    browser: Browser, services: Services, saved: Settings
) -> None:
    answer = browser.post("/settings/second", second(second_smtp_password="a secret of the second"))

    assert (answer.status_code, answer.headers["Location"]) == (303, "/settings")
    assert services.settings.current().settings == ON
    page = browser.get("/settings").text
    assert "Second server: relay.example.net" in page
    assert "Second server saved." in page


def test_a_save_of_the_first_leaves_the_second_as_it_is(browser: Browser, services: Services, both: Settings) -> None:
    assert browser.post("/settings", typed(from_name="another name")).status_code == 303

    assert services.settings.current().settings == replace(both, from_name="another name")


def test_what_each_page_does_not_have_stays_as_it_is_though_no_key_opens_it(
    browser: Browser, services: Services, both: Settings
) -> None:
    """Who has lost the key enters one password after the other, each on its page."""
    with services.database.writing() as write:
        write.run("UPDATE settings SET smtp_password = ?, second_smtp_password = ?", (b"\1", b"\1"))
        write.run("UPDATE settings SET fingerprint = 'another'")

    assert browser.post("/settings", typed(smtp_password="entered again")).status_code == 303

    version = services.settings.current()
    assert (version.settings.smtp_password, version.unreadable) == ("entered again", {"second_smtp_password"})
    assert "Enter it again" in browser.get("/settings/second").text
    again = second(version="2", second_smtp_password="and again")
    assert browser.post("/settings/second", again).status_code == 303
    assert services.settings.current().unreadable == frozenset()


@pytest.mark.parametrize("htmx", [False, True])
def test_what_is_wrong_stands_at_its_field(browser: Browser, services: Services, saved: Settings, htmx: bool) -> None:
    wrong = second(second_smtp_port="0", second_after_minutes="1441", second_smtp_host="")

    answer = browser.post("/settings/second", wrong, htmx=htmx)

    assert answer.status_code == 422
    for name in ("second_smtp_port", "second_after_minutes", "second_smtp_host", "second_smtp_password"):
        assert f'id="{name}-error"' in answer.text
        assert f'<a href="#{name}">' in answer.text
    assert services.settings.newest() == 1


def test_the_first_once_more_is_no_second_on_either_page(browser: Browser, services: Services, both: Settings) -> None:
    same = second(second_smtp_host="smtp.example.org", second_smtp_user="report", second_smtp_password="x")
    answer = browser.post("/settings/second", same)
    assert (answer.status_code, 'id="second_smtp_host-error"' in answer.text) == (422, True)

    first = typed(smtp_host="relay.example.net", smtp_user="relay", smtp_password="x")
    answer = browser.post("/settings", first)
    assert (answer.status_code, 'id="smtp_host-error"' in answer.text) == (422, True)
    assert services.settings.newest() == 1


def test_a_second_that_is_off_is_not_judged_and_keeps_what_it_has(
    browser: Browser, services: Services, both: Settings
) -> None:
    off = {name: text for name, text in second(second_smtp_port="0").items() if name != "second"}

    assert browser.post("/settings/second", {**off, "second_smtp_port": "587"}).status_code == 303

    kept = services.settings.current().settings
    assert (kept.second, kept.second_smtp_host, kept.second_smtp_password) == (
        False,
        "relay.example.net",
        "a secret of the second",
    )
    assert "relay.example.net" not in browser.get("/settings").text


def test_somebody_else_s_save_is_shown_and_nothing_overwritten(
    browser: Browser, services: Services, both: Settings
) -> None:
    services.settings.save(replace(both, second_max_per_day=7), base=1, by=actor("ken"), now=clock.now())

    answer = browser.post("/settings/second", second(second_after_minutes="5"))

    assert answer.status_code == 409
    assert "ken changed the settings" in answer.text
    assert "Second server: Daily limit" in answer.text
    assert 'name="version" value="2"' in answer.text
    assert 'action="/settings/second"' in answer.text
    assert services.settings.current().settings.second_after_minutes == 10


def test_untested_values_are_asked_about_and_tested_ones_are_not(
    browser: Browser, services: Services, saved: Settings
) -> None:
    given = {name: text for name, text in second(second_smtp_password="x").items() if name != "untested"}

    assert "These values have not been tested" in browser.post("/settings/second", given).text
    assert browser.post("/settings", {**typed(), "untested": ""}).status_code == 303  # the first are in force


def test_a_second_needs_the_own_password_again(browser: Browser, services: Services, saved: Settings) -> None:
    """Mail would go to another server, though a password of the first alone is kept."""
    with services.database.writing() as write:
        write.run("UPDATE sessions SET proven_at = ?", (clock.stamp(clock.now() - timedelta(hours=1)),))

    answer = browser.post("/settings/second", second(second_smtp_password="x"))

    assert (answer.status_code, 'id="step-up"' in answer.text) == (422, True)
    assert "Mail would go to another server." in answer.text
    assert services.settings.newest() == 1


def test_a_password_of_the_second_is_forgotten(browser: Browser, services: Services, both: Settings) -> None:
    erased = second(second_smtp_password_clear="y", second_smtp_user="")
    del erased["second_smtp_auth"]

    assert browser.post("/settings/second", erased).status_code == 303

    version = services.settings.current()
    assert version.secrets_set == {"smtp_password"}


@pytest.mark.parametrize("htmx", [False, True])
def test_a_service_fills_the_fields_of_the_second_in(browser: Browser, saved: Settings, htmx: bool) -> None:
    answer = browser.post("/settings/preset", second(preset="sendgrid"), htmx=htmx)

    assert re.search(r'id="second_smtp_host"[^>]*value="smtp.sendgrid.net"', answer.text)
    assert 'id="smtp_host"' not in answer.text
    hint = browser.post("/settings/tls", second(second_smtp_port="465"), htmx=htmx)
    assert "Encrypted from the first byte" in hint.text
    pace = browser.post("/settings/pace", second(per_minute="10", unit="minute", margin="0"), htmx=htmx)
    assert re.search(r'id="second_send_interval_ms"[^>]*value="6000"', pace.text)


def test_its_login_by_oauth2_has_fields_of_its_own(browser: Browser, both: Settings) -> None:
    given = second(second_smtp_login="oauth2", second_oauth_provider="google", second_oauth_flow="code")

    part = browser.post("/settings/login", given, htmx=True).text

    assert {"second_oauth_client_id", "second_oauth_client_secret", "second_grant"} <= {
        *re.findall(r'name="(\w+)"', part)
    }
    assert "server=second" in part or 'name="oauth_' not in part


def test_the_form_has_a_field_for_each_secret_and_one_to_erase_it() -> None:
    own = [name.removeprefix(SECOND) for name in SECRETS if name in OF_SECOND]

    assert {each for name in own for each in (name, f"{name}_clear")} <= {*dir(SecondTokenForm)}


@pytest.mark.parametrize("htmx", [False, True])
def test_what_is_typed_is_tested_and_nothing_saved(
    browser: Browser, services: Services, saved: Settings, server: SmtpServer, htmx: bool
) -> None:
    given = at_server(server)

    answer = ended(browser, "/settings/trial", {**given, "recipient": "someone@example.com"}, htmx=htmx)

    assert outcome(answer.text) == "success"
    assert len(server.messages) == 1
    trial = services.trials.get(1, clock.now())
    assert trial
    assert (trial.report.server, trial.report.port, trial.report.version) == (Which.SECOND, server.port, None)
    assert services.settings.newest() == 1
    saved_now = browser.post("/settings/second", {name: text for name, text in given.items() if name != "untested"})
    assert saved_now.status_code == 303  # nothing is asked of what a test has proven


def test_a_failed_test_leads_to_the_fields_of_the_second(browser: Browser, saved: Settings, server: SmtpServer) -> None:
    server.replies["MAIL"] = "535 5.7.8 no"
    refused = at_server(server)

    answer = ended(browser, "/settings/trial", {**refused, "recipient": "someone@example.com"})

    assert outcome(answer.text) == "failure"
    assert not re.search(r'href="[^"]*#smtp_', answer.text)


def test_a_test_of_the_saved_second_is_not_one_of_the_first(
    browser: Browser, services: Services, saved: Settings, server: SmtpServer
) -> None:
    assert browser.post("/settings/second", at_server(server)).status_code == 303

    asked = {"recipient": "someone@example.com", "server": "second"}
    answer = ended(browser, "/settings/trial/saved", asked)

    assert outcome(answer.text) == "success"
    version, now = services.settings.current(), clock.now()
    assert services.trials.latest_success(version.fingerprint, version.number, now) is None
    proven = services.trials.latest_success(version.second_fingerprint, version.number, now, Which.SECOND)
    assert proven
    assert proven.is_of(version)
    assert proven.report.outcome is Outcome.SUCCESS


def test_a_second_that_is_off_is_not_tested(browser: Browser, saved: Settings, server: SmtpServer) -> None:
    off = {name: text for name, text in at_server(server).items() if name != "second"}

    answer = browser.post("/settings/trial", {**off, "recipient": "someone@example.com"}, htmx=True)

    assert (answer.status_code, "Turn the second server on to test it" in answer.text) == (422, True)
    assert server.messages == []


def at_server(server: SmtpServer) -> dict[str, str]:
    """What the form sends for the server that the tests started, without a login."""
    given = second(second_smtp_host="127.0.0.1", second_smtp_port=str(server.port))
    return {name: text for name, text in given.items() if name not in ("second_smtp_auth", "second_tls")}


def test_an_old_version_is_loaded_into_the_form(browser: Browser, services: Services, both: Settings) -> None:
    changed = replace(both, second_smtp_host="other.example.net")
    services.settings.save(changed, base=1, by=actor("ken"), now=clock.now())

    history = browser.get("/history").text
    assert 'action="/settings/second"' in history
    assert 'action="/settings/edit"' not in history
    assert 'value="relay.example.net"' in browser.get("/settings/second?version=1").text
    assert browser.get("/settings/second?version=9").status_code == 404


def test_who_has_no_second_server_sees_one_line_of_it(browser: Browser, saved: Settings) -> None:
    assert browser.get("/settings").text.count("/settings/second") == 1
    assert browser.get("/settings/edit").text.count("/settings/second") == 1


def test_all_addresses_are_under_the_prefix(browser: Browser, both: Settings) -> None:
    page = browser.client.get("/settings/second", environ_overrides={"SCRIPT_NAME": "/mail"}).text

    assert 'action="/mail/settings/second"' in page
    assert not re.findall(r'(?:href|action|hx-post|hx-get)="(/(?!mail/)[^"]*)"', page)


def test_a_test_of_the_second_that_succeeds_lets_its_hold_go_and_not_that_of_the_first(
    browser: Browser, services: Services, saved: Settings, server: SmtpServer
) -> None:
    assert browser.post("/settings/second", at_server(server)).status_code == 303
    failure = Failure(Stage.CONNECT, "connection_refused")
    for which in Which:
        services.pace.hold(failure, at=clock.instant(), version=2, which=which)

    answer = ended(browser, "/settings/trial/saved", {"recipient": "someone@example.com", "server": "second"})

    assert outcome(answer.text) == "success"
    pace = services.pace.state(Terms.of(services.settings.current()), clock.instant()).pace
    assert pace.first.held
    assert pace.of(Which.SECOND).held is None


def test_a_second_without_its_password_keeps_no_mail_from_the_first(services: Services, both: Settings) -> None:
    with services.database.writing() as write:
        write.run("UPDATE settings SET second_smtp_password = ?, fingerprint = 'another'", (b"\1",))

    version = services.settings.current()

    assert (version.unreadable, version.by_first.unreadable) == ({"second_smtp_password"}, frozenset())
    assert Terms.of(version).second is None
