"""Panels that run, each with a home in a state of its own: what the pages are looked at in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from panel import clock
from panel.access.rights import Role, Scope
from panel.alerts.alert import Alert
from panel.checks.doctor.finding import ok, problem, warning
from panel.checks.examinations.examination import Conditions, Why
from panel.config import Config
from panel.mail.message.submission import Submission
from panel.services import Services, open_services
from panel.settings.model import Settings
from tests.browser.conftest import ACCOUNT, ACCOUNT_PASSWORD
from tests.support.actors import actor
from tests.support.dns_server import DnsServer
from tests.support.hostile_mail import mixed
from tests.support.mail import mail
from tests.support.rows import move
from tests.support.scripted import ScriptedServer, greets, is_silent
from tests.support.servers import Authority, Loop, SmtpServer, settings_for
from tests.support.serving import Serving
from tests.support.waiting import wait_until
from tests.web.alerts.conftest import keep_incident
from tests.web.outbox.conftest import fail

LONG = "Re: [announce] " + "Quarterly-figures-of-all-branches-" * 5
LONG_ADDRESS = "somebody.with.quite.a.long.name.indeed@" + "department." * 7 + "example.net"


@dataclass
class Stage:
    """A panel at `address`, and what is in its home; `places` are what stands in the addresses of its pages."""

    services: Services
    address: str
    right: Settings
    submission: SmtpServer
    silent: ScriptedServer
    said: list[str]
    places: dict[str, str | int] = field(default_factory=dict)


def nobody(stage: Stage) -> None:
    """Nobody has an account: the first one is made by a link."""
    wait_until(lambda: "token=" in "".join(stage.said))
    stage.places["setup"] = re.findall(r"token=([\w-]+)", "".join(stage.said))[-1]


def fresh(stage: Stage) -> None:
    """There is an administrator, and nothing is set up."""
    _enter(stage)
    stage.places["invitation"] = stage.services.links.invite("ken", Role.OPERATOR, by=actor(ACCOUNT), now=clock.now())


def works(stage: Stage) -> None:
    """Settings are proven, a message has left, and somebody is told when that ends."""
    _enter(stage)
    services = stage.services
    services.settings.save(stage.right, base=0, by=actor(ACCOUNT), now=clock.now())
    services.settings.save(replace(stage.right, from_name="Reports"), base=1, by=actor("ken"), now=clock.now())
    services.outbox.enqueue(mail(subject="活動報告 第3週"), by=actor("shop", "api"), now=clock.now())
    wait_until(lambda: services.outbox.counts().by_state["sent"])
    values = {"url": "https://hooks.example.org/x", "name": "Operators"}
    services.destinations.add("webhook", values, actor(ACCOUNT), clock.now())
    services.tokens.create("shop", [Scope.SEND], by=actor(ACCOUNT), now=clock.now())
    keep_incident(services, Alert.HELD, over=True)


def busy(stage: Stage) -> None:
    """Somebody has paused an outbox in which there are messages of all fates, and two of them very long."""
    _enter(stage)
    services, places = stage.services, stage.places
    services.settings.save(stage.right, base=0, by=actor(ACCOUNT), now=clock.now())
    services.pace.pause(by=actor("ken"), now=clock.now())
    for name in ("queued", "sent", "failed", "deferred", "cancelled", "uncertain"):
        places[name] = _put(services, f"月次レポート {name}", mail(f"{name}@example.net").message)
    places["html"] = _put(services, "With text, HTML and a file", mixed(b"<h1>Report</h1><p>All is well.</p>"))
    places["long"] = _put(services, LONG, mail().message, LONG_ADDRESS, "taro@example.net")
    fail(services, int(places["failed"]))
    fail(services, int(places["long"]))
    tried, reply = {"attempts": 1}, "451 4.7.1 Greylisted, try again in 5 minutes"
    with services.database.writing() as write:
        move(write, int(places["sent"]), "sent", recipients_are="sent", reply="250 2.0.0 Ok: queued", **tried)
        move(write, int(places["deferred"]), "deferred", cause="greylisted", reply=reply, **tried)
        move(write, int(places["cancelled"]), "cancelled")
        move(write, int(places["uncertain"]), "deferred", uncertain=1, cause="worker_lost", **tried)
        write.run(_ATTEMPT, (places["uncertain"], clock.stamp(clock.now())))
    found = [
        problem("mx", "Nothing comes back", "Use another"),
        warning("dmarc", "No DMARC", "Add one"),
        ok("home", "ok"),
    ]
    services.examinations.keep(found, version=1, why=Why.DAILY, conditions=Conditions(), now=clock.now())


def held(stage: Stage) -> None:
    """The server refuses the login, so that all mail is held, which somebody has been told."""
    _enter(stage)
    services = stage.services
    services.settings.save(replace(stage.right, smtp_password="wrong"), base=0, by=actor("ken"), now=clock.now())
    services.thresholds.set({"held.minutes": "0"}, by=actor(), now=clock.now())
    for number in range(3):
        services.outbox.enqueue(mail(subject=f"Report {number}"), by=actor("shop", "api"), now=clock.now())
    wait_until(lambda: services.alerts_now())
    keep_incident(services, Alert.HELD)


def second(stage: Stage) -> None:
    """The first server fails, and mail leaves by the second."""
    _enter(stage)
    services = stage.services
    services.pace.pause(by=actor("ken"), now=clock.now())
    two = replace(stage.right.with_second(replace(stage.right, smtp_host="mail2.example.org")), second=True)
    services.settings.save(two, base=0, by=actor("ken"), now=clock.now())
    services.outbox.enqueue(mail(), by=actor("shop", "api"), now=clock.now())
    with services.database.writing() as write:
        write.run("UPDATE pace SET choice = 'second', second_since = ?", (clock.stamp(clock.now()),))


SCENES: dict[str, Callable[[Stage], None]] = {
    each.__name__: each for each in (nobody, fresh, works, busy, held, second)
}


@contextmanager
def staged(name: str, folder: Path, loop: Loop, authority: Authority) -> Iterator[Stage]:
    """Run a panel in one of the states; names are looked up at a resolver that knows none."""
    with ExitStack() as stack:
        host, port = stack.enter_context(DnsServer({})).address
        silent = stack.enter_context(ScriptedServer(*greets(), is_silent))
        home = folder / "home"
        services = open_services(Config(home=home))
        variables = {"MAIL_PANEL_RESOLVER": f"{host}:{port}", "MAIL_PANEL_TIMEZONE": "Asia/Tokyo"}
        submission = SmtpServer().start(loop, authority=authority)
        serving = stack.enter_context(Serving(home, variables=variables))
        stage = Stage(services, serving.address, settings_for(submission, authority), submission, silent, serving.said)
        wait_until(lambda: services.heartbeats.alive(clock.now()))
        SCENES[name](stage)
        yield stage


def _enter(stage: Stage) -> None:
    stage.services.accounts.add(ACCOUNT, ACCOUNT_PASSWORD, by=actor(), now=clock.now())
    stage.services.examinations.switch(on=False, by=actor(ACCOUNT), now=clock.now())  # it would come at any moment


def _put(services: Services, subject: str, message: bytes, *rcpt_to: str) -> int:
    submission = Submission(rcpt_to or ("taro@example.net",), message, "<1@app.example.org>", subject)
    now = clock.now() - timedelta(minutes=3)
    return services.outbox.enqueue(submission, by=actor("shop", "api"), now=now).number


_ATTEMPT = (
    "INSERT INTO attempts (message, number, at, ms, outcome, cause, uncertain) "
    "VALUES (?, 1, ?, 0, 'uncertain', 'worker_lost', 1)"
)
