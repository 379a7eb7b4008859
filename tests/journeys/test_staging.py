"""A staging system whose applications hand mail in at every door: nobody but the one address is ever written to."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from email import message_from_bytes

import pytest

from panel import clock
from panel.access.rights import Scope
from panel.services import Services
from tests.support.actors import actor
from tests.support.needs import needs
from tests.support.paths import ROOT
from tests.support.sending import home_leading_to
from tests.support.servers import Loop, SmtpServer
from tests.support.serving import Serving, free_port, wait_for

CATCHER = "staging@example.com"
PEOPLE = ("hanako@example.net", "taro@example.jp", "jiro@example.org")


@dataclass
class Staging:
    """A panel of which all mail is redirected, and the server that its mail goes to."""

    services: Services
    panel: Serving
    server: SmtpServer
    smtp_port: int
    token: str

    def run(self, *command: str, given: str = "") -> None:
        variables = {**self.panel.variables, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            command, input=given, env=variables, text=True, capture_output=True, timeout=60, check=False
        )
        assert done.returncode == 0, (done.stdout, done.stderr)

    def post(self, path: str, document: object) -> None:
        headers = ("-H", f"Authorization: Bearer {self.token}", "-H", "Content-Type: application/json")
        address = f"{self.panel.address}/api/v1/{path}"
        self.run(needs("curl", "curl"), "-sSf", *headers, "--data-binary", "@-", address, given=json.dumps(document))

    def reached(self) -> set[str]:
        """Give everybody whom the server was told of."""
        said = (re.match(r"RCPT TO:<([^>]*)>", command) for command in self.server.commands)
        return {found[1] for found in said if found}


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staging]:
    home = tmp_path_factory.mktemp("staging") / "home"
    with Loop() as loop:
        server = SmtpServer().start(loop)
        services = home_leading_to(server, home)
        settings = replace(services.settings.current().settings, redirect_to=CATCHER)
        services.settings.save(settings, base=1, by=actor("test"), now=clock.now())
        token = services.tokens.create("shop", (Scope.SEND,), by=actor("test"), now=clock.now())
        port = free_port()
        with Serving(home, variables={"MAIL_PANEL_SMTP_LISTEN": f"127.0.0.1:{port}"}) as panel:
            wait_for(port)
            yield Staging(services, panel, server, port, token)
        assert any("staging" in line and CATCHER in line for line in panel.said)


def by_api(staging: Staging) -> None:
    to, cc, bcc = PEOPLE
    staging.post("messages", {"to": [to], "cc": [cc], "bcc": [bcc], "subject": "請求書", "text": "本文"})


def by_batch(staging: Staging) -> None:
    staging.post("messages/batch", {"messages": [{"to": [*PEOPLE], "subject": "a", "text": "b"}], "atomic": True})


def by_raw(staging: Staging) -> None:
    raw = f"From: shop@example.org\r\nTo: {', '.join(PEOPLE)}\r\nSubject: a\r\n\r\nHi\r\n"
    staging.post("messages", {"to": [*PEOPLE], "raw": raw})


def by_smtp(staging: Staging) -> None:
    where = ("--server", f"127.0.0.1:{staging.smtp_port}", "--from", "shop@example.org", "--to", ",".join(PEOPLE))
    staging.run(needs("swaks", "swaks"), *where, "--header", "Subject: a")


def by_sendmail(staging: Staging) -> None:
    to, cc, bcc = PEOPLE
    program = ("-c", "from panel.__main__ import sendmail; sendmail()", "-t")
    staging.run(sys.executable, *program, given=f"To: {to}\nCc: {cc}\nBcc: {bcc}\nSubject: a\n\nHi\n")


def by_sendmail_spoken(staging: Staging) -> None:
    said = "".join(f"RCPT TO:<{each}>\r\n" for each in PEOPLE)
    spoken = f"EHLO app\r\nMAIL FROM:<shop@example.org>\r\n{said}DATA\r\nSubject: a\r\n\r\nHi\r\n.\r\nQUIT\r\n"
    staging.run(sys.executable, "-c", "from panel.__main__ import sendmail; sendmail()", "-bs", given=spoken)


def by_python(staging: Staging) -> None:
    program = (
        "from panel.mailer import Mailer, Draft; import sys; "
        "Mailer.open(account='shop').send(Draft(to=sys.argv[1:], subject='a', text='b'))"
    )
    staging.run(sys.executable, "-c", program, *PEOPLE)


DOORS: tuple[Callable[[Staging], None], ...] = (
    *(by_api, by_batch, by_raw, by_smtp, by_sendmail, by_sendmail_spoken, by_python),
)


@pytest.mark.parametrize("hand_in", DOORS, ids=[each.__name__ for each in DOORS])
def test_whatever_hands_it_in_mail_goes_to_the_one_address(
    staging: Staging, hand_in: Callable[[Staging], None]
) -> None:
    before = len(staging.server.messages)

    hand_in(staging)
    staging.server.wait_for(before + 1)

    [arrived] = staging.server.messages[before:]
    assert arrived.rcpt_to == (CATCHER,)
    message = message_from_bytes(arrived.raw)
    assert {*message.get_all("X-Original-To", [])} == {*PEOPLE}
    assert f"[{PEOPLE[0]} +2]" in str(message["Subject"])
    assert staging.reached() == {CATCHER}
