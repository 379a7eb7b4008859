"""The ready lines of a new token: each is put to use as it stands, against a panel that runs."""

from __future__ import annotations

import smtplib
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest

from panel import clock, config
from panel.access.rights import Scope
from panel.config import Config
from panel.services import Services, open_services
from panel.web import create_app
from panel.web.access.made_token import MadeToken, made_token
from tests.support.actors import actor
from tests.support.needs import needs
from tests.support.serving import Serving, free_port

COMMANDS = {"php": ["php"], "python": [sys.executable, "-"], "curl": ["sh", "-s"]}
NETWORK = {"SMTP_NETWORKS": "10.9.0.0/24"}
OPEN = {"SMTP_OPEN_NETWORKS": "10.9.0.0/24"}
SECURE = {"SMTP_CERTIFICATE": "/etc/ssl/mail.pem"}
PACKAGES = {"php": "php-cli", "curl": "curl"}


def made(services: Services, address: str, *scopes: Scope) -> MadeToken:
    """Make a token as somebody does who has the panel open at this address."""
    text = services.tokens.create("shop", scopes, by=actor(), now=clock.now())
    with create_app(services.config, services).test_request_context(
        base_url=address, headers={"Accept-Language": "en"}
    ):
        return made_token(text)


@pytest.mark.parametrize("language", ["curl", "php", "python"])
def test_a_ready_line_sends_as_it_stands(tmp_path: Path, language: str) -> None:
    if language in PACKAGES:
        needs(language, PACKAGES[language])
    services = open_services(Config(home=tmp_path))
    with Serving(tmp_path) as serving:
        found = made(services, serving.address, Scope.SEND)
        [line] = [each for each in found.lines if each.name == language]
        done = subprocess.run(
            COMMANDS[language], input=line.text, capture_output=True, text=True, timeout=60, check=True
        )

    assert '"state": "queued"' in done.stdout or '"state":"queued"' in done.stdout
    [entry] = services.outbox.list().entries
    assert (entry.account, entry.door, entry.recipients[0].address) == ("shop (token)", "api", "taro@example.net")


def test_the_values_for_smtp_send(tmp_path: Path) -> None:
    port = free_port()
    services = open_services(Config(home=tmp_path, smtp_listen=("127.0.0.1", port)))
    with Serving(tmp_path, variables={"MAIL_PANEL_SMTP_LISTEN": f"127.0.0.1:{port}"}) as serving:
        found = made(services, serving.address, Scope.SEND)
        [line] = [each for each in found.lines if each.name == "smtp"]
        values = dict(each.split(" ", 1) for each in line.text.splitlines())
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "report@example.org", "taro@example.net", "Test"
        message.set_content("Hello")
        with smtplib.SMTP(values["Host"], int(values["Port"]), timeout=30) as client:
            client.login(values["User"], values["Password"])
            client.send_message(message)

    assert [each.account for each in services.outbox.list().entries] == ["shop (token)"]


@pytest.mark.parametrize(
    ("variables", "host", "port", "encryption"),
    [
        ({"SMTP_LISTEN": "[::1]:2525"}, "::1", "2525", "TLS off, for this machine alone"),
        ({"SMTP_LISTEN": "0.0.0.0:2525", **NETWORK, **OPEN}, "2001:db8::7", "2525", "TLS off, for the networks"),
        ({"SMTP_LISTEN": "[::]:2525", **NETWORK, **SECURE}, "2001:db8::7", "2525", "STARTTLS on"),
        ({"SMTP_LISTEN_TLS": "0.0.0.0:465", **NETWORK, **SECURE}, "2001:db8::7", "465", "TLS from the first byte"),
    ],
)
def test_the_values_for_smtp_are_those_of_who_may_connect(
    tmp_path: Path, variables: dict[str, str], host: str, port: str, encryption: str
) -> None:
    given = {"HOME": str(tmp_path), "PUBLIC_URL": "https://[2001:db8::7]:8443/mail", **variables}
    services = open_services(config.read({f"MAIL_PANEL_{name}": value for name, value in given.items()}))

    [line] = [each for each in made(services, "http://panel.example.org", Scope.SEND).lines if each.name == "smtp"]

    said = line.text.splitlines()
    assert said[:2] == [f"Host {host}", f"Port {port}"]
    assert said[-1].startswith(encryption)


def test_a_token_that_may_not_send_has_no_lines(tmp_path: Path) -> None:
    services = open_services(Config(home=tmp_path))

    assert made(services, "http://panel.example.org", Scope.READ).lines == ()


def test_the_addresses_are_those_by_which_the_panel_is_reached(tmp_path: Path) -> None:
    services = open_services(Config(home=tmp_path))

    found = made(services, "https://portal.example.org/mail", Scope.SEND)

    assert "https://portal.example.org/mail/api/v1/messages" in found.lines[0].text
    assert "MAIL_PANEL_SMTP_LISTEN" in found.lines[1].text


def test_a_panel_behind_a_proxy_that_names_no_scheme_sends_no_token_in_clear(tmp_path: Path) -> None:
    services = open_services(Config(home=tmp_path, public_url="https://portal.example.org/mail"))

    found = made(services, "http://portal.example.org", Scope.SEND)

    said = [each.text for each in found.lines if each.name != "smtp"]
    assert all("https://portal.example.org/mail/api/v1/messages" in each for each in said)
    assert not any("http://" in each for each in said)
