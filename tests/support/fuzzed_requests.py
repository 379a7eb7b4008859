"""Requests as chance makes them: to every route of an application, with every field that it reads, and broken."""

from __future__ import annotations

import json
import random
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_from_bytes

from flask import Flask
from flask_wtf import FlaskForm
from werkzeug.routing import Rule

from panel.web.access import forms as access
from panel.web.assets import folder
from panel.web.checks import forms as checks
from panel.web.settings import forms as settings
from tests.support.paths import ROOT

BOUNDARY = b"=_fuzzed"
SECONDS = 60.0  # for an answer, on a machine that does other things, too
NUMBERS = (
    *("0", "1", "-1", "2", "7", "00", "1.5", "1e3", "+5", "0x10", "", " 1 ", "1_0", "٣", "１", "²"),
    *(str(2**power + more) for power in (31, 32, 53, 62, 63, 64, 128) for more in (-1, 0, 1)),
    *("9" * 18, "9" * 19, "9" * 40, "9" * 5000, f"-{2**63 + 1}", f"-{'9' * 40}", "NaN", "Infinity", "1" + "0" * 400),
)
TEXTS = (
    *("", " ", "a", "hanako@example.org", "127.0.0.1", "localhost", "1 per second", "yes", "on", "auto", "check"),
    *(
        "請求書",
        "é",
        "\U0001f600",
        "\u202e\u200b\ufeff",
        "ﷺ" * 20,
        "e" + "\u0301" * 40,
        "\x00",
        "a\x00b",
        "\r\n",
        "a\r\nB: c",
    ),
    *(
        "\x1b[31m",
        "\x7f\x80\x9f",
        "\ud800",
        "a\udfffb",
        "\ufffe\uffff",
        "%",
        "%s%d%(x)s{0}{x}",
        "%%%",
        "%zz",
        "%ED%A0%80",
    ),
    *(
        "'\"<>&`",
        "<script>",
        "//evil.example",
        "/\\evil",
        "http://[",
        "[::1",
        "[]",
        "::",
        "1" * 300 + ".",
        "xn--a",
        "xn--",
    ),
    *(
        "a@" + "b" * 250,
        "@",
        "a@",
        "(" * 200,
        '"' * 99,
        "a@[127.0.0.1]",
        "a@日本.example",
        "=?x-unknown?q?a?=",
        "=?日本?b?YQ==?=",
    ),
    *("=?\x00?q?a?=", "=?rot13?q?a?=", "=?idna?q?xn--=80?=", "=?utf-7?q?+2AA-?=", "=?utf-8?q?=0A=0ABcc:?=", "x" * 9000),
    *("535 5.7.8 Username and Password not accepted", "550 5.1.1 No such user", "-----BEGIN CERTIFICATE-----\nMII\n"),
)
BYTES = (
    b"\xff",
    b"\xc3(",
    b"\xed\xa0\x80",
    b"\x80",
    b"\x1b$B",
    b"\xf4\x90\x80\x80",
    b"\x00",
    b"%",
    b"%f",
    b"%00",
    b"%FF",
    b"%u0041",
)
NAMES = ("", "\x00", "é", "请求", "x" * 300, "a[b]", "__class__", "csrf_token", "version", "number", "self", "%")
JSON = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        1e300,
        2**53,
        2**63,
        2**64,
        -(2**63) - 1,
        10**400,
        "",
        [],
        {},
        [[]],
        [None],
        {"": None},
    ),
    *({"a": {"b": [{}]}}, [{}] * 3, ["a"] * 1001, {str(each): each for each in range(101)}, "x" * 5000),
)
DOCUMENTS = (
    *(b"", b"{", b"[", b"null", b"1", b'"', b"{}{}", b"\xff", b"\xef\xbb\xbf{}", b'{"a":1,"a":1}', b"NaN", b"[" * 5000),
    *(b'{"a":' * 5000, b'{"to":"\\ud800"}', b'"\\u0000"', b"-", b"1e999", "{}".encode("utf-16"), b'{"to":1e999}'),
    *(
        b'{"\\ud800":1}',
        b'{"to":"a@example.org","text":"\\ud800\\udc00\\u0000"}',
        b"\x00",
        b" " * 3000,
        b'{"to": 1' + b"0" * 5000,
    ),
)
HEADERS = (
    *("Accept", "Accept-Language", "Authorization", "Content-Type", "Content-Encoding", "Cookie", "Host", "If-Match"),
    *("If-None-Match", "If-Modified-Since", "If-Range", "Idempotency-Key", "Origin", "Range", "Referer", "User-Agent"),
    *(
        "HX-Request",
        "HX-Current-URL",
        "HX-History-Restore-Request",
        "Sec-Fetch-Site",
        "X-CSRFToken",
        "Forwarded",
        "Via",
    ),
    *("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Prefix", "X-Forwarded-Proto", "X-Forwarded-Port", "Expect"),
    *("Content-Length", "Transfer-Encoding", "Connection", "X-HTTP-Method-Override", "Content-Disposition", "Upgrade"),
)
VALUES = (
    *(
        b"",
        b",",
        b";",
        b"=",
        b'"',
        b"*",
        b"x" * 3000,
        b"bytes=0-",
        b"bytes=99999999999999999999-",
        b"bytes=-1",
        b"W/",
        b'"1"',
    ),
    *(b"Bearer", b"Bearer x", b"Bearer \xff", b"Basic Og==", b"Basic \xff", b"text/html;q=nan", b"ja;q=1e999,en;q=-1"),
    *(
        b"mail-panel=x",
        b"mail-panel=\xff; a=\x22\\400",
        b"mail-panel=eyJ9.x.y",
        b"a=b; a=c",
        b"mail-panel-language=\xe9",
    ),
    *(
        b"localhost:99999",
        b"[",
        b"[::1",
        b"\xe9",
        b"http://[",
        b"//",
        b"http://localhost/\xff?%zz",
        b"null",
        b"true",
        b"gzip",
    ),
    *(b"Thu, 99 Foo 99999 99:99:99 GMT", b"Mon, 01 Jan 0001 00:00:00 +9999", b"application/json; charset=\xff"),
    *(
        b"multipart/form-data",
        b"multipart/form-data; boundary=",
        b"multipart/form-data; boundary=\xff",
        b"100-continue",
    ),
    *(
        b"application/x-www-form-urlencoded; charset=utf-16",
        b"application/json; charset=x*0*=y",
        b"a/b; c*=utf-9'x'%ff",
    ),
    *(
        b"%0d%0aX: y",
        b"cross-site",
        b"0",
        b"-1",
        b"1e3",
        b"99999999999999999999",
        b"chunked",
        b"identity",
        b"for=\x22_\x22",
    ),
)
UNCLEAR = ("Content-Length", "Transfer-Encoding", "Connection", "Expect")  # with them nobody knows where a request ends
METHODS = ("GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "TRACE", "get", "FOO", "CONNECT")


@dataclass
class Asker:
    """Who asks: what identifies it stands in every request; `form_token` is that of its session."""

    name: str
    headers: list[tuple[str, bytes]] = field(default_factory=list)
    form_token: str = ""


@dataclass(frozen=True)
class Sent:
    """One request as it goes over the wire; of one that is not whole an answer may not come."""

    method: str
    target: bytes
    head: bytes
    body: bytes
    whole: bool
    endpoint: str


class Requests:
    """Writes one request after the other to the routes of an application, the same ones for the same chance."""

    def __init__(self, chance: random.Random, app: Flask, *, document: Mapping[str, Any], prefix: str = "") -> None:
        self._chance = chance
        self._rules = [*app.url_map.iter_rules()]
        self._fields = [*fields_read()]
        self._prefix = prefix
        self._operations = _bodies(document)
        self._schemas = document["components"]["schemas"]

    def to_each(self, asker: Asker) -> Iterator[Sent]:
        """Write one to each route."""
        for rule in self._rules:
            yield self._request(rule, asker)

    def _request(self, rule: Rule, asker: Asker) -> Sent:
        chance = self._chance
        method = chance.choice(sorted(rule.methods or ())) if chance.random() < 0.9 else chance.choice(METHODS)
        headers = [("Host", b"localhost"), *asker.headers]
        body = b""
        if method not in ("GET", "HEAD") or chance.random() < 0.05:
            kind, body = self._json(rule, method) if "/api/" in rule.rule else self._form(asker)
            headers.append(("Content-Type", kind))
        if chance.random() < 0.3:
            headers.append(("HX-Request", b"true"))
        for _ in range(chance.choice((0, 0, 0, 1, 2))):
            headers.append((chance.choice(HEADERS), chance.choice(VALUES)))
        whole = method in METHODS[:7] and not {name for name, _ in headers} & {*UNCLEAR}
        if body and whole:
            headers.append(("Content-Length", str(len(body)).encode()))
        head = b"".join(name.encode() + b": " + text + b"\r\n" for name, text in headers)
        return Sent(method, self._target(rule), head, body, whole, rule.endpoint)

    # Addresses

    def _target(self, rule: Rule) -> bytes:
        chance = self._chance
        path = re.sub(r"<[^>]*>", lambda _: self._in_path(), rule.rule)
        target = (self._prefix + path).encode()
        if chance.random() < 0.05:
            place = chance.randrange(1, len(target) + 1)
            target = target[:place] + self._percented(chance.choice(BYTES)) + target[place:]
        if chance.random() < 0.6:
            target += b"?" + self._pairs(2)
        return target

    def _in_path(self) -> str:
        text = self._chance.choice(NUMBERS if self._chance.random() < 0.8 else TEXTS)
        return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="")

    def _percented(self, data: bytes) -> bytes:
        """Write bytes so that they may stand in a request line, not always in a way that makes sense."""
        return data if data.startswith(b"%") else quote_from_bytes(data, safe="").encode()

    def _pairs(self, most: int) -> bytes:
        chance = self._chance
        pairs = [(self._name(), self._value()) for _ in range(chance.randrange(1, most + 1))]
        pairs += pairs[:1] if chance.random() < 0.1 else []
        return b"&".join(
            self._percented(name) + chance.choice((b"=",) * 20 + (b"", b"==")) + self._percented(text)
            for name, text in pairs
        )

    def _name(self) -> bytes:
        return self._chance.choice(self._fields if self._chance.random() < 0.95 else NAMES).encode()

    def _value(self) -> bytes:
        chance = self._chance
        if chance.random() < 0.1:
            return chance.choice(BYTES)
        return chance.choice(NUMBERS if chance.random() < 0.5 else TEXTS).encode("utf-8", "surrogatepass")

    # Forms

    def _form(self, asker: Asker) -> tuple[bytes, bytes]:
        """Write a form of all fields or of a few, each a text, a file, or there twice."""
        chance = self._chance
        names = [*self._fields] if chance.random() < 0.5 else [chance.choice(self._fields) for _ in range(3)]
        given = [(name.encode(), self._value()) for name in names if chance.random() < 0.9]
        given += [(self._name(), self._value())] if chance.random() < 0.3 else []
        given += given[:1] if chance.random() < 0.1 else []
        given += [(b"csrf_token", asker.form_token.encode())] if chance.random() < 0.95 else []
        if chance.random() < 0.5:
            return b"application/x-www-form-urlencoded", b"&".join(
                self._percented(name) + b"=" + self._percented(text) for name, text in given
            )
        body = b"".join(map(self._part, given)) + b"--" + BOUNDARY + b"--\r\n"
        return b"multipart/form-data; boundary=" + BOUNDARY, self._broken(body)

    def _part(self, pair: tuple[bytes, bytes]) -> bytes:
        chance = self._chance
        name, text = pair
        as_file = name != b"csrf_token" and chance.random() < 0.3
        head = b'Content-Disposition: form-data; name="' + name.replace(b'"', b"%22") + b'"'
        head += (
            b'; filename="' + chance.choice((b"a.txt", b"", b"\xff", b"\x00", b"../../a", b"=?x?q?a?=")) + b'"'
            if as_file
            else b""
        )
        kinds = (
            b"",
            b"",
            b"",
            b"\r\nContent-Type: text/plain; charset=utf-16",
            b"\r\nContent-Type: \xff",
            b"\r\nContent-Transfer-Encoding: base64",
        )
        return b"--" + BOUNDARY + b"\r\n" + head + chance.choice(kinds) + b"\r\n\r\n" + text + b"\r\n"

    def _broken(self, body: bytes) -> bytes:
        chance = self._chance
        if chance.random() < 0.8:
            return body
        place = chance.randrange(len(body))
        ways: tuple[Callable[[], bytes], ...] = (
            lambda: body[:place],
            lambda: body[place:],
            lambda: body[:place] + chance.choice(BYTES) + body[place:],
            lambda: body.replace(b"\r\n", b"\n"),
            lambda: body.replace(b"form-data", b"attachment", 1),
            lambda: body.replace(b"name=", b"name*=utf-8''", 1),
        )
        return chance.choice(ways)()

    # Documents

    def _json(self, rule: Rule, method: str) -> tuple[bytes, bytes]:
        """Write a document of the route's type, with something in it that is not of the type."""
        chance = self._chance
        if chance.random() < 0.15:
            return b"application/json", chance.choice(DOCUMENTS)
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.partition("/api/v1")[2])
        schema = self._operations.get((path, method.lower()), {"type": "object"})
        document = self._changed(self._of(schema), chance.choice((0, 1, 1, 2)))
        return b"application/json", json.dumps(document, ensure_ascii=chance.random() < 0.5).encode("utf-8", "replace")

    def _of(self, schema: Mapping[str, Any]) -> Any:
        """Give a value of a type, most often."""
        chance = self._chance
        if "$ref" in schema:
            return self._of(self._schemas[schema["$ref"].rpartition("/")[2]])
        for word in ("anyOf", "oneOf", "enum", "examples"):
            if word in schema and (word != "examples" or chance.random() < 0.6):
                found = chance.choice(schema[word])
                return self._of(found) if word in ("anyOf", "oneOf") else found
        kind = schema.get("type", "string")
        if kind == "object":
            required = schema.get("required", ())
            members = schema.get("properties", {})
            return {name: self._of(each) for name, each in members.items() if name in required or chance.random() < 0.4}
        if kind == "array":
            return [self._of(schema.get("items", {})) for _ in range(chance.randrange(3))]
        plain: dict[str, Any] = {"boolean": True, "null": None, "integer": chance.choice((1, 25, 2**62 - 1, 2**63, 0))}
        return plain.get(kind, chance.choice(TEXTS))

    def _changed(self, value: Any, times: int) -> Any:
        chance = self._chance
        for _ in range(times):
            if isinstance(value, dict) and value and chance.random() < 0.8:
                name = chance.choice([*value])
                value = {**value, name: self._changed(value[name], 1)}
            elif isinstance(value, list) and value and chance.random() < 0.8:
                place = chance.randrange(len(value))
                value = [*value[:place], self._changed(value[place], 1), *value[place + 1 :]]
            elif isinstance(value, dict) and chance.random() < 0.2:
                value = {**value, chance.choice(NAMES): chance.choice(JSON)}
            else:
                value = chance.choice(JSON if chance.random() < 0.5 else TEXTS)
        return value


def ask(port: int, sent: Sent) -> int | None:
    """Send a request and give the status of the answer, None where none came."""
    with socket.create_connection(("127.0.0.1", port), SECONDS) as client:
        line = sent.method.encode() + b" " + sent.target + b" HTTP/1.1\r\n"
        try:
            client.sendall(line + sent.head + b"Connection: close\r\n\r\n" + sent.body)
            if not sent.whole:
                client.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: client.recv(65536), b""))
        except OSError:
            assert not sent.whole, sent
            return None
    found = re.match(rb"(?:HTTP/1\.1 100 Continue\r\n\r\n)?HTTP/1\.[01] ([2-5][0-9]{2}) ", answer)
    assert found or not sent.whole, sent
    return int(found[1]) if found else None


def fields_read() -> Iterator[str]:
    """Name every field and parameter that a page reads, as the forms and the views say it."""
    named = [each for room in (access, checks, settings) for each in vars(room).values()]
    kinds = [each for each in named if isinstance(each, type) and issubclass(each, FlaskForm)]
    names = {name for kind in kinds for name, value in vars(kind).items() if hasattr(value, "field_class")}
    for file in (ROOT / "panel" / "web").rglob("*.py"):
        text = file.read_text("utf-8")
        names.update(re.findall(r'(?:\bform|\bargs|\bgiven|query)\.(?:get|getlist)\("(\w+)"', text))
        names.update(re.findall(r'"(\w+)" (?:not )?in request\.(?:form|args)', text))
        names.update(re.findall(r'number\("(\w+)"\)', text))
    for file in folder("templates").rglob("*.html"):
        names.update(re.findall(r'\bname="(\w+)"', file.read_text("utf-8")))
    return iter(sorted(names - {"csrf_token"}))


def _bodies(document: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Give the type of each operation's body by its path and method."""
    return {
        (path, method): known["requestBody"]["content"]["application/json"]["schema"]
        for path, methods in document["paths"].items()
        for method, known in methods.items()
        if "requestBody" in known
    }
