"""An authorization server of the tests, npm's oidc-provider: strict, certified, and in a process of its own."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from html.parser import HTMLParser
from http.client import HTTPMessage
from http.cookiejar import CookieJar
from tempfile import TemporaryFile
from typing import IO, Any, Self
from urllib.parse import urlencode, urljoin

from tests.support import node
from tests.support.needs import missing

PUBLIC, SECRET, APPLICATION, MAIL_SERVER = "panel-public", "panel-secret", "panel-app", "mail-server"  # its clients
CLIENT_SECRET = "e2f7c0-a-secret-of-forty-letters-or-more-91"
REDIRECT_URI = "http://127.0.0.1/oauth2/callback"  # at any port, RFC 8252 section 7.3
SCOPE = "openid smtp offline_access email"
STARTS_WITHIN = 30.0  # seconds
STEPS = 20  # of a sign-in, at most


class OidcProvider:
    """A provider at `issuer`; whoever signs in has an account, and an access token lives for `access_token_s`."""

    def __init__(
        self,
        *,
        redirect_uris: Iterable[str] = (),
        access_token_s: int = 3600,
        application: str = "app@example.org",
        groups: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._state = {
            "redirect_uris": [REDIRECT_URI, *redirect_uris],
            "access_token_s": access_token_s,
            "application": application,  # whom a token of client credentials speaks for
            "secret": CLIENT_SECRET,
            "groups": groups or {},  # of accounts
        }
        self.issuer = ""
        self.events: list[dict[str, str]] = []  # "granted", "refused" or "revoked", with `client` and grant `type`
        self._said = threading.Condition()
        self._changes = 0

    def __enter__(self) -> Self:
        program = node.OIDC.program()
        if not program:
            missing("node, or npm's oidc-provider, is not installed (python3 dev.py test does it)")
        self._errors = TemporaryFile("w+")
        self._process = subprocess.Popen(
            [program, node.OIDC.source / "provider.mjs", node.OIDC.folder],
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._tell(self._state)
        with self._said:
            if not self._said.wait_for(lambda: self.issuer, STARTS_WITHIN):
                self._errors.seek(0)
                raise AssertionError(f"the authorization server did not start: {self._errors.read()}")
        return self

    def __exit__(self, *fault: object) -> None:
        self._process.stdin.close()  # it ends by that
        self._process.wait(STARTS_WITHIN)
        self._reader.join()
        self._process.stdout.close()
        self._errors.close()

    def let_tokens_live(self, seconds: int) -> None:
        """Make access tokens that are given from now on live for so long."""
        with self._said:
            expected = self._changes + 1
            self._tell({"access_token_s": seconds})
            assert self._said.wait_for(lambda: self._changes >= expected, STARTS_WITHIN)

    # As a client

    @property
    def metadata(self) -> dict[str, Any]:
        """Give what it tells of itself by discovery."""
        with urllib.request.urlopen(f"{self.issuer}/.well-known/openid-configuration") as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def post(self, path: str, values: Mapping[str, str], *, client: str = PUBLIC) -> dict[str, Any]:
        """Ask as a client; an answer has its `status` among its fields."""
        headers = {}
        if client == PUBLIC:
            values = {**values, "client_id": client}
        else:
            pair = base64.b64encode(f"{client}:{CLIENT_SECRET}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        request = urllib.request.Request(f"{self.issuer}{path}", urlencode(values).encode(), headers)
        try:
            with urllib.request.urlopen(request) as answer:
                return {**json.loads(answer.read() or b"{}"), "status": answer.status}
        except urllib.error.HTTPError as fault:
            with fault:
                return {**json.loads(fault.read() or b"{}"), "status": fault.code}

    def application_token(self) -> str:
        """Give an access token that a client got for itself; it speaks for the account `application`."""
        given = {"grant_type": "client_credentials", "scope": "smtp"}
        token: str = self.post("/token", given, client=APPLICATION)["access_token"]
        return token

    def introspect(self, token: str) -> dict[str, Any]:
        """Ask what a token is good for, as a mail server does."""
        return self.post("/token/introspection", {"token": token}, client=MAIL_SERVER)

    def account_of(self, token: str) -> str:
        """Give the account of an access token that is good for mail, or "", as a mail server wants to know it."""
        said = self.introspect(token)
        good = said["active"] and "smtp" in said["scope"].split()
        return str(said["username"]) if good else ""

    @property
    def introspection_url(self) -> str:
        """Give the address for a mail server, with its client's name and secret in it."""
        return self.issuer.replace("//", f"//{MAIL_SERVER}:{CLIENT_SECRET}@") + "/token/introspection"

    def _tell(self, what: Mapping[str, object]) -> None:
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        for line in self._process.stdout:
            what = json.loads(line)
            with self._said:
                if "issuer" in what:
                    self.issuer = what["issuer"]
                elif what["event"] == "changed":
                    self._changes += 1
                else:
                    self.events.append(what)
                self._said.notify_all()


# As a person before a browser


def sign_in(address: str, account: str, *, user_code: str = "", refuse: bool = False) -> str:
    """Sign in from an authorize request, or from a device's page, and agree; give where the browser is sent then.

    It ends at an address beyond the provider, or at a page that asks for nothing any more.
    """
    browser = urllib.request.build_opener(_Followed, urllib.request.HTTPCookieProcessor(CookieJar()))
    given = {"login": account, "password": "any", "user_code": user_code}
    body: bytes | None = None
    start = re.match(r"https?://[^/]+/", address)[0]
    for _ in range(STEPS):
        try:
            with browser.open(address, body) as answer:
                form = _Form(answer.read().decode())
        except urllib.error.HTTPError as fault:
            with fault:
                if fault.code not in (302, 303):
                    raise AssertionError(f"{address}: {fault.code} {fault.read().decode()[:2000]}") from None
                address, body = urljoin(address, fault.headers["Location"]), None
            if not address.startswith(start):
                return address
            continue
        if form.action is None:
            return address
        if refuse and "prompt" in form.values:
            address, body = f"{address}/abort", None
            continue
        filled = {name: given.get(name) or value for name, value in form.values.items()}
        address, body = urljoin(address, form.action), urlencode(filled).encode()
    raise AssertionError(f"no end of the sign-in at {address}")


class _Followed(urllib.request.HTTPRedirectHandler):
    """Follows nothing by itself."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


class _Form(HTMLParser):
    """The first form of a page: where it goes, and the fields of the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action: str | None = None
        self.values: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form" and self.action is None:
            self.action = found.get("action") or ""
        if tag == "input" and found.get("name"):
            self.values[found["name"]] = found.get("value") or ""
