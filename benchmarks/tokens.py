"""A login with an access token against one with a password at the same server, also while the token is renewed.

Then an outbox that is emptied with each, and across a renewal, after which the worker logs in anew with what it gave.
"""

from __future__ import annotations

import base64
import logging
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import replace
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from aiosmtpd.smtp import Session as ServerSession

from benchmarks.draining import WINDOW, submission
from benchmarks.pairs import compare, timed
from panel import clock, logs
from panel.clock import Instant
from panel.config import Config
from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.mail.smtp.server import Server
from panel.mail.smtp.session import Session
from panel.outbox.delivery.claims import Claims
from panel.outbox.delivery.worker import Worker
from panel.services import Services, open_services
from panel.settings.login import Login
from panel.settings.model import Settings
from panel.settings.oauth.client import Client
from panel.settings.oauth.tokens import GrantTokens, finish
from tests.support.actors import actor
from tests.support.servers import Authority, Loop
from tests.support.token_server import TokenServer
from tests.support.token_server import running as giving_tokens
from tests.support.token_settings import signed_in, with_tokens_of

USER, PASSWORD = "report@example.org", "correct horse battery"
ANSWERS_AFTER = 0.3  # seconds that the token server takes
NEAR_ITS_END_MS = 57 * 60_000  # of the hour that a token lives
MESSAGES, DRAINS = 2_000, 7


class Mailbox:
    """Lets in whoever comes, and notes when each message begins."""

    def __init__(self, mechanism: str) -> None:
        setattr(self, f"auth_{mechanism}", self._let_in)
        self._begun: list[float] = []
        self._logins = 0

    async def handle_MAIL(
        self, _server: SMTP, _session: ServerSession, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._begun.append(time.monotonic())
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    def told(self) -> tuple[float, int]:
        """Give the longest time between two messages, in ms, and the logins with a token, since it was asked last."""
        begun, logins = self._begun, self._logins
        self._begun, self._logins = [], 0
        return max(b - a for a, b in pairwise(begun)) * 1000, logins

    async def _let_in(self, _server: SMTP, args: list[str]) -> AuthResult:
        self._logins += 1
        return AuthResult(success=b"auth=Bearer " in base64.b64decode(args[1]), auth_data=USER)


def run() -> None:
    """Compare the sessions, from the connection to the login, and what is sent in them."""
    with giving_tokens(TokenServer(delay=ANSWERS_AFTER)) as tokens, tempfile.TemporaryDirectory() as folder:
        services = open_services(Config(home=Path(folder) / "home"))
        for mechanism in ("XOAUTH2", "OAUTHBEARER"):
            with _serving(mechanism) as (pipe, port, authority):
                settings = signed_in(services, _settings(port, authority, tokens.url), tokens)
                with_password = replace(settings, smtp_login=Login.PASSWORD, smtp_password=PASSWORD)
                by_password = _logging_in(with_password.server)
                by_token = _logging_in(settings.server_with(_tokens(services, settings, clock.instant)))
                compare(f"login by {mechanism}, and by a password", by_token, by_password, rounds=200, target="≤ 1.1")
                age = _Age()
                old = _logging_in(settings.server_with(_tokens(services, settings, age.instant)))
                more = compare("the same while the next token is got", old, by_token, rounds=20, target="–", after=age)
                print(f"{'':<44} {more:.2f} ms more; the token server takes {ANSWERS_AFTER * 1000:.0f} ms", flush=True)
        with _serving("XOAUTH2") as (pipe, port, authority):
            _compare_drains(Path(folder), pipe, _settings(port, authority, tokens.url), tokens)


class _Drain:
    """A worker that empties an outbox of its own, and what its server has seen of that."""

    def __init__(self, home: Path, settings: Settings, tokens: TokenServer, age: _Age | None = None) -> None:
        services = open_services(Config(home=home))
        saved = signed_in(services, settings, tokens) if settings.by_token else settings
        services.settings.save(saved, base=0, by=actor("benchmark"), now=clock.now())
        self._outbox, self._age = services.outbox, age
        self._worker = Worker(
            services.outbox,
            Claims(services.database),
            services.settings,
            services.heartbeats,
            policy=Policy(),
            window=WINDOW,
            tokens=lambda of: _tokens(services, of, age.instant if age else clock.instant),
        )
        self.rates: list[float] = []
        self.gaps: list[float] = []

    def run(self, pipe: Connection) -> None:
        """Send as many messages as are measured."""
        self._outbox.enqueue_all([submission(number) for number in range(MESSAGES)], by=actor(), now=clock.now())
        self.rates.append(MESSAGES / timed(self._worker.run_once) * 1000)
        assert not self._outbox.counts().waiting
        pipe.send("told")
        gap, logins = pipe.recv()
        assert logins == 2 or not self._age, "the renewal did not come while mail was sent"
        self.gaps.append(gap)
        if self._age:
            self._age()


def _compare_drains(folder: Path, pipe: Connection, settings: Settings, tokens: TokenServer) -> None:
    """Empty an outbox each way in turn; the token server answers while the mail of the third is under way."""
    with redirect_stderr((folder / "log").open("w")):  # it stays open
        logs.configure("text")
    with_password = replace(settings, smtp_login=Login.PASSWORD, smtp_password=PASSWORD)
    ways = {
        "a drain with a password": _Drain(folder / "a", with_password, tokens),
        "a drain with a token": _Drain(folder / "b", settings, tokens),
        "a drain across its renewal": _Drain(folder / "c", settings, tokens, _Age()),
    }
    for _ in range(DRAINS):
        for way in ways.values():
            way.run(pipe)
    peer = next(iter(ways.values()))
    for name, way in ways.items():
        ratio, gap = median(a / b for a, b in zip(way.rates, peer.rates, strict=True)), median(way.gaps)
        rate = f"{median(way.rates):>9.0f} /s  ratio {ratio:>5.2f}"
        print(f"{name:<44} {rate}  target ≥ 0.9  longest gap {gap:.1f} ms", flush=True)


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
def _serving(mechanism: str) -> Iterator[tuple[Connection, int, str]]:
    """Start the mail server in a process of its own; give the way to ask it, its port and whom to trust."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, mechanism), daemon=True)
    process.start()
    yield (here, *here.recv())
    here.send("end")
    process.join()


def _serve(pipe: Connection, mechanism: str) -> None:
    authority, mailbox = Authority.make(), Mailbox(mechanism)
    logging.disable(logging.WARNING)  # aiosmtpd says of each login how it is to be kept in another version

    def protocol() -> SMTP:
        return SMTP(
            mailbox,
            hostname="localhost",
            authenticator=_let_in,
            loop=loop.loop,
            tls_context=authority.context,
            auth_require_tls=True,
        )

    with Loop() as loop:
        pipe.send((loop.listen(protocol), authority.pem))
        while pipe.recv() == "told":
            pipe.send(mailbox.told())


def _let_in(*_: object) -> AuthResult:
    return AuthResult(success=True)
