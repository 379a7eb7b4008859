"""A server that gives tokens: it rotates refresh tokens, punishes reuse, and misbehaves when it is told to."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

Answer = tuple[int, dict[str, str], bytes]


def json_answer(document: object, status: int = 200, **headers: str) -> Answer:
    """Give an answer with JSON in it."""
    return status, {"Content-Type": "application/json", **headers}, json.dumps(document).encode()


def error(code: str, description: str = "", status: int = 400) -> Answer:
    """Give an error of RFC 6749 section 5.2."""
    return json_answer({"error": code, "error_description": description}, status)


@dataclass
class TokenServer:
    """What it was asked, and what it answers next: `scripted` answers come first, each is used once."""

    url: str = ""
    requests: list[dict[str, str]] = field(default_factory=list)
    scripted: list[Answer | Callable[[dict[str, str]], Answer | None]] = field(default_factory=list)
    life: int = 3600
    rotates: bool = True
    delay: float = 0.0
    interval: int = 5  # seconds between two questions about a code for another device
    living: set[str] = field(default_factory=set)  # refresh tokens
    used: set[str] = field(default_factory=set)
    given: set[str] = field(default_factory=set)  # access tokens that are good
    codes: dict[str, str] = field(default_factory=dict)  # with the challenge of each
    typed: bool = False  # the user code, into the other device
    lock: threading.Lock = field(default_factory=threading.Lock)

    def grant(self) -> dict[str, object]:
        """Give a new pair of tokens."""
        access, refresh = f"at-{secrets.token_urlsafe(24)}", f"rt-{secrets.token_urlsafe(24)}"
        self.given.add(access)
        self.living.add(refresh)
        return {
            "access_token": access,
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": self.life,
            "scope": "smtp",
        }

    def refreshed(self, token: str) -> Answer:
        """Rotate a refresh token; one that comes again ends the whole grant, as RFC 9700 section 4.14 wants it."""
        with self.lock:
            if token in self.used:
                self.living.clear()
                self.given.clear()
            if token not in self.living:
                return error("invalid_grant", "the token is not living")
            if not self.rotates:
                return json_answer({name: value for name, value in self.grant().items() if name != "refresh_token"})
            self.living.discard(token)
            self.used.add(token)
            return json_answer(self.grant())

    def answer(self, path: str, form: dict[str, str]) -> Answer:
        """Answer one request."""
        self.requests.append({"path": path, **form})
        if self.delay:
            time.sleep(self.delay)
        if self.scripted:
            scripted = self.scripted.pop(0)
            made = scripted(form) if callable(scripted) else scripted
            if made is not None:
                return made
        if path.startswith("/.well-known/"):
            names = ("authorization", "token", "device_authorization", "revocation")
            places = {f"{name}_endpoint": f"{self.url}/{name.removesuffix('_authorization')}" for name in names}
            return json_answer({"issuer": self.url, **places})
        if path == "/revocation":  # RFC 7009 section 2.2: 200 for what is not living, too
            self.living.discard(form["token"])
            return 200, {}, b""
        if path == "/device":
            return json_answer(
                {
                    "device_code": "dc-kQ7vX2mZ9pLr4tWs8yBn",
                    "user_code": "WDJB-MJHT",
                    "verification_uri": f"{self.url}/activate",
                    "expires_in": 900,
                    "interval": self.interval,
                }
            )
        match form.get("grant_type"):
            case "refresh_token":
                return self.refreshed(form["refresh_token"])
            case "authorization_code":
                known = self.codes.pop(form.get("code", ""), None)
                return json_answer(self.grant()) if known is not None else error("invalid_grant")
            case "client_credentials":
                return json_answer({**self.grant(), "refresh_token": None})
            case "urn:ietf:params:oauth:grant-type:device_code":
                return json_answer(self.grant()) if self.typed else error("authorization_pending")
        return error("unsupported_grant_type")


@contextmanager
def running(server: TokenServer | None = None) -> Iterator[TokenServer]:
    """Run a token server on a free port."""
    tokens = server or TokenServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            self.reply(*tokens.answer(urlsplit(self.path).path, dict(parse_qsl(body))))

        do_GET = do_POST

        def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):  # who asked may be gone
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    tokens.url = f"http://127.0.0.1:{http.server_address[1]}"
    try:
        yield tokens
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
