"""Requests that chance makes, to every route, as nobody and as everybody who may enter: each is answered.

`--long` goes on for minutes; a run that fails names its seed and its round, which make the same requests again.
"""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import ip_network
from itertools import islice

import pytest
from flask import Flask

from panel import clock
from panel.access.rights import Scope
from panel.config import Config
from panel.services import Services
from panel.web.guard import OPEN
from tests.server.test_http_loop import serving
from tests.support.actors import actor
from tests.support.dns_server import DnsServer
from tests.support.fuzzed_requests import Asker, Requests, Sent, ask
from tests.support.fuzzing import rounds
from tests.support.mail import mail
from tests.web.conftest import PASSWORD, SETTINGS, Browser

SHORT = 2  # rounds in the common run
NOT_A_CODING = 501  # to a Transfer-Encoding that is not known (RFC 9112 section 6.1)


@pytest.fixture
def config(config: Config) -> Iterator[Config]:
    """A panel that reaches no server and no DNS but that of the test."""
    with DnsServer({}) as server:
        nowhere = (ip_network("0.0.0.0/0"), ip_network("::/0"))
        yield replace(config, resolver=server.address, deny_networks=nowhere, metrics=(ip_network("127.0.0.0/8"),))


@contextmanager
def faults() -> Iterator[list[str]]:
    """Give what is logged with a traceback."""
    told: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: told.append(logging.Formatter().format(record)) if record.exc_info else None
    logging.root.addHandler(handler)
    try:
        yield told
    finally:
        logging.root.removeHandler(handler)


class Panel:
    """A panel with something in it, and all who may ask it."""

    def __init__(self, app: Flask, services: Services) -> None:
        self.app, self.services = app, services
        self._accounts = services.accounts
        self._account = self._accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
        self.document = app.test_client().get("/api/v1/openapi.json", headers=self._shown(Scope.READ)).get_json()

    def fill(self) -> None:
        """Have settings, a message, and a worker that lives."""
        now = clock.now()
        stored = self.services.settings.current()
        self.services.settings.save(SETTINGS, base=stored.number, by=actor("ken"), now=now)
        self.services.outbox.enqueue(mail(), by=actor(), now=now)
        self.services.heartbeats.beat("fuzzed", message=None, now=now)

    def askers(self) -> list[Asker]:
        programs = [Asker(str(each), [*map(_as_bytes, self._shown(each).items())]) for each in Scope]
        return [self._visitor("nobody"), self._visitor("administrator"), *programs]

    def _visitor(self, name: str) -> Asker:
        with self.app.test_client() as client:
            browser = Browser(client)
            browser.get("/login")
            if name != "nobody":
                with client.session_transaction() as session:
                    session["token"] = self.services.sessions.open(
                        self._account, by=actor(address="::1"), now=clock.now()
                    )
                browser.get("/settings/edit")
            cookie = client.get_cookie("mail-panel")
            assert cookie
            return Asker(name, [("Cookie", f"mail-panel={cookie.value}".encode())], browser.token)

    def _shown(self, scope: Scope) -> dict[str, str]:
        name = f"{scope}.{random.SystemRandom().getrandbits(64)}"
        return {
            "Authorization": f"Bearer {self.services.tokens.create(name, [scope], by=actor('ken'), now=clock.now())}"
        }


def _as_bytes(header: tuple[str, str]) -> tuple[str, bytes]:
    return header[0], header[1].encode()


@pytest.fixture
def panel(app: Flask, services: Services) -> Panel:
    return Panel(app, services)


def judge(sent: Sent, status: int | None, asker: Asker) -> bool:
    """Say whether an answer is one that may come."""
    if status is None or status == NOT_A_CODING:
        return not sent.whole
    if asker.name == "nobody" and sent.endpoint not in OPEN:
        return status == 302 or 400 <= status < 500
    return 200 <= status < 500


def test_whatever_is_asked_is_answered(panel: Panel, fuzz_seconds: float, is_long: bool) -> None:
    statuses = Counter[int | None]()
    wrong: dict[str, Sent] = {}
    with serving(panel.app) as port, faults() as told:
        for name in islice(rounds(fuzz_seconds), None if is_long else SHORT):
            panel.fill()
            for asker in panel.askers():
                requests = Requests(random.Random(f"{name} {asker.name}"), panel.app, document=panel.document)
                for sent in requests.to_each(asker):
                    status = ask(port, sent)
                    statuses[status] += 1
                    if told or not judge(sent, status, asker):
                        wrong[f"{asker.name} {sent.method} {sent.endpoint} {status} {''.join(told)[-300:]}"] = sent
                        told.clear()
    print(sorted(statuses.items(), key=str))
    assert wrong == {}
