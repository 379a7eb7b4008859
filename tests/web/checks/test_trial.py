"""The test send from a page: what is typed is tested, nothing is saved, and its end is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from panel import clock
from panel.checks.trial.report import Mode, Outcome, Report
from panel.mail.smtp.protocol import Failure, Stage
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.servers import Loop, SmtpServer
from tests.support.waiting import wait_until
from tests.web.conftest import SETTINGS, Browser, typed

RECIPIENT = "someone@example.com"
STOP = r'action="(/settings/trials/[0-9]+)/stop"'


@pytest.fixture
def at_server(server: SmtpServer) -> Settings:
    """Settings of the server that the tests started, without a login."""
    return replace(SETTINGS, smtp_host="127.0.0.1", smtp_port=server.port, smtp_auth=False, smtp_password="", tls=False)


@pytest.fixture
def at_saved(services: Services, at_server: Settings) -> Settings:
    services.settings.save(at_server, base=0, by=actor("ken"), now=clock.now())
    return at_server


def outcome(text: str) -> str:
    found = re.search(r'data-outcome="(\w+)"', text)
    assert found, text
    return found[1]


def ended(browser: Browser, path: str, data: Mapping[str, str], *, htmx: bool = True) -> TestResponse:
    """Begin a test, and ask how it goes until it has ended, as the page does."""
    return _shown(browser, browser.post(path, data, htmx=htmx), lambda text: 'data-outcome="running"' not in text)


def put_off(browser: Browser, path: str, data: Mapping[str, str], *, htmx: bool = True) -> TestResponse:
    """Begin a test that has to wait, and ask how it goes until it says for how long."""
    return _shown(browser, browser.post(path, data, htmx=htmx), lambda text: "data-left" in text)


def _shown(browser: Browser, begun: TestResponse, says: Callable[[str], bool]) -> TestResponse:
    running = re.search(STOP, begun.text)
    if not running or says(begun.text):
        return begun
    wait_until(lambda: says(browser.get(running[1], htmx=True).text))
    return browser.get(running[1], htmx=True)


def test_what_is_typed_is_tested_and_not_saved(
    browser: Browser, services: Services, server: SmtpServer, at_server: Settings
) -> None:
    response = ended(browser, "/settings/trial", typed(at_server, recipient=RECIPIENT))

    assert outcome(response.text) == "success"
    assert len(server.messages) == 1
    assert services.settings.current().number == 0


def test_a_check_delivers_nothing(browser: Browser, server: SmtpServer, at_server: Settings) -> None:
    response = ended(browser, "/settings/trial", typed(at_server, recipient=RECIPIENT, mode="check"))

    assert outcome(response.text) == "success"
    assert server.messages == []


def test_a_refusal_is_told_in_words_with_its_field(browser: Browser, server: SmtpServer, at_server: Settings) -> None:
    server.replies["RCPT"] = "550 5.1.1 No such user"

    response = ended(browser, "/settings/trial", typed(at_server, recipient=RECIPIENT))

    assert (response.status_code, outcome(response.text)) == (200, "failure")
    assert 'data-cause="recipient_unknown"' in response.text
    assert "No such user" in response.text
    assert 'href="#recipient"' in response.text
    assert re.search(r'data-stage="envelope"[^>]*data-status="failed"', response.text)


def test_what_a_server_says_is_shown_as_text(browser: Browser, server: SmtpServer, at_server: Settings) -> None:
    server.replies["RCPT"] = "550 5.1.1 <script>alert(1)</script> \x1b[31m"

    response = ended(browser, "/settings/trial", typed(at_server, recipient=RECIPIENT))

    assert "<script>" not in response.text
    assert "\x1b" not in response.text
    assert "&lt;script&gt;" in response.text


def test_without_htmx_the_page_waits_for_the_end(browser: Browser, server: SmtpServer, at_server: Settings) -> None:
    response = browser.post("/settings/trial", typed(at_server, recipient=RECIPIENT))

    assert "<!doctype html>" in response.text
    assert outcome(response.text) == "success"


def test_wrong_values_are_not_ended(browser: Browser, server: SmtpServer, at_server: Settings) -> None:
    response = browser.post("/settings/trial", typed(at_server, recipient="nobody", smtp_port="0"), htmx=True)

    assert response.status_code == 422
    assert server.messages == []


@pytest.mark.parametrize("recipient", ["", "a@example.com, b@example.com", "a@example.com\r\nBcc: c@example.com", "x"])
def test_a_test_has_exactly_one_recipient(browser: Browser, at_server: Settings, recipient: str) -> None:
    assert browser.post("/settings/trial", typed(at_server, recipient=recipient), htmx=True).status_code == 422


def test_the_saved_settings_are_tested_and_proven(
    browser: Browser, services: Services, server: SmtpServer, at_saved: Settings
) -> None:
    assert "Not checked yet" in browser.get("/settings").text

    response = ended(browser, "/settings/trial/saved", {"recipient": RECIPIENT})

    assert outcome(response.text) == "success"
    assert "Mail is going out" in browser.get("/settings").text


def test_a_failed_test_of_the_saved_settings_is_the_verdict(
    browser: Browser, server: SmtpServer, at_saved: Settings
) -> None:
    server.replies["MAIL"] = "550 5.7.1 Sender not allowed"

    ended(browser, "/settings/trial/saved", {"recipient": RECIPIENT})

    assert "Mail is not going out" in browser.get("/settings").text


def test_a_refused_recipient_says_nothing_against_the_settings(
    browser: Browser, server: SmtpServer, at_saved: Settings
) -> None:
    server.replies["RCPT"] = "550 5.1.1 No such user"

    ended(browser, "/settings/trial/saved", {"recipient": RECIPIENT})

    assert "Mail is not going out" not in browser.get("/settings").text


def test_saving_other_values_than_those_tested_asks_first(
    browser: Browser, services: Services, server: SmtpServer, at_server: Settings
) -> None:
    ended(browser, "/settings/trial", typed(at_server, recipient=RECIPIENT))
    other = typed(at_server, local_hostname="other.example.org", version="0", untested="")

    asked = browser.post("/settings", other, htmx=True)

    assert asked.status_code == 422
    assert "They differ from those of your last test email. Nothing is saved yet." in asked.text
    assert services.settings.current().number == 0
    assert browser.post("/settings", {**other, "untested": "yes"}, htmx=True).status_code == 303


@pytest.mark.parametrize("htmx", [True, False])
def test_saving_before_any_test_asks_first(browser: Browser, services: Services, htmx: bool) -> None:
    untried = typed(version="0", smtp_password="typed-secret", untested="")

    asked = browser.post("/settings", untried, htmx=htmx)

    assert asked.status_code == 422
    assert "No test email has been sent with them. Nothing is saved yet." in asked.text
    assert services.settings.current().number == 0
    assert browser.post("/settings", {**untried, "untested": "yes"}, htmx=htmx).status_code == 303


@pytest.mark.parametrize(
    "changed",
    [
        {"smtp_host": "other.example.org", "smtp_password": "new"},
        {"smtp_port": "2525", "smtp_password": "new"},
        {"smtp_user": "other", "smtp_password": "new"},
        {"smtp_password": "new"},
        {"local_hostname": "other.example.org"},
        {"from_address": "other@example.org"},
        {"pop_before_smtp": "y", "pop_host": "pop.example.org", "pop_user": "report", "pop_password": "new"},
    ],
    ids=lambda changed: "+".join(changed),
)
def test_each_value_that_decides_whether_mail_is_let_in_is_asked_about(
    browser: Browser, services: Services, saved: Settings, changed: dict[str, str]
) -> None:
    asked = browser.post("/settings", typed(saved, untested="", **changed))

    assert asked.status_code == 422
    assert "These values have not been tested" in asked.text
    assert services.settings.current().number == 1


def test_a_name_and_a_pace_are_saved_without_a_question(browser: Browser, services: Services, saved: Settings) -> None:
    changed = typed(saved, untested="", from_name="Another", send_interval_ms="7000", max_per_hour="100")

    assert browser.post("/settings", changed).status_code == 303
    assert services.settings.current().number == 2


def test_saving_values_whose_test_failed_says_so(browser: Browser, server: SmtpServer, at_server: Settings) -> None:
    server.replies["RCPT"] = "550 5.1.1 No such user"
    ended(browser, "/settings/trial", typed(at_server, recipient=RECIPIENT))

    asked = browser.post("/settings", typed(at_server, version="0", untested=""))

    assert asked.status_code == 422
    assert "The last test email with them failed. Nothing is saved yet." in asked.text


def test_saving_what_was_tested_asks_nothing(browser: Browser, server: SmtpServer, at_server: Settings) -> None:
    ended(browser, "/settings/trial", typed(at_server, recipient=RECIPIENT))

    assert browser.post("/settings", typed(at_server, version="0", untested="")).status_code == 303


def test_the_recipients_own_domain_gets_a_notice(browser: Browser, server: SmtpServer, at_server: Settings) -> None:
    response = ended(browser, "/settings/trial", typed(at_server, recipient="x@example.org"))

    assert "Same domain" in response.text
    assert outcome(response.text) == "success"


def test_the_tenth_test_in_a_minute_is_the_last(browser: Browser, server: SmtpServer, at_server: Settings) -> None:
    for _ in range(10):
        ended(browser, "/settings/trial", typed(at_server, recipient=RECIPIENT))

    response = ended(browser, "/settings/trial", typed(at_server, recipient=RECIPIENT))

    assert response.status_code == 422
    assert "Wait a minute" in response.text
    assert len(server.messages) == 10


def test_a_test_to_a_denied_address_is_not_made(browser: Browser, at_server: Settings) -> None:
    there = replace(at_server, smtp_host="169.254.169.254")

    response = ended(browser, "/settings/trial", typed(there, recipient=RECIPIENT))

    assert 'data-cause="address_denied"' in response.text


def test_an_unknown_test_is_404(browser: Browser) -> None:
    assert browser.get("/settings/trials/9").status_code == 404


def found_to_work(services: Services, settings: Settings, cause: str, stage: Stage, works: dict[str, object]) -> int:
    """Keep a test that failed, and what was found to work instead."""
    now = clock.now()
    started = Report(Mode.SEND, RECIPIENT, settings.smtp_host, settings.smtp_port, now)
    number = services.trials.begin(started, by=actor("hanako"), fingerprint="x", now=now)
    ended = started._replace(outcome=Outcome.FAILURE, failure=Failure(stage, cause), suggestion=works)
    services.trials.finish(number, ended, 1)
    return number


def test_what_was_found_to_work_opens_the_form_with_it_and_saves_nothing(
    browser: Browser, services: Services, saved: Settings
) -> None:
    works = {"smtp_port": 465, "tls_mode": "implicit"}
    number = found_to_work(services, saved, "connection_refused", Stage.CONNECT, works)

    result = browser.get(f"/settings/trials/{number}").text
    form = browser.get(f"/settings/edit?trial={number}").text

    assert f'href="/settings/edit?trial={number}"' in result
    assert 'name="smtp_port" value="465"' in form
    assert '<option value="implicit" selected>' in form
    assert services.settings.current().number == 1
    assert browser.get("/settings/edit?trial=999").status_code == 200


def test_a_way_out_for_the_pop_server_changes_its_fields_and_leaves_the_password(browser: Browser) -> None:
    page = browser.post(
        "/settings/preset", typed(preset="", pop_port="995", pop_tls_mode="implicit", version="0"), htmx=True
    ).text

    assert re.search(r'<input id="pop_port"[^>]*value="995"[^>]*hx-swap-oob', page)
    assert re.search(r'<select id="pop_tls_mode"[^>]*hx-swap-oob', page)
    assert 'id="pop_password"' not in page


@pytest.fixture
def paced(services: Services, browser: Browser, server: SmtpServer, at_server: Settings) -> Settings:
    """Saved settings whose interval has begun with a test that was sent just now."""
    paced = replace(at_server, send_interval_ms=60_000)
    services.settings.save(paced, base=0, by=actor("ken"), now=clock.now())
    assert outcome(ended(browser, "/settings/trial/saved", {"recipient": RECIPIENT}).text) == "success"
    return paced


@pytest.mark.parametrize("htmx", [True, False])
def test_a_test_that_waits_for_its_slot_says_for_how_long_and_can_be_cancelled(
    browser: Browser, services: Services, server: SmtpServer, paced: Settings, htmx: bool
) -> None:
    response = put_off(browser, "/settings/trial/saved", {"recipient": RECIPIENT}, htmx=htmx)

    assert (response.status_code, outcome(response.text)) == (200, "running")
    left = re.search(r'data-left="([0-9]+)"', response.text)
    assert left
    assert 30 < int(left[1]) <= 60
    assert re.search(r"It goes by itself at \d\d:\d\d:\d\d", response.text)
    address = re.search(STOP, response.text)
    assert address
    browser.post(f"{address[1]}/stop", {})
    wait_until(lambda: outcome(browser.get(address[1]).text) == "stopped")
    assert len(server.messages) == 1


def test_a_check_takes_the_place_of_a_test_that_waits(
    browser: Browser, services: Services, server: SmtpServer, paced: Settings
) -> None:
    waits = put_off(browser, "/settings/trial/saved", {"recipient": RECIPIENT})
    assert 'form="trial-form" name="mode" value="check"' in waits.text

    response = ended(browser, "/settings/trial/saved", {"recipient": RECIPIENT, "mode": "check"})

    assert outcome(response.text) == "success"
    assert len(server.messages) == 1


def test_a_test_goes_by_itself_when_its_slot_has_come(
    browser: Browser, services: Services, server: SmtpServer, at_server: Settings
) -> None:
    services.settings.save(replace(at_server, send_interval_ms=1_500), base=0, by=actor("ken"), now=clock.now())
    ended(browser, "/settings/trial/saved", {"recipient": RECIPIENT})

    ended(browser, "/settings/trial/saved", {"recipient": RECIPIENT})

    server.wait_for(2)


def test_a_test_that_would_wait_for_hours_says_when_there_is_room_and_that_a_check_needs_none(
    browser: Browser, services: Services, server: SmtpServer, at_server: Settings
) -> None:
    services.settings.save(replace(at_server, max_per_day=1), base=0, by=actor("ken"), now=clock.now())
    ended(browser, "/settings/trial/saved", {"recipient": RECIPIENT})

    response = ended(browser, "/settings/trial/saved", {"recipient": RECIPIENT})

    assert response.status_code == 422
    assert re.search(r"There is room again at \d{4}-\d\d-\d\d \d\d:\d\d", response.text)
    assert "A check without sending needs no slot." in response.text


def test_another_servers_values_are_tested_at_once(
    browser: Browser, server: SmtpServer, paced: Settings, loop: Loop
) -> None:
    other = SmtpServer().start(loop)

    response = ended(browser, "/settings/trial", typed(replace(paced, smtp_port=other.port), recipient=RECIPIENT))

    assert outcome(response.text) == "success"
    assert (len(other.messages), len(server.messages)) == (1, 1)


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("mode", ["send", "check"])
def test_a_cause_that_takes_effect_late_offers_a_test_in_5_minutes(
    browser: Browser, services: Services, server: SmtpServer, at_saved: Settings, mode: str, htmx: bool
) -> None:
    server.replies["MAIL"] = "550 5.7.1 Sender address rejected: not owned by user report"
    refused = ended(browser, "/settings/trial/saved", {"recipient": RECIPIENT, "mode": mode}, htmx=htmx).text
    assert "Test again in 5 minutes" in refused
    assert f'name="after" value="{mode}"' in refused

    waits = put_off(browser, "/settings/trial/saved", {"recipient": RECIPIENT, "after": mode}, htmx=htmx).text

    left = re.search(r'data-left="([0-9]+)"', waits)
    address = re.search(STOP, waits)
    assert left
    assert address
    assert 200 < int(left[1]) <= 300
    found = services.trials.get(int(address[1].rpartition("/")[2]), clock.now())
    assert found
    assert found.report.mode == mode
    browser.post(f"{address[1]}/stop", {})
    wait_until(lambda: outcome(browser.get(address[1]).text) == "stopped")


def test_a_cause_that_takes_effect_at_once_offers_no_later_test(
    browser: Browser, server: SmtpServer, at_saved: Settings
) -> None:
    server.replies["RCPT"] = "550 5.1.1 User unknown"

    assert "Test again in 5" not in ended(browser, "/settings/trial/saved", {"recipient": RECIPIENT}).text
