"""A MariaDB server for the one test whose application wants one; it listens on a socket in the file system alone."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.needs import needs, needs_root
from tests.support.waiting import wait_until

_PACKAGE = "mariadb-server-core"
_OURS = ("--no-defaults", "--user=root")


@contextmanager
def mariadb(folder: Path, database: str) -> Iterator[Path]:
    """Serve an empty database, whose user `root` has no password; give the socket."""
    needs_root("MariaDB")  # it would want to change its user
    install, server = needs("mariadb-install-db", _PACKAGE), needs("mariadbd", _PACKAGE)
    data, socket = [*_OURS, f"--datadir={folder}"], folder / "socket"
    making = [install, *data, "--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(making, check=True, stdout=subprocess.DEVNULL)
    first = folder / "first.sql"
    first.write_text(f"CREATE DATABASE {database};\n")
    quiet = [f"--socket={socket}", "--skip-networking", f"--init-file={first}", f"--log-error={folder / 'log'}"]
    with subprocess.Popen([server, *data, *quiet]) as process:
        try:
            wait_until(socket.exists)
            yield socket
        finally:
            process.terminate()
