"""The mark that there are sign-ins to look after: a file, so that who never signs in reads no table for them."""

from __future__ import annotations

from panel.storage.database import Database

SIGN_INS = "sign-ins"


def leave_mark(database: Database) -> None:
    """Leave the mark with the first sign-in, where the write lock is held: nobody takes it away meanwhile."""
    database.mark(SIGN_INS)


def take_mark_away(database: Database) -> None:
    """Take the mark away where nothing is left to look after."""
    if database.row(_LEFT):
        return
    with database.writing() as write:
        if not write.row(_LEFT):
            database.unmark(SIGN_INS)


_LEFT = """
SELECT 1 FROM grants WHERE state != 'forgotten' OR access_token NOTNULL OR refresh_token NOTNULL OR client NOTNULL
UNION ALL SELECT 1 FROM sign_ins WHERE outcome = 'waiting' LIMIT 1
"""
