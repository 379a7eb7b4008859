"""A login with an access token against one with a password at the same server, also while the token is renewed."""

from __future__ import annotations

import base64
import logging
import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult

from benchmarks.pairs import compare
from panel import clock
from panel.clock import Instant
from panel.config import Config
from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.mail.smtp.server import Server
from panel.mail.smtp.session import Session
from panel.services import Services, open_services
from panel.settings.login import Login
from panel.settings.model import Settings
from panel.settings.oauth.client import Client
from panel.settings.oauth.tokens import GrantTokens, finish
from tests.support.servers import Authority, Loop
from tests.support.token_server import TokenServer
from tests.support.token_server import running as giving_tokens
from tests.support.token_settings import signed_in, with_tokens_of

USER, PASSWORD = "report@example.org", "correct horse battery"
ANSWERS_AFTER = 0.3  # seconds that the token server takes
NEAR_ITS_END_MS = 57 * 60_000  # of the hour that a token lives


class Mailbox:
    """Lets in whoever comes."""

    def __init__(self, mechanism: str) -> None:
        setattr(self, f"auth_{mechanism}", self._let_in)

    async def _let_in(self, _server: SMTP, args: list[str]) -> AuthResult:
        return AuthResult(success=b"auth=Bearer " in base64.b64decode(args[1]), auth_data=USER)


def run() -> None:
    """Compare the sessions, from the connection to the login."""
    with giving_tokens(TokenServer(delay=ANSWERS_AFTER)) as tokens, tempfile.TemporaryDirectory() as folder:
        services = open_services(Config(home=Path(folder) / "home"))
        for mechanism in ("XOAUTH2", "OAUTHBEARER"):
            with _serving(mechanism) as (port, authority):
                settings = signed_in(services, _settings(port, authority, tokens.url), tokens)
                with_password = replace(settings, smtp_login=Login.PASSWORD, smtp_password=PASSWORD)
                by_password = _logging_in(with_password.server)
                by_token = _logging_in(settings.server_with(_tokens(services, settings, clock.instant)))
                compare(f"login by {mechanism}, and by a password", by_token, by_password, rounds=200, target="≤ 1.1")
                age = _Age()
                old = _logging_in(settings.server_with(_tokens(services, settings, age.instant)))
                more = compare("the same while the next token is got", old, by_token, rounds=20, target="–", after=age)
                print(f"{'':<44} {more:.2f} ms more; the token server takes {ANSWERS_AFTER * 1000:.0f} ms", flush=True)


class _Age:
    """A clock that is moved on, when nothing is under way, to where the newest token is near its end."""

    def __init__(self) -> None:
        self._ms = NEAR_ITS_END_MS

    def instant(self) -> Instant:
        return clock.later(clock.instant(), self._ms)

    def __call__(self) -> None:
        finish()
        self._ms += NEAR_ITS_END_MS


def _logging_in(server: Server) -> Callable[[], None]:
    def log_in() -> None:
        with Session(server, policy=Policy(), deadline=Deadline(30)) as session:
            session.open()

    return log_in


def _settings(port: int, authority: str, url: str) -> Settings:
    there = {"smtp_host": "localhost", "smtp_port": port, "ca_certificate": authority}
    return with_tokens_of(url, smtp_user=USER, local_hostname="app.example.org", **there)


def _tokens(services: Services, settings: Settings, time: Callable[[], Instant]) -> GrantTokens:
    return GrantTokens(services.grants, Client.of(settings), settings.grant, policy=Policy(), time=time)


@contextmanager
def _serving(mechanism: str) -> Iterator[tuple[int, str]]:
    """Start the mail server in a process of its own; give its port and the certificate of its authority."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, mechanism), daemon=True)
    process.start()
    yield here.recv()
    here.send("end")
    process.join()


def _serve(pipe: Connection, mechanism: str) -> None:
    authority = Authority.make()
    logging.disable(logging.WARNING)  # aiosmtpd says of each login how it is to be kept in another version

    def protocol() -> SMTP:
        return SMTP(
            Mailbox(mechanism),
            hostname="localhost",
            authenticator=_let_in,
            loop=loop.loop,
            tls_context=authority.context,
            auth_require_tls=True,
        )

    with Loop() as loop:
        pipe.send((loop.listen(protocol), authority.pem))
        pipe.recv()


def _let_in(*_: object) -> AuthResult:
    return AuthResult(success=True)
