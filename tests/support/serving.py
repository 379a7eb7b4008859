"""The panel as it is run: `mail-panel serve` in a process of its own, ended by its pid."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.support.places import variables_of

START_SECONDS = 30
MAIN = "from panel.cli.main import main; main()"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def wait_for(port: int, host: str = "127.0.0.1") -> None:
    """Wait until somebody listens on a port, of this machine if nothing else is said."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection((host, port), 1).close()
        except OSError:
            assert time.monotonic() < deadline, f"nobody listens on port {port}"
            select.select([], [], [], 0.002)  # the one that starts needs the processor
        else:
            return


class Serving:
    """A panel that answers at `address`; `said` is what it has written so far."""

    def __init__(
        self, home: Path, *, variables: Mapping[str, str] | None = None, cwd: Path | None = None, port: int = 0
    ) -> None:
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.said: list[str] = []
        self._cwd = cwd
        self.variables = {
            "PATH": os.defpath,
            **variables_of(home),
            "MAIL_PANEL_LISTEN": f"127.0.0.1:{self.port}",
            **(variables or {}),
        }

    def __enter__(self) -> Self:
        command = [sys.executable, "-c", MAIN, "serve"]
        self._process = subprocess.Popen(
            command, cwd=self._cwd, env=self.variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        wait_for(self.port)
        return self

    def __exit__(self, *fault: object) -> None:
        self._process.terminate()
        self._process.wait(30)
        self._reading.join(30)

    def kill(self) -> None:
        """End it without a chance to tidy up."""
        self._process.kill()

    def wait(self) -> int:
        """Give its exit code when it has ended."""
        return self._process.wait(30)

    @property
    def tree(self) -> list[int]:
        """Give the process that was started, and its children (Linux)."""
        started = self._process.pid
        return [started, *map(int, Path(f"/proc/{started}/task/{started}/children").read_text().split())]

    @property
    def resident_bytes(self) -> int:
        """Give what the process and its children hold in memory (Linux)."""
        return self._memory("Rss")

    @property
    def proportional_bytes(self) -> int:
        """Give the same, a page that several of them share counted once."""
        return self._memory("Pss")

    def _memory(self, kind: str) -> int:
        rolled = (Path(f"/proc/{pid}/smaps_rollup").read_text().split() for pid in self.tree)
        return sum(int(words[words.index(f"{kind}:") + 1]) for words in rolled) * 1024

    def _read(self) -> None:
        assert self._process.stdout
        self.said.extend(self._process.stdout)
