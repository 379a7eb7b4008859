"""The commands of alerts: what fires, who is told, and the exit codes of monitoring plugins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from panel import clock
from panel.alerts.alert import Alert
from panel.alerts.thresholds import THRESHOLDS
from panel.config import Config
from panel.services import Services, open_services
from tests.cli.conftest import Run
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.places import variables_of
from tests.support.receiver import Receiver, receiving
from tests.web.alerts.conftest import hold_mail, keep_incident
from tests.web.conftest import SETTINGS

SECRET_URL = "https://hooks.example.org/secret-path"


@pytest.fixture
def services(run: Run, tmp_path: Path) -> Services:
    """The home in which the commands run."""
    services = open_services(Config(home=tmp_path / "home"))
    services.settings.save(SETTINGS, base=0, by=actor("ken"), now=clock.now())
    return services


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as told:
        yield told


# What fires


def test_nothing_that_is_wrong_is_said_and_ends_with_0(run: Run, services: Services) -> None:
    said, document, checked = (
        run("alert", "status"),
        run("alert", "status", "--json"),
        run("alert", "status", "--check"),
    )

    assert (said.returncode, said.stdout) == (0, "Nothing is wrong\n")
    assert json.loads(document.stdout) == []
    assert (checked.returncode, checked.stdout) == (0, "MAIL OK: Nothing is wrong | firing=0\n")


def test_what_fires_is_told_with_what_to_do(run: Run, services: Services) -> None:
    number = hold_mail(services)

    said, document, checked = (
        run("alert", "status"),
        run("alert", "status", "--json"),
        run("alert", "status", "--check"),
    )

    assert said.returncode == 0
    assert said.stdout.startswith(f"inc_{number}\tcritical\theld\tsince ")
    assert "  All mail is held." in said.stdout
    [told] = json.loads(document.stdout)
    assert (told["id"], told["alert"], told["level"], told["state"]) == (f"inc_{number}", "held", "critical", "firing")
    assert told["do"]
    assert (checked.returncode, checked.stdout.count("\n")) == (2, 1)
    assert checked.stdout.startswith("MAIL CRITICAL: held: All mail is held.")
    assert checked.stdout.endswith(" | firing=1\n")
    assert "secret words" not in said.stdout + document.stdout + checked.stdout


def test_a_warning_ends_with_1(run: Run, services: Services) -> None:
    services.thresholds.set({"disk.megabytes": "0"}, by=actor(), now=clock.now())
    services.heartbeats.beat("1-a", message=None, now=clock.now())
    services.outbox.enqueue(mail(), by=actor(), now=clock.now())
    with services.database.writing() as write:
        write.run("UPDATE messages SET queued_at = '2026-01-01T00:00:00.000Z'")

    checked = run("alert", "status", "--check")

    assert (checked.returncode, checked.stdout[:20]) == (1, "MAIL WARNING: waitin")


@pytest.mark.data_file("what stands in a file may be anything")
def test_what_cannot_be_found_out_ends_with_3(run: Run, services: Services, tmp_path: Path) -> None:
    nowhere = run("alert", "status", "--check", **variables_of(tmp_path / "nowhere"))
    services.database.close()
    for path in services.config.home.glob("*.db*"):
        path.write_bytes(b"no database" * 1000)
    broken = run("alert", "status", "--check")
    wrong = run("alert", "status", "--check", MAIL_PANEL_WINDOW="many")

    for each in (nowhere, broken, wrong):
        assert each.returncode == 3
        assert each.stdout.startswith("MAIL UNKNOWN: ")
        assert each.stdout.count("\n") == 1


def test_what_is_gone_and_not_over_yet_says_so(run: Run, services: Services) -> None:
    number = keep_incident(services, Alert.FAILING, minutes=20)
    now = clock.now()
    came_and_went = [clock.stamp(now - timedelta(minutes=each)) for each in (20, 15, 10, 5)]
    with services.database.writing() as write:
        write.run("UPDATE incidents SET changes = ? WHERE number = ?", (json.dumps(came_and_went), number))

    said = run("alert", "status").stdout.splitlines()

    ends = clock.stamp(now + timedelta(minutes=25))
    assert said[1].startswith(f"  It is gone since {came_and_went[-1]}. ")
    assert f"over at {ends} if it stays away" in said[1]
    assert len(said) == 2


def test_somebody_knows_of_an_incident(run: Run, services: Services) -> None:
    number = hold_mail(services)

    done = run("alert", "acknowledge", f"inc_{number}")

    assert (done.returncode, done.stdout) == (0, f"Acknowledged inc_{number}.\n")
    assert "(acknowledged by " in run("alert", "status").stdout
    for again in (str(number), "inc_7", "inc_0", "held", "9" * 30, "inc_１"):
        assert run("alert", "acknowledge", again).returncode == 65


# Who is told


def test_a_destination_is_added_tested_listed_and_removed(
    run: Run, services: Services, receiver: Receiver, tmp_path: Path
) -> None:
    (tmp_path / "url.txt").write_text(receiver.url)

    added = run("alert", "add", "webhook", f"url=@{tmp_path / 'url.txt'}", "name=運用", "locale=ja")

    [kept] = services.destinations.list()
    assert (added.returncode, added.stdout) == (0, f"{kept.secrets['secret']}\n")
    assert added.stderr.startswith("Added destination 1: localhost")
    tested = run("alert", "test", "1")
    assert (tested.returncode, tested.stdout[:13]) == (0, "Taken: 200 OK")
    receiver.answers.append(503)
    refused = run("alert", "test", "1")
    assert (refused.returncode, refused.stdout[:14]) == (69, "Not taken: 503")
    [listed] = json.loads(run("alert", "list", "--json").stdout)
    assert (listed["id"], listed["kind"], listed["name"], listed["state"]) == (1, "webhook", "運用", "failing")
    assert "secret-path" not in run("alert", "list").stdout + json.dumps(listed)
    assert run("alert", "remove", "1").stdout == "Removed destination 1.\n"
    assert [run("alert", word, "1").returncode for word in ("remove", "test")] == [65, 65]
    assert run("alert", "list").stdout == ""


def test_a_secret_comes_from_a_file_or_standard_input_alone(run: Run, services: Services) -> None:
    refused = run("alert", "add", "webhook", f"url={SECRET_URL}")

    assert refused.returncode == 64
    assert "url" in refused.stderr
    assert "secret-path" not in refused.stderr
    assert run("alert", "add", "ping", "url=@-", given=SECRET_URL).returncode == 0
    assert run("alert", "add", "ping", "url", given=SECRET_URL).returncode == 64, "there is nobody to ask"
    assert [each.secrets["url"] for each in services.destinations.list()] == [SECRET_URL]


BAD = [
    (("pigeon", "url=@-"), 64, "pigeon"),
    (("webhook", "colour=red"), 64, "colour"),
    (("webhook",), 65, "url"),
    (("webhook", "url=@/nowhere/a"), 66, "/nowhere/a"),
    (("mail", "recipients=ops@example.org"), 65, "host"),
    (("mail", "recipients=", "host=smtp.example.net", "from=a@example.net"), 65, "recipients"),
    (("chat", "form=irc", "url=@-"), 65, "form"),
    (("ntfy", "url=@-", "locale=fr"), 65, "locale"),
]


@pytest.mark.parametrize(("words", "code", "named"), BAD)
def test_what_is_wrong_is_named(run: Run, services: Services, words: tuple[str, ...], code: int, named: str) -> None:
    refused = run("alert", "add", *words, given="http://hooks.example.org/secret-path")

    assert refused.returncode == code
    assert named in refused.stderr
    assert "secret-path" not in refused.stderr + refused.stdout
    assert "Traceback" not in refused.stderr
    assert [*services.destinations.list()] == []


def test_no_destination_is_where_the_panel_itself_takes_mail(run: Run, services: Services) -> None:
    itself = ("mail", "recipients=ops@example.org", "host=127.0.0.1", "port=2525", "tls=no", "from=a@example.net")

    refused = run("alert", "add", *itself, MAIL_PANEL_SMTP_LISTEN="127.0.0.1:2525")

    assert (refused.returncode, refused.stderr.partition(":")[0]) == (65, "host")
    assert [*services.destinations.list()] == []


# From when on


def test_thresholds_are_set_and_printed(run: Run, services: Services) -> None:
    done = run("alert", "set", "waiting.minutes=90", "silent.hours=26")

    assert done.returncode == 0
    printed = dict(line.split("=") for line in done.stdout.splitlines())
    assert {*printed} == {*THRESHOLDS}
    assert (printed["waiting.minutes"], printed["silent.hours"]) == ("90", "26")
    assert run("alert", "set").stdout == done.stdout
    wrong = {"waiting.minutes=x": 65, "waiting.minutes=-1": 65, "silent.hours=99999": 65}
    for word, code in {**wrong, "waiting=7": 64, "waiting.minutes": 64}.items():
        refused = run("alert", "set", "disk.megabytes=7", word)
        assert refused.returncode == code
        assert word.partition("=")[0] in refused.stderr
    assert services.thresholds.current().disk_megabytes == THRESHOLDS["disk.megabytes"].default


def test_the_reader_is_told_in_japanese(run: Run, services: Services) -> None:
    hold_mail(services)

    said = run("alert", "status", LANG="ja_JP.UTF-8", PYTHONUTF8="1")

    assert "保留" in said.stdout
