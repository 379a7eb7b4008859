"""Keeps a process of ours alive beside the one that serves the panel; it ends when that one does."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from panel import logs
from panel.config import Config
from panel.errors import PanelError
from panel.home import PREFIX

RESTART_SECONDS = 1.0  # after a process that ended unasked
STOP_SECONDS = 15.0  # each gives what it has in hand 10 s


class Supervisor:
    """Keeps one process alive, from `start` to `stop`: it runs `run(config, *sockets)` of a module."""

    def __init__(self, name: str, module: str, config: Config, *, sockets: Sequence[socket.socket] = ()) -> None:
        self._name = name
        self._module = module
        self._config = config
        self._sockets = sockets
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name=f"{name}-supervisor", daemon=True)

    def start(self) -> None:
        """Start the process, and start it again whenever it ends, until `stop`."""
        if self._stopping.is_set():
            return
        self._process = self._begin()
        self._thread.start()

    def ask(self) -> None:
        """Ask the process to finish what it has in hand."""
        self._stopping.set()
        if self._process:
            self._process.terminate()

    def stop(self) -> None:
        """Ask it, and wait until it has ended."""
        self.ask()
        if self._process:
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()  # none of them loses what it has acknowledged

    def _keep(self) -> None:
        while self._process and not self._stopping.is_set():
            self._process.wait()
            if self._stopping.wait(RESTART_SECONDS):
                return
            logs.warning("process_died", process=self._name)
            try:
                self._process = self._begin()
            except OSError as fault:  # out of processes or memory: the one that ended makes us try again
                logs.error("process_not_started", process=self._name, text=fault)

    def _begin(self) -> subprocess.Popen[bytes]:
        """Start the process with our configuration, whose keys stay out of arguments and environment."""
        numbers = [each.fileno() for each in self._sockets]
        command = [sys.executable, "-P", "-c", _PROGRAM, str(Path(__file__).parents[1]), self._name, self._module]
        begun = subprocess.Popen(  # noqa: S603 - our own words
            command, stdin=subprocess.PIPE, pass_fds=numbers, env=_without_keys(os.environ)
        )
        assert begun.stdin
        with suppress(BrokenPipeError):  # it has ended already, and is begun again like any other
            begun.stdin.write(pickle.dumps((self._config, numbers)))
            begun.stdin.flush()
        return begun  # its standard input stays open: its end tells of ours


def _without_keys(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name != f"{PREFIX}KEYS"}


_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); from panel.server.supervisor import child; child(*sys.argv[2:])"
)


def child(name: str, module: str) -> None:
    """Run a module with the configuration that stands on standard input, and stop when that ends."""
    config, numbers = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent
    logs.configure(config.log_format, quiet=config.quiet)
    if config.settings_file:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the parent reads it anew; a terminal asks the whole group
    threading.Thread(target=_stop_with_parent, name="parent", daemon=True).start()
    try:
        import_module(module).run(config, *(socket.socket(fileno=number) for number in numbers))
    except PanelError as fault:
        logs.error("process_failed", process=name, text=fault)
        sys.exit(1)


def _stop_with_parent() -> None:
    while os.read(0, 1):  # past sys.stdin, whose lock the interpreter needs when it ends
        pass
    os.kill(os.getpid(), signal.SIGTERM)
