"""The list of the outbox: its filters, its rows with their plans, and what can be done from it."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from panel import clock
from panel.access.rights import Role
from panel.outbox.estimate import forecast, leaves_at
from panel.outbox.pace.pace import Terms
from panel.services import Services
from panel.settings.model import Settings
from tests.outbox import test_estimate as forecasts
from tests.support.actors import actor
from tests.support.rows import move
from tests.web.conftest import Browser
from tests.web.outbox.conftest import NOW, fail, put, states


def test_the_newest_message_comes_first(browser: Browser, services: Services) -> None:
    first, second = put(services), put(services, "Later")

    assert states(browser.get("/outbox").text) == [(str(second), "queued"), (str(first), "queued")]


def test_an_empty_outbox_says_how_mail_comes_into_it(browser: Browser, services: Services) -> None:
    empty = browser.get("/outbox").text

    assert "MAIL_PANEL_SMTP_LISTEN" in empty
    assert "mail-panel sendmail" in empty
    assert "POST /api/v1/messages" in empty

    put(services)
    assert "mail-panel sendmail" not in browser.get("/outbox").text


def test_a_filter_and_a_search_narrow_the_list(browser: Browser, services: Services) -> None:
    put(services, "Monthly report")
    failed = put(services, "Invoice", "nobody@example.net")
    fail(services, failed)

    assert states(browser.get("/outbox?state=failed").text) == [(str(failed), "failed")]
    assert states(browser.get("/outbox?q=nobody").text) == [(str(failed), "failed")]
    assert states(browser.get("/outbox?q=invoice&state=queued").text) == []


def test_the_rest_of_a_long_list_is_one_link_away(browser: Browser, services: Services) -> None:
    for _ in range(51):
        put(services)

    page = browser.get("/outbox").text
    [address] = re.findall(r'id="older" href="([^"]+)"', page)

    assert len(states(page)) == 50
    assert len(states(browser.get(address).text)) == 1


def test_a_poll_that_finds_nothing_new_is_empty(browser: Browser, services: Services) -> None:
    number = put(services)
    [address] = re.findall(r'hx-get="([^"]+seen=[^"]+)"', browser.get("/outbox").text)

    assert browser.get(address, htmx=True).status_code == 204
    services.outbox.cancel(number, by=actor(), now=NOW)
    changed = browser.get(address, htmx=True)

    assert changed.status_code == 200
    assert states(changed.text) == [(str(number), "cancelled")]


def test_all_failed_messages_go_back_at_once(browser: Browser, services: Services) -> None:
    numbers = [put(services), put(services)]
    for number in numbers:
        fail(services, number)
    assert "(failures not seen: 2)" in browser.get("/outbox").text

    asked = browser.post("/outbox/retry-failed", {}).text
    assert [services.outbox.get(number).state for number in numbers] == ["failed", "failed"]
    assert "Send 2 refused messages again?" in asked
    assert "2 were refused for good" in asked
    assert re.search(r'<input[^>]* id="refused"[^>]* required>', asked)
    said = browser.post("/outbox/retry-failed", {"sure": "yes"}, htmx=True).text
    assert "2 are left out: they were refused for good" in said
    assert [services.outbox.get(number).state for number in numbers] == ["failed", "failed"]
    browser.post("/outbox/retry-failed", {"sure": "yes", "refused": "yes"})

    assert [services.outbox.get(number).state for number in numbers] == ["queued", "queued"]
    [address] = re.findall(r'action="([^"]+)"[^>]*><input[^>]*><button id="undo"', browser.get("/outbox").text)
    browser.post(html.unescape(address), {})
    assert [services.outbox.get(number).state for number in numbers] == ["failed", "failed"]


def test_a_message_that_is_not_there_is_404(browser: Browser) -> None:
    assert browser.get("/outbox/99").status_code == 404
    assert browser.get("/outbox?state=nonsense&before=x").status_code == 200


def test_a_stranger_sees_nothing(stranger: Browser, services: Services) -> None:
    number = put(services)

    assert stranger.get(f"/outbox/{number}").status_code == 302
    assert stranger.get("/outbox").status_code == 302


def retry_address(page: str, number: int) -> str:
    [address] = re.findall(rf'action="(/outbox/{number}/retry[^"]*)"', page)
    return html.unescape(address)


def test_a_row_is_retried_in_its_place(browser: Browser, services: Services) -> None:
    number = put(services)
    fail(services, number)
    address = retry_address(browser.get("/outbox?state=failed").text, number)

    swapped = browser.post(address, {"row": "yes"}, htmx=True)

    assert swapped.status_code == 200
    assert swapped.text.strip().startswith(f'<tr role="row" id="message-{number}"')
    assert states(swapped.text) == [(str(number), "queued")]
    assert "autofocus>Report" in swapped.text
    assert "Put back in the queue." in swapped.text


def test_without_scripts_it_leads_back_to_the_list_with_its_filters(browser: Browser, services: Services) -> None:
    number = put(services)
    fail(services, number)
    address = retry_address(browser.get("/outbox?state=failed&q=report").text, number)

    assert browser.post(address, {"row": "yes"}).location == "/outbox?state=failed&q=report"


@pytest.mark.parametrize(
    ("action", "said"), [("pause", "Paused."), ("resume", "Resumed."), ("retry-failed", "No message")]
)
def test_what_concerns_all_keeps_the_filters(browser: Browser, action: str, said: str) -> None:
    browser.get("/outbox")

    assert browser.post(f"/outbox/{action}?state=sent", {}).location == "/outbox?state=sent"
    swapped = browser.post(f"/outbox/{action}?state=sent", {}, htmx=True).text
    assert re.search(r'id="filter-sent"[^>]*aria-current="true"', swapped)
    assert 'id="sending" class="stack" hx-swap-oob="outerMorph"' in swapped
    assert said in swapped


def test_the_search_keeps_the_filter(browser: Browser) -> None:
    assert '<input type="hidden" name="state" form="search" value="failed">' in browser.get("/outbox?state=failed").text


@pytest.mark.parametrize("path", ["/outbox", "/outbox/{number}"])
def test_updates_can_be_stopped_and_started(browser: Browser, services: Services, path: str) -> None:
    path = path.format(number=put(services))

    stopped = browser.get(f"{path}?live=0").text

    assert 'hx-trigger="every 5s"' in browser.get(path).text
    assert "hx-trigger" not in stopped
    assert f'href="{path}?live=1"' in stopped or f'href="{path}"' in stopped


def test_a_session_that_ends_is_told_to_every_swap(browser: Browser, services: Services) -> None:
    number = put(services)
    [poll] = re.findall(r'hx-get="([^"]+seen=[^"]+)"', browser.get("/outbox").text)
    with services.database.writing() as write:
        write.run("DELETE FROM sessions")

    for address in (poll, f"/outbox/{number}?seen=x", "/settings/status?seen=x"):
        ended = browser.get(html.unescape(address), htmx=True)
        assert (ended.status_code, ended.headers["HX-Redirect"].partition("?")[0]) == (401, "/login")
    for action in (f"{number}/retry", f"{number}/cancel", "pause", "resume", "retry-failed"):
        ended = browser.post(f"/outbox/{action}", {"row": "yes"}, htmx=True)
        assert (ended.status_code, ended.headers["HX-Reswap"]) == (401, "none")
    assert services.outbox.get(number).state == "queued"


def test_a_row_that_somebody_else_has_retried_is_shown_as_it_is(browser: Browser, services: Services) -> None:
    number = put(services)
    browser.get("/outbox")
    services.outbox.cancel(number, by=actor(), now=NOW)

    swapped = browser.post(f"/outbox/{number}/retry", {"row": "yes"}, htmx=True)

    assert (swapped.status_code, states(swapped.text)) == (200, [(str(number), "cancelled")])
    assert "cannot be sent again" in swapped.text


def ready(services: Services, **changed: int) -> None:
    """Save settings with which mail would leave, and let a worker be there."""
    settings = Settings("report@example.org", smtp_host="smtp.example.org", smtp_auth=False)
    services.settings.save(replace(settings, **changed), base=0, by=actor("ken"), now=clock.now())
    services.heartbeats.beat("1-a", message=None, now=clock.now())


def plans(text: str) -> list[str]:
    """Give what each row of the list says of its result or plan."""
    cells = re.findall(r'<td role="cell" class="r cut">(.*?)</td>', text, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", each)).strip() for each in cells]


def test_each_waiting_row_says_when_it_leaves_and_in_which_place(browser: Browser, services: Services) -> None:
    ready(services, send_interval_ms=3_600_000)
    for _ in range(3):
        put(services)

    third, second, first = plans(browser.get("/outbox").text)

    assert first == "any moment sent next"
    assert re.fullmatch(r"about \d\d:\d\d:\d\d no\. 2 in line", second)
    assert re.fullmatch(r"about \d\d:\d\d:\d\d no\. 3 in line", third)


def test_what_waits_is_shown_as_it_leaves_unless_the_newest_are_asked_for(browser: Browser, services: Services) -> None:
    numbers = [str(put(services)) for _ in range(60)]

    first = browser.get("/outbox?state=queued&size=25").text
    assert [number for number, _ in states(first)] == numbers[:25]
    [address] = re.findall(r'id="older" href="([^"]+)"', first)
    second = browser.get(html.unescape(address)).text
    assert [number for number, _ in states(second)] == numbers[25:50]
    [address] = re.findall(r'id="older" href="([^"]+)"', second)
    assert [number for number, _ in states(browser.get(html.unescape(address)).text)] == numbers[50:]

    newest = browser.get("/outbox?state=queued&order=newest&size=25").text
    assert [number for number, _ in states(newest)] == numbers[:-26:-1]


def test_a_row_that_is_put_off_says_when_it_is_sent_again(browser: Browser, services: Services) -> None:
    ready(services)
    put(services)
    with services.database.writing() as write:
        due = clock.now() + timedelta(minutes=10, seconds=1)
        move(write, 1, "deferred", due_at=clock.stamp(due), attempts=1, reply="451 4.7.1 Later")

    [row] = plans(browser.get("/outbox").text)

    assert re.fullmatch(r"\d\d:\d\d:\d\d sent again by itself try 2 · 451 4\.7\.1 Later", row)


def test_a_row_over_the_cap_says_when_it_leaves_and_its_page_that_it_is_for_the_cap(
    browser: Browser, services: Services
) -> None:
    ready(services, max_per_hour=1)
    services.pace.begin_test("test/1", Terms.of(services.settings.current()), clock.instant())
    services.pace.end_test("test/1", Terms.of(services.settings.current()), clock.instant())
    number = put(services)

    [row] = plans(browser.get("/outbox").text)

    assert re.fullmatch(r"about \d\d:\d\d:\d\d sent next", row)
    assert "the limit of mails an hour is reached" in browser.get(f"/outbox/{number}").text


def test_a_row_says_what_became_of_a_message(browser: Browser, services: Services) -> None:
    for _ in range(3):
        put(services)
    fail(services, 1)
    with services.database.writing() as write:
        move(write, 2, "sent", reply="250 2.0.0 Ok: queued as 4F1C2A")
        write.run("UPDATE messages SET attachments = '[{}]' WHERE number = 2")
    services.outbox.cancel(3, by=actor(), now=NOW)

    page = browser.get("/outbox").text
    cancelled, sent, failed = plans(page)

    assert cancelled.endswith("cancelled")
    assert re.search(r"taken by the mail server 4F1C2A$", sent)
    assert failed == "The recipient does not exist. 550 5.1.1 <b>No such user</b>"
    assert page.count("with attachments") == 1


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("unset", "does not leave: nothing is set up"),
        ("unattended", "does not leave: no worker is running"),
        ("paused", "paused"),
        ("held", "on hold: The user name or password is wrong."),
    ],
)
def test_a_row_that_does_not_leave_says_why_and_so_does_its_page(
    browser: Browser, services: Services, why: str, said: str
) -> None:
    number = put(services)
    if why != "unset":
        ready(services)
    if why == "unattended":
        services.heartbeats.leave("1-a")
    elif why == "paused":
        services.pace.pause(by=actor("ken"), now=NOW)
    elif why == "held":
        forecasts.hold(services)

    assert plans(browser.get("/outbox").text) == [said]
    assert said in html.unescape(browser.get(f"/outbox/{number}").text)


def test_a_poll_tells_that_a_waiting_row_is_paused_now(browser: Browser, services: Services) -> None:
    ready(services)
    number = put(services)
    polls = [
        re.findall(r'hx-get="([^"]+seen=[^"]+)"', browser.get(address).text)[0]
        for address in ("/outbox", f"/outbox/{number}")
    ]
    assert [browser.get(each, htmx=True).status_code for each in polls] == [204, 204]

    services.pace.pause(by=actor("ken"), now=NOW)

    assert [browser.get(each, htmx=True).status_code for each in polls] == [200, 200]


def test_the_page_and_the_api_expect_the_same_moment(browser: Browser, services: Services) -> None:
    ready(services, send_interval_ms=7_000_000, max_per_hour=2)
    numbers = [put(services) for _ in range(4)]
    entries = [entry for number in numbers if (entry := services.outbox.get(number))]

    at, version = clock.instant(), services.settings.current()
    together = forecast(services.database, version, entries, at).leaves

    assert [together[each.number] for each in entries] == [
        leaves_at(services.database, version, each, at) for each in entries
    ]
    assert len(set(together.values())) == 4


def test_a_row_says_who_cancelled_it_to_those_who_may(browser: Browser, services: Services) -> None:
    number = put(services)
    services.outbox.cancel(number, by=actor("satou"), now=clock.now())

    assert re.fullmatch(r"\d\d:\d\d:\d\d cancelled by satou", plans(browser.get("/outbox").text)[0])

    with services.database.writing() as write:
        write.run("UPDATE accounts SET role = ?", (Role.VIEWER,))
    assert re.fullmatch(r"\d\d:\d\d:\d\d cancelled", plans(browser.get("/outbox").text)[0])
