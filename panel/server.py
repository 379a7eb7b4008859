"""Serves the panel under gunicorn: a process that answers, with threads, one that sends, one that watches both."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from panel import clock, logs
from panel.config import Config
from panel.file_system import refuse_shared
from panel.services import Services, open_services
from panel.worker_process import Keeper

THREADS = 8
LOAD_SECONDS = 10  # after which mail is sent though the panel does not answer
GRACE_SECONDS = 5  # a test that runs longer is shown as stopped


def serve(config: Config, say: Callable[[str], None]) -> None:
    """Open everything, say where the panel is, and serve until SIGTERM."""
    logs.configure(config.log_format)
    refuse_shared(config.database_path)
    services = open_services(config)
    say(_welcome(services))
    services.database.close()  # the process that answers opens its own
    _Server(services, Keeper(config)).run()


def address(config: Config) -> str:
    """Give the panel's own address as a link."""
    host, port = config.listen
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


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


class _Server(BaseApplication):
    """gunicorn with our settings and the application that it is given."""

    def __init__(self, services: Services, keeper: Keeper) -> None:
        self._services = services
        self._keeper = keeper
        self._answering = os.pipe()
        super().__init__()

    def load_config(self) -> None:
        host, port = self._services.config.listen
        for name, value in self._settings(f"[{host}]:{port}" if ":" in host else f"{host}:{port}").items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        web = import_module("panel.web")  # by name, in the process that answers: the one that watches stays small
        return web.create_app(self._services.config, self._services)

    def _send(self) -> None:
        """Start the worker once the panel answers: both at once would make whoever opens it wait for both."""
        select.select([self._answering[0]], [], [], LOAD_SECONDS)
        self._keeper.start()

    def _settings(self, bind: str) -> dict[str, Any]:
        return {
            "bind": bind,
            "worker_class": "gthread",
            "threads": THREADS,
            "graceful_timeout": GRACE_SECONDS,
            "loglevel": "warning",
            "logger_class": _Log,
            "control_socket_disable": True,
            "proc_name": "mail-panel",
            "worker_tmp_dir": str(self._services.config.home),  # nothing is written elsewhere
            "when_ready": lambda _arbiter: threading.Thread(target=self._send, daemon=True).start(),
            "post_worker_init": lambda _worker: os.write(self._answering[1], b"!"),
            "on_exit": lambda _arbiter: self._keeper.stop(),
            # Forwarded headers are judged by panel.web.proxy alone.
            "forwarded_allow_ips": "",
            "secure_scheme_headers": {},
            "forwarder_headers": "",
        }
