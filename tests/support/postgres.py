"""A PostgreSQL server of the tests' own, made of Debian's package in a folder in memory, and ended by its pid.

It syncs what it commits, as the panel asks of it; in memory that costs nothing.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import psycopg

from tests.support.needs import missing, needs
from tests.support.serving import free_port
from tests.support.waiting import wait_until

USER = "postgres"  # who runs it where the tests run as root, which it refuses; and the name of its owner
STOPS_WITHIN = 30.0  # seconds
_MEMORY = Path("/dev/shm")
_DEBIANS = Path("/usr/lib/postgresql")
# Linguistic, as many servers are set up: what leaves the order of names to the server is seen.
_MAKE = ("--auth=trust", f"--username={USER}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
_LINGUISTIC = ("--locale-provider=icu", "--icu-locale=en-US")
_USUAL = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "300",
    "shared_buffers": "32MB",
    "full_page_writes": "off",
    "wal_init_zero": "off",
    "log_min_messages": "warning",
    "timezone": "UTC",
}


class PostgresServer:
    """One server; what is given beside its folder is set for it, such as `max_connections="20"`."""

    host = "127.0.0.1"
    by: Sequence[str] = ()  # what runs it on another machine
    under: Sequence[str] = ()  # what its user runs it under

    def __init__(self, folder: Path | None = None, *, port: int = 0, **settings: str) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix="postgres-", dir=_MEMORY if _MEMORY.is_dir() else None))
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.port = port or free_port()
        self.settings = {**_USUAL, **settings}
        self._process: subprocess.Popen[bytes] | None = None

    def make(self) -> Self:
        """Make its files, whose owner is the user that runs it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._give_away(self.folder)
        subprocess.run(
            [*as_its_user(), program("initdb"), *_MAKE, *_LINGUISTIC, f"--pgdata={self.data}"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return self

    def start(self) -> Self:
        """Start it, and give it once it answers."""
        settings = {"unix_socket_directories": str(self.folder), "port": str(self.port), **self.settings}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.by, *as_its_user(), *self.under, program("postgres"), "-D", str(self.data), *words],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_until(self._answers)
        return self

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT ends what is under way, SIGQUIT leaves the files as a crash does."""
        if self._process:
            self._process.send_signal(how)
            self._process.wait(STOPS_WITHIN)
            self._process = None

    def remove(self) -> None:
        """End it, and leave nothing of it."""
        self.stop()
        shutil.rmtree(self.folder)

    def __enter__(self) -> Self:
        return self.make().start()

    def __exit__(self, *fault: object) -> None:
        self.remove()

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def url(self, schema: str = "", *, host: str = "", port: int = 0, **parameters: str) -> str:
        """Give what MAIL_PANEL_DATABASE is, perhaps by a relay that listens elsewhere."""
        query = urlencode({**({"schema": schema} if schema else {}), **parameters})
        return f"postgresql://{USER}@{host or self.host}:{port or self.port}/postgres" + (f"?{query}" if query else "")

    def connect(self, **parameters: Any) -> psycopg.Connection[Any]:
        """Open a connection that commits each statement for itself."""
        return psycopg.connect(self.url(), autocommit=True, **parameters)

    def _answers(self) -> bool:
        assert self._process
        assert self._process.poll() is None, self.log.read_text("utf-8", "replace")
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _give_away(self, folder: Path) -> None:
        if os.geteuid() == 0:
            shutil.chown(folder, USER)


def program(name: str) -> str:
    """Give the path of one of its programs, of the newest version; skip the test where it is not installed."""
    versions = sorted(_DEBIANS.glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    return needs(name, "postgresql", *versions)


def as_its_user() -> list[str]:
    """Give what a command is begun with, so that it is not root's, and ends with the test run."""
    if not shutil.which("setpriv"):
        missing("setpriv is not installed (Debian package: util-linux)")
    as_user = [f"--reuid={USER}", "--regid", USER, "--clear-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *as_user, "--pdeathsig=INT"]
