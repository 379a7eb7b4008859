"""Commands and replies of SMTP over one wire (RFC 5321 section 4.2)."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from panel.mail.net.connection import NoProtocol
from panel.mail.smtp.dialogue import Dialogue
from panel.mail.smtp.protocol import MAX_EHLO_KEYWORDS, MAX_REPLY_LINES, Reply
from panel.mail.text import readable

_REPLY = re.compile(rb"([2-5][0-9][0-9])([ -]|\Z)")


class Channel:
    """Asks and hears; `said` are the lines of the newest reply as they came, which may hold a secret."""

    def __init__(self, dialogue: Dialogue, heard: Callable[[Reply], object] = lambda _reply: None) -> None:
        """Talk; `heard` is told of each reply."""
        self.wire = dialogue.wire
        self._dialogue = dialogue
        self._heard = heard
        self._lines: list[bytes] = []
        self._ahead: deque[str] = deque()

    @property
    def said(self) -> tuple[str, ...]:
        return tuple(readable(line[4:]) for line in self._lines)

    @property
    def is_ahead(self) -> bool:
        """Say whether there are answers to come to what was said ahead."""
        return bool(self._ahead)

    def say_ahead(self, lines: Iterable[str]) -> None:
        """Say in one write what is going to be asked one by one (RFC 2920 section 3.1)."""
        self._refuse_early_answers()
        self._ahead.extend(lines)
        self._dialogue.say(*self._ahead)

    def hand_over(self, content: bytes, ahead: Sequence[str] = ()) -> None:
        """Send a message's content, and in the same write what is going to be asked after the reply to it."""
        self._ahead.extend(ahead)
        self._dialogue.hand_over(content, *ahead)

    def ask(self, line: str, *, shown: str | None = None) -> Reply:
        """Say a line and hear the reply; `shown` stands in the transcript for a line that holds a secret."""
        if self._ahead:
            if self._ahead.popleft() != line:
                raise NoProtocol  # the answers to what was said ahead are still to come
            return self.hear()
        self._refuse_early_answers()
        self._dialogue.say(line, shown=shown)
        return self.hear()

    def hear_rest(self) -> None:
        """Hear what was asked ahead and is of no use any more; a DATA among it that was granted ends empty."""
        while self._ahead:
            line = self._ahead.popleft()
            if self.hear().code == 354 and line == "DATA":
                self._dialogue.say(".")
                self.hear()

    def hear(self) -> Reply:
        """Read one reply: every line with the same code, the last with a blank after it."""
        code, self._lines = self._read()
        reply = Reply(code, tuple(self._dialogue.understood(self._lines, frame=4)))
        self._heard(reply)
        return reply

    def _refuse_early_answers(self) -> None:
        if self.wire.heard:
            raise NoProtocol  # an answer to what was not asked yet

    def _read(self) -> tuple[int, list[bytes]]:
        lines: list[bytes] = []
        code = b""
        while True:
            line = self._dialogue.hear()
            found = _REPLY.match(line)
            if found is None or (lines and found[1] != code) or len(lines) >= MAX_REPLY_LINES:
                self._dialogue.transcript.add("", ["(an answer that is not SMTP)"])
                raise NoProtocol
            code = found[1]
            lines.append(line)
            if found[2] != b"-":
                return int(code), lines


def extensions(lines: Sequence[str]) -> dict[str, str]:
    """Read the keywords of EHLO and their parameters (RFC 5321 section 4.1.1.1)."""
    if len(lines) > MAX_EHLO_KEYWORDS:
        raise NoProtocol
    pairs = (line.strip().partition(" ") for line in lines)
    return {keyword.upper(): parameters.strip() for keyword, _, parameters in pairs if keyword}
