"""A PostgreSQL server on a machine of a network of the tests, and a standby of it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Self

from tests.support.network import Machine, followed_clock
from tests.support.postgres import PostgresServer, as_its_user, program
from tests.support.waiting import wait_until

PORT = 5432
_HBA = "local all all trust\nhost all all samenet trust\nhost replication all samenet trust\n"


class DistantServer(PostgresServer):
    """A server that stands on another machine."""

    def __init__(self, folder: Path, machine: Machine, **settings: str) -> None:
        super().__init__(folder, port=PORT, listen_addresses="*", cluster_name=machine.name, **settings)
        self.machine, self.host = machine, machine.address
        self.by = machine.words()

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
        self.execute("SELECT pg_promote()")

    def set(self, **settings: str) -> None:
        """Change settings of the running server."""
        changes = [f"ALTER SYSTEM SET {name} = '{value}'" for name, value in settings.items()]
        self.execute(*changes, "SELECT pg_reload_conf()")

    def execute(self, *statements: str) -> None:
        """Run statements, each for itself, as its owner."""
        with self.connect() as connection:
            for each in statements:
                connection.execute(each)

    def let_clock_be_set(self) -> Self:
        """Have its clock set by `set_clock`, from the next start on."""
        self.set_clock(0)
        self.under = ("env", *(f"{name}={value}" for name, value in followed_clock(self._clock).items()))
        return self

    def set_clock(self, seconds: float) -> None:
        """Set its clock so far on, or back."""
        self._clock.write_text(f"{seconds:+}s\n")

    @property
    def _clock(self) -> Path:
        return self.folder.with_suffix(".clock")

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait_for_standby(self, *, state: str = "async") -> None:
        """Return once a standby has all, in the given state."""
        asking = "SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'"
        with self.connect() as connection:
            wait_until(lambda: [state] == [row[0] for row in connection.execute(asking)])
