"""What one message may hold, by the settings: the same at every door, and followed without a start."""

from __future__ import annotations

import json
import os
import smtplib
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.error import HTTPError

import pytest

from panel import clock
from panel.access.rights import Scope
from panel.mail.limits import MIB
from panel.mailer import Draft, Mailer, Refused
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.paths import ROOT
from tests.support.sending import home_leading_to
from tests.support.servers import SmtpServer
from tests.support.serving import Serving, free_port, wait_for
from tests.support.waiting import wait_until

THREE = tuple(f"a{number}@example.org" for number in range(3))
SMALL = {"max_message_bytes": 64 * 1024, "max_recipients": 3}
SENDMAIL = "from panel.__main__ import sendmail; sendmail()"


@dataclass
class House:
    """A panel that is running, and each of its doors as a program uses it: what is said where it takes no message."""

    serving: Serving
    services: Services
    smtp_port: int
    token: str

    def set(self, **changed: object) -> None:
        store = self.services.settings
        stored = store.current()
        settings: Settings = replace(stored.settings, **changed)
        store.save(settings, base=stored.number, by=actor("test"), now=clock.now())

    def by_smtp(self, text: str, *rcpt_to: str) -> str:
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=30) as client:
            try:
                refused = client.sendmail("shop@example.org", rcpt_to, f"Subject: a\r\n\r\n{text}")
            except smtplib.SMTPResponseException as fault:
                return f"{fault.smtp_code} {fault.smtp_error!r}"
            return " ".join(f"{code} {said!r}" for code, said in refused.values())

    def by_http(self, text: str, *rcpt_to: str) -> str:
        status, answer = self.post("/api/v1/messages", {"to": rcpt_to, "raw": f"Subject: a\r\n\r\n{text}"})
        return "" if status == 202 else f"{status} {answer}"

    def by_python(self, text: str, *rcpt_to: str) -> str:
        try:
            Mailer(self.services.config).send(Draft(to=rcpt_to, text=text))
        except Refused as fault:
            return str(fault)
        return ""

    def by_command(self, text: str, *rcpt_to: str) -> str:
        done = self._sendmail(f"Subject: a\n\n{text}\n", "-i", *rcpt_to)
        return "" if done.returncode == 0 else f"{done.returncode} {done.stderr}"

    def by_pipe(self, text: str, *rcpt_to: str) -> str:
        to = "".join(f"RCPT TO:<{each}>\r\n" for each in rcpt_to)
        said = f"EHLO app\r\nMAIL FROM:<shop@example.org>\r\n{to}DATA\r\nSubject: a\r\n\r\n{text}\r\n.\r\nQUIT\r\n"
        done = self._sendmail(said, "-bs")
        return "\n".join(line for line in done.stdout.splitlines() if line[:1] in ("4", "5"))

    def post(self, path: str, document: object) -> tuple[int, str]:
        head = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        asked = urllib.request.Request(self.serving.address + path, json.dumps(document).encode(), head)
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    def _sendmail(self, given: str, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {**self.serving.variables, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", SENDMAIL, *words]
        return subprocess.run(
            command, input=given, env=environment, capture_output=True, text=True, timeout=60, check=False
        )


@pytest.fixture
def house(tmp_path: Path, server: SmtpServer) -> Iterator[House]:
    services = home_leading_to(server, tmp_path / "home")
    port = free_port()
    variables = {"MAIL_PANEL_SMTP_LISTEN": f"127.0.0.1:{port}", "MAIL_PANEL_ALERTS": "off", "PATH": os.defpath}
    with Serving(tmp_path / "home", variables=variables) as serving:
        wait_for(port)
        token = services.tokens.create("shop", (Scope.SEND,), by=actor("test"), now=clock.now())
        yield House(serving, services, port, token)


Door = Callable[..., str]
TOO_LARGE = {
    "by_smtp": "552",
    "by_http": "413",
    "by_python": "",
    "by_command": f"{os.EX_DATAERR}",
    "by_pipe": "552 5.3.4",
}
TOO_MANY = {
    "by_smtp": "452",
    "by_http": "422",
    "by_python": "",
    "by_command": f"{os.EX_NOUSER}",
    "by_pipe": "452 4.5.3",
}


def size_offered(house: House) -> int:
    with smtplib.SMTP("127.0.0.1", house.smtp_port, timeout=30) as client:
        client.ehlo()
        return int(client.esmtp_features["size"])


@pytest.mark.both_doors
def test_every_door_follows_the_settings_at_once_and_says_the_figure(house: House) -> None:
    assert size_offered(house) == 25 * MIB
    house.set(**SMALL)
    wait_until(lambda: size_offered(house) == 64 * 1024)

    for name, code in TOO_LARGE.items():
        said = getattr(house, name)("x" * 70_000, THREE[0])
        assert said.startswith(code), (name, said)
        assert "larger than 64 KiB" in said, (name, said)
    for name, code in TOO_MANY.items():
        said = getattr(house, name)("Hello", *THREE, "b@example.org")
        assert said.startswith(code), (name, said)
        assert "3 recipients" in said, (name, said)
    for name in TOO_LARGE:
        assert getattr(house, name)("x" * 900, *THREE) == "", name


def test_of_a_batch_the_large_one_is_refused_and_the_others_are_taken(house: House) -> None:
    house.set(**SMALL)
    messages = [{"to": "a@example.org", "text": "x" * size} for size in (10, 90_000)]

    status, answer = house.post("/api/v1/messages/batch", {"messages": messages, "atomic": False})
    taken, refused = json.loads(answer)["results"]
    assert (status, taken["problem"], refused["problem"]["status"]) == (200, None, 413)
    assert refused["problem"]["type"].endswith("message-too-large")
    status, answer = house.post("/api/v1/messages/batch", {"messages": messages})
    assert (status, json.loads(answer)["errors"][0]["pointer"]) == (422, "/messages/1")


def test_more_than_by_default_is_taken_kept_and_sent(house: House, server: SmtpServer, is_long: bool) -> None:
    if not is_long:  # the server of the tests takes its time for so much
        house.set(smtp_port=1)
    house.set(max_message_bytes=40 * MIB)
    wait_until(lambda: size_offered(house) == 40 * MIB)
    line = "x" * 98 + "\r\n"
    text = line * (26 * MIB // len(line))

    for name in ("by_smtp", "by_http"):
        assert getattr(house, name)(text, THREE[0]) == "", name
    assert all(each.size > 26 * MIB for each in house.services.outbox.list().entries)
    assert house.by_http("x" * 60 * MIB, THREE[0]).startswith("413")
    if is_long:
        server.wait_for(2, 60)
        assert all(len(each.raw) > 26 * MIB for each in server.messages)


def test_a_body_beyond_the_address_is_refused_with_how_much_it_takes(house: House) -> None:
    status, answer = house.post("/api/v1/messages", {"to": THREE, "text": "x" * 36 * MIB})

    assert status == 413
    assert "larger than 35 MiB" in json.loads(answer)["detail"]
