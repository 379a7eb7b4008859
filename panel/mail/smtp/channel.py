"""Commands and replies over one connection, line by line, and what of it is kept (RFC 5321 section 4.2)."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from panel import logs
from panel.mail.net.connection import Wire
from panel.mail.net.errors import NoProtocol
from panel.mail.patterns import pattern_of
from panel.mail.smtp import sasl
from panel.mail.smtp.protocol import MAX_REPLY_LINES, Reply
from panel.mail.smtp.redaction import MASK, Transcript
from panel.mail.text import readable

_REPLY = pattern_of(rb"([2-5][0-9][0-9])([ -]|\Z)")
# A reply as it nearly always is: here as a whole, and far from any limit. What is not goes line by line.
_WHOLE = pattern_of(rb"([2-5][0-9][0-9])(?:-[^\n]{0,2000}\n\1){0,60}(?: [^\n]{0,2000}\n|\r?\n)")
_CONTROLS = pattern_of(r"[\x00-\x1f\x7f]")


class Channel:
    """Sends lines and reads lines; replies come without secrets, and all of it goes into the transcript."""

    def __init__(self, wire: Wire, transcript: Transcript) -> None:
        self.wire = wire
        self.transcript = transcript

    def send(self, *lines: str, transcribed: str | None = None) -> None:
        """Send a line, or several in one write; `transcribed` stands in the transcript for one that holds a secret.

        Raise `ValueError` for a line that would be two, before anything of it is sent.
        """
        data = _written(lines)
        self.transcript.add("C", lines if transcribed is None else [transcribed])
        self.wire.send(data)

    def send_message(self, content: bytes, *lines: str) -> None:
        """Send a message's content and the lines after it, in one write; of the content its size alone is noted."""
        data = _written(lines)
        if self.transcript.is_kept:
            self.transcript.add("C", [f"(message, {len(content)} bytes)", *lines])
        self.wire.send(content + data)

    def read_line(self) -> bytes:
        """Read one line as it is; `read` follows when the reply is whole."""
        return self.wire.line()

    def read(self, lines: Sequence[bytes], *, frame: int) -> tuple[str, ...]:
        """Read the lines of a reply as text without secrets; the `frame` at their start is the protocol's own."""
        try:
            whole = [*map(readable, lines)]
            hidden = self.transcript.hide([line[frame:] for line in whole])
        except Exception as fault:  # whatever a server says, it is that server's fault
            logs.unexpected("reply_unreadable", fault)
            raise NoProtocol from None
        if self.transcript.is_kept:
            self.transcript.add("S", (line[:frame] + rest for line, rest in zip(whole, hidden, strict=True)))
        return tuple(hidden)


_set = object.__setattr__  # of what stays as it is from then on


def _lines_of(came: bytes) -> list[bytes]:
    return came.removesuffix(b"\n").removesuffix(b"\r").replace(b"\r\n", b"\n").split(b"\n")


class ReceivedReply(Reply):
    """A reply as it came, whose words are read once somebody asks for them."""

    __slots__ = ("_channel", "_words")

    _channel: Channel
    _words: tuple[str, ...] | bytes  # the latter as it came

    def __init__(self, channel: Channel, came: bytes) -> None:
        _set(self, "code", int(came[:3]))
        _set(self, "_channel", channel)
        _set(self, "_words", came)

    @property
    def lines(self) -> tuple[str, ...]:
        """Give its lines of text, without secrets."""
        words = self._words
        if isinstance(words, bytes):
            words = self._channel.read(_lines_of(words), frame=4)
            _set(self, "_words", words)
        return words

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reply) and (self.code, self.lines) == (other.code, other.lines)

    def __hash__(self) -> int:
        return hash((self.code, self.lines))


class SmtpChannel(Channel):
    """Asks, and reads the replies of SMTP; commands may be sent ahead of the replies to those before (RFC 2920)."""

    def __init__(
        self, wire: Wire, transcript: Transcript, on_reply: Callable[[Reply], object] = lambda _reply: None
    ) -> None:
        super().__init__(wire, transcript)
        self._on_reply = on_reply
        self._newest = b""
        self._ahead: deque[str] = deque()

    @property
    def unmasked(self) -> tuple[str, ...]:
        """Give the lines of the newest reply as they came, which may hold a secret."""
        return tuple(readable(line[4:]) for line in _lines_of(self._newest))

    @property
    def is_ahead(self) -> bool:
        """Say whether there are replies to come to what was sent ahead."""
        return bool(self._ahead)

    def send_ahead(self, lines: Iterable[str]) -> None:
        """Send in one write what is going to be asked one by one (RFC 2920 section 3.1)."""
        self._refuse_early_replies()
        self._ahead.extend(lines)
        self.send(*self._ahead)

    def send_message(self, content: bytes, *lines: str) -> None:
        """Send a message's content, and in the same write what is going to be asked after the reply to it."""
        self._ahead.extend(lines)
        super().send_message(content, *lines)

    def ask(self, line: str, *, transcribed: str | None = None) -> Reply:
        """Send a command and read the reply; `transcribed` stands in the transcript for one that holds a secret."""
        if self._ahead:
            if self._ahead.popleft() != line:
                raise NoProtocol  # the replies to what was sent ahead are still to come
            return self.reply()
        self._refuse_early_replies()
        self.send(line, transcribed=transcribed)
        return self.reply()

    def take_granted(self, commands: int) -> bool:
        """Take the replies to so many commands sent ahead of DATA, if all are a yes as DATA's is, and here by now.

        With none, take the yes to DATA itself. Nobody reads them.
        """
        if self.transcript.is_kept or not self.wire.take(_granted(commands)):
            return False
        for _ in range(commands or 1):
            self._ahead.popleft()
        return True

    def begin_login(self, mechanism: str, first: bytes | None) -> Reply:
        """Begin to log in, with the first response where there is one and the line may hold it."""
        line = None if first is None else sasl.initial(mechanism, first)
        command = f"AUTH {mechanism}"
        return self.ask(line, transcribed=f"{command} {MASK}") if line else self.ask(command)

    def read_rest(self) -> None:
        """Read the replies to what was sent ahead and is of no use any more; a DATA that was granted ends empty."""
        while self._ahead:
            line = self._ahead.popleft()
            if self.reply().code == 354 and line == "DATA":
                self.send(".")
                self.reply()

    def reply(self) -> Reply:
        """Read one reply: every line with the same code, the last with a blank after it."""
        self._newest = came = self.wire.take(_WHOLE) or self._line_by_line()
        reply = ReceivedReply(self, came)
        if self.transcript.is_kept:
            reply.lines  # noqa: B018 - the transcript has it now, in its place
        self._on_reply(reply)
        return reply

    def _refuse_early_replies(self) -> None:
        if self.wire.unread:
            raise NoProtocol  # a reply to what was not asked yet

    def _line_by_line(self) -> bytes:
        """Read a reply that has not come in one piece."""
        lines: list[bytes] = []
        code = b""
        while True:
            line = self.read_line()
            found = _REPLY.match(line)
            if found is None or (lines and found[1] != code) or len(lines) >= MAX_REPLY_LINES:
                self.transcript.add("", ["(an answer that is not SMTP)"])
                raise NoProtocol
            code = found[1]
            lines.append(line)
            if found[2] != b"-":
                return b"".join(line + b"\r\n" for line in lines)


@lru_cache(maxsize=16)
def _granted(commands: int) -> re.Pattern[bytes]:
    """Match a yes in one line to each of so many commands before a DATA that is granted; with none, the one to that."""
    if not commands:
        return re.compile(rb"354 [^\n]{0,2000}\n")
    return re.compile(rb"(?:2[0-9][0-9] [^\n]{0,2000}\n){%d}(?=354 [^\n]{0,2000}\n)" % commands)


def _written(lines: Sequence[str]) -> bytes:
    if not all(map(str.isprintable, lines)) and any(map(_CONTROLS.search, lines)):
        raise ValueError("a command holds no control characters")
    return "\r\n".join([*lines, ""]).encode()
