"""A PostgreSQL server on a machine of a network of the tests, and a standby of it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Self

from tests.support.network import Machine
from tests.support.postgres import PostgresServer, as_its_user, program
from tests.support.waiting import wait_until

PORT = 5432
_HBA = "local all all trust\nhost all all samenet trust\nhost replication all samenet trust\n"


class DistantServer(PostgresServer):
    """A server that stands on another machine."""

    def __init__(self, folder: Path, machine: Machine, **settings: str) -> None:
        super().__init__(folder, port=PORT, listen_addresses="*", cluster_name=machine.name, **settings)
        self.machine, self.host = machine, machine.address
        self.by = (*machine.words(), "env", *(f"{name}={value}" for name, value in machine.clock.items()))

    def make(self) -> Self:
        super().make()
        (self.data / "pg_hba.conf").write_text(_HBA)
        return self

    def make_standby_of(self, primary: DistantServer) -> Self:
        """Copy another server, whose changes this one goes on to take over by the name of its machine."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._give_away(self.folder)
        of = f"host={primary.host} port={PORT} user=postgres application_name={self.machine.name}"
        words = ["--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf", "--no-sync", f"--dbname={of}"]
        command = [*self.machine.words(), *as_its_user(), program("pg_basebackup"), *words, f"--pgdata={self.data}"]
        subprocess.run(command, cwd=self.folder, check=True)
        return self

    def promote(self) -> None:
        """Make a standby the primary, and return once it takes changes."""
        with self.connect() as connection:
            connection.execute("SELECT pg_promote()")

    def set(self, **settings: str) -> None:
        """Change settings of the running server."""
        with self.connect() as connection:
            for name, value in settings.items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            connection.execute("SELECT pg_reload_conf()")

    def wait_for_standby(self, *, state: str = "async") -> None:
        """Return once a standby has all, in the given state."""
        asking = "SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'"
        with self.connect() as connection:
            wait_until(lambda: [state] == [row[0] for row in connection.execute(asking)])
