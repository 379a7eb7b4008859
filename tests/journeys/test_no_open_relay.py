"""The listener on a network of its own, as `serve` opens it: who is let in, and everybody who tries all the same."""

from __future__ import annotations

import base64
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from panel import clock
from panel.access.rights import Scope
from panel.cli.sendmail.relay import relay
from panel.config import Config
from panel.home import reached_here, read_home
from panel.services import Services, open_services
from tests.support.actors import actor
from tests.support.network import Machine, Network, standing_at
from tests.support.serving import Serving, wait_for
from tests.support.waiting import wait_until

pytestmark = pytest.mark.data_file("the server of another one is not reached from these machines")

WITHIN = 10.0  # seconds
SMTP, SMTPS = 2525, 2465
MAIL = b"Subject: Order\r\n\r\nThank you.\r\n"


@dataclass(frozen=True, slots=True)
class Village:
    """The panel's machine, and three others: one must log in, one need not, one may not connect at all."""

    panel: Machine
    shop: Machine
    neighbour: Machine
    stranger: Machine
    serving: Serving
    services: Services
    token: str
    authority: Path

    @property
    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))

    def kept(self) -> int:
        return int(self.services.database.rows("SELECT COUNT(*) AS n FROM messages")[0]["n"])

    def smtp(self) -> smtplib.SMTP:
        return smtplib.SMTP(self.panel.address, SMTP, timeout=WITHIN)


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    folder = tmp_path_factory.mktemp("village")
    names = ("panel", "shop", "neighbour", "stranger")
    with ExitStack() as stack:
        network = stack.enter_context(Network(seconds=0.0, near=names))
        panel, shop, neighbour, stranger = (network.add(name) for name in names)
        network.lay_cable()
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        issued = authority.issue_cert(panel.address)
        issued.private_key_and_cert_chain_pem.write_to_path(folder / "cert.pem")
        services = open_services(Config(home=folder / "home"))
        token = services.tokens.create("shop", [Scope.SEND], by=actor("test"), now=clock.now())
        variables = {
            "MAIL_PANEL_SMTP_LISTEN": f"[::]:{SMTP}" if socket.has_dualstack_ipv6() else f"0.0.0.0:{SMTP}",
            "MAIL_PANEL_SMTP_LISTEN_TLS": f"0.0.0.0:{SMTPS}",
            "MAIL_PANEL_SMTP_NETWORKS": f"{shop.address} {neighbour.address}",
            "MAIL_PANEL_SMTP_OPEN_NETWORKS": neighbour.address,
            "MAIL_PANEL_SMTP_CERTIFICATE": str(folder / "cert.pem"),
        }
        with standing_at(panel):
            serving = stack.enter_context(Serving(folder / "home", variables=variables))
            wait_for(SMTPS)
        yield Village(panel, shop, neighbour, stranger, serving, services, token, folder / "ca.pem")


@pytest.fixture
def nothing_more_is_kept(village: Village) -> Iterator[None]:
    before = village.kept()
    yield
    assert village.kept() == before


def say(client: smtplib.SMTP, *lines: str) -> list[int]:
    return [client.docmd(line)[0] for line in lines]


ENVELOPE = ("MAIL FROM:<shop@example.org>", "RCPT TO:<victim@example.net>", "DATA")


def test_a_program_elsewhere_hands_in_under_starttls_and_under_tls(village: Village) -> None:
    before = village.kept()
    with standing_at(village.shop):
        with village.smtp() as client:
            client.starttls(context=village.trusting)
            client.login("shop", village.token)
            client.sendmail("shop@example.org", ["hanako@example.org"], MAIL)
        with smtplib.SMTP_SSL(village.panel.address, SMTPS, timeout=WITHIN, context=village.trusting) as client:
            client.login("shop", village.token)
            client.sendmail("shop@example.org", ["hanako@example.org"], MAIL)

    assert village.kept() == before + 2


def test_who_is_in_an_open_network_hands_in_without_a_login(village: Village) -> None:
    before = village.kept()
    with standing_at(village.neighbour), village.smtp() as client:
        client.sendmail("app@example.org", ["hanako@example.org"], MAIL)

    assert village.kept() == before + 1


@pytest.mark.usefixtures("nothing_more_is_kept")
@pytest.mark.parametrize("port", [SMTP, SMTPS])
def test_another_network_is_closed_before_a_byte_and_the_log_says_so(village: Village, port: int) -> None:
    with standing_at(village.stranger):
        for _ in range(3):
            with socket.create_connection((village.panel.address, port), WITHIN) as client, suppress(ConnectionError):
                assert client.recv(100) == b""

    wait_until(
        lambda: any("client_refused" in line and village.stranger.address in line for line in village.serving.said)
    )
    assert sum("client_refused" in line for line in village.serving.said) == 1


@pytest.mark.usefixtures("nothing_more_is_kept")
@pytest.mark.parametrize(
    "lines",
    [
        ENVELOPE,
        ("RSET", *ENVELOPE),
        ("NOOP", "RSET", "EHLO localhost", *ENVELOPE),
        ("HELO localhost", *ENVELOPE),
        ("EHLO [127.0.0.1]", *ENVELOPE),
        ("PROXY TCP4 127.0.0.1 127.0.0.1 4000 2525", "EHLO localhost", *ENVELOPE),
        ("XCLIENT ADDR=127.0.0.1", "EHLO localhost", *ENVELOPE),
        ("MAIL FROM:<shop@example.org> AUTH=<>", *ENVELOPE[1:]),
        ("MAIL FROM:<> XREPORT", "DATA"),
        ("AUTH PLAIN AHNob3AAbXBfd3Jvbmc=", *ENVELOPE),
        ("AUTH PLAIN", "AHNob3AAbXBfd3Jvbmc=", *ENVELOPE),
    ],
    ids=lambda lines: lines[0],
)
@pytest.mark.parametrize("encrypted", [False, True])
def test_nothing_is_taken_without_a_login(village: Village, lines: tuple[str, ...], encrypted: bool) -> None:
    with standing_at(village.shop), village.smtp() as client:
        if encrypted:
            client.starttls(context=village.trusting)
        client.ehlo()

        assert say(client, *lines)[-1] in (500, 503)
        assert client.docmd("MAIL FROM:<shop@example.org>") == (
            530,
            b"5.7.0 Log in with an API token that may send."
            if encrypted
            else b"5.7.0 Must issue a STARTTLS command first.",
        )


@pytest.mark.usefixtures("nothing_more_is_kept")
@pytest.mark.parametrize("place", ["shop", "neighbour"])
def test_a_login_in_clear_is_neither_offered_nor_looked_at(village: Village, place: str) -> None:
    right = base64.b64encode(f"\0shop\0{village.token}".encode()).decode()
    with standing_at(getattr(village, place)), village.smtp() as client:
        client.ehlo()
        assert not client.has_extn("auth")
        assert client.has_extn("starttls")
        assert client.docmd(f"AUTH PLAIN {right}") == (538, b"5.7.11 Encryption required: a login comes under TLS.")
        assert client.docmd("AUTH LOGIN")[0] == 538


@pytest.mark.usefixtures("nothing_more_is_kept")
def test_commands_that_are_smuggled_in_before_tls_are_not_run_under_it(village: Village) -> None:
    with standing_at(village.shop), socket.create_connection((village.panel.address, SMTP), WITHIN) as client:
        client.sendall(b"EHLO evil\r\nSTARTTLS\r\n" + "\r\n".join([*ENVELOPE, "x", ".", ""]).encode())
        said = b""
        with suppress(ConnectionError):
            while got := client.recv(1000):
                said += got

    assert said.splitlines()[-1].startswith(b"503 5.5.1")


def test_programs_of_this_machine_need_no_login_and_find_the_door_on_all_addresses(village: Village) -> None:
    before = village.kept()
    listen = read_home(village.serving.variables).smtp_listen
    assert listen
    with standing_at(village.panel):
        relay(MAIL, ["hanako@example.org"], to=reached_here(listen))

    assert village.kept() == before + 1


def test_wrong_tokens_from_one_address_are_no_longer_looked_at(village: Village) -> None:
    """Last, for this address is barred then."""
    said: set[int] = set()
    with standing_at(village.shop):
        for _ in range(8):
            with suppress(smtplib.SMTPServerDisconnected), village.smtp() as client:
                client.starttls(context=village.trusting)
                client.ehlo()
                for _ in range(3):
                    said.add(client.docmd("AUTH", "PLAIN AHNob3AAbXBfd3Jvbmc=")[0])
        with suppress(smtplib.SMTPServerDisconnected), village.smtp() as client:
            client.starttls(context=village.trusting)
            client.ehlo()
            right = base64.b64encode(f"\0shop\0{village.token}".encode()).decode()
            code, why = client.docmd("AUTH", f"PLAIN {right}")

    assert said == {535, 421}
    assert code == 421
    assert b"Wait 15 minutes" in why
