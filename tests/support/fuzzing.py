"""Messages as chance makes them: of the shapes that programs write, and broken as programs break them."""

from __future__ import annotations

import base64
import quopri
import random
import time
from collections.abc import Callable, Iterator
from itertools import count

LEAST = 8  # rounds, whatever the time
TAB = "\t"
TYPES = ("text/plain", "text/html", "application/pdf", "image/png", "text/calendar", "application/octet-stream")
MULTIPARTS = ("mixed", "alternative", "related", "digest", "report", "signed", "encrypted", "parallel", "x-own")
MESSAGES = ("rfc822", "delivery-status", "partial", "external-body", "global", "disposition-notification", "x-own")
CHARSETS = (
    "utf-8",
    "us-ascii",
    "iso-2022-jp",
    "shift_jis",
    "euc-jp",
    "iso-8859-1",
    "utf-7",
    "utf-16",
    "nothing",
    "\\0",
)
CHARSETS += ("idna", "punycode", "base64", "rot13", "unicode_escape", "undefined", "x" * 300, "日本", "8bit", "")
ENCODINGS = ("7bit", "8bit", "binary", "base64", "quoted-printable", "x-uuencode", "uuencode", "x-own", "", "8bit;x")
TEXTS = (
    "Hello\r\n",
    "請求書を送ります。\r\n",
    "é" * 300,
    ".\r\n..\r\n.\r\nFrom here\r\n",
    "x" * 3000,
    "begin 644 a\r\n#0V%T\r\nend\r\n",
    "",
    "\x00\x01\x1b$B\x7f",
    "--\r\n----\r\n--b0\r\n--b1--\r\n",
    "Content-Type: message/rfc822\r\n\r\n",
    "=E3=81\r\n=\r\n=zz",
    "\U0001f600\u2028\u2029",
)
WORDS = (
    "=?utf-8?b?6KuL5rGC5pu4?=",
    "=?iso-2022-jp?b?GyRCQGE1YT1xGyhC?=",
    "=?utf-8?q?=E8=AB?=",
    "=?nothing?q?a?=",
    "=?utf-8?b?a?=",
    "=?\\0?q?a?=",
    "=?utf-8?x?a?=",
    "=?utf-16?b?//8=?=",
    "=?idna?q?xn--=80?=",
    "請求書",
    "plain",
    '"quoted \\" string"',
    "(comment (within (comment)))",
    "\r\n folded",
    "\r\n\t",
    "x" * 1100,
)
FIELDS = (
    "Subject",
    "To",
    "Cc",
    "From",
    "Sender",
    "Reply-To",
    "Date",
    "Message-ID",
    "References",
    "In-Reply-To",
    "MIME-Version",
    "Received",
    "DKIM-Signature",
    "List-Unsubscribe",
    "Content-Description",
    "Content-ID",
    "Content-Language",
    "Resent-To",
    "Resent-Date",
    "Disposition-Notification-To",
    "X-Own",
    "x",
    "Return-Path",
    "Mail-Panel-Hops",
)
ADDRESSES = (
    "a@example.org",
    "花子 <hanako@example.org>",
    "<>",
    "@",
    '"a b"@example.org',
    "group: a@example.org, b@example.org;",
    "a@[127.0.0.1]",
    "a@日本.example",
    "<" * 40,
    "(" * 300 + "a@example.org",
    "a@example.org <b@example.org>",
    ",;,<@a:b@c>",
)
BYTES = (
    b"\x00",
    b"\r",
    b"\n",
    b"\x80",
    b"\xe9",
    b"\xff\xfe",
    b"\x1b$B",
    b"\x0b",
    b"\x0c",
    b"\x1c",
    b"\x85",
    b"\xed\xa0\x80",
    b'"',
    b";",
    b"=?",
    b"\\",
    b"(",
    b"<",
    b"*0*=utf-8''%ff",
)


def rounds(seconds: float) -> Iterator[str]:
    """Name one round after the other for so long, at least a few; its name is the seed of all in it.

    Where it is not to be long, the rounds are always the same: the common run is no place for chance.
    """
    seed, ends = random.randrange(10**6) if seconds else 0, time.monotonic() + seconds
    for number in count():
        if number >= LEAST and time.monotonic() > ends:
            print(f"seed {seed}: {number} rounds")
            return
        yield f"{seed} {number}"


class Messages:
    """Writes one message after the other, the same ones for the same chance."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._boundaries = 0

    def message(self) -> bytes:
        """Write a message with its header; most are broken somewhere."""
        chance = self._chance
        head = "".join(self._field() for _ in range(chance.randrange(6)))
        message = (head + "To: hanako@example.org\r\n").encode("utf-8", "surrogateescape") + self._part(
            chance.choice((0, 0, 1, 2, 3, 60))
        )
        for _ in range(chance.choice((0, 1, 1, 2, 5))):
            message = self._broken(message)
        return message

    def _part(self, depth: int) -> bytes:
        kinds: list[Callable[[int], bytes]] = [self._leaf]
        if depth > 0:
            kinds += [self._multipart, self._multipart, self._embedded]
        return self._chance.choice(kinds[1:] if depth > 5 else kinds)(depth)

    def _leaf(self, _depth: int) -> bytes:
        chance = self._chance
        text = "".join(chance.choice(TEXTS) for _ in range(chance.randrange(4))).encode()
        encoding = chance.choice(ENCODINGS)
        if chance.random() < 0.7:
            text = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(encoding, bytes)(text)
        kind = f"{chance.choice(TYPES)}{self._parameters()}"
        return self._head(kind, encoding) + text + b"\r\n"

    def _multipart(self, depth: int) -> bytes:
        chance = self._chance
        self._boundaries += 1
        boundary = chance.choice((f"b{self._boundaries % 3}", f"=_{self._boundaries}", "", "a b", "--", "x" * 90, "é"))
        quoted = chance.choice((f'"{boundary}"', boundary, f"{boundary}*"))
        name = chance.choice(("boundary", "Boundary", "boundary*0", "boundary*", "boundry"))
        head = self._head(
            f"multipart/{chance.choice(MULTIPARTS)}; {name}={quoted}{self._parameters()}", chance.choice(ENCODINGS[:6])
        )
        line = f"--{boundary}\r\n".encode()
        parts = [self._part(depth - 1) for _ in range(1 if depth > 5 else chance.choice((0, 1, 2, 3)))]
        end = chance.choice((f"--{boundary}--\r\n", "", f"--{boundary}-\r\n")).encode()
        return head + chance.choice((b"", b"before\r\n", b"\xff\r\n")) + b"".join(line + part for part in parts) + end

    def _embedded(self, depth: int) -> bytes:
        head = self._head(
            f"message/{self._chance.choice(MESSAGES)}{self._parameters()}", self._chance.choice(ENCODINGS)
        )
        return head + self._part(depth - 1)

    def _head(self, kind: str, encoding: str) -> bytes:
        """Write what a part says of itself, not always in full, and what else stands there."""
        chance = self._chance
        lines = [self._field() for _ in range(chance.choice((0, 0, 0, 1, 2)))]
        lines += [f"Content-Type: {kind}\r\n"] if chance.random() < 0.95 else []
        lines += [f"Content-Transfer-Encoding: {encoding}\r\n"] if chance.random() < 0.8 else []
        lines += [f"Content-Disposition: attachment{self._parameters()}\r\n"] if chance.random() < 0.2 else []
        chance.shuffle(lines)
        return "".join(lines).encode("utf-8", "surrogateescape") + chance.choice((b"\r\n",) * 9 + (b"",))

    def _parameters(self) -> str:
        chance = self._chance
        every = (
            lambda: f"; charset={chance.choice(CHARSETS)}",
            lambda: f'; name="{chance.choice(WORDS)}"',
            lambda: f"; filename*={chance.choice(CHARSETS)}'ja'%E8%AB%{chance.choice(('8B', 'zz', ''))}",
            lambda: f"; filename*{chance.choice((0, 1, 99999999999999999999))}*=%80",
            lambda: chance.choice((";", "; =", '; a="', "; a=b; a=c", ";\r\n\tx=y", "; report-type=delivery-status")),
        )
        return "".join(chance.choice(every)() for _ in range(chance.choice((0, 0, 1, 2))))

    def _field(self) -> str:
        chance = self._chance
        words = ADDRESSES if chance.random() < 0.3 else WORDS
        body = " ".join(chance.choice(words) for _ in range(chance.randrange(4)))
        return f"{chance.choice(FIELDS)}:{chance.choice((' ', '', TAB))}{body}\r\n"

    def _broken(self, message: bytes) -> bytes:
        """Change something at a place, near the beginning as often as anywhere."""
        chance = self._chance
        place = (
            chance.randrange(len(message) + 1)
            if chance.random() < 0.5
            else chance.randrange(min(len(message), 400) + 1)
        )
        other = min(len(message), place + chance.choice((1, 1, 2, 20, 200)))
        ways = (
            lambda: message[:place] + chance.choice(BYTES) + message[place:],
            lambda: message[:place] + chance.choice(BYTES) + message[other:],
            lambda: message[:place] + message[other:],
            lambda: message[:other] + message[place:],
            lambda: message[:place] + message[place:other] * 40 + message[other:],
            lambda: message.replace(b"\r\n", chance.choice((b"\n", b"\r", b"\n\r"))),
            lambda: message[:place],
            lambda: message[:place] + bytes(chance.randrange(256) for _ in range(9)) + message[place:],
            lambda: message.replace(b": ", b":\xe9", 1 + chance.randrange(3)),
            lambda: message.replace(b"/", b"\xe9/" if chance.random() < 0.5 else b"/\xe9", 1 + chance.randrange(9)),
        )
        return chance.choice(ways)()
