"""A browser of forms that visits real panels behind one address, now this one and now that one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Answer:
    """What a panel answered."""

    status: int
    text: str


@dataclass
class Visitor:
    """Keeps the cookies of one host, whichever machine answers for it."""

    host: str
    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def get(self, at: str, path: str) -> Answer:
        return self._ask(at, "GET", path, b"")

    def post(self, at: str, path: str, data: Mapping[str, str]) -> Answer:
        return self._ask(at, "POST", path, urlencode({"csrf_token": self.token, **data}).encode())

    def _ask(self, at: str, method: str, path: str, body: bytes) -> Answer:
        head = {"Host": self.host, "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body:
            head["Content-Type"] = "application/x-www-form-urlencoded"
        with closing(HTTPConnection(at, self.port, timeout=30)) as connection:
            connection.request(method, path, body, head)
            answer = connection.getresponse()
            text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)
        self.token = found[1] if found else self.token
        return Answer(answer.status, text)
