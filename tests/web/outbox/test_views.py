"""The outbox as pages: the list with its filters, one message, and what can be done with it."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from panel import clock
from panel.mail.message.submission import Submission
from panel.mail.smtp.protocol import Stage
from panel.outbox.delivery.claims import Claim
from panel.outbox.estimate import forecast, leaves_at
from panel.outbox.pace.pace import Terms
from panel.services import Services
from panel.settings.model import Settings
from tests.outbox import test_estimate as forecasts
from tests.support.mail import OneByOne, broken, hold, mail
from tests.web.conftest import Browser

UNSET = Terms(version=0)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def put(services: Services, subject: str = "Report", *rcpt_to: str) -> int:
    """Put a message into the outbox, and give its number."""
    message = Submission(
        rcpt_to or ("taro@example.net",), b"Subject: x\r\n\r\nSecret text.\r\n", "<1@example.org>", subject
    )
    return services.outbox.enqueue(message, door="api", now=NOW).number


def fail(services: Services, number: int) -> None:
    """Let a message have failed at its recipient."""
    with services.database.writing() as write:
        write.run(
            "UPDATE messages SET state = 'failed', ended_at = queued_at, attempts = 1, cause = 'recipient_unknown', "
            "reply = '550 5.1.1 <b>No such user</b>' WHERE number = ?",
            (number,),
        )
        write.run("UPDATE recipients SET state = 'failed' WHERE message = ?", (number,))


def states(text: str) -> list[tuple[str, str]]:
    return re.findall(r'data-message="(\d+)" data-state="(\w+)"', text)


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
    services.outbox.cancel(number, now=NOW)
    changed = browser.get(address, htmx=True)

    assert changed.status_code == 200
    assert states(changed.text) == [(str(number), "cancelled")]


def test_a_message_is_shown_with_what_happened_and_without_its_text(browser: Browser, services: Services) -> None:
    number = put(services)
    fail(services, number)

    page = browser.get(f"/outbox/{number}").text

    assert 'data-cause="recipient_unknown"' in page
    assert "taro@example.net" in page
    assert "&lt;b&gt;No such user" in page
    assert "Secret text" not in page


def put_off(services: Services, said: str, stage: Stage = Stage.RCPT) -> None:
    """Let a server answer the one message so, just now."""
    services.outbox.enqueue(mail(), door="api", now=clock.now())
    dispatch = OneByOne(services.database)
    got = dispatch.claim("1-a", Terms(version=1), clock.instant())
    assert isinstance(got, Claim)
    dispatch.settle(got, broken(got, stage, said), clock.instant())
    services.heartbeats.beat("1-a", message=None, now=clock.now())


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

    services.pace.pause(by="ken", now=clock.now())

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
        write.run("UPDATE messages SET state = 'failed', ended_at = queued_at")

    page = browser.get("/outbox/1").text

    assert "Try again in a few minutes." in page
    assert "by itself" not in page


def test_a_size_is_told_in_the_language_of_the_page(browser: Browser, services: Services) -> None:
    number = put(services)

    assert re.search(r"<dd>\d\d bytes</dd>", browser.get(f"/outbox/{number}").text)
    assert re.search(r"<dd>\d\d バイト</dd>", browser.get(f"/outbox/{number}", headers={"Accept-Language": "ja"}).text)


def test_a_failed_message_goes_to_a_corrected_recipient(browser: Browser, services: Services) -> None:
    number = put(services)
    fail(services, number)
    browser.get(f"/outbox/{number}")

    done = browser.post(f"/outbox/{number}/retry", {"recipient": "jiro@example.net"})

    entry = services.outbox.get(number)
    assert entry
    assert (done.status_code, entry.state, entry.recipients[0].address) == (303, "queued", "jiro@example.net")


def test_a_wrong_correction_is_told_at_its_field_and_changes_nothing(browser: Browser, services: Services) -> None:
    number = put(services)
    fail(services, number)
    browser.get(f"/outbox/{number}")

    told = browser.post(f"/outbox/{number}/retry", {"recipient": "jiro"})

    assert told.status_code == 422
    assert 'id="recipient-error"' in told.text
    assert 'value="jiro"' in told.text
    assert services.outbox.get(number).state == "failed"  # type: ignore[union-attr]


def test_a_waiting_message_is_cancelled_once(browser: Browser, services: Services) -> None:
    number = put(services)
    browser.get(f"/outbox/{number}")

    assert browser.post(f"/outbox/{number}/cancel", {}).status_code == 303
    assert browser.post(f"/outbox/{number}/cancel", {}).status_code == 422
    assert services.outbox.get(number).state == "cancelled"  # type: ignore[union-attr]


def test_all_failed_messages_go_back_at_once(browser: Browser, services: Services) -> None:
    numbers = [put(services), put(services)]
    for number in numbers:
        fail(services, number)
    assert "Failed: 2" in browser.get("/outbox").text

    browser.post("/outbox/retry-failed", {})

    assert [services.outbox.get(number).state for number in numbers] == ["queued", "queued"]  # type: ignore[union-attr]


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
    services.outbox.cancel(number, now=NOW)

    assert "hx-trigger" not in browser.get(f"/outbox/{number}").text


def test_a_hold_is_told_above_the_list(browser: Browser, services: Services) -> None:
    with services.database.writing() as write:
        write.run(
            "UPDATE pace SET held_at = '2026-11-24T09:00:00.000Z', held_cause = 'login_refused', held_stage = 'auth', "
            "held_version = 0"
        )

    page = browser.get("/outbox").text

    assert 'data-cause="login_refused"' in page
    assert "at the step “Sign-in”" in page


def test_a_hold_that_heals_says_when_and_one_that_does_not_says_why(browser: Browser, services: Services) -> None:
    hold(services.database, "535 5.7.8 No", after_success=False, terms=UNSET)
    assert "It is not tried again by itself, for no sign-in has worked" in browser.get("/outbox").text

    services.pace.release()
    hold(services.database, "535 5.7.8 No", after_success=True, terms=UNSET)
    assert re.search(r"tried again by itself at about ..:.., try 1 of 6\.", browser.get("/outbox").text)

    with services.database.writing() as write:
        write.run("UPDATE pace SET probe_ms = NULL, held_logins = 7")
    assert "It was tried again 6 times and now no more" in browser.get("/outbox").text


@pytest.mark.parametrize(
    ("after_success", "words"),
    [(True, "too many sign-ins in a short time"), (False, "Too many sign-ins failed")],
)
def test_too_many_sign_ins_are_told_by_whether_any_had_worked(
    browser: Browser, services: Services, after_success: bool, words: str
) -> None:
    hold(services.database, "454 4.7.0 Too many login attempts", after_success=after_success, terms=UNSET)

    assert words in browser.get("/outbox").text
    assert "tried again by itself at about" in browser.get("/outbox").text


def test_held_mail_is_tried_at_once_by_a_button(browser: Browser, services: Services) -> None:
    hold(services.database, "535 5.7.8 No", after_success=True, terms=UNSET)
    assert 'action="/outbox/try-now"' in browser.get("/outbox").text

    page = browser.post("/outbox/try-now", {}, htmx=True)

    assert "It is tried again with the next message." in page.text
    assert isinstance(OneByOne(services.database).claim("1-b", UNSET, clock.instant()), Claim)


def test_held_mail_is_tried_from_the_settings_page_and_a_click_too_many_is_told(
    browser: Browser, services: Services, saved: Settings
) -> None:
    hold(services.database, "535 5.7.8 No", after_success=False, terms=Terms(version=1))
    services.heartbeats.beat("1-a", message=None, now=clock.now())
    assert 'action="/outbox/try-now"' in browser.get("/settings").text

    done = browser.post("/outbox/try-now", {"from_settings": "yes"})
    assert (done.status_code, done.location) == (303, "/settings")
    assert "The server is tried again now" in browser.get("/settings").text
    with services.database.writing() as write:
        write.run("UPDATE pace SET probe_ms = NULL")  # it was refused

    page = browser.post("/outbox/try-now", {}, htmx=True).text
    page += browser.get("/outbox").text
    assert re.search(r"the next try is possible in 2(?:40|3\d) s", page)


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
    assert services.outbox.get(number).state == "queued"  # type: ignore[union-attr]


def test_a_row_that_somebody_else_has_retried_is_shown_as_it_is(browser: Browser, services: Services) -> None:
    number = put(services)
    browser.get("/outbox")
    services.outbox.cancel(number, now=NOW)

    swapped = browser.post(f"/outbox/{number}/retry", {"row": "yes"}, htmx=True)

    assert (swapped.status_code, states(swapped.text)) == (200, [(str(number), "cancelled")])
    assert "cannot be sent again" in swapped.text


def fail_two_of_three(services: Services) -> int:
    """Let a message reach the first of its recipients and neither of the others."""
    number = put(services, "Report", "taro@example.net", "nobody@example.net", "nemo@example.net")
    fail(services, number)
    with services.database.writing() as write:
        write.run("UPDATE recipients SET state = 'sent' WHERE message = ? AND place = 0", (number,))
    return number


def fields_of(page: str) -> dict[str, list[str]]:
    """Give what the form of the correction would post if nobody typed anything."""
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input[^>]* name="(instead_of|recipient)"[^>]*? value="([^"]*)"', page):
        fields.setdefault(name, []).append(html.unescape(value))
    return fields


def test_the_correction_is_prefilled_with_addresses_that_are_accepted(browser: Browser, services: Services) -> None:
    number = fail_two_of_three(services)
    page = browser.get(f"/outbox/{number}").text

    fields = fields_of(page)
    done = browser.post(f"/outbox/{number}/retry", fields)

    assert fields["recipient"] == ["nobody@example.net", "nemo@example.net"]
    assert "it is not sent to them again: taro@example.net" in page
    assert done.status_code == 303
    assert services.outbox.get(number).state == "queued"  # type: ignore[union-attr]


def test_of_several_that_failed_each_is_corrected_in_its_own_input(browser: Browser, services: Services) -> None:
    number = fail_two_of_three(services)
    browser.get(f"/outbox/{number}")
    typed: dict[str, list[str]] = {
        "instead_of": ["nobody@example.net", "nemo@example.net"],
        "recipient": ["jiro@example.net", "x"],
    }

    wrong = browser.post(f"/outbox/{number}/retry", typed)
    typed["recipient"][1] = "nobody@example.net"
    done = browser.post(f"/outbox/{number}/retry", typed)

    entry = services.outbox.get(number)
    assert entry
    assert (wrong.status_code, done.status_code) == (422, 303)
    assert 'id="recipient2-error"' in wrong.text
    assert 'value="jiro@example.net"' in wrong.text
    assert [each.address for each in entry.recipients] == ["taro@example.net", "jiro@example.net", "nobody@example.net"]


def test_a_correction_of_somebody_who_is_not_left_is_refused(browser: Browser, services: Services) -> None:
    number = fail_two_of_three(services)
    browser.get(f"/outbox/{number}")

    one = browser.post(f"/outbox/{number}/retry", {"recipient": "jiro@example.net"})
    sent = browser.post(f"/outbox/{number}/retry", {"instead_of": "taro@example.net", "recipient": "jiro@example.net"})

    assert (one.status_code, sent.status_code) == (422, 422)
    assert services.outbox.get(number).state == "failed"  # type: ignore[union-attr]


@pytest.mark.parametrize(("state", "asks"), [("failed", True), ("deferred", False)])
def test_only_what_ends_without_it_asks_to_be_sent_again(
    browser: Browser, services: Services, state: str, asks: bool
) -> None:
    number = put(services)
    with services.database.writing() as write:
        write.run(
            "UPDATE messages SET state = ?, cause = 'message_refused', attempts = 1 WHERE number = ?", (state, number)
        )

    [button] = re.findall(r'<button id="retry"[^>]*>', browser.get(f"/outbox/{number}").text)

    assert ('class="go"' in button) is asks


def ready(services: Services, **changed: int) -> None:
    """Save settings with which mail would leave, and let a worker be there."""
    settings = Settings("report@example.org", smtp_host="smtp.example.org", smtp_auth=False)
    services.settings.save(replace(settings, **changed), base=0, by="ken", now=clock.now())  # type: ignore[arg-type]
    services.heartbeats.beat("1-a", message=None, now=clock.now())


def plans(text: str) -> list[str]:
    """Give what each row of the list says of its result or plan."""
    cells = re.findall(r'<td role="cell">(.*?)</td>', text, re.DOTALL)[1::3]
    return [html.unescape(re.sub(r"<[^>]+>", "", each)).strip() for each in cells]


def test_each_waiting_row_says_when_it_leaves(browser: Browser, services: Services) -> None:
    ready(services, send_interval_ms=3_600_000)
    for _ in range(3):
        put(services)

    third, second, first = plans(browser.get("/outbox").text)

    assert first == "leaves within a minute"
    assert re.fullmatch(r"leaves at about \d\d:\d\d \(in (59 minutes|1 hour)\)", second)
    assert re.fullmatch(r"leaves at about \d\d:\d\d \(in [12] hours?\)", third)


def test_a_row_that_is_put_off_says_when_it_is_sent_again(browser: Browser, services: Services) -> None:
    ready(services)
    put(services)
    with services.database.writing() as write:
        due = clock.stamp(clock.now() + timedelta(minutes=10, seconds=1))
        write.run("UPDATE messages SET state = 'deferred', due_at = ?", (due,))

    [row] = plans(browser.get("/outbox").text)

    assert re.fullmatch(r"sent again at about \d\d:\d\d \(in 10 minutes\)", row)


def test_a_row_over_the_cap_says_that_it_is_for_the_cap(browser: Browser, services: Services) -> None:
    ready(services, max_per_hour=1)
    services.pace.begin_test("test/1", Terms.of(services.settings.current()), clock.instant())
    services.pace.end_test("test/1", Terms.of(services.settings.current()), clock.instant())
    put(services)

    [row] = plans(browser.get("/outbox").text)

    assert re.fullmatch(
        r"leaves at about \d\d:\d\d \(in (59 minutes|1 hour)\): the limit of mails an hour is reached", row
    )


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
        services.pace.pause(by="ken", now=NOW)
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

    services.pace.pause(by="ken", now=NOW)

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
