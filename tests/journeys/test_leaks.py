"""What is told of a sign-in with OAuth2 on every page and in every file, and that no secret of it is."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import traceback
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from html import unescape
from io import StringIO
from ipaddress import ip_network
from pathlib import Path
from secrets import token_urlsafe
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from panel import clock, logs
from panel.access.rights import Scope
from panel.checks.trial.order import Order
from panel.checks.trial.run import TrialRun
from panel.config import Config
from panel.mail.net.deadline import Deadline
from panel.server.worker import make_worker
from panel.services import Services, open_services
from panel.settings.files import export
from panel.settings.oauth.client import Client
from panel.settings.oauth.failure import TokenFailed
from panel.settings.oauth.tokens import GrantTokens
from panel.settings.token_servers import Endpoints
from panel.web import create_app
from tests.cli.test_oauth import Waiting, answered
from tests.journeys.test_tokens import enqueued, settings_for
from tests.support.actors import actor
from tests.support.leaks import pieces_in
from tests.support.paths import ROOT
from tests.support.places import variables_of
from tests.support.serving import Serving
from tests.support.token_mailbox import Mailbox
from tests.support.token_server import Answer, TokenServer, error, json_answer
from tests.support.token_settings import signed_in
from tests.support.waiting import wait_until
from tests.web.api.conftest import Program
from tests.web.conftest import PASSWORD, Browser, sign_in, typed

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")  # over loopback, and no password


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return open_services(Config(home=tmp_path / "home", metrics=(ip_network("127.0.0.1/32"),)))


@pytest.fixture
def logged(own_log: None) -> StringIO:
    """All that is logged, as text and as JSON."""
    written = StringIO()
    logs.configure("text", written)
    as_text = logging.root.handlers
    logs.configure("json", written)
    logging.root.handlers += as_text
    return written


class Desk:
    """Somebody at a browser who signs in at the service, with all that is shown there, and to a program."""

    def __init__(self, services: Services, values: dict[str, str]) -> None:
        self.app = create_app(services.config, services)
        services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
        self.browser = Browser(self.app.test_client())
        sign_in(self.browser)
        token = services.tokens.create("shop", [Scope.ADMIN, Scope.READ], by=actor(), now=clock.now())
        self.program = Program(self.app, token)
        self.values = values
        self.shown: list[str] = []
        self.passed: list[str] = []  # through the browser, and nowhere else

    def post(self, path: str, **changed: str) -> str:
        self.shown.append(self.browser.post(path, {**self.values, **changed}).text)
        return self.shown[-1]

    def see(self, *paths: str) -> None:
        answers = [self.browser.get(path) for path in paths]
        assert {path: each.status_code for path, each in zip(paths, answers, strict=True)} == dict.fromkeys(paths, 200)
        self.shown += [answer.text for answer in answers]

    def ask(self, method: str, path: str, document: object = None) -> None:
        answer = self.program.ask(method, path, document)
        assert answer.status_code == 200
        self.shown.append(answer.text)

    def come_back(self, tokens: TokenServer) -> None:
        """Begin a sign-in, and come back from the service with a code."""
        code = f"co-{token_urlsafe(24)}"
        link = re.search(r'id="oauth-way" href="([^"]+)"', self.post("/settings/oauth/begin"))
        assert link
        tab = self.app.test_client()
        asked = dict(parse_qsl(urlsplit(tab.get(unescape(link[1])).headers["Location"]).query))
        tokens.codes[code] = asked["code_challenge"]
        self.passed += [code, asked["state"], asked["nonce"]]
        self.shown.append(tab.get(f"/oauth2/callback?code={code}&state={asked['state']}").text)


COMMANDS = (
    *("oauth status", "oauth status --json", "oauth refresh", "settings show", "settings export"),
    *("settings history --json", "outbox list --json", "test a@example.net --json", "doctor --json", "oauth forget"),
)


def told_by_commands(services: Services, commands: Sequence[str] = COMMANDS) -> Iterator[str]:
    """Give what commands print of it."""
    environment = {"PATH": os.environ["PATH"], **variables_of(services.config.home)}
    for words in commands:
        command = [sys.executable, "-m", "panel", *words.split()]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert done.returncode in (0, 69, 77, 78), (words, done.stderr)
        yield done.stdout + done.stderr


SECRETS = ("refresh_token", "code", "code_verifier", "device_code", "client_secret")


def repeated(form: dict[str, str]) -> Answer:
    """Refuse in words that hold all that was sent."""
    return error("invalid_grant", " ".join((*form.values(), quote(" ".join(form.values())))))


def test_no_secret_of_a_sign_in_is_told_to_anybody(
    services: Services, token_server: TokenServer, mailbox: tuple[Mailbox, int], logged: StringIO
) -> None:
    box, port = mailbox
    settings = settings_for(token_server, port, oauth_client_secret=f"cs-{token_urlsafe(24)}")
    texts = typed(settings, version="0", oauth_client_secret=settings.oauth_client_secret, recipient="a@example.net")
    desk = Desk(services, {name: text for name, text in texts.items() if name != "smtp_password"})
    device = {"oauth_flow": "device", "oauth_device_url": f"{token_server.url}/device"}

    token_server.scripted += [error("invalid_client"), repeated, repeated]  # the secret goes in the body then
    desk.come_back(token_server)
    desk.post("/settings/oauth/device", **device)
    desk.post("/settings/oauth/device", **device)
    desk.come_back(token_server)
    desk.post("/settings/trial", grant="1")
    desk.post("/settings", grant="1")
    box.tells = True
    desk.post("/settings/trial", grant="1", version="1")
    enqueued(services)
    make_worker(services).run_once()
    stored = services.settings.current().settings
    tokens = services.access_tokens(stored, by_hand=True)
    token_server.scripted.append(repeated)
    with pytest.raises(TokenFailed) as failed:
        tokens.refresh(Deadline(5))
    desk.see("/settings", "/settings/edit", "/history/1", "/outbox", "/outbox/1", "/settings/trials/2", "/metrics")
    desk.shown.append(desk.browser.get("/settings/oauth/pending", htmx=True).text)
    for path in ("/settings", "/oauth", "/status", "/messages"):
        desk.ask("GET", path)
    desk.ask("POST", "/test", {"recipient": "a@example.net"})
    values = (stored, Client.of(stored), tokens, services.grants.kept(1))
    signing_in = services.sign_ins.newest("hanako", clock.instant())
    kept = [path.read_bytes().decode("latin-1") for path in services.config.home.glob("*.db*")]
    assert kept

    secrets = {*token_server.given, *token_server.living, *token_server.used, *desk.passed}
    secrets |= {form.get(name, "") for form in token_server.requests for name in SECRETS} - {""}
    assert settings.oauth_client_secret in secrets
    assert len(box.logins) == 1 + 2 + 2
    told = [*desk.shown, *told_by_commands(services), logged.getvalue(), repr(values), repr(signing_in), *kept]
    told += [*traceback.format_exception(failed.value), export.sealed(stored, "a phrase of many words")]
    assert pieces_in("\n".join(told), secrets) == []
    assert "invalid_grant" in "".join(told)
    taken_along = export.read_export(export.sealed(stored, "a phrase of many words"), "a phrase of many words")
    assert pieces_in(str(taken_along), secrets - {settings.oauth_client_secret}) == []  # no sign-in is


# What others see of the processes


def processes_of(home: Path) -> str:
    """Give the arguments and the variables of every process that works on this home (Linux)."""
    seen = []
    for each in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended just now
            variables = (each / "environ").read_bytes()
            if str(home).encode() in variables:
                seen.append((each / "cmdline").read_bytes() + b" " + variables)
    return b"\n".join(seen).replace(b"\0", b" ").decode("latin-1")


def test_no_process_carries_a_secret_where_others_can_see_it(
    services: Services, token_server: TokenServer, mailbox: tuple[Mailbox, int]
) -> None:
    box, port = mailbox
    home, seen = services.config.home, list[str]()
    environment = {"PATH": os.environ["PATH"], **variables_of(home)}
    settings = settings_for(token_server, port, oauth_client_secret=f"cs-{token_urlsafe(24)}")
    services.settings.save(signed_in(services, settings, token_server), base=0, by=actor("hanako"), now=clock.now())
    token_server.scripted += [lambda _: seen.append(processes_of(home))] * 4

    def run(*words: str, given: str = "") -> str:
        with services.database.writing() as write:
            write.run("UPDATE grants SET access_token = NULL")  # so that each has to ask for one
        command = [sys.executable, "-m", "panel", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, input=given, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (words, done.stderr)
        return done.stdout

    with Serving(home, variables=environment, cwd=ROOT):
        signing_in = Waiting(home, "--paste")
        assert signing_in.ended(answered(signing_in.address(), token_server) + "\n")[0] == 0
        run("oauth", "refresh")
        run("test", "a@example.net")
        with services.database.writing() as write:
            write.run("UPDATE grants SET access_token = NULL")
        enqueued(services)
        wait_until(lambda: len(box.taken) == 2)

    secrets = {*token_server.given, *token_server.living, *token_server.used, settings.oauth_client_secret}
    secrets |= {form.get(name, "") for form in token_server.requests for name in SECRETS} - {""}
    busy = (" oauth sign-in --paste", " oauth refresh", " test a@example.net", "panel.server.worker")
    assert [words in each for words, each in zip(busy, seen, strict=True)] == [True] * 4
    assert pieces_in("\n".join(seen), secrets) == []


# The key of a service account


def key_and_its_forms() -> tuple[str, set[str]]:
    """Give the file of a key, and what may stand of it: its body, and its octets at each place within base64."""
    key = generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    octets = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    body = "".join(pem.splitlines()[1:-1])
    elsewhere = {b64encode(bytes(before) + octets).decode()[4:-4] for before in (1, 2)}
    algorithm = b64encode(octets).decode()[:40]  # stands in every such key
    assert body.startswith(algorithm)
    document = {"client_email": "robot@example.org", "private_key_id": "k1", "private_key": pem}
    return json.dumps(document), {body[40:], *(each[60:] for each in elsewhere)}


def test_nothing_of_a_service_account_s_key_is_told_to_anybody(
    services: Services, token_server: TokenServer, mailbox: tuple[Mailbox, int], logged: StringIO
) -> None:
    box, port = mailbox
    document, secrets = key_and_its_forms()
    by_key = {"smtp_login": "oauth2", "oauth_provider": "google", "oauth_flow": "service_account"}
    there = {"smtp_host": "127.0.0.1", "smtp_port": str(port), "tls": "", "smtp_user": "report@example.org"}
    desk = Desk(services, {**typed(version="0"), **by_key, **there, "oauth_service_key": document})
    del desk.values["smtp_password"]

    desk.post("/settings", smtp_port="none")  # the form comes back
    desk.post("/settings", oauth_service_key=document.replace("robot@example.org", ""))
    desk.post("/settings")
    stored = services.settings.current().settings
    client = replace(Client.of(stored), endpoints=Endpoints(token_url=f"{token_server.url}/token"))
    tokens = GrantTokens(services.grants, client, 0, policy=services.config.policy, by_hand=True)
    token_server.scripted += [json_answer({**token_server.grant(), "refresh_token": None}), repeated]
    box.tells = True
    order = Order(stored, "a@example.net", by=actor("hanako"))
    rest = {"store": services.trials, "policy": services.config.policy, "slot": services.slot()}
    report = TrialRun(order, **rest, fingerprint="", now=clock.now(), tokens=tokens).run()
    with pytest.raises(TokenFailed) as failed:
        tokens.refresh(Deadline(5))
    desk.see("/settings", "/settings/edit", "/history", "/history/1", "/settings/trials/1")
    desk.ask("GET", "/settings")
    desk.ask("GET", "/oauth")
    commands = ("oauth status --json", "settings show", "settings show --json", "settings export", "settings history")

    assert stored.oauth_service_key
    assert box.logins
    signatures = {form["assertion"].rpartition(".")[2] for form in token_server.requests}  # the rest says whose it is
    secrets |= signatures | token_server.given
    told = [*desk.shown, *told_by_commands(services, commands), logged.getvalue(), str(report), repr((stored, client))]
    told += [repr(tokens), *traceback.format_exception(failed.value), export.sealed(stored, "a phrase of many words")]
    told += [path.read_bytes().decode("latin-1") for path in services.config.home.glob("*.db*")]
    assert pieces_in("\n".join(told), secrets) == []
    assert "invalid_grant" in "".join(told)
