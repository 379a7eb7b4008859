"""`mail-panel outbox`."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from panel import clock
from panel.config import Config
from panel.outbox.pace.pace import Terms
from panel.services import Services, open_services
from panel.settings.model import Settings
from tests.cli.conftest import Run
from tests.support.actors import actor
from tests.support.mail import NOW, OneByOne, hold, mail
from tests.support.reports import SAID, report
from tests.support.rows import move


@pytest.fixture
def services(tmp_path: Path) -> Services:
    """The services on the home that `run` uses."""
    return open_services(Config(home=tmp_path / "home"))


def enqueue(services: Services, to: str = "hanako@example.org", *, fail: bool = False) -> int:
    number = services.outbox.enqueue(mail(to), by=actor(), now=NOW).number
    if fail:
        with services.database.writing() as write:
            move(write, number, "failed", recipients_are="failed")
    return number


def test_messages_are_listed_by_state_and_words(run: Run, services: Services) -> None:
    enqueue(services)
    failed = enqueue(services, "taro@example.org", fail=True)

    listed = json.loads(run("outbox", "list", "--state", "failed", "--search", "taro", "--json").stdout)

    assert [each["id"] for each in listed["messages"]] == [failed]
    assert (listed["counts"]["queued"], listed["counts"]["failed"], listed["older"]) == (1, 1, None)


def test_what_bounced_is_listed_and_shown_with_whom_it_came_back_from(run: Run, services: Services) -> None:
    sent = enqueue(services)
    enqueue(services, "taro@example.org")
    with services.database.writing() as write:
        move(write, sent, "sent")
    assert services.bounces.take(report(), by=actor(), now=NOW).noted

    listed = run("outbox", "list", "--state", "bounced").stdout
    shown = run("outbox", "show", str(sent)).stdout

    assert re.findall(r"^(\d+)\t\S+\t(.*?)\t", listed, re.MULTILINE) == [(str(sent), "sent bounced")]
    assert f"to hanako@example.org: bounced  {SAID}" in shown
    assert f"bounced for hanako@example.org  rcpt recipient_unknown {SAID}" in shown


def test_a_page_says_how_to_go_on(run: Run, services: Services) -> None:
    first, _, last = enqueue(services), enqueue(services), enqueue(services)

    shown = run("outbox", "list", "--limit", "1").stdout

    assert shown.startswith(f"{last}\t")
    assert f"--before {last}" in shown
    assert run("outbox", "list", "--before", str(first + 1)).stdout.startswith(f"{first}\t")


def test_one_message_is_shown_with_its_recipients(run: Run, services: Services) -> None:
    number = enqueue(services)

    assert "to hanako@example.org: waiting" in run("outbox", "show", str(number)).stdout
    assert json.loads(run("outbox", "show", str(number), "--json").stdout)["tried"] == []


def test_when_reports_are_asked_for_is_shown_where_somebody_said_so(run: Run, services: Services) -> None:
    silent = enqueue(services)
    submission = mail("hanako@example.org")._replace(notify="never")
    said = services.outbox.enqueue(submission, by=actor(), now=clock.now()).number

    assert "reports" not in run("outbox", "show", str(silent)).stdout
    assert "reports asked for: never" in run("outbox", "show", str(said)).stdout


def test_a_failed_message_is_sent_to_the_right_recipient(run: Run, services: Services) -> None:
    number = enqueue(services, "hanko@example.org", fail=True)

    done = run("outbox", "retry", str(number), "--recipient", "hanako@example.org")

    assert done.returncode == 0, done.stderr
    assert "queued\thanako@example.org" in done.stdout
    assert run("outbox", "retry", str(number), "--recipient", "no address").returncode == 65


def test_all_failed_messages_are_queued_at_once(run: Run, services: Services) -> None:
    enqueue(services, fail=True)
    enqueue(services, fail=True)

    assert run("outbox", "retry", "--failed").stdout == "Queued 2 messages again.\n"
    assert run("outbox", "retry").returncode == 64


def test_what_was_refused_for_good_is_left_out_unless_said(run: Run, services: Services) -> None:
    number = enqueue(services, fail=True)
    with services.database.writing() as write:
        write.run("UPDATE messages SET cause = 'recipient_unknown' WHERE number = ?", (number,))

    left = run("outbox", "retry", "--failed").stdout
    assert left == "Queued 0 messages again. Left out 1 that were refused for good: --refused sends them, too.\n"
    assert run("outbox", "retry", "--failed", "--refused").stdout == "Queued 1 messages again.\n"


def test_a_cancelled_message_is_brought_back(run: Run, services: Services) -> None:
    number = str(enqueue(services))
    run("outbox", "cancel", number)

    assert "queued" in run("outbox", "undo", number).stdout
    assert run("outbox", "undo", number).returncode == 65


def test_failures_are_marked_as_seen(run: Run, services: Services) -> None:
    numbers = [str(enqueue(services, fail=True)) for _ in range(3)]

    assert run("outbox", "seen", *numbers[:1]).stdout == "Marked 1 failures as seen.\n"
    assert run("outbox", "seen", "--all").stdout == "Marked 2 failures as seen.\n"
    assert run("outbox", "seen").returncode == 64


def test_what_the_filters_leave_is_printed_as_a_file(run: Run, services: Services) -> None:
    enqueue(services)
    failed = enqueue(services, fail=True)

    assert [each["id"] for each in json.loads(run("outbox", "export", "--state", "failed").stdout)] == [failed]
    assert json.loads(run("outbox", "export", "--until", "2001-01-01").stdout) == []
    assert run("outbox", "export", "--csv").stdout.startswith("\ufeffid,state,")


def test_an_export_is_noted_with_what_was_asked_for(run: Run, services: Services) -> None:
    run("outbox", "export", "--state", "failed", "--search", "請求 1", "--since", "2026-11-25", "--until", "9999-12-31")

    [noted] = services.database.rows("SELECT changed FROM audit WHERE action = 'messages_exported'")
    asked = "state=failed&q=%E8%AB%8B%E6%B1%82+1&since=2026-11-25&until=9999-12-31"
    assert json.loads(noted["changed"]) == {"filter": asked}


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_days_beyond_all_moments_leave_nothing_out(run: Run, services: Services, zone: str) -> None:
    number = enqueue(services)

    done = run("outbox", "export", "--since", "0001-01-01", "--until", "9999-12-31", MAIL_PANEL_TIMEZONE=zone)

    assert [each["id"] for each in json.loads(done.stdout)] == [number]


def test_what_waits_is_cancelled_once(run: Run, services: Services) -> None:
    number = str(enqueue(services))

    assert run("outbox", "cancel", number).returncode == 0

    again = run("outbox", "cancel", number)
    assert again.returncode == 65
    assert "waits" in again.stderr
    assert "Usage" not in again.stderr


@pytest.mark.parametrize("act", ["show", "retry", "cancel"])
def test_a_number_that_is_no_message_is_told(run: Run, act: str) -> None:
    done = run("outbox", act, "99")

    said = "mail-panel: There is no message 99: see mail-panel outbox list.\n"
    assert (done.returncode, done.stderr) == (65, said)


def test_a_pause_is_seen_until_somebody_resumes(run: Run, services: Services) -> None:
    enqueue(services)

    run("outbox", "pause")
    assert json.loads(run("outbox", "list", "--json").stdout)["wait"]["reason"] == "paused"

    assert run("outbox", "resume").stdout == "1 queued\n"


def test_a_hold_says_when_it_is_tried_again_and_is_tried_at_once_when_asked(run: Run, services: Services) -> None:
    assert run("outbox", "try-now").returncode == 65
    hold(services.database, "535 5.7.8 No", after_success=True, terms=Terms(version=0))

    wait = json.loads(run("outbox", "list", "--json").stdout)["wait"]
    assert (wait["reason"], wait["cause"]) == ("held", "login_refused")
    assert (
        f"held (login_refused). It is tried again by itself at {wait['again_at'][:16]}" in run("outbox", "list").stdout
    )
    assert run("outbox", "try-now").returncode == 0

    assert json.loads(run("outbox", "list", "--json").stdout)["wait"] is None


def test_a_try_that_is_asked_for_too_early_is_told_when_it_helps(run: Run, services: Services) -> None:
    hold(services.database, "535 5.7.8 No", after_success=False, terms=Terms(version=0))
    first = run("outbox", "try-now")
    assert "held_mail_tried account=" in first.stderr
    with services.database.writing() as write:
        write.run("UPDATE pace SET probe_ms = NULL")  # it was refused

    again = run("outbox", "try-now")

    assert again.returncode == 75
    assert re.search(r"the next try is possible in 2(?:40|3\d) s", again.stderr)


def test_a_hold_that_never_heals_says_so(run: Run, services: Services) -> None:
    hold(services.database, "535 5.7.8 No", after_success=False, terms=Terms(version=0))

    assert "held (login_refused). It is not tried again by itself." in run("outbox", "list").stdout


def test_the_server_is_told_and_chosen_and_noted(run: Run, services: Services) -> None:
    assert run("outbox", "server").stdout == "Mail leaves by the first server.\n"
    refused = run("outbox", "server", "second")
    assert (refused.returncode, "There is no second server" in refused.stderr) == (78, True)
    two = Settings(smtp_host="a.example.org", second=True, second_smtp_host="b.example.org")
    services.settings.save(two, base=0, by=actor(), now=clock.now())

    chosen = run("outbox", "server", "second")

    assert re.fullmatch(r"Mail leaves by the second server since \S+Z, chosen by hand\.\n", chosen.stdout)
    assert "server_chosen account=" in chosen.stderr
    assert json.loads(run("outbox", "server", "--json").stdout)["state"] == "second_by_hand"
    assert run("outbox", "server", "first").stdout == "Mail leaves by the first server, chosen by hand.\n"
    assert run("outbox", "server", "third").returncode == 64
    row = services.database.row("SELECT action, changed FROM audit WHERE action = 'server_chosen' ORDER BY number")
    assert row
    assert json.loads(row["changed"]) == {"server": ["auto", "second"]}


def test_a_first_that_was_held_for_long_is_named_as_the_cause(run: Run, services: Services) -> None:
    two = Settings(smtp_host="a.example.org", second=True, second_after_minutes=0, second_smtp_host="b.example.org")
    services.settings.save(two, base=0, by=actor(), now=clock.now())
    hold(services.database, "535 5.7.8 No", after_success=False)

    told = run("outbox", "server").stdout

    assert told.endswith("Z: the first is held (login_refused).\n")
    assert json.loads(run("outbox", "list", "--json").stdout)["wait"] is None


def test_a_message_under_way_does_not_read_as_a_standstill(run: Run, services: Services) -> None:
    enqueue(services)
    OneByOne(services.database).claim("1-a", Terms(version=1), clock.instant())

    assert run("outbox", "list").stdout.endswith("1 sending\n")


def test_what_ended_is_removed_when_asked(run: Run, services: Services) -> None:
    number = enqueue(services)
    services.outbox.cancel(number, by=actor(), now=clock.now() - timedelta(days=1))  # past the time to undo it

    assert run("outbox", "purge").stdout == "Removed 0 messages.\n"
    assert run("outbox", "purge", "--days", "0").stdout == "Removed 1 messages.\n"
