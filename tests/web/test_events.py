"""What the log says of the pages' requests, and what it never says."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest

from panel import clock
from panel.outbox.state import State
from panel.server.worker import make_worker
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.rows import move
from tests.support.servers import Authority, SmtpServer
from tests.web.conftest import PASSWORD, Browser, typed

SECRET = "s3cret p&ss-w0rd"
Log = Callable[[], list[str]]


def events(lines: list[str]) -> list[str]:
    return [line.split(" ")[2] for line in lines]


@pytest.fixture
def echoing(submission: SmtpServer, authority: Authority) -> Settings:
    """Settings for a server that says the password back, in base64 and as it is."""
    plain = base64.b64encode(f"\0report\0{SECRET}".encode()).decode()
    submission.replies["AUTH"] = f"535 5.7.8 {plain} {SECRET} {base64.b64encode(SECRET.encode()).decode()}"
    return Settings(
        from_address="report@example.org",
        smtp_host="localhost",
        smtp_port=submission.port,
        smtp_user="report",
        smtp_password=SECRET,
        ca_certificate=authority.pem,
    )


def test_no_secret_is_logged(log: Log, browser: Browser, services: Services, echoing: Settings) -> None:
    browser.post("/login", {"name": "hanako", "password": "wrong-panel-password"})
    browser.post("/login", {"name": PASSWORD, "password": PASSWORD})  # into the wrong field
    form = typed(echoing, smtp_password=SECRET, recipient="taro@example.net", version="0")
    browser.post("/settings/trial", form)
    browser.post("/settings", {**form, "untested": "yes"})
    services.outbox.enqueue(mail(), by=actor(), now=clock.now())
    make_worker(services).run_once()

    lines = log()

    assert {"sign_in_refused", "test_began", "test_ended", "settings_saved", "not_accepted"} <= set(events(lines))
    text = "\n".join(lines)
    secrets = [SECRET, quote(SECRET), base64.b64encode(SECRET.encode()).decode(), "wrong-panel-password", PASSWORD]
    assert [each for each in secrets if each in text] == []
    assert base64.b64encode(f"\0report\0{SECRET}".encode()).decode() not in text


def test_the_end_of_a_test_is_logged_with_the_cause_that_is_shown(
    log: Log, browser: Browser, echoing: Settings
) -> None:
    browser.post("/settings/trial", typed(echoing, smtp_password=SECRET, recipient="taro@example.net", version="0"))

    [ended] = (line for line in log() if " test_ended " in line)

    assert "cause=login_refused stage=auth" in ended


def test_a_refused_sign_in_names_an_account_that_exists(log: Log, browser: Browser) -> None:
    browser.post("/login", {"name": "hanako", "password": "wrong"})
    browser.post("/login", {"name": "nobody", "password": "wrong"})

    known, unknown = (line for line in log() if "sign_in_refused" in line)

    assert known.endswith("WARNING sign_in_refused account=hanako address=127.0.0.1")
    assert unknown.endswith("WARNING sign_in_refused address=127.0.0.1")


def test_what_somebody_does_to_the_outbox_is_logged_with_who_and_from_where(
    log: Log, browser: Browser, services: Services
) -> None:
    number, failed = (services.outbox.enqueue(mail(), by=actor(), now=clock.now()).number for _ in range(2))
    with services.database.writing() as write:
        move(write, failed, State.FAILED, recipients_are=State.FAILED)
    log()

    browser.post(f"/outbox/{number}/cancel", {})
    browser.post("/outbox/retry-failed", {"sure": "yes"})
    browser.post("/outbox/pause", {})
    browser.post("/outbox/resume", {})

    lines = log()
    retried = ["failed_retried", "message_retried"]
    assert events(lines) == ["message_cancelled", *retried, "sending_paused", "sending_resumed"]
    assert all("account=hanako address=127.0.0.1" in line for line in lines)


def test_a_fault_of_ours_is_logged_without_the_query(log: Log, browser: Browser, services: Services) -> None:
    app = browser.client.application
    app.extensions["mail-panel"] = replace(services)
    vars(app.extensions["mail-panel"])["heartbeats"] = None
    app.config["PROPAGATE_EXCEPTIONS"] = False
    log()

    assert browser.get("/readyz?token=one-time").status_code == 500

    first, *trace = log()
    assert first.endswith("ERROR request_failed method=GET path=/readyz")
    assert re.match("    AttributeError", trace[-1])
    assert not [line for line in trace if "one-time" in line]
