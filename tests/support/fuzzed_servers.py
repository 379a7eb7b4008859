"""Servers as chance makes them: most of what they say is usual, some of it is broken, strange or too much."""

from __future__ import annotations

import base64
import random
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO, Self

PATIENCE = 0.15  # seconds until a server hangs up on a client that waits for more
OFFERS = (
    *("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE", "SIZE 0", "SIZE 10240000", "STARTTLS", "CHUNKING", "HELP"),
    *("SIZE " + "9" * 5_000, "SIZE ١٢", "SIZE -1", "SIZE 1 2", "SIZE=5", "SIZE 1", "size\t99"),
    *(
        "LIMITS MAILMAX=1",
        "LIMITS RCPTMAX=1",
        "LIMITS MAILMAX=" + "9" * 5_000,
        "LIMITS MAILMAX=１",
        "LIMITS =,=",
        "LIMITS",
    ),
    *(
        "AUTH PLAIN",
        "AUTH LOGIN",
        "AUTH CRAM-MD5",
        "AUTH=LOGIN PLAIN",
        "AUTH",
        "AUTH ıſ PLAIN",
        "AUTH XOAUTH2",
        "AUTH= =",
    ),
    *("", " ", "=", "日本", "\x1b[2J", "X" * 3_000, "250", "ENHANCEDSTATUSCODES"),
)
ENHANCED = (
    "",
    "2.0.0 ",
    "4.2.1 ",
    "5.1.1 ",
    "5.7.8 ",
    "9.9.9 ",
    "5.٠.1 ",
    "5.1000.1 ",
    "5." + "1" * 5_000 + ".1 ",
    "4..",
    "5.7.",
)
WORDS = (
    *(
        "Ok",
        "Ok: queued as 4F1C2A",
        "Greylisted, see http://x",
        "too many messages in this connection",
        "",
        "日本語の応答",
    ),
    *(
        "rate limit 100 messages per hour",
        "limit " + "9" * 5_000 + " per hour",
        "host mx said: 5٠٠ 5.1.1 no (in reply to RCPT)",
    ),
    *(
        "host mx said: 550 " * 100,
        "id=" + "a" * 5_000,
        "<" * 4_000,
        "(" * 4_000,
        "\ufdfa" * 2_000,
        "a@" * 3_000,
        "%s %(x)d {0}",
    ),
    *("<a@b> <c@d>", "-", "\x00", "\x85\u2028", "[InternalId=" + "9" * 5_000 + "]", "maximum " * 800, "5.7.8 " * 1_000),
)
CHALLENGES = (
    "",
    "VXNlcm5hbWU6",
    "UGFzc3dvcmQ6",
    "PDEuMkBleGFtcGxlLm9yZz4=",
    "=",
    "====",
    "Username:",
    "日本",
    "\xff",
    "A" * 7_000,
    "*",
)
CODES = (200, 211, 220, 221, 235, 250, 251, 252, 334, 354, 421, 432, 450, 451, 452, 454, 500, 501, 502, 503, 504, 521)
CODES += (530, 534, 535, 538, 541, 550, 551, 552, 553, 554, 555, 556)
USUAL = {
    "EHLO": 250,
    "HELO": 250,
    "MAIL": 250,
    "RCPT": 250,
    "DATA": 354,
    "RSET": 250,
    "QUIT": 221,
    "NOOP": 250,
    "AUTH": 235,
}
BYTES = (
    b"\x00",
    b"\xff",
    b"\r",
    b"\n",
    b"\x1b",
    b" ",
    b"-",
    b"\t",
    b"\x80\x81",
    b"\xe3\x81",
    b"\x82\xa0",
    b"=",
    b"250 ",
    b"\r\n",
)


class Talk:
    """What one server says to one client; `clean` as long as it is SMTP or POP3."""

    def __init__(self, chance: random.Random, *, wildness: float) -> None:
        self.clean = True
        self._chance = chance
        self._wildness = wildness

    def greeting(self, protocol: str) -> bytes:
        if protocol == "pop":
            stamps = ("ready", "<1896.697@example.org>", "<@>", "<" * 3_000, "<1@" + "x" * 4_000 + ">", "<é@é>")
            return self._broken(f"+OK {self._chance.choice(stamps)}\r\n".encode())
        return self._reply(220, ["mail.example.org ESMTP"])

    def answer(self, line: bytes, protocol: str) -> bytes:
        return self._pop(line) if protocol == "pop" else self._smtp(line)

    def taken(self) -> bytes:
        """Answer the final dot."""
        return self._reply(250, [self._chance.choice(WORDS)] if self._wild() else ["2.0.0 Ok: queued as 4F1C2A"])

    def _pop(self, line: bytes) -> bytes:
        chance = self._chance
        words = (
            chance.choice((*WORDS, "[SYS/TEMP] x", "[IN-USE]", line.decode("utf-8", "replace"))) if self._wild() else ""
        )
        return self._broken(f"{'-ERR' if self._wild() else '+OK'} {words}".encode() + b"\r\n")

    def _smtp(self, line: bytes) -> bytes:
        command = line[:4].decode("ascii", "replace").upper()
        if command == "EHLO":
            offers = [self._chance.choice(OFFERS) for _ in range(self._chance.choice((0, 3, 6, 9, 101)))]
            return self._reply(250, ["mail.example.org", *offers])
        if command in ("AUTH", *"") or command not in USUAL:  # within a login the client says what it likes
            return self._in_login(line)
        return self._reply(USUAL[command], [self._words(line)])

    def _in_login(self, line: bytes) -> bytes:
        if self._chance.random() < 0.5:
            return self._reply(235, ["2.7.0 Ok"])
        if self._chance.random() < 0.6:
            return self._reply(334, [self._chance.choice(CHALLENGES)])
        return self._reply(535, [self._words(line)])

    def _words(self, line: bytes) -> str:
        """Say something, now and then what the client has said, in clear where that was base64."""
        if not self._wild():
            return "2.0.0 Ok"
        told = line.decode("utf-8", "replace")
        with suppress(ValueError, IndexError):  # a line of blanks has no last word
            told = self._chance.choice(
                (told, base64.b64decode(line.split()[-1], validate=True).decode("utf-8", "replace"))
            )
        return self._chance.choice(ENHANCED) + self._chance.choice((*WORDS, told, told, f"{told} is wrong"))

    def _wild(self) -> bool:
        return self._chance.random() < self._wildness

    def _reply(self, code: int, lines: list[str]) -> bytes:
        chance = self._chance
        if self._wild():
            code = chance.choice(CODES)
        if self._wild():
            lines = [
                *lines,
                *(chance.choice(ENHANCED) + chance.choice(WORDS) for _ in range(chance.choice((1, 2, 40)))),
            ]
        head = [f"{code}-{line}" for line in lines[:-1]] + [f"{code} {lines[-1]}"]
        return self._broken("".join(f"{line}\r\n" for line in head).encode("utf-8", "surrogatepass"))

    def _broken(self, reply: bytes) -> bytes:
        """Break a reply now and then."""
        chance = self._chance
        if not self._wild():
            return reply
        self.clean = False
        place = chance.randrange(len(reply) + 1)
        ways: tuple[Callable[[], bytes], ...] = (
            lambda: reply[:place] + chance.choice(BYTES) + reply[place:],
            lambda: reply[:place],
            lambda: reply[:place] + reply[place + 1 :],
            lambda: reply + reply,
            lambda: reply[:place] + bytes(chance.randrange(256) for _ in range(20)) + reply[place:],
            lambda: reply.replace(b"\r\n", b"\n"),
            lambda: reply[:3] + b"x" * 9_000 + reply[3:],
            lambda: reply[:3] + b"-more\r\n" * 0 + (reply[:3] + b"-more\r\n") * 130 + reply,
            lambda: b"",
            lambda: b"\x15\x03\x01\x00\x02\x02\x46",
            lambda: bytes(chance.randrange(256) for _ in range(chance.randrange(300))) + b"\r\n",
        )
        return chance.choice(ways)()


class FuzzedServer:
    """Talks to each client by a chance of its own; `taken` are the contents to which a clean talk said 250."""

    def __init__(self, seed: str, *, protocol: str = "smtp", wildness: float = 0.1) -> None:
        self.taken: list[bytes] = []
        self._seed = seed
        self._protocol = protocol
        self._wildness = wildness
        self._clients = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *fault: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connected, _ = self._listener.accept()
                self._clients += 1
                talk = Talk(random.Random(f"{self._seed} {self._clients}"), wildness=self._wildness)
                threading.Thread(target=self._serve, args=(connected, talk), daemon=True).start()

    def _serve(self, connected: socket.socket, talk: Talk) -> None:
        connected.settimeout(PATIENCE)
        with suppress(OSError), connected, connected.makefile("rb") as lines:
            connected.sendall(talk.greeting(self._protocol))
            while line := lines.readline(70_000):
                reply = talk.answer(line.rstrip(b"\r\n"), self._protocol)
                connected.sendall(reply)
                if line[:4].upper() == b"DATA" and self._protocol == "smtp" and b"354 " in reply[:4]:
                    content = _content(lines)
                    reply = talk.taken()
                    if content and talk.clean and reply.startswith(b"250"):  # of no recipient's, a client sends none
                        self.taken.append(content)
                    connected.sendall(reply)
                if line[:4].upper() == b"QUIT":
                    return


def _content(lines: BinaryIO) -> bytes:
    """Read as far as the final dot, or raise `ConnectionError` where the client leaves before."""
    content: list[bytes] = []
    while (line := lines.readline()) != b".\r\n":
        if not line:
            raise ConnectionAbortedError
        content.append(line)
    return b"".join(content)
