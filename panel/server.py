"""Serves the panel under gunicorn: a process that answers, one that sends, one for mail by SMTP, one that watches."""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib import import_module
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn, ThreadWorker

from panel import clock, logs
from panel.config import Config
from panel.errors import ConfigError
from panel.file_system import refuse_shared
from panel.keeper import Keeper
from panel.services import Services, open_services

THREADS = 8
BACKLOG = 128  # connections that wait for the listener
LOAD_SECONDS = 10  # after which mail is sent though the panel does not answer
ARRIVAL_SECONDS = 30.0  # for a whole request: each that is coming in holds one of the threads
GRACE_SECONDS = 5  # a test that runs longer is shown as stopped


def serve(config: Config, say: Callable[[str], None]) -> None:
    """Open everything, say where the panel is, and serve until SIGTERM."""
    logs.configure(config.log_format)
    refuse_shared(config.database_path)
    services = open_services(config)
    keepers = [*_listener(config), Keeper("worker", "panel.worker_process", config)]
    say(_welcome(services))
    if config.smtp_listen:
        say(f"Programs on this machine hand mail over by SMTP at {_written(*config.smtp_listen)}")
    services.database.close()  # the process that answers opens its own
    _Server(services, keepers).run()


def address(config: Config) -> str:
    """Give the panel's own address as a link."""
    return f"http://{_written(*config.listen)}"


def _written(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _listener(config: Config) -> list[Keeper]:
    """Open the door to programs of this machine, where that is wanted; the process behind it gets no key."""
    if config.smtp_listen is None:
        return []
    without_keys = replace(config, keys=(), demo=None)
    return [Keeper("listener", "panel.listener", without_keys, sockets=[_listening(config.smtp_listen)])]


def _listening(place: tuple[str, int]) -> socket.socket:
    """Listen here: while the listener is started again, its clients wait."""
    host, port = place
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server(place, family=family, backlog=BACKLOG)
    except OSError as fault:
        why = os.strerror(fault.errno or 0)
        raise ConfigError(
            f"MAIL_PANEL_SMTP_LISTEN is {_written(host, port)}, where nothing can listen: {why}."
        ) from None


def _welcome(services: Services) -> str:
    """Say where to begin: the one-time link as long as nobody has an account."""
    token = services.accounts.make_setup_link(clock.now())
    if token is None:
        return f"mail-panel is at {address(services.config)}/"
    link = f"{address(services.config)}/setup?token={token}"
    return (
        f"Nobody has an account yet. Make the administrator with this link; it works once, for a day:\n\n    {link}\n"
    )


class _Log(Logger):
    """gunicorn's log, which goes where ours goes."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class Arrivals:
    """The connections that a thread reads from; of one that takes too long nothing more is read.

    What is read by then still gets its answer.
    """

    def __init__(self) -> None:
        self._since: dict[socket.socket, float] = {}

    @contextmanager
    def watching(self, connected: socket.socket, now: float) -> Iterator[None]:
        self._since[connected] = now
        try:
            yield
        finally:
            del self._since[connected]

    def end_slow(self, now: float) -> None:
        for connected, since in self._since.copy().items():
            if now - since > ARRIVAL_SECONDS:
                with suppress(OSError):  # it has gone
                    connected.shutdown(socket.SHUT_RD)


class Answering(ThreadWorker):
    """gunicorn's worker with threads, and an end to waiting for a request."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._arrivals = Arrivals()

    def handle(self, conn: TConn) -> Any:
        with self._arrivals.watching(conn.sock, time.monotonic()):
            return super().handle(conn)

    def notify(self) -> None:
        """Look after slow clients whenever gunicorn's loop comes round, about once a second."""
        super().notify()
        self._arrivals.end_slow(time.monotonic())


class _Server(BaseApplication):
    """gunicorn with our settings and the application that it is given."""

    def __init__(self, services: Services, keepers: Sequence[Keeper]) -> None:
        self._services = services
        self._keepers = keepers
        self._answering = os.pipe()
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings(_written(*self._services.config.listen)).items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        web = import_module("panel.web")  # by name, in the process that answers: the one that watches stays small
        return web.create_app(self._services.config, self._services)

    def _start_others(self) -> None:
        """Start the other processes once the panel answers: at once they would make whoever opens it wait for all."""
        select.select([self._answering[0]], [], [], LOAD_SECONDS)
        for keeper in self._keepers:
            keeper.start()

    def _stop_others(self, _arbiter: Arbiter) -> None:
        """End all of them at the same time."""
        for keeper in self._keepers:
            keeper.ask()
        for keeper in self._keepers:
            keeper.stop()

    def _settings(self, bind: str) -> dict[str, Any]:
        return {
            "bind": bind,
            "worker_class": Answering,
            "threads": THREADS,
            "graceful_timeout": GRACE_SECONDS,
            "loglevel": "warning",
            "logger_class": _Log,
            "control_socket_disable": True,
            "proc_name": "mail-panel",
            "worker_tmp_dir": str(self._services.config.home),  # nothing is written elsewhere
            "when_ready": lambda _arbiter: threading.Thread(target=self._start_others, daemon=True).start(),
            "post_worker_init": lambda _worker: os.write(self._answering[1], b"!"),
            "on_exit": self._stop_others,
            # Forwarded headers are judged by panel.web.proxy alone.
            "forwarded_allow_ips": "",
            "secure_scheme_headers": {},
            "forwarder_headers": "",
        }
