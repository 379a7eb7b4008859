"""Which history of a server is the newest that this machine has seen: an old primary that comes back has another."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from panel.errors import OutOfReach
from panel.storage.postgresql.reaching.address import ServerAddress
from panel.storage.postgresql.session import ServerSession, open_session

FILE = "timeline"  # of the newest, behind the name of the data file that a panel of one machine would have


class SeenHistory:
    """Remembers, for all processes of this machine, the newest history of the server that is in use."""

    def __init__(self, path: Path) -> None:
        self.file = path.with_name(f"{path.name}.{FILE}")

    def admits(self, boot: str) -> bool:
        """Note the history that a connection has come to; say no where this machine has seen what came after it."""
        server, timeline = _parts(boot)
        known, newest = _parts(self._read())
        if server == known and timeline < newest:
            return False
        if (server, timeline) != (known, newest):
            self._keep(boot)
        return True

    def _read(self) -> str:
        try:
            return self.file.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def _keep(self, boot: str) -> None:
        with suppress(OSError):  # a machine without a home of its own knows it as long as it is connected
            self.file.parent.mkdir(mode=0o700, exist_ok=True)
            new = self.file.with_name(f"{self.file.name}.{uuid4().hex[:8]}")
            try:
                new.write_text(f"{boot}\n", "ascii")
                new.replace(self.file)
            finally:
                new.unlink(missing_ok=True)  # of a disk that is full


def open_newest(address: ServerAddress, seen: SeenHistory, *, lock_ms: int | None = None) -> ServerSession:
    """Connect to the host that takes changes and has the newest history; raise `OutOfReach` or `psycopg.Error`."""
    left: ServerAddress | None = address
    while left:
        session = open_session(left, lock_ms=lock_ms)
        if seen.admits(session.boot):
            return session
        left = left.without(session.connection.info.host, session.connection.info.port)
        session.connection.close()
    raise OutOfReach(
        f"{address.name} answers as it was before another server took its place. Stop it, and make it a standby of "
        f"that one. Where it is to be the primary again, remove {seen.file}."
    )


def _parts(boot: str) -> tuple[str, int]:
    """Give the server, and which of its histories it is, of the name of a server's clock."""
    server, _, timeline = boot.rpartition("-")
    try:
        return server, int(timeline, 16)
    except ValueError:
        return "", 0
