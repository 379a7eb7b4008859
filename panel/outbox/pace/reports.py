"""Which mail servers take no word about reports (RFC 3461) though they offer to make them: until the next save."""

from __future__ import annotations

from panel import logs
from panel.errors import DatabaseError
from panel.storage.database import Database


class Reports:
    """Remembers that over sessions, workers and starts; what cannot be remembered is found out again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def are_refused(self, server: str, version: int) -> bool:
        """Say whether a server has refused the request since these settings are in force."""
        try:
            row = self._database.row("SELECT reports_refused FROM servers WHERE name = ?", (server,))
        except DatabaseError:
            return False
        return row is not None and row["reports_refused"] == version

    def note_refused(self, server: str, version: int) -> None:
        """Note that a server has taken a message without the request that it had refused with it."""
        logs.info("reports_refused", server=server, version=version)
        try:
            with self._database.writing() as write:
                write.run(_NOTE, (server, version))
        except DatabaseError as fault:
            logs.error("database_failed", text=fault)


_NOTE = (
    "INSERT INTO servers (name, reports_refused) VALUES (?, ?) "
    "ON CONFLICT (name) DO UPDATE SET reports_refused = excluded.reports_refused"
)
