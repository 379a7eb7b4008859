"""The banner of the detail page: which verdict wins, why, and the facts it rests on."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from panel import clock
from panel.checks.trial.report import Mode, Outcome, Report
from panel.mail.smtp.protocol import Stage
from panel.outbox.delivery.claim import Claim
from panel.outbox.pace.pace import Terms
from panel.outbox.state import State
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.limits import files_up_to
from tests.support.mail import OneByOne, broken, mail, taken
from tests.support.rows import remove
from tests.web.conftest import Browser

pytestmark = pytest.mark.usefixtures("saved")
TERMS = Terms(version=1)


def enqueue(services: Services, count: int = 1, **ago: float) -> None:
    for _ in range(count):
        services.outbox.enqueue(mail(), by=actor(via="api"), now=clock.now() - timedelta(**ago))


def work(services: Services) -> None:
    services.heartbeats.beat("1-a", message=None, now=clock.now())


def claim(services: Services) -> tuple[OneByOne, Claim]:
    enqueue(services)
    claims = OneByOne(services.database)
    got = claims.claim("1-a", TERMS, clock.instant())
    assert isinstance(got, Claim)
    return claims, got


def send(services: Services) -> None:
    claims, got = claim(services)
    claims.settle(got, taken(got), clock.instant())


def hold(services: Services) -> None:
    claims, got = claim(services)
    claims.settle(got, broken(got, Stage.AUTH, "535 5.7.8 No", cause="login_refused"), clock.instant())


def passed(services: Services, mode: Mode = Mode.SEND) -> None:
    report = Report(mode, "taro@example.net", "smtp.example.org", 587, clock.now(), version=1)
    fingerprint = services.settings.current().fingerprint
    number = services.trials.begin(report, by=actor("hanako"), fingerprint=fingerprint, now=clock.now())
    services.trials.finish(number, report._replace(outcome=Outcome.SUCCESS, ms=1280), 1)


def banner(browser: Browser) -> tuple[str, str]:
    """Give the verdict and its second line."""
    text = browser.get("/settings/status", htmx=True).text
    [kind] = re.findall(r'data-verdict="(\w+)"', text)
    [reason] = re.findall(r"</h2>\s*<p>(.*?)</p>", text)
    return kind, re.sub(r"<[^>]+>", "", reason)


def tiles(browser: Browser) -> dict[str, str]:
    text = browser.get("/settings/status", htmx=True).text
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", text)
    return {name: re.sub(r"<[^>]+>", " ", value).strip() for name, value in found}


@pytest.mark.data_file("its disk is this machine's")
def test_a_full_disk_is_said_first(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("panel.storage.database.PROBE_SECONDS", 0)
    with files_up_to(0):
        kind, reason = banner(browser)

    assert (kind, reason.partition(",")[0]) == ("stopped", "The data file cannot be written")
    assert banner(browser)[0] == "untested"


def test_nothing_sent_is_not_checked_yet(browser: Browser) -> None:
    kind, reason = banner(browser)

    assert kind == "untested"
    assert re.match("Nothing has been sent since the settings changed at ..:..:..", reason)


def test_a_sent_message_proves_the_settings_and_says_when_the_rest_is_out(browser: Browser, services: Services) -> None:
    work(services)
    send(services)
    enqueue(services, 2)

    kind, reason = banner(browser)

    assert kind == "ok"
    assert re.match(r"The last message was accepted .* ago\. 2 are waiting and will be out by about ..:..\.", reason)


def test_a_check_sends_nothing_and_proves_no_mail(browser: Browser, services: Services) -> None:
    passed(services, Mode.CHECK)

    kind, reason = banner(browser)

    assert kind == "untested"
    assert reason.endswith("A check without sending passed.")
    assert "a test email with it passed" not in browser.get("/history").text


def put_off(services: Services, said: str, cause: str) -> None:
    """Prove the settings, then have one message put off, so that it is the only one that waits."""
    work(services)
    for _ in range(5):
        send(services)
    claims, got = claim(services)
    claims.settle(got, broken(got, Stage.RCPT, said, cause=cause), clock.instant())


def out_by_and_next(browser: Browser) -> tuple[str, str]:
    """Give until when all should be out, and when the next one leaves, from one answer."""
    text = browser.get("/settings/status", htmx=True).text
    [out_by] = re.findall(r"will be out by about (..:..)\.", text)
    [then] = re.findall(r"<dt>Next send</dt>.*?(..:..):..", text, re.DOTALL)
    return out_by, then


def test_mail_that_waits_while_the_server_takes_no_more_is_late(browser: Browser, services: Services) -> None:
    put_off(services, "450 4.7.1 Too much", "rate_limited")

    kind, reason = banner(browser)

    assert kind == "slow"
    assert re.match(r"The server takes no more for now\. Sending goes on at about ..:..\.", reason)
    assert "The server takes no more for now." in browser.get("/outbox").text


def test_a_rest_counts_towards_when_the_queue_is_out(browser: Browser, services: Services) -> None:
    put_off(services, "450 4.7.1 Too much", "rate_limited")
    with services.database.writing() as write:
        write.run("UPDATE pace SET rest_ms = rest_ms + 7200000")

    out_by, then = out_by_and_next(browser)

    assert out_by == then


def test_what_is_put_off_is_not_out_before_it_is_tried_again(browser: Browser, services: Services) -> None:
    put_off(services, "451 4.7.1 Greylisted", "greylisted")
    with services.database.writing() as write:
        write.run("UPDATE pace SET ended_ms = 0")

    out_by, then = out_by_and_next(browser)

    assert out_by == then


def test_a_pause_wins_over_a_dead_worker_and_can_be_ended_here(browser: Browser, services: Services) -> None:
    enqueue(services, hours=1)
    services.pace.pause(by=actor("ken"), now=clock.now())

    kind, reason = banner(browser)
    done = browser.post("/outbox/resume", {"from_settings": "yes"})

    assert kind == "paused"
    assert re.match(r"ken paused it at ..:..:..\. 1 message waits; none is lost\.", reason)
    assert (done.status_code, done.location) == (303, "/settings")
    assert banner(browser)[0] == "stopped"


def test_a_dead_worker_wins_over_a_hold(browser: Browser, services: Services) -> None:
    enqueue(services, hours=1)
    hold(services)
    services.heartbeats.beat("1-a", message=None, now=clock.now() - timedelta(minutes=5))

    kind, reason = banner(browser)

    assert kind == "stopped"
    assert "The worker has not run since" in reason
    assert "when a worker runs" in tiles(browser)["Next send"]
    assert "Worker: silent since" in browser.get("/settings/status").text


def test_a_hold_is_told_with_its_diagnosis_and_its_ways_out(browser: Browser, services: Services) -> None:
    work(services)
    passed(services)
    hold(services)

    kind, reason = banner(browser)
    text = browser.get("/settings").text

    assert kind == "bad"
    assert re.match(r"All mail has been held since ..:..:.., at the step “Sign-in”\. It is not tried", reason)
    assert "1 message waits; none is lost." in reason
    assert re.search(r'<li class="idle"><b class="num">..:..:..</b>Settings changed \(ken\)</li><li class="bad">', text)
    assert 'data-cause="login_refused"' in text
    assert "535 5.7.8 No" in text
    assert tiles(browser)["Next send"].startswith("on hold")


def test_three_failures_of_the_way_are_told_with_the_last_one(browser: Browser, services: Services) -> None:
    work(services)
    passed(services)
    for _ in range(3):
        claims, got = claim(services)
        claims.settle(got, broken(got, Stage.DATA, cause="connection_lost"), clock.instant())
        with services.database.writing() as write:
            remove(write, State.QUEUED)
            write.run("UPDATE pace SET held_cause = NULL, held_at = NULL, ended_ms = 0")

    kind, reason = banner(browser)

    assert kind == "bad"
    assert re.match(r"The last 3 tries have failed, since", reason)
    assert 'data-cause="connection_lost"' in browser.get("/settings").text


def test_an_old_message_is_late(browser: Browser, services: Services) -> None:
    work(services)
    passed(services)
    enqueue(services, minutes=18)

    assert banner(browser) == ("slow", "The oldest message has waited 18 minutes.")


@pytest.mark.parametrize(("minutes", "kind"), [(30, "ok"), (-18, "slow")])
def test_a_full_mailbox_makes_no_other_mail_late(browser: Browser, services: Services, minutes: int, kind: str) -> None:
    put_off(services, "452 4.2.2 Mailbox full", "recipient_mailbox_full")
    ago, due = (clock.stamp(clock.now() + timedelta(minutes=each)) for each in (-120, minutes))
    with services.database.writing() as write:
        write.run("UPDATE messages SET queued_at = ?, due_at = ? WHERE state = 'deferred'", (ago, due))

    assert banner(browser)[0] == kind


def test_five_facts_are_always_there(browser: Browser, services: Services) -> None:
    assert [*tiles(browser)] == ["Last test", "Last send", "Waiting", "Next send", "Today"]
    assert tiles(browser)["Next send"].split() == ["–", "nothing", "waits"]

    work(services)
    passed(services)
    send(services)
    enqueue(services)

    facts = tiles(browser)
    assert re.match(r"Passed\s+..:..:..\s+· 1\.28 s", facts["Last test"])
    assert re.match(r"accepted\s+..:..:..\s+· 250 2\.0\.0 Ok", facts["Last send"])
    assert re.match(r"1\s+oldest\s+\d+ second", facts["Waiting"])
    assert re.match(r"..:..:..\s+in\s+\d second.* · by the sending interval", facts["Next send"])


def test_the_next_send_of_deferred_mail_is_its_retry(browser: Browser, services: Services) -> None:
    work(services)
    claims, got = claim(services)
    claims.settle(got, broken(got, Stage.RCPT, "451 4.3.0 Later"), clock.instant())
    with services.database.writing() as write:
        write.run("UPDATE pace SET ended_ms = 0")

    assert re.match(r"..:..:..\s+in .* · retry planned", tiles(browser)["Next send"])


def test_only_another_verdict_is_announced(browser: Browser, services: Services) -> None:
    work(services)
    passed(services)
    [address] = re.findall(r'hx-get="(/settings/status\?seen=[^"]+)"', browser.get("/settings").text)
    assert browser.get(address, htmx=True).status_code == 204

    enqueue(services)
    assert 'id="say"' not in browser.get(address, htmx=True).text
    hold(services)
    assert '<div id="say" hx-swap-oob="innerMorph">Mail is on hold</div>' in browser.get(address, htmx=True).text


def test_updates_can_be_stopped_and_started(browser: Browser) -> None:
    stopped = browser.get("/settings/status?live=0", htmx=True).text

    assert "hx-trigger" not in stopped
    assert "Start updating" in stopped
    assert 'hx-trigger="every 15s"' in browser.get("/settings/status", htmx=True).text


def test_the_hour_is_told_as_a_sentence_and_drawn(browser: Browser, services: Services, saved: Settings) -> None:
    assert "<svg viewBox" not in browser.get("/settings/status", htmx=True).text

    send(services)
    text = browser.get("/settings/status", htmx=True).text

    said = "Last 60 minutes: 1 sent, 0 sent again later, 0 failed. The busiest minute had 1. Limit: 10 a minute"
    assert f'<p class="vh">{said}</p>' in text
