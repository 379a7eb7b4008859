"""The listener on a network of its own, as `serve` opens it: who is let in, and everybody who tries all the same."""

from __future__ import annotations

import base64
import smtplib
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
import trustme

from panel import clock
from panel.access.rights import Scope
from panel.cli.sendmail.relay import relay
from panel.config import Config
from panel.home import reached_here, read_home
from panel.services import Services, open_services
from tests.support import doors
from tests.support.actors import actor
from tests.support.needs import needs
from tests.support.network import Machine, Network, standing_at
from tests.support.postgres import USER, PostgresServer
from tests.support.serving import Serving, wait_for
from tests.support.waiting import wait_until

pytestmark = pytest.mark.data_file("it stands at both doors by itself")

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


def by_its_socket(server: PostgresServer) -> str:
    """Give the URL by which every machine of the network reaches the server: a file is in no network."""
    where = urlencode({"host": str(server.folder), "port": server.port, "schema": "village"})
    return f"postgresql://{USER}@/postgres?{where}"


@pytest.fixture(scope="module", params=[doors.SQLITE, pytest.param(doors.POSTGRESQL, marks=pytest.mark.long)])
def village(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    folder = tmp_path_factory.mktemp("village")
    url = ""
    with ExitStack() as stack:
        if request.param == doors.POSTGRESQL:
            server: PostgresServer = request.getfixturevalue("postgres")
            url = by_its_socket(server)
            stack.callback(lambda: server.connect().execute("DROP SCHEMA village CASCADE"))
        names = ("panel", "shop", "neighbour", "stranger")
        network = stack.enter_context(Network(seconds=0.0, near=names))
        panel, shop, neighbour, stranger = (network.add(name) for name in names)
        network.lay_cable()
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        issued = authority.issue_cert(panel.address)
        issued.private_key_and_cert_chain_pem.write_to_path(folder / "cert.pem")
        services = open_services(Config(home=folder / "home", database_url=url))
        token = services.tokens.create("shop", [Scope.SEND], by=actor("test"), now=clock.now())
        variables = {
            "MAIL_PANEL_SMTP_LISTEN": f"[::]:{SMTP}" if socket.has_dualstack_ipv6() else f"0.0.0.0:{SMTP}",
            "MAIL_PANEL_SMTP_LISTEN_TLS": f"0.0.0.0:{SMTPS}",
            "MAIL_PANEL_SMTP_NETWORKS": f"{shop.address} {neighbour.address}",
            "MAIL_PANEL_SMTP_OPEN_NETWORKS": neighbour.address,
            "MAIL_PANEL_SMTP_CERTIFICATE": str(folder / "cert.pem"),
            **({"MAIL_PANEL_DATABASE": url} if url else {}),
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


MSMTP = """
defaults
host {host}
from shop@example.org
auth on
user shop
passwordeval "cat {token}"
tls on
tls_trust_file {authority}
account starttls
port 2525
account tls
port 2465
tls_starttls off
"""
SWAKS = {"starttls": ("--tls", "--port", "2525"), "tls": ("--tls-on-connect", "--port", "2465")}
CURL = {"starttls": ("--ssl-reqd", "smtp://{host}:2525"), "tls": ("smtps://{host}:2465",)}
Client = Callable[[Village, str, Path], list[str]]


def by_msmtp(village: Village, way: str, folder: Path) -> list[str]:
    (folder / "token").write_text(village.token)
    settings = MSMTP.format(host=village.panel.address, token=folder / "token", authority=village.authority)
    (folder / "msmtprc").write_text(settings)
    (folder / "msmtprc").chmod(0o600)
    return [needs("msmtp", "msmtp"), f"--file={folder / 'msmtprc'}", f"--account={way}", "hanako@example.org"]


def by_swaks(village: Village, way: str, _folder: Path) -> list[str]:
    trust = ["--tls-verify", "--tls-ca-path", str(village.authority)]
    login = ["--auth", "LOGIN", "--auth-user", "shop", "--auth-password", village.token]
    envelope = ["--from", "shop@example.org", "--to", "hanako@example.org", "--data", "-"]
    return [needs("swaks", "swaks"), "--server", village.panel.address, *SWAKS[way], *trust, *login, *envelope]


def by_curl(village: Village, way: str, folder: Path) -> list[str]:
    (folder / "login").write_text(f'user = "shop:{village.token}"\n')
    envelope = ["--mail-from", "shop@example.org", "--mail-rcpt", "hanako@example.org", "--upload-file", "-"]
    trust = ["--silent", "--show-error", "--config", str(folder / "login"), "--cacert", str(village.authority)]
    return [needs("curl", "curl"), *trust, *envelope, *(each.format(host=village.panel.address) for each in CURL[way])]


@pytest.mark.parametrize("way", ["starttls", "tls"])
@pytest.mark.parametrize("client", [by_msmtp, by_swaks, by_curl])
def test_programs_that_people_have_hand_in_from_elsewhere_with_a_token(
    village: Village, client: Client, way: str, tmp_path: Path
) -> None:
    before = village.kept()
    command = village.shop.words(*client(village, way, tmp_path))

    done = subprocess.run(command, input=MAIL.replace(b"\r", b""), capture_output=True, timeout=60, check=False)

    assert done.returncode == 0, (done.stdout, done.stderr)
    assert village.kept() == before + 1
    [row] = village.services.database.rows("SELECT subject, account FROM messages ORDER BY number DESC LIMIT 1")
    assert tuple(row) == ("Order", "shop (token)")


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

    [row] = village.services.database.rows(
        "SELECT object, address FROM audit WHERE action = 'token_refused' ORDER BY number DESC LIMIT 1"
    )
    assert tuple(row) == ("smtp", village.shop.address)
    assert any("token_refused" in line and village.shop.address in line for line in village.serving.said)
    assert said == {535, 421}
    assert code == 421
    assert b"Wait 15 minutes" in why
