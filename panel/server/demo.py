"""The demo: the panel on an empty home, beside a mail server of its own that shows what it receives."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import socket
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from aiosmtpd.smtp import Envelope as Received
from aiosmtpd.smtp import Session as Dialogue

from panel import clock
from panel.checks.samples import SAMPLE_FATES
from panel.config import Config, DemoServer
from panel.server import web_server

PORT = 2587
SMTP_LISTEN_PORT = 2525  # where programs hand mail over
USER = "demo@example.org"

Echo = Callable[[str], None]


def run(config: Config, echo: Echo) -> None:
    """Serve the panel in a process of its own and the mail server in this one, until either ends."""
    web_server.refuse_taken(config)
    with tempfile.TemporaryDirectory(prefix="mail-panel-demo-") as folder, _listening(PORT) as listening:
        home = Path(folder)
        certificate = _make_certificate(home)
        account = DemoServer("localhost", listening.getsockname()[1], USER, secrets.token_urlsafe(9), certificate.pem)
        echo(_introduction(account))
        child = os.fork()
        if child == 0:
            listening.close()
            web_server.serve(_on_empty_home(config, home, account), echo)
            os._exit(0)  # the folder is not its own to remove
        asyncio.run(_serve_mail(listening, certificate, account, child, echo))


def _on_empty_home(config: Config, home: Path, account: DemoServer) -> Config:
    with _listening(SMTP_LISTEN_PORT) as free:
        address = config.smtp_listen or free.getsockname()
    own = replace(config, home=home / "home", database=None, database_url="", key_file=None, credential=None, keys=())
    return replace(own, smtp_listen=address, demo=account, proxy_login=None, settings_file=None, drop=None)


def _introduction(account: DemoServer) -> str:
    return (
        "The demo has a mail server of its own; nothing leaves this machine.\n\n"
        f"    SMTP host      {account.host}, port {account.port}, STARTTLS\n"
        f"    SMTP user      {account.user}\n"
        f"    SMTP password  {account.password}\n\n"
        "On the first page choose its button, type the password, and send a test to any address.\n"
        "What it receives is shown here. Ctrl+C ends it, and nothing is kept.\n"
        "To serve the panel at another port: --listen 127.0.0.1:PORT\n"
    )


def _listening(usual: int) -> socket.socket:
    """Listen on the demo's usual port, or on a free one where that is taken."""
    try:
        return socket.create_server(("127.0.0.1", usual))
    except OSError:
        return socket.create_server(("127.0.0.1", 0))


async def _serve_mail(
    listening: socket.socket, certificate: Certificate, account: DemoServer, child: int, echo: Echo
) -> None:
    """Take mail until the panel's process ends; pass our own ending on to it."""
    logging.getLogger("mail").setLevel(logging.ERROR)  # what aiosmtpd says of itself is not what was received
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, os.kill, child, signal.SIGTERM)
    put_off = set[str]()
    taking = await loop.create_server(lambda: _mail_server(certificate, account, echo, put_off), sock=listening)
    await loop.run_in_executor(None, os.waitpid, child, 0)
    taking.close()


def _mail_server(certificate: Certificate, account: DemoServer, echo: Echo, put_off: set[str]) -> SMTP:
    """Speak SMTP as a submission server does: TLS first, then a login, then mail."""

    def authenticate(
        _server: SMTP, _session: Dialogue, _envelope: Received, _mechanism: str, given: object
    ) -> AuthResult:
        return AuthResult(success=_is_right(given, account), handled=False)

    return SMTP(
        _Mailbox(echo, put_off),
        hostname="localhost",
        ident="mail-panel demo",
        authenticator=authenticate,
        auth_required=True,
        auth_require_tls=True,
        require_starttls=True,
        tls_context=certificate.context,
        loop=asyncio.get_running_loop(),
    )


def _is_right(given: object, account: DemoServer) -> bool:
    if not isinstance(given, LoginPassword):
        return False
    user = secrets.compare_digest(given.login, account.user.encode())
    return secrets.compare_digest(given.password, account.password.encode()) and user


class _Mailbox:
    """Shows each message that was received."""

    def __init__(self, echo: Echo, put_off: set[str]) -> None:
        self._echo = echo
        self._put_off = put_off  # who was asked to come again

    async def handle_RCPT(
        self, _server: SMTP, _session: Dialogue, envelope: Received, address: str, _options: list[str]
    ) -> str:
        """Answer as the name asks for: some are put off, refused, or slow."""
        fate = SAMPLE_FATES.get(address.partition("@")[0].lower())
        if fate:
            await asyncio.sleep(fate.seconds)
        if fate and fate.reply and address not in self._put_off:
            if fate.once:
                self._put_off.add(address)
            return fate.reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, _server: SMTP, _session: Dialogue, envelope: Received) -> str:
        message = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        body = message.get_body(("plain",))
        self._echo(
            f"--- received {clock.stamp(clock.now())} for {', '.join(envelope.rcpt_tos)}\n"
            f"From: {message['From']}\nSubject: {message['Subject']}\n\n{body.get_content() if body else ''}---"
        )
        return f"250 2.0.0 Ok: queued as {secrets.token_hex(5).upper()}"


@dataclass(frozen=True, slots=True)
class Certificate:
    """The demo server's own certificate: what it shows, and what is to be trusted."""

    context: ssl.SSLContext
    pem: str


def _make_certificate(folder: Path) -> Certificate:
    """Sign a certificate for localhost with its own key, for so long that nobody is told of its end."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail-panel demo")])
    now = clock.now()
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "demo.pem"
    file.touch(mode=0o600)
    file.write_bytes(pem + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(file)
    return Certificate(context, pem.decode("ascii"))
