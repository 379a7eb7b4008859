from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from panel.settings.login import Flow, OAuthProvider
from panel.settings.model import Settings
from panel.settings.oauth.client import Client
from panel.settings.oauth.grants import GrantStore
from panel.settings.token_servers import Endpoints
from panel.storage import vault
from panel.storage.database import Database
from panel.storage.vault import Vault
from tests.support.token_server import TokenServer, running
from tests.support.token_settings import with_tokens_of


class Speaker(ThreadingHTTPServer):
    """Gives one answer after the other, the last for ever; `asked` are path, headers and form of each request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[tuple[int, bytes, dict[str, str]]] = []
        self.asked: list[tuple[str, Any, dict[str, str]]] = []

    def says(self, body: Any, status: int = 200, **headers: str) -> None:
        octets = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers.append((status, octets, {name.replace("_", "-"): value for name, value in headers.items()}))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Speaker)
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        server.asked.append((self.path, self.headers, {name: each[0] for name, each in form.items()}))
        status, body, headers = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[Speaker]:
    with Speaker() as running:
        threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def client(server: Speaker) -> Callable[..., Client]:
    def made(**changes: Any) -> Client:
        places = ("authorize", "token", "device", "revoke")
        known = {
            **{"provider": OAuthProvider.CUSTOM, "flow": Flow.CODE, "client_id": "panel", "client_secret": ""},
            **{"service_key": "", "scope": "smtp", "ca_certificate": "", "user": "me@example.org", "destination": "d"},
            "endpoints": Endpoints(*(f"{server.url}/{each}" for each in places)),
        }
        return Client(**known | changes)

    return made


@pytest.fixture
def token_server() -> Iterator[TokenServer]:
    with running() as server:
        yield server


@pytest.fixture
def settings(token_server: TokenServer) -> Settings:
    return with_tokens_of(token_server.url, oauth_device_url=f"{token_server.url}/device")


@pytest.fixture
def keys() -> Vault:
    return Vault([vault.new_key()])


@pytest.fixture
def grants(database: Database, keys: Vault) -> GrantStore:
    return GrantStore(database, keys)
