"""Judges that are killed while they judge, and judges at once: of each incident every notice is made once."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from panel import clock
from panel.clock import Instant
from panel.config import Config
from panel.mail.net.policy import Policy
from panel.mail.smtp.protocol import Failure, Stage
from panel.outbox.delivery.claim import Claim
from panel.outbox.delivery.claims import Claims
from panel.outbox.delivery.worker import Worker
from panel.outbox.pace.pace import Terms
from panel.server.alert_watch import AlertWatch
from panel.services import open_services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.mail import OneByOne, mail, taken
from tests.support.paths import ROOT
from tests.support.places import variables_of
from tests.support.receiver import Receiver, receiving
from tests.support.sending import leading_to
from tests.support.servers import SmtpServer

SETTINGS = Settings(from_address="app@example.org", smtp_host="smtp.example.org", smtp_auth=False)
APART = 3_600  # seconds between two outages, so that none flaps
JUDGE = """
import sys
from panel.clock import Instant
from panel import clock, config
from panel.services import open_services

services = open_services(config.read())
judge, began = services.new_judge(), clock.moment(sys.argv[1])
print("ready", flush=True)
for line in sys.stdin:
    ms = int(line)
    print(judge.judge(clock.later(Instant(began, 1_000_000, "first"), ms)), flush=True)
"""


class Child:
    """A process that judges at each moment that it is given."""

    def __init__(self, home: Path, began: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", JUDGE, began],
            cwd=ROOT,
            env={**os.environ, **variables_of(home), "MAIL_PANEL_LOCALE": "en"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout
        assert self._process.stdout.readline() == "ready\n"

    def ask(self, seconds: float) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{round(seconds * 1000)}\n")
        self._process.stdin.flush()

    def answer(self) -> bool:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line in ("True\n", "False\n"), "it ended by itself"
        return line == "True\n"

    def kill(self) -> None:
        """End it without a chance to tidy up."""
        self._process.kill()
        self._process.communicate()


class Court:
    """A panel of which several judge, at moments of the test's own."""

    def __init__(self, home: Path) -> None:
        self.services = open_services(Config(home=home, locale="en"))
        self.services.settings.save(SETTINGS, base=0, by=actor(), now=clock.now())
        self.services.thresholds.set({"held.minutes": "0", "repeat_hours": "0"}, by=actor(), now=clock.now())
        self.began = clock.moment(clock.stamp(clock.now()))
        for name in ("one", "other"):
            values = {"url": f"http://127.0.0.1:9/{name}", "locale": "en"}
            self.services.destinations.add("webhook", values, actor(), self.began)
        self.judges = [Child(home, clock.stamp(self.began)) for _ in range(3)]
        self._home = home

    def at(self, seconds: float) -> Instant:
        return clock.later(Instant(self.began, 1_000_000, "first"), round(seconds * 1000))

    def hold(self, seconds: float) -> None:
        services, failure = self.services, Failure(Stage.AUTH, "login_refused")
        services.pace.hold(failure, at=self.at(seconds), version=services.settings.newest())

    def let_go(self, seconds: float) -> None:
        """Have the server take a message."""
        services, moment = self.services, self.at(seconds)
        services.pace.release()
        services.outbox.enqueue(mail(number=seconds), by=actor(), now=moment.wall)
        claims = OneByOne(services.database)
        claim = claims.claim("1-w", Terms.of(services.settings.current()), moment)
        assert isinstance(claim, Claim), claim
        claims.settle(claim, taken(claim), moment)

    def judge(self, seconds: float) -> int:
        """Have all judge at the same moment; say how many did."""
        for each in self.judges:
            each.ask(seconds)
        return sum(each.answer() for each in self.judges)

    def kill_one(self, seconds: float, chance: random.Random) -> None:
        """Have all judge, and kill one of them meanwhile; another takes its place."""
        victim = chance.randrange(len(self.judges))
        for each in self.judges:
            each.ask(seconds)
        self.judges[victim].kill()
        for number, each in enumerate(self.judges):
            if number != victim:
                each.answer()
        self.judges[victim] = Child(self._home, clock.stamp(self.began))

    def notices(self) -> Counter[tuple[int, str, int]]:
        """Count the notices by incident, type and destination."""
        rows = self.services.database.rows("SELECT incident, type, destination FROM notices")
        return Counter((row["incident"], row["type"], row["destination"]) for row in rows)


@pytest.fixture
def court(tmp_path: Path) -> Iterator[Court]:
    court = Court(tmp_path / "home")
    yield court
    for each in court.judges:
        each.kill()


def expected(incidents: int) -> Counter[tuple[int, str, int]]:
    types = ("alert.firing", "alert.resolved")
    return Counter((number, type, to) for number in range(1, incidents + 1) for type in types for to in (1, 2))


def test_of_judges_at_once_one_judges_and_each_notice_is_made_once(court: Court) -> None:
    outages = 4
    for number in range(outages):
        began = number * APART
        court.hold(began)
        for seconds in range(0, 60, 15):
            assert court.judge(began + seconds) == 1
        court.let_go(began + 60)
        assert court.judge(began + 75) == 1

    assert court.notices() == expected(outages)


def test_a_judge_that_is_killed_while_it_judges_is_followed_by_another(court: Court, is_long: bool) -> None:
    chance, outages = random.Random(18), 60 if is_long else 4
    for number in range(outages):
        began = number * APART
        court.hold(began)
        court.kill_one(began + 1, chance)
        court.judge(began + 70)
        court.let_go(began + 80)
        court.kill_one(began + 90, chance)
        assert court.judge(began + 160) == 1

    assert court.notices() == expected(outages)
    assert court.services.incidents.open() == []


def test_a_whole_outage_of_a_real_server_is_one_incident_with_one_notice_at_each_end(
    server: SmtpServer, tmp_path: Path
) -> None:
    day = Day(server, tmp_path / "home")
    with receiving() as receiver:
        day.tell(receiver)
        day.go_on(minutes=2)
        server.replies["MAIL"] = "550 5.7.1 Sender refused: not authorised to send as this user"
        day.go_on(minutes=40)
        receiver.wait_for(1)
        del server.replies["MAIL"]
        day.save()
        day.go_on(minutes=40)
        receiver.wait_for(2)

    first, last = (json.loads(each.body) for each in receiver.heard)
    assert (first["type"], last["type"]) == ("alert.firing", "alert.resolved")
    assert (first["id"], first["data"]["alert"], first["data"]["cause"]) == (last["id"], "held", "sender_not_allowed")
    assert "not authorised" not in first["data"]["what"]
    assert len(server.messages) == 82


def test_a_server_that_is_away_for_five_minutes_is_told_of_to_nobody(server: SmtpServer, tmp_path: Path) -> None:
    day = Day(server, tmp_path / "home")
    with receiving() as receiver:
        day.tell(receiver)
        server.replies["EHLO"] = "421 4.3.2 Service not available"
        day.go_on(minutes=5)
        del server.replies["EHLO"]
        day.go_on(minutes=20)

    assert receiver.heard == []
    assert len(server.messages) == 25


class Day:
    """A panel that hands in a message a minute and has it sent for real, at moments of the test's own."""

    def __init__(self, server: SmtpServer, home: Path) -> None:
        self.services = open_services(Config(home=home, locale="en"))
        self._settings, self._minute = leading_to(server), 0
        self._began = clock.instant()._replace(boot="the day's")  # a server's own would overrule what the test says
        self._moment = self._began
        self.save()
        self._watch = AlertWatch(self.services)
        services = self.services
        self._worker = Worker(
            *(services.outbox, Claims(services.database), services.settings, services.heartbeats),
            policy=Policy(),
            time=lambda: self._moment,
        )

    def save(self) -> None:
        settings = replace(self._settings, from_name=f"Panel {self._minute}")
        self.services.settings.save(settings, base=self.services.settings.newest(), by=actor(), now=self._moment.wall)

    def tell(self, receiver: Receiver) -> None:
        """Name somebody who is told."""
        self.services.destinations.add("webhook", {"url": receiver.url, "locale": "en"}, actor(), self._moment.wall)

    def go_on(self, *, minutes: int) -> None:
        for _ in range(minutes):
            self._minute += 1
            for quarter in range(4):
                self._moment = clock.later(self._began, self._minute * 60_000 + quarter * 15_000)
                self.services.heartbeats.beat("1-w", message=None, now=self._moment.wall)
                if quarter == 0:
                    self.services.outbox.enqueue(mail(number=self._minute), by=actor(), now=self._moment.wall)
                self._worker.run_once()
                self._watch.look(self._moment)
            assert self.services.deliverer.wait(20)
