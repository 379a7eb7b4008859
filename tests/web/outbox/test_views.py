"""One message as a page: what happened to it, when it goes again, and what can be done with it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from panel import clock
from panel.access.rights import Role
from panel.mail.smtp.protocol import Stage
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.reports import report, status_of
from tests.support.rows import move
from tests.web.conftest import Browser
from tests.web.outbox.conftest import NOW, fail, put, put_off, states


def test_a_message_is_shown_with_what_happened_and_without_its_text(browser: Browser, services: Services) -> None:
    number = put(services)
    fail(services, number)

    page = browser.get(f"/outbox/{number}").text

    assert 'data-cause="recipient_unknown"' in page
    assert "taro@example.net" in page
    assert "&lt;b&gt;No such user" in page
    assert "Secret text" not in page


PUT_OFF = [
    "450 4.2.0 Greylisted, come back later",
    "451 4.3.0 Local error",
    "452 4.2.2 Mailbox full",
    "450 4.1.1 Unknown",
]


@pytest.mark.parametrize("said", PUT_OFF)
@pytest.mark.usefixtures("saved")
def test_a_message_that_was_put_off_says_when_it_goes_again_and_asks_for_no_resend(
    browser: Browser, services: Services, said: str
) -> None:
    put_off(services, said)

    [note] = re.findall(r'<div class="note warn" data-cause.*?</div>', browser.get("/outbox/1").text, re.DOTALL)

    assert re.search(
        r"sent again by itself at about ..:.., try 2\. It is given up only after 3 days and 10 tries", note
    )
    assert "Nothing needs to be done unless this goes on." in note
    assert not re.search(r"try again|send again|for the test|Wait that", note, re.IGNORECASE)


@pytest.mark.usefixtures("saved")
def test_a_message_page_says_when_mail_leaves_no_more_before_it_would_go_again(
    browser: Browser, services: Services
) -> None:
    put_off(services, PUT_OFF[0])
    [address] = re.findall(r'hx-get="([^"]+seen=[^"]+)"', browser.get("/outbox/1").text)
    assert browser.get(address, htmx=True).status_code == 204

    services.pace.pause(by=actor("ken"), now=clock.now())

    assert "as soon as mail leaves again" in browser.get(address, htmx=True).text


@pytest.mark.usefixtures("saved")
def test_held_mail_is_not_said_to_need_nothing(browser: Browser, services: Services) -> None:
    put_off(services, "535 5.7.8 No", Stage.AUTH)

    page = browser.get("/outbox/1").text

    assert "as soon as mail leaves again" in page
    assert "Type the password again" in page
    assert "Nothing needs to be done" not in page


@pytest.mark.usefixtures("saved")
def test_a_message_that_was_given_up_is_sent_again_by_hand(browser: Browser, services: Services) -> None:
    put_off(services, PUT_OFF[1])
    with services.database.writing() as write:
        move(write, 1, "failed")

    page = browser.get("/outbox/1").text

    assert "Try again in a few minutes." in page
    assert "by itself" not in page


def test_a_size_is_told_in_the_language_of_the_page(browser: Browser, services: Services) -> None:
    number = put(services)

    assert re.search(r">\d\d bytes</dd>", browser.get(f"/outbox/{number}").text)
    assert re.search(r">\d\d バイト</dd>", browser.get(f"/outbox/{number}", headers={"Accept-Language": "ja"}).text)


def test_a_waiting_message_is_cancelled_once(browser: Browser, services: Services) -> None:
    number = put(services)
    browser.get(f"/outbox/{number}")

    assert browser.post(f"/outbox/{number}/cancel", {}).status_code == 303
    assert browser.post(f"/outbox/{number}/cancel", {}).status_code == 422
    assert services.outbox.get(number).state == "cancelled"


def test_the_page_of_a_message_is_silent_while_nothing_changes(browser: Browser, services: Services) -> None:
    number = put(services)
    [address] = re.findall(r'hx-get="([^"]+seen=[^"]+)"', browser.get(f"/outbox/{number}").text)
    assert browser.get(address, htmx=True).status_code == 204

    fail(services, number)
    changed = browser.get(address, htmx=True).text

    assert 'data-state="failed"' in changed
    assert ">Failed</div>" in changed
    assert "autofocus" not in changed


def test_a_sent_message_is_polled_no_more(browser: Browser, services: Services) -> None:
    number = put(services)
    services.outbox.cancel(number, by=actor(), now=NOW)

    assert "hx-trigger" not in browser.get(f"/outbox/{number}").text


@pytest.mark.parametrize(("state", "asks"), [("failed", True), ("deferred", False)])
def test_only_what_ends_without_it_asks_to_be_sent_again(
    browser: Browser, services: Services, state: str, asks: bool
) -> None:
    number = put(services)
    with services.database.writing() as write:
        move(write, number, state, cause="message_refused", attempts=1)

    [button] = re.findall(r'<button id="retry"[^>]*>', browser.get(f"/outbox/{number}").text)

    assert ('class="go"' in button) is asks


def test_a_message_tells_who_took_it_back(browser: Browser, services: Services) -> None:
    number = put(services)
    browser.get(f"/outbox/{number}")
    browser.post(f"/outbox/{number}/cancel", {})

    text = browser.get(f"/outbox/{number}").text

    assert text.index("Message cancelled") < text.index("Taken into the queue")
    assert re.search(r'data-act="message_cancelled".*?hanako</span></small></div></li>', text, re.DOTALL)


def came_back(services: Services, *recipients: str) -> int:
    """Let a message have been sent, and come back from its first recipient."""
    number = put(services, "Report", *recipients)
    with services.database.writing() as write:
        move(write, number, "sent", recipients_are="sent")
    said = "smtp; 550 5.1.1 <b>No such user</b>"
    data = report(status_of("taro@example.net", said=said), message_id="<1@example.org>")
    assert services.bounces.take(data, by=actor("mail", "cli"), now=NOW).noted
    return number


@pytest.mark.parametrize("htmx", [True, False])
def test_a_message_that_came_back_says_so_and_stays_sent(browser: Browser, services: Services, htmx: bool) -> None:
    number = came_back(services, "taro@example.net", "hanako@example.org")

    page = browser.get(f"/outbox/{number}", htmx=htmx).text

    assert f'data-message="{number}" data-state="sent"' in page
    assert "It bounced: taro@example.net" in page
    assert 'data-report="taro@example.net"' in page
    assert "&lt;b&gt;No such user" in page
    assert "It is no proof" in page
    assert re.findall('data-recipient-state="([a-z]+)"', page) == ["bounced", "sent"]
    assert page.count("No such user") == 1
    assert 'id="retry"' not in page


def test_who_noted_a_bounce_by_hand_is_told(browser: Browser, services: Services) -> None:
    number = came_back(services)
    other = report(status_of("hanako@example.org"), message_id="<1@example.org>")
    assert "Bounce noted" not in browser.get(f"/outbox/{number}").text

    number = put(services, "Report", "hanako@example.org")
    with services.database.writing() as write:
        move(write, number, "sent")
    services.bounces.take(other, by=actor("ken", "session"), now=NOW)

    assert re.search(r"Bounce noted.*ken", browser.get(f"/outbox/{number}").text, re.DOTALL)


def test_the_list_has_a_filter_for_what_came_back_once_something_did(browser: Browser, services: Services) -> None:
    assert 'id="filter-bounced"' not in browser.get("/outbox").text
    put(services)
    number = came_back(services)

    page = browser.get("/outbox?state=bounced").text

    assert re.search(r'id="filter-bounced"[^>]*aria-current="true"', page)
    assert states(page) == [(str(number), "sent")]
    assert "<small>bounced</small>" in page


def test_a_viewer_is_not_told_what_the_server_said(browser: Browser, services: Services) -> None:
    number = came_back(services)
    with services.database.writing() as write:
        write.run("UPDATE accounts SET role = ?", (Role.VIEWER,))

    page = browser.get(f"/outbox/{number}").text

    assert "It bounced: taro@example.net" in page
    assert "No such user" not in page


def test_when_reports_are_asked_for_is_shown_where_somebody_said_so(browser: Browser, services: Services) -> None:
    put(services)
    submission = mail("taro@example.net")._replace(notify="failure,success")
    services.outbox.enqueue(submission, by=actor(), now=NOW)

    assert "Reports asked for" not in browser.get("/outbox/1").text
    page = browser.get("/outbox/2").text
    assert re.search(r"<dt>Reports asked for</dt><dd>if it cannot be delivered.{1,6}when it is delivered</dd>", page)


@pytest.mark.parametrize("htmx", [False, True])
def test_a_withheld_message_is_shown_and_somebody_sends_it_all_the_same(
    browser: Browser, services: Services, htmx: bool
) -> None:
    assert "Withheld" not in browser.get("/outbox").text
    number = put(services)
    with services.database.writing() as write:
        move(write, number, "withheld")

    listed, page = browser.get("/outbox?state=withheld", htmx=htmx).text, browser.get(f"/outbox/{number}", htmx=htmx)

    assert states(listed) == [(str(number), "withheld")]
    assert "It is withheld: not all of its recipients are allowed" in page.text
    assert "Send it all the same" in page.text
    assert "Do not send it" in page.text
    browser.post(f"/outbox/{number}/retry", {}, htmx=htmx)
    found = services.outbox.get(number)
    assert found
    assert found.state == "queued"
    assert services.outbox.is_released(number, since=found.queued_at)


def test_a_withheld_message_says_from_whom_it_is_kept_and_since_when(
    browser: Browser, services: Services, saved: Settings
) -> None:
    allow(services, "example.net")
    number = put(services, "Report", "taro@example.net", "hanako@example.org", "jiro@example.com")
    with services.database.writing() as write:
        move(write, number, "withheld")

    page = browser.get(f"/outbox/{number}").text

    assert "Not allowed: hanako@example.org, jiro@example.com" in page
    course = page[page.index('id="course"') :]
    assert "Withheld: not all of its recipients are allowed" in course
    assert course.index("Withheld:") < course.index("Taken into the queue")
    allow(services, "example.net, example.org, example.com")
    assert "By the settings in force now, all of its recipients are allowed." in browser.get(f"/outbox/{number}").text
    browser.post(f"/outbox/{number}/retry", {})
    assert "Withheld" not in browser.get(f"/outbox/{number}").text


def allow(services: Services, recipients: str) -> None:
    stored = services.settings.current()
    settings = replace(stored.settings, allowed_recipients=recipients)
    services.settings.save(settings, base=stored.number, by=actor(), now=clock.now())


def test_many_withheld_messages_are_sent_all_the_same_or_cancelled(browser: Browser, services: Services) -> None:
    numbers = [put(services) for _ in range(4)]
    with services.database.writing() as write:
        for number in numbers:
            move(write, number, "withheld")

    browser.post("/outbox?state=withheld", {"bulk": "retry", "sure": "yes", "m": [*map(str, numbers[:2])]})
    browser.post("/outbox?state=withheld", {"bulk": "cancel", "m": [*map(str, numbers[2:])]})

    assert [found.state for each in numbers if (found := services.outbox.get(each))] == [
        *("queued", "queued", "cancelled", "cancelled"),
    ]
