"""What is kept of a failure, of whichever cause: a viewer sees no word of a server of it, and asks nobody outside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from panel import clock
from panel.access.rights import Role, Scope
from panel.alerts.alert import LEVELS
from panel.alerts.seen.examination import examine_asked
from panel.alerts.sentences import SENTENCES
from panel.checks.examinations.examination import Conditions
from panel.checks.trial.report import Mode, Outcome, Report, StageReport
from panel.config import Config
from panel.diagnosis.causes.cause import Cause
from panel.diagnosis.causes.table import CAUSES
from panel.mail.smtp.protocol import Failure, Reply, Stage
from panel.outbox.bounces.store import Taking
from panel.services import open_services
from panel.settings.login import Flow
from panel.settings.model import Settings
from panel.web import create_app
from tests.journeys.test_replies import GREETS, HERE, MARK, SENDER, SMTP, Desk
from tests.support.actors import actor
from tests.support.dns_server import DnsServer
from tests.support.mail import mail
from tests.support.outward import noting_traffic
from tests.support.reports import report, status_of
from tests.support.rows import move
from tests.support.scripted import ScriptedServer
from tests.support.token_server import TokenServer, error
from tests.support.token_settings import with_tokens_of
from tests.web.alerts.conftest import keep_incident
from tests.web.api.conftest import BASE

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")  # over loopback, and no password

SAID = f"550 5.7.1 {MARK} said so"
DETAIL = f"{MARK} {MARK}"
MAY_NOT = (Role.VIEWER, Scope.READ, Scope.SEND)
BY = SENDER  # whose token may see its own messages


@pytest.fixture
def names() -> Iterator[DnsServer]:
    with DnsServer({}) as server:
        yield server


@pytest.fixture
def desk(tmp_path: Path, names: DnsServer) -> Desk:
    """A panel with settings in force, that asks the resolver of the test."""
    services = open_services(Config(home=tmp_path / "home", locale="en", resolver=names.address))
    services.settings.save(Settings(**HERE), base=0, by=actor(), now=clock.now())
    tokens = {scope: services.tokens.create(scope, [scope], by=actor(), now=clock.now()) for scope in Scope}
    return Desk(services, create_app(services.config, services), tokens)


def keep_test(desk: Desk, cause: Cause, stage: Stage) -> int:
    """Keep a test that failed of a cause, in a server's words."""
    now, failure = clock.now(), Failure(stage, cause.name, Reply(550, (SAID[4:],)), DETAIL)
    told = Report(Mode.SEND, "b@example.net", "127.0.0.1", 9, now, version=1)
    print_of = desk.services.settings.current().fingerprint
    number = desk.services.trials.begin(told, by=actor(f"{cause.name} {stage}"), fingerprint=print_of, now=now)
    ended = told._replace(
        outcome=Outcome.FAILURE, failure=failure, stages=(StageReport(stage, "failed", 1.0, SAID),), transcript=(SAID,)
    )
    desk.services.trials.finish(number, ended, 1)
    return number


def keep_message(desk: Desk, cause: Cause, stage: Stage) -> int:
    """Keep a message that failed of a cause, and its try."""
    number = desk.services.outbox.enqueue(mail("b@example.net"), by=BY, now=clock.now()).number
    now = clock.stamp(clock.now())
    with desk.services.database.writing() as write:
        move(write, number, "failed", recipients_are="failed", attempts=1, cause=cause.name, reply=SAID)
        write.run(
            "INSERT INTO attempts (message, number, at, ms, outcome, version, stage, cause, reply, detail, uncertain) "
            "VALUES (?, 1, ?, 5, 'failed', 1, ?, ?, ?, ?, 0)",
            (number, now, stage, cause.name, SAID, DETAIL),
        )
        write.run("UPDATE recipients SET cause = ?, reply = ? WHERE message = ?", (cause.name, SAID, number))
    return number


def failures() -> list[tuple[Cause, Stage]]:
    """Give every cause at its usual stage, and at each for which it has words of its own."""
    return [(each, stage) for each in CAUSES.values() for stage in {each.usual_stage, *each.at_stage}]


def leaks(desk: Desk, *paths: str) -> set[tuple[str, str]]:
    """Say who sees a word of a server where they may not."""
    pages, documents = [each for each in paths if not each.startswith(BASE)], [each for each in paths if BASE in each]
    return {
        (str(who), path) for who in MAY_NOT for path in desk.seen(who, pages if isinstance(who, Role) else documents)
    }


def test_a_viewer_sees_no_word_in_what_is_kept_of_any_cause(desk: Desk) -> None:
    found, told = set[tuple[str, str]](), set[str]()
    for cause, stage in failures():
        trial, message = keep_test(desk, cause, stage), keep_message(desk, cause, stage)
        found |= leaks(desk, f"/settings/trials/{trial}", f"/outbox/{message}", f"{BASE}/messages/{message}")
        told |= desk.seen(Role.OPERATOR, [f"/settings/trials/{trial}", f"/outbox/{message}"])

    assert found == set()
    assert len(told) == 2 * len(failures())  # who may read it is told of each
    assert leaks(desk, *(path for paths in desk.everywhere([1, len(CAUSES)]).values() for path in paths)) == set()
    assert {"/outbox", "/outbox.csv", "/outbox.json"} <= desk.seen(
        Role.OPERATOR, ["/outbox", "/outbox.csv", "/outbox.json"]
    )


def test_a_viewer_sees_no_word_in_a_report_that_came_back(desk: Desk) -> None:
    sent = desk.services.outbox.enqueue(mail("b@example.net"), by=BY, now=clock.now())
    with desk.services.database.writing() as write:
        move(write, sent.number, "sent", recipients_are="sent", attempts=1, reply=SAID)
    entry = desk.services.outbox.get(sent.number)
    assert entry
    said = status_of("b@example.net", said=f"smtp; 550 5.1.1 {MARK} unknown")

    taken = desk.services.bounces.take(report(said, message_id=entry.message_id), by=actor(), now=clock.now())

    assert taken.outcome is Taking.MATCHED
    places = desk.everywhere([sent.number])
    assert leaks(desk, *places[False], *places[True]) == set()
    assert desk.seen(Role.OPERATOR, [f"/outbox/{sent.number}"])


def test_a_viewer_sees_no_word_in_an_alert_of_any_kind_and_cause(desk: Desk) -> None:
    desk.services.destinations.add("webhook", {"url": "http://127.0.0.1:9/"}, actor(), clock.now())
    said = " ".join(text for each in SENTENCES.values() for text in (each.what, *each.do, *each.instead.values()))
    facts: dict[str, Any] = dict.fromkeys(re.findall(r"%\((\w+)\)", said), 7)
    facts |= {"reply": SAID, "detail": DETAIL, "mail_host": "127.0.0.1", "server": "first"}
    for alert in LEVELS:
        keep_incident(desk.services, alert)
    found, told = set[tuple[str, str]](), list[bool]()
    for cause in CAUSES.values():
        with desk.services.database.writing() as write:
            known = json.dumps({**facts, "stage": cause.usual_stage})
            write.run("UPDATE incidents SET cause = ?, facts = ?", (cause.name, known))
        found |= leaks(desk, "/alerts", f"{BASE}/alerts?days=90")
        told.append(cause.name in {each["cause"] for each in json.loads(desk._document(Scope.READ, f"{BASE}/alerts"))})

    assert (found, all(told)) == (set(), True)


LOOKS = {  # what a server says before anybody signs in, where TLS is asked for
    **{name: SMTP[name][0] for name in ("greeting", "no SMTP", "EHLO", "no STARTTLS", "STARTTLS")},
    "no TLS behind it": GREETS,
}


@pytest.mark.parametrize("said_at", LOOKS)
def test_a_diagnosis_keeps_no_word_of_a_mail_server(desk: Desk, said_at: str) -> None:
    with ScriptedServer(*LOOKS[said_at]) as server:
        in_force = Settings(**{**HERE, "smtp_port": server.port, "tls": True})
        desk.services.settings.save(in_force, base=1, by=actor(), now=clock.now())
        kept = examine_asked(desk.services, Conditions("192.0.2.7", ("s1",)), by=actor())

    assert "was not reached over TLS" in next(each.what.message for each in kept.findings if each.name == "certificate")
    assert leaks(desk, "/diagnosis", "/settings", f"{BASE}/doctor") == set()
    assert MARK.lower() not in repr(kept).lower()  # for nobody: what is kept is told in every language


def test_a_diagnosis_keeps_no_word_of_a_token_server(desk: Desk, token_server: TokenServer) -> None:
    token_server.scripted += [error("invalid_client", f"{MARK} is not known")] * 10
    signs_in = with_tokens_of(token_server.url, **{**HERE, "smtp_auth": True}, oauth_flow=Flow.CLIENT)
    desk.go_through(signs_in)

    kept = examine_asked(desk.services, Conditions(), by=actor())

    assert any(each.name.startswith("oauth") for each in kept.findings)
    assert leaks(desk, "/diagnosis", "/settings", f"{BASE}/doctor") == set()
    assert MARK.lower() not in repr(kept).lower()


def test_what_a_viewer_opens_asks_nobody_outside(desk: Desk, names: DnsServer) -> None:
    settings = Settings(**{**HERE, "from_address": "report@example.org", "local_hostname": ""})
    desk.services.settings.save(settings, base=1, by=actor(), now=clock.now())
    now = clock.now()
    told = Report(Mode.SEND, "b@example.net", "127.0.0.1", 9, now, version=2, from_address="report@example.org")
    number = desk.services.trials.begin(told, by=actor(), fingerprint="", now=now)
    desk.services.trials.finish(number, told._replace(outcome=Outcome.SUCCESS), 1)
    desk.services.trials.tell_arrival(number, arrived=False, by=actor(), now=now)

    with noting_traffic() as noted:
        desk.seen(Role.VIEWER, desk.everywhere([1])[False])
    assert (noted, names.asked) == ([], [])

    examine_asked(desk.services, Conditions(), by=actor())
    with noting_traffic() as noted:
        shown = desk._page(Role.VIEWER, f"/settings/trials/{number}")
        assert noted == []
        desk.seen(Role.OPERATOR, [f"/settings/trials/{number}"])
        assert noted  # who may test has it looked up anew
    assert all(f'data-finding="{name}"' in shown for name in ("spf", "dkim", "dmarc"))
