"""What is said over a wire, line by line, and what of it is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence

from panel import logs
from panel.mail.net.connection import NoProtocol, Wire
from panel.mail.smtp.redaction import Transcript
from panel.mail.text import readable

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


class Dialogue:
    """Says lines and hears lines; what is heard comes without secrets, and all of it goes into the transcript."""

    def __init__(self, wire: Wire, transcript: Transcript) -> None:
        self.wire = wire
        self.transcript = transcript

    def say(self, *lines: str, shown: str | None = None) -> None:
        """Send a line, or several in one write; `shown` stands in the transcript for one that holds a secret.

        Raise `ValueError` for a line that would be two, before anything of it is sent.
        """
        data = _written(lines)
        self.transcript.add("C", lines if shown is None else [shown])
        self.wire.send(data)

    def hand_over(self, content: bytes, *lines: str) -> None:
        """Send a message's content and the lines after it, in one write; of the content its size alone is noted."""
        data = _written(lines)
        self.transcript.add("C", [f"(message, {len(content)} bytes)", *lines])
        self.wire.send(content + data)

    def hear(self) -> bytes:
        """Read one line as it is; `understood` follows when the reply is whole."""
        return self.wire.line()

    def understood(self, lines: Sequence[bytes], *, frame: int) -> list[str]:
        """Give the lines of a reply as text without secrets; the `frame` at their start is the protocol's own."""
        try:
            whole = [readable(line) for line in lines]
            hidden = self.transcript.hide([line[frame:] for line in whole])
        except Exception as fault:  # whatever a server says, it is that server's fault
            logs.unexpected("reply_unreadable", fault)
            raise NoProtocol from None
        self.transcript.add("S", (line[:frame] + rest for line, rest in zip(whole, hidden, strict=True)))
        return hidden


def _written(lines: Sequence[str]) -> bytes:
    if any(map(_CONTROLS.search, lines)):
        raise ValueError("a command holds no control characters")
    return "".join(f"{line}\r\n" for line in lines).encode()
