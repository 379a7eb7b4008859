"""What a server says is for who may read it: nobody else sees a word of it, whichever server says it, and when."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest
from flask import Flask

from panel import clock
from panel.access.accounts import Account
from panel.access.rights import PAGES, Right, Role, Scope
from panel.checks.trial.order import Order
from panel.config import Config
from panel.outbox.state import WAITING
from panel.server.worker import make_worker
from panel.services import Services, open_services
from panel.settings.login import Flow
from panel.settings.model import PopTlsMode, Settings
from panel.storage.actor import Actor
from panel.web import create_app
from panel.web.context import VISIT, Visit
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.scripted import ENVELOPE, MESSAGE, ScriptedServer, Step, greets, hears, says, takes
from tests.support.servers import SmtpServer
from tests.support.token_server import TokenServer, error
from tests.support.token_settings import with_tokens_of
from tests.web.api.conftest import BASE, Program

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")  # over loopback, and no password

MARK = "Qx7marker"
SENDER = Actor("send (token)", "api")  # whose token sees its own
HERE: dict[str, Any] = {  # where nothing is looked up
    "from_address": "report@[127.0.0.1]",
    "local_hostname": "[127.0.0.1]",
    "smtp_host": "127.0.0.1",
    "smtp_port": 9,
    "smtp_auth": False,
    "tls": False,
}
LOGIN: dict[str, Any] = {"smtp_auth": True, "smtp_user": "report", "smtp_password": "correct horse"}
POP: dict[str, Any] = {
    "pop_host": "127.0.0.1",
    "pop_user": "report",
    "pop_password": "horse",
    "pop_tls_mode": PopTlsMode.NONE,
}
GREETS = greets(f"X{MARK}", f"AUTH PLAIN {MARK}")
LEAVES = [*takes("QUIT", f"221 {MARK}")]

# By what a server says: its script, and the settings that lead there.
SMTP: dict[str, tuple[list[Step], dict[str, Any]]] = {
    "greeting": ([says(f"554 5.7.1 {MARK} go away")], {}),
    "no SMTP": ([says(f"SSH-2.0-{MARK}")], {}),
    "EHLO": ([says(f"220 {MARK}"), hears("EHLO"), says(f"550 5.7.1 {MARK}")], {}),
    "no STARTTLS": ([says(f"220 {MARK}"), *GREETS[1:]], {"tls": True}),
    "STARTTLS": ([*greets("STARTTLS"), hears("STARTTLS"), says(f"454 4.7.0 {MARK}")], {"tls": True}),
    "AUTH": ([*GREETS, hears("AUTH"), says(f"535 5.7.8 {MARK}")], LOGIN),
    "mechanisms": (greets(f"AUTH {MARK.upper()}"), LOGIN),
    "MAIL": ([*GREETS, hears("MAIL"), says(f"553 5.1.8 {MARK} sender")], {}),
    "RCPT": ([*GREETS, *takes("MAIL"), hears("RCPT"), says(f"550 5.1.1 {MARK}")], {}),
    "RCPT, for now": ([*GREETS, *takes("MAIL"), hears("RCPT"), says(f"450 4.2.1 {MARK}\n")], {}),
    "DATA": ([*GREETS, *ENVELOPE, hears("DATA"), says(f"554 5.7.1 {MARK}")], {}),
    "the final dot": ([*GREETS, *MESSAGE, says(f"554-5.7.1 {MARK} spam\n554 5.7.1 see {MARK}")], {}),
    "taken": ([*GREETS, *MESSAGE, says(f"250 2.0.0 {MARK} queued as {MARK.upper()}"), *LEAVES], {}),
}


@dataclass
class Desk:
    """A panel to which one server after the other says something, and all who look at it."""

    services: Services
    app: Flask
    tokens: dict[Scope, str]
    offered: set[tuple[Role, str, str]] = field(default_factory=set)  # a method and a path, on the pages of a role

    @classmethod
    def at(cls, home: Path) -> Self:
        services = open_services(Config(home=home))
        tokens = {scope: services.tokens.create(scope, [scope], by=actor(), now=clock.now()) for scope in Scope}
        return cls(services, create_app(services.config, services), tokens)

    def go_through(self, settings: Settings) -> int:
        """Save settings, test them, and have a message of the sending program tried with them; give its number."""
        self.services.settings.save(settings, base=self.services.settings.newest(), by=actor(), now=clock.now())
        stored = self.services.settings.current()
        order = Order(stored.settings, "b@example.net", version=stored.number, by=actor(f"test {stored.number}"))
        self.services.begin_trial(order).run()
        number = self.services.outbox.enqueue(mail("b@example.net"), by=SENDER, now=clock.now()).number
        make_worker(self.services).run_once()
        return number

    def seen(self, who: Role | Scope, paths: Iterable[str]) -> set[str]:
        """Say at which addresses somebody sees a word of a server; a viewer looks at the fragments, too."""
        look = self._page if isinstance(who, Role) else self._document
        return {path for path in paths if MARK.lower() in look(who, path).lower()}

    def _page(self, role: Role, path: str) -> str:
        client, someone = self.app.test_client(), Visit(Account("rei", role, via="mounted"), "")
        asked = ({}, {"HX-Request": "true"}) if role is Role.VIEWER else ({},)
        answers = [client.get(path, headers=each, environ_overrides={VISIT: someone}) for each in asked]
        assert all(answer.status_code != 500 for answer in answers), path
        self.offered |= {
            (role, *each) for answer in answers if answer.status_code == 200 for each in offers(answer.text)
        }
        return "".join(answer.text for answer in answers)

    def beyond(self) -> set[tuple[str, ...]]:
        """Give what the pages have offered to somebody whose role may not do it."""
        routes, found = self.app.url_map.bind("localhost"), set[tuple[str, ...]]()
        for role, method, path in self.offered:
            endpoint, _ = routes.match(path, method)
            if not role.may(PAGES.get(endpoint, Right.ENTER)):  # the API's address is told, and no link
                found.add((role, method, path))
        return found

    def _document(self, scope: Scope, path: str) -> str:
        program = Program(self.app, self.tokens[scope])
        answer = program.get(path.removeprefix(BASE))
        assert answer.status_code != 500, path
        return answer.text

    def everywhere(self, numbers: Iterable[int]) -> dict[bool, list[str]]:
        """Give every address that shows anything, of the pages and, under True, of the API."""
        found = defaultdict[bool, list[str]](list)
        for rule in self.app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and rule.endpoint not in ("static", "causes.index", "api.openapi_show"):
                each = {rule.rule.replace("<int:number>", str(number)) for number in numbers}
                found[rule.rule.startswith(BASE)] += each
        return found


TAG = re.compile(r"<[a-z]+ [^>]*>")
OFFER = re.compile(r' (href|action|formaction|hx-get|hx-post)="(/[^"?#]*)')


def offers(text: str) -> Iterator[tuple[str, str]]:
    """Give the method and the path of each link, form and button of a page."""
    for tag in TAG.findall(text):
        for name, path in OFFER.findall(tag):
            posts = name in ("hx-post", "formaction") or (name == "action" and 'method="post"' in tag)
            yield "POST" if posts else "GET", path


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.at(tmp_path / "home")


PLACES = ("/settings", "/settings/status", "/outbox", "/outbox/{}", "/settings/trials/{}")
MAY_READ, MAY_NOT = (Role.OPERATOR, Scope.ADMIN), (Role.VIEWER, Scope.READ, Scope.SEND)


def look(desk: Desk, number: int) -> dict[Role | Scope, set[str]]:
    """Look where a failure is told just now."""
    pages = [each.format(number) for each in PLACES]
    documents = [f"{BASE}/messages", f"{BASE}/messages/{number}", f"{BASE}/status"]
    return {who: desk.seen(who, pages if isinstance(who, Role) else documents) for who in (*MAY_READ, *MAY_NOT)}


def leaks(desk: Desk, numbers: Iterable[int]) -> set[str]:
    """Look everywhere, once all has been said, and change what can be changed."""
    paths = desk.everywhere(numbers)
    found = {path for who in MAY_NOT for path in desk.seen(who, paths[isinstance(who, Scope)])}
    program = Program(desk.app, desk.tokens[Scope.SEND])
    answers = [program.post(f"/messages/{number}/{what}").text for number in numbers for what in ("retry", "cancel")]
    return found | {text for text in answers if MARK.lower() in text.lower()}


def test_a_viewer_sees_no_word_of_any_mail_server(desk: Desk) -> None:
    seen = {}
    for number, (said_at, (script, more)) in enumerate(SMTP.items(), 1):
        with ScriptedServer(*script) as server:
            assert desk.go_through(Settings(**{**HERE, "smtp_port": server.port, **more})) == number
            seen[said_at] = look(desk, number)
            entry = desk.services.outbox.get(number)
            if entry and entry.state in WAITING:
                desk.services.outbox.cancel(number, by=actor(), now=clock.now())

    assert [(said_at, who) for said_at, each in seen.items() for who in MAY_NOT if each[who]] == []
    assert leaks(desk, [1, len(SMTP)]) == set()
    trials = {f"/settings/trials/{number}" for number, said_at in enumerate(SMTP, 1) if said_at != "no SMTP"}
    assert trials <= {path for each in seen.values() for path in each[Role.OPERATOR]}
    assert all(each[Scope.ADMIN] for each in seen.values())
    assert desk.beyond() == set()


def test_nobody_is_offered_what_their_role_may_not_do(desk: Desk, server: SmtpServer) -> None:
    """In the states of a panel that no refusal brings about: nothing saved, mail sent, one to correct, mail paused."""
    roles = (Role.VIEWER, Role.OPERATOR, Role.ADMINISTRATOR)
    pages = ("/settings", "/settings/status", "/outbox", "/outbox/1", "/outbox/2", "/history", "/settings/trials/1")

    def look() -> None:
        for role in roles:
            desk.seen(role, pages)

    look()
    desk.go_through(Settings(**{**HERE, "smtp_port": server.port}))
    server.replies["RCPT"] = "550 5.1.1 No such user"
    desk.services.outbox.enqueue(mail("nobody@example.net"), by=SENDER, now=clock.now())
    make_worker(desk.services).run_once()
    look()
    desk.services.pace.pause(by=actor("ken"), now=clock.now())
    desk.services.outbox.enqueue(mail(), by=SENDER, now=clock.now())
    look()

    assert desk.beyond() == set()
    steps = {role: {path for each, method, path in desk.offered if each is role and method == "POST"} for role in roles}
    assert steps[Role.VIEWER] == set()
    assert {"/outbox/2/retry", "/outbox/resume", "/settings/trial/saved"} <= steps[Role.OPERATOR]
    assert (Role.ADMINISTRATOR, "GET", "/settings/edit") in desk.offered


def test_a_viewer_sees_no_word_of_a_pop_server(desk: Desk) -> None:
    script = [says(f"+OK {MARK}"), hears("USER"), says(f"+OK {MARK}"), hears("PASS"), says(f"-ERR [AUTH] {MARK}")]
    with ScriptedServer(*script) as server:
        desk.go_through(Settings(**{**HERE, **POP, "pop_before_smtp": True, "pop_port": server.port}))

        seen = look(desk, 1)

    assert [seen[who] for who in MAY_NOT] == [set()] * 3
    assert leaks(desk, [1]) == set()
    assert {"/settings", "/settings/trials/1", "/outbox/1"} <= seen[Role.OPERATOR]


def test_a_viewer_sees_no_word_of_a_token_server(desk: Desk, token_server: TokenServer) -> None:
    token_server.scripted += [error("invalid_client", f"{MARK} is not known")] * 10
    desk.go_through(with_tokens_of(token_server.url, **{**HERE, "smtp_auth": True}, oauth_flow=Flow.CLIENT))

    seen = look(desk, 1)

    assert [seen[who] for who in MAY_NOT] == [set()] * 3
    assert leaks(desk, [1]) == set()
    assert {"/settings", "/settings/trials/1", "/outbox/1"} <= seen[Role.OPERATOR]
