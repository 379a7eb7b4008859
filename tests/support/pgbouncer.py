"""PgBouncer before a PostgreSQL server, as many sites have it: in a process of its own, ended by its pid."""

from __future__ import annotations

import subprocess
from typing import Self

from tests.support.needs import needs
from tests.support.postgres import USER, PostgresServer, as_its_user
from tests.support.serving import free_port, wait_for

_SETTINGS = """
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = {size}
max_client_conn = 200
"""


class PgBouncer:
    """A pooler whose `mode` is `session`, `transaction` or `statement`, with so many connections to the server."""

    def __init__(self, server: PostgresServer, *, mode: str, size: int = 20) -> None:
        self._server = server
        self._mode = mode
        self._size = size
        self.port = free_port()

    def url(self, schema: str = "") -> str:
        return self._server.url(schema, port=self.port)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self.stop()

    def start(self) -> None:
        program = needs("pgbouncer", "pgbouncer")
        folder = self._server.folder / f"pgbouncer-{self.port}"  # whose owner runs it, too
        folder.mkdir(mode=0o755, exist_ok=True)
        settings = _SETTINGS.format(
            host=self._server.host,
            server=self._server.port,
            port=self.port,
            folder=folder,
            mode=self._mode,
            size=self._size,
        )
        (folder / "pgbouncer.ini").write_text(settings, "utf-8")
        (folder / "users").write_text(f'"{USER}" ""\n', "utf-8")
        self._process = subprocess.Popen(
            [*self._server.by, *as_its_user(), program, "-q", str(folder / "pgbouncer.ini")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(self.port, self._server.host)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
