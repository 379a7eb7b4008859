"""A command on a terminal of its own, as somebody sees it who sits there."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from contextlib import suppress

LINES = 40
PATIENCE = 30.0  # seconds until what is waited for has to be seen


def seen_on_terminal(command: Sequence[str], environment: Mapping[str, str], *, columns: int = 80) -> str:
    """Run a command whose output goes to a terminal of so many columns, and give what is seen there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, columns, 0, 0))
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env={**environment}) as running:
        os.close(theirs)
        seen = bytearray()
        with suppress(OSError):  # EIO: the other end is closed
            while some := os.read(ours, 65_536):
                seen += some
        _, said = running.communicate(timeout=60)
    os.close(ours)
    return (seen + said).decode().replace("\r\n", "\n")


def typed_on_terminal(
    command: Sequence[str], environment: Mapping[str, str], dialogue: Sequence[tuple[str, str]]
) -> str:
    """Type each text once what it waits for is seen after the one before, and give all that was seen."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, 120, 0, 0))
    seen, place = "", 0
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env={**environment}, start_new_session=True
    ) as running:
        os.close(theirs)
        for awaited, text in dialogue:
            while (found := seen.find(awaited, place)) < 0:
                assert select.select([ours], [], [], PATIENCE)[0], f"{awaited!r} is not seen: {seen!r}"
                seen += os.read(ours, 65_536).decode(errors="replace")
            place = found + len(awaited)
            os.write(ours, text.encode())
        with suppress(OSError):
            while select.select([ours], [], [], PATIENCE)[0]:
                seen += os.read(ours, 65_536).decode(errors="replace")
        running.wait(PATIENCE)
    os.close(ours)
    return seen
