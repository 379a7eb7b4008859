"""A worker as a process: by itself, or kept alive by the process that serves the panel."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from panel import logs
from panel.config import Config
from panel.dispatch import Dispatch
from panel.errors import PanelError
from panel.file_system import refuse_shared
from panel.services import Services, open_services
from panel.wake import Bell
from panel.worker import Worker

RESTART_SECONDS = 1.0  # after a worker that ended unasked
STOP_SECONDS = 15.0  # a worker gives the message in hand 10 s


def run(config: Config) -> None:
    """Work in this process until SIGTERM or SIGINT."""
    refuse_shared(config.database_path)
    services = open_services(config)
    worker = make(services)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    logs.info("worker_began", worker=worker.name)
    worker.run(Bell(config.database_path))
    logs.info("worker_ended", worker=worker.name)


def make(services: Services) -> Worker:
    """Make a worker that is not running yet."""
    config = services.config
    return Worker(
        services.outbox,
        Dispatch(services.database, keep_bodies=bool(config.keep_bodies)),
        services.settings,
        services.heartbeats,
        policy=config.policy,
        keep=(timedelta(days=config.keep_bodies), timedelta(days=config.keep_log)),
    )


class Keeper:
    """Keeps a worker process alive, from `start` to `stop`; it ends by itself when this process dies."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="worker-keeper", daemon=True)

    def start(self) -> None:
        if self._stopping.is_set():
            return
        self._process = self._begin()
        self._thread.start()

    def stop(self) -> None:
        """Ask the worker to finish, and wait until it has."""
        self._stopping.set()
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()  # what it had in hand is taken back as uncertain

    def _keep(self) -> None:
        while self._process and not self._stopping.is_set():
            self._process.wait()
            if self._stopping.wait(RESTART_SECONDS):
                return
            logs.warning("worker_died")  # with which code gunicorn knows, which reaps every child
            try:
                self._process = self._begin()
            except OSError as fault:  # out of processes or memory: the one that ended makes us try again
                logs.error("worker_not_started", text=fault)

    def _begin(self) -> subprocess.Popen[bytes]:
        """Start a worker with our configuration, whose keys stay out of arguments and environment."""
        command = [sys.executable, "-P", "-c", _PROGRAM, str(Path(__file__).parents[1])]
        begun = subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603 - our own words
        assert begun.stdin
        with suppress(BrokenPipeError):  # it has ended already, and is begun again like any other
            begun.stdin.write(pickle.dumps(self._config))
            begun.stdin.flush()
        return begun  # its standard input stays open: its end tells of ours


_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from panel.worker_process import child; child()"


def child() -> None:
    """Work with the configuration that stands on standard input, and stop when that ends."""
    config: Config = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent
    logs.configure(config.log_format)
    threading.Thread(target=_stop_with_parent, name="parent", daemon=True).start()
    try:
        run(config)
    except PanelError as fault:
        logs.error("worker_failed", text=fault)
        sys.exit(1)


def _stop_with_parent() -> None:
    while os.read(0, 1):  # past sys.stdin, whose lock the interpreter needs when it ends
        pass
    os.kill(os.getpid(), signal.SIGTERM)
