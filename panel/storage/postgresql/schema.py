"""Which steps the tables on a server have seen, and how they are made or brought up to those of this program."""

from __future__ import annotations

from typing import Any

import psycopg
import psycopg.sql

from panel.errors import CannotDo, ConfigError, DatabaseError
from panel.storage.database import Database
from panel.storage.postgresql import tables
from panel.storage.postgresql.session import KNOWS_TRANSACTION_TIMEOUT
from panel.storage.steps import LATER_STEPS, SCHEMA

# Our two advisory locks: who writes has the first, who makes or updates the tables has both.
WRITER_LOCK, TABLES_LOCK = 1, 2


def refuse_other_step(step: int, name: str) -> None:
    """Raise where a newer program has updated the tables, perhaps while this one was running, or an older made them."""
    if step > SCHEMA:
        raise DatabaseError(
            f"{name} was updated by a newer mail-panel. Update this one, or go back to a dump of before (pg_restore)."
        )
    if step == 0:
        raise DatabaseError(
            f"{name} has no tables of mail-panel. Run `mail-panel database prepare` as their owner, or start the panel."
        )
    if step < SCHEMA:
        raise DatabaseError(
            f"{name} is of an older mail-panel. Run `mail-panel database prepare` as the owner of its tables."
        )


def step_of(connection: psycopg.Connection[Any], schema: str) -> int:
    """Give how many steps the tables have seen, 0 where there are none."""
    found = connection.execute("SELECT to_regclass(%s)", (f"{schema}.mail_panel_schema",)).fetchone()
    if not found or found[0] is None:
        return 0
    row = connection.execute("SELECT step FROM mail_panel_schema").fetchone()
    return int(row[0]) if row else 0


def make_or_update(connection: psycopg.Connection[Any], schema: str, name: str) -> int:
    """Bring the tables up to this program's, in one transaction; give the step that they were of before."""
    with connection.transaction():
        for patience in ("statement_timeout", "lock_timeout"):
            connection.execute(f"SET LOCAL {patience} = 0")  # another machine may be at it, for as long as it takes
        if connection.info.server_version >= KNOWS_TRANSACTION_TIMEOUT:
            connection.execute("SET LOCAL transaction_timeout = 0")
        for lock in (TABLES_LOCK, WRITER_LOCK):
            connection.execute(f"SELECT pg_advisory_xact_lock(hashtext(%s), {lock})", (schema,))
        before = step_of(connection, schema)
        if before > SCHEMA:
            refuse_other_step(before, name)
        if before == 0:
            _make(connection, schema)
        for step in range(max(before, tables.FIRST_STEP) + 1, SCHEMA + 1):
            _run(connection, LATER_STEPS[step])
        connection.execute("UPDATE mail_panel_schema SET step = %s", (SCHEMA,))
    return before


def _make(connection: psycopg.Connection[Any], schema: str) -> None:
    made = connection.execute(
        "SELECT has_schema_privilege('public', oid, 'CREATE') FROM pg_namespace WHERE nspname = %s", (schema,)
    ).fetchone()
    if made and made[0]:
        raise ConfigError(
            f"Everybody may make tables and functions in the schema {schema}, which would be taken for ours. "
            f"Run: REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC"
        )
    if not made:
        connection.execute(psycopg.sql.SQL("CREATE SCHEMA {}").format(psycopg.sql.Identifier(schema)))
    for text in (tables.TABLES, tables.FILLED, tables.TRIGGERS, tables.OF_THIS_ENGINE):
        _run(connection, text)


def _run(connection: psycopg.Connection[Any], text: str) -> None:
    for statement in tables.statements(text):
        connection.execute(statement)


def grant_to(connection: psycopg.Connection[Any], schema: str, user: str) -> None:
    """Let a user read and write all that is in the tables, and change none of them."""
    names = {"schema": psycopg.sql.Identifier(schema), "user": psycopg.sql.Identifier(user)}
    try:
        with connection.transaction():
            for text in _GRANTS:
                connection.execute(psycopg.sql.SQL(text).format(**names))
    except psycopg.errors.UndefinedObject:
        raise CannotDo(f"The server has no user {user}. Run: CREATE ROLE {user} LOGIN, with a password.") from None


_GRANTS = (
    "GRANT USAGE ON SCHEMA {schema} TO {user}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {user}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {user}",
    "REVOKE INSERT, DELETE ON {schema}.mail_panel_schema FROM {user}",
    # And on what later steps will make
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {user}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE ON SEQUENCES TO {user}",
)


class ServerKey:
    """What the machines of a server have agreed on; each statement is whole by itself, or part of a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self) -> str | None:
        row = self._database.row("SELECT key_fingerprint FROM mail_panel_schema")
        return row[0] if row else None

    def note(self, fingerprint: str) -> str:
        row = self._database.row(_NOTE, (fingerprint,))
        return row[0] if row else self.read() or ""

    def replace(self, fingerprint: str) -> None:
        self._database.rows("UPDATE mail_panel_schema SET key_fingerprint = ? RETURNING step", (fingerprint,))


_NOTE = "UPDATE mail_panel_schema SET key_fingerprint = ? WHERE key_fingerprint IS NULL RETURNING key_fingerprint"
