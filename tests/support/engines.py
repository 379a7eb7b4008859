"""What is done to a database in the words of its engine, whichever it is."""

from __future__ import annotations

from panel.storage.database import Database
from panel.storage.postgresql.database import PostgresDatabase


def is_server(database: Database) -> bool:
    return isinstance(database, PostgresDatabase)


def step(database: Database) -> int:
    """Give the number of the step that the tables say they are of."""
    [row] = database.rows("SELECT step FROM mail_panel_schema" if is_server(database) else "PRAGMA user_version")
    return int(row[0])


def set_step(database: Database, number: int) -> None:
    """Have the tables say that they are of another step."""
    with database.writing() as write:
        if is_server(database):
            write.changed("UPDATE mail_panel_schema SET step = ?", (number,))
        else:
            write.run(f"PRAGMA user_version = {number}")


def tables(database: Database) -> set[str]:
    """Give the names of all tables that are of the panel's own making."""
    if is_server(database):
        rows = database.rows("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    else:
        rows = database.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%sqlite%'")
    return {row[0] for row in rows}


def forbid_update(database: Database, table: str, column: str) -> None:
    """Have whoever changes a column fail with `forbidden`, as where a process dies just there."""
    when = f"BEFORE UPDATE OF {column} ON {table}"
    texts = [f"CREATE TRIGGER dies {when} BEGIN SELECT RAISE(ABORT, 'forbidden'); END"]
    if is_server(database):
        texts = [
            "CREATE FUNCTION dies() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'forbidden'; END $$",
            f"CREATE TRIGGER dies {when} FOR EACH ROW EXECUTE FUNCTION dies()",
        ]
    with database.writing() as write:
        for text in texts:
            write.run(text)
