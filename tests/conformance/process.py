"""Starts a server of the distribution in the foreground, and ends it by its process id."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic

STARTS_WITHIN = 15.0  # seconds
STOPS_WITHIN = 10.0
POLL = 0.02
# A test run that is killed leaves no server behind.
DIES_WITH_US = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()


class DidNotStart(AssertionError):
    """A server that ended, or does not speak in time; the message holds its log."""


def free_ports(number: int) -> list[int]:
    """Give ports that nobody listened on a moment ago, all different."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class ServerProcess:
    """One server process, the leader of a session of its own, with the log that it writes."""

    def __init__(self, command: Sequence[object], *, log: Path, output: Path) -> None:
        self._log, self._output = log, output
        with output.open("wb") as file:
            self._process = subprocess.Popen(
                [*DIES_WITH_US, *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        return "".join(path.read_text(errors="replace") for path in (self._output, self._log) if path.exists())

    def wait_for_greeting(self, place: int | Path) -> None:
        """Return when the server greets on a port or a Unix socket; raise `DidNotStart` with its log if it does not."""
        deadline = monotonic() + STARTS_WITHIN
        while not _greets(place):
            if self._ended() or monotonic() > deadline:
                self.stop()
                raise DidNotStart(f"nothing greets at {place}; the server's log:\n{self.log}")

    def kill(self) -> None:
        """End the server and what it has started at once, as a machine does that loses its power."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(STOPS_WITHIN)

    def stop(self) -> None:
        """End the server, and what it has started and left behind."""
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOPS_WITHIN)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(STOPS_WITHIN)

    def _ended(self) -> bool:
        """Say whether the process has ended, after giving it a moment to get on."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(POLL)
        return self._process.returncode is not None


def _greets(place: int | Path) -> bool:
    """Say whether the server speaks: one that only listens may have workers that cannot start."""
    local = isinstance(place, Path)
    try:
        with socket.socket(socket.AF_UNIX if local else socket.AF_INET) as connection:
            connection.settimeout(1)
            connection.connect(str(place) if local else ("127.0.0.1", place))
            return bool(connection.recv(1))
    except OSError:
        return False
