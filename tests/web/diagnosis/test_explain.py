"""The box that explains a refusal from anywhere."""

from __future__ import annotations

import html
import re

import pytest

from panel import clock
from panel.services import Services
from panel.settings.model import Settings
from panel.web.diagnosis.explanation import MOST_CHARACTERS
from tests.support.actors import actor
from tests.support.mail import NOW, mail
from tests.support.reports import report, status_of
from tests.support.rows import move
from tests.support.servers import SmtpServer
from tests.support.traced import traced
from tests.web.conftest import SETTINGS, Browser, at_server

WRONG_PASSWORD = "535-5.7.8 Username and Password not accepted.\r\n535 5.7.8 - gsmtp"


@pytest.mark.parametrize("htmx", [True, False])
def test_a_pasted_refusal_is_explained(browser: Browser, htmx: bool) -> None:
    response = browser.post("/diagnosis/explain", {"text": WRONG_PASSWORD, "host": ""}, htmx=htmx)

    assert response.status_code == 200
    assert ("<!doctype html>" in response.text) is not htmx
    assert 'data-cause="app_password_required"' in response.text
    assert 'href="/diagnosis/causes#app_password_required"' in response.text
    assert "Username and Password not accepted." in response.text
    assert "How to know that it is this one" in response.text
    assert "the account has 2-step verification" in response.text


def test_the_host_that_is_given_is_taken_into_account(browser: Browser) -> None:
    sent = {"text": "535 5.7.8 not accepted", "host": " smtp.gmail.com "}

    assert "Google does not accept the account password" in browser.post("/diagnosis/explain", sent).text


def test_the_answer_is_announced(browser: Browser) -> None:
    response = browser.post("/diagnosis/explain", {"text": WRONG_PASSWORD}, htmx=True)

    assert '<div id="say" hx-swap-oob="innerMorph">Google does not accept' in response.text


def test_a_text_without_a_refusal_gets_a_clear_answer(browser: Browser) -> None:
    response = browser.post("/diagnosis/explain", {"text": "It does not work."})

    assert "No refusal by a server was found" in response.text
    assert "data-cause" not in response.text


@pytest.mark.parametrize("text", ["", " \n", "550 " * MOST_CHARACTERS])
def test_no_text_and_too_much_text_are_wrong(browser: Browser, text: str) -> None:
    response = browser.post("/diagnosis/explain", {"text": text}, htmx=True)

    assert response.status_code == 422
    assert 'id="explain-text-error"' in response.text
    assert 'aria-invalid="true"' in response.text


def test_the_longest_japanese_text_fits_into_a_form(browser: Browser) -> None:
    response = browser.post("/diagnosis/explain", {"text": "宛" * MOST_CHARACTERS})

    assert response.status_code == 200


def test_what_is_pasted_is_shown_as_text(browser: Browser) -> None:
    response = browser.post("/diagnosis/explain", {"text": "550 <script>alert(1)</script>"})

    assert "<script>alert" not in response.text
    assert "&lt;script&gt;" in response.text


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("more", ["535 5.7.8 authentication failed", "It does not work.", "550 " * MOST_CHARACTERS])
def test_no_secret_that_is_pasted_is_shown_again(browser: Browser, htmx: bool, more: str) -> None:
    text = f"SMTP_PASS=hunter2\nsmtp://bob:hunter2@mx.example.com password='hunter2': {more}"

    shown = browser.post("/diagnosis/explain", {"text": text, "host": "smtp://bob:hunter2@mx.example.com"}, htmx=htmx)

    assert "hunter2" not in shown.text
    assert "mx.example.com" in shown.text


def test_the_box_is_on_the_page_of_the_diagnosis_and_has_one_of_its_own(browser: Browser, saved: Settings) -> None:
    assert 'action="/diagnosis/explain"' in browser.get("/diagnosis").text
    assert "<!doctype html>" in browser.get("/diagnosis/explain").text


def test_a_fragment_of_the_box_stands_alone(browser: Browser) -> None:
    response = browser.post("/diagnosis/explain", {"text": WRONG_PASSWORD}, htmx=True)

    assert response.text.lstrip().startswith('<div id="explain"')


def test_a_stranger_does_not_see_it(stranger: Browser) -> None:
    assert stranger.get("/diagnosis/explain").status_code == 302


def test_a_failed_test_leads_to_its_cause(browser: Browser, services: Services, server: SmtpServer) -> None:
    server.replies["RCPT"] = "550 5.1.1 No such user"
    settings = at_server(SETTINGS, "127.0.0.1", server.port, smtp_auth=False, smtp_password="", tls=False)
    services.settings.save(settings, base=0, by=actor("ken"), now=clock.now())

    response = browser.post("/settings/trial/saved", {"recipient": "someone@example.com"})

    assert 'href="/diagnosis/causes#recipient_unknown"' in response.text


@pytest.fixture
def sent(services: Services) -> int:
    """A message that was sent."""
    number = services.outbox.enqueue(mail(), by=actor("shop"), now=NOW).number
    with services.database.writing() as write:
        move(write, number, "sent")
    return number


@pytest.mark.parametrize("htmx", [True, False])
def test_a_pasted_bounce_says_which_message_it_is_about_and_keeps_nothing(
    browser: Browser, services: Services, sent: int, htmx: bool
) -> None:
    page = browser.post("/diagnosis/explain", {"text": report().decode()}, htmx=htmx).text

    assert f'data-reports="{sent}"' in page
    assert f'href="/outbox/{sent}"' in page
    assert 'id="note-report"' in page
    entry = services.outbox.get(sent)
    assert entry
    assert entry.bounced_at is None
    assert not services.database.rows("SELECT 1 FROM totals WHERE what = 'bounces'")


def test_a_pasted_bounce_is_noted_when_asked_for(browser: Browser, services: Services, sent: int) -> None:
    shown = browser.post("/diagnosis/explain", {"text": report().decode()}).text
    [again] = re.findall(r"<textarea name=\"text\" hidden[^>]*>\n(.*?)</textarea>", shown, re.DOTALL)

    answer = browser.post("/diagnosis/explain/note", {"text": html.unescape(again)})

    assert (answer.status_code, answer.location) == (303, f"/outbox/{sent}")
    entry = services.outbox.get(sent)
    assert entry
    assert entry.bounced_at
    [row] = services.database.rows("SELECT account, via FROM audit WHERE action = 'bounced'")
    assert row["via"] == "session"
    assert "It is noted there." in browser.post("/diagnosis/explain", {"text": report().decode()}).text


@pytest.mark.parametrize("text", ["", "hello", "550 5.1.1 No such user"])
def test_what_is_about_no_message_of_ours_is_not_noted(browser: Browser, sent: int, text: str) -> None:
    browser.get("/diagnosis/explain")
    answer = browser.post("/diagnosis/explain/note", {"text": text})

    assert (answer.status_code, answer.location) == (303, "/diagnosis/explain")
    assert "No message in the outbox is found" in browser.get("/diagnosis/explain").text


def test_a_report_on_many_recipients_reads_their_message_once(browser: Browser, services: Services) -> None:
    who = [f"u{number}@example.org" for number in range(40)]
    number = services.outbox.enqueue(mail(*who), by=actor("shop"), now=NOW).number
    with services.database.writing() as write:
        move(write, number, "sent")

    with traced(services.database) as statements:
        page = browser.post("/diagnosis/explain", {"text": report(*map(status_of, who)).decode()}).text

    assert page.count(f'data-reports="{number}"') == len(who)
    assert sum("FROM attempts" in each for each in statements) == 1
