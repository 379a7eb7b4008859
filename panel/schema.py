"""The tables, as numbered steps; a released step is never edited.

Times are UTC as ISO 8601 text with milliseconds, so that they sort as they are.
"""

from __future__ import annotations

from sqlite_utils.db import Database
from sqlite_utils.migrations import Migrations

steps = Migrations("mail-panel")


@steps()
def m001_settings(db: Database) -> None:
    """Keep every version of the settings, the highest in force; a sealed secret has a column of its own."""
    db.table("settings").create(
        {
            "version": int,
            "saved_at": str,
            "saved_by": str,
            "saved_from": str,
            "changed": str,
            "fingerprint": str,
            "document": str,
            "smtp_password": bytes,
            "pop_password": bytes,
        },
        pk="version",
        not_null={"saved_at", "saved_by", "saved_from", "changed", "fingerprint", "document"},
        strict=True,
    )


@steps()
def m002_accounts(db: Database) -> None:
    """Keep who may enter; of a session and of the one-time link only a digest."""
    db.table("accounts").create(
        {"name": str, "password": str, "role": str, "locale": str, "recipient": str, "created_at": str},
        pk="name",
        not_null={"password", "role", "created_at"},
        strict=True,
    )
    db.table("sessions").create(
        {"digest": bytes, "account": str, "address": str, "opened_at": str, "seen_at": str},
        pk="digest",
        not_null={"account", "address", "opened_at", "seen_at"},
        foreign_keys=[("account", "accounts", "name")],
        strict=True,
    )
    db.table("sessions").create_index(["account"])
    db.table("setup_links").create({"digest": bytes, "made_at": str}, pk="digest", not_null={"made_at"}, strict=True)
    db.table("login_failures").create(
        {"id": int, "account": str, "address": str, "at": str},
        pk="id",
        not_null={"account", "address", "at"},
        strict=True,
    )
    db.table("login_failures").create_index(["address", "at"])


@steps()
def m003_trials(db: Database) -> None:
    """Keep the test sends: what was tested, by whom, and the report as far as it is."""
    db.table("trials").create(
        {
            "id": int,
            "account": str,
            "address": str,
            "started_at": str,
            "beat_at": str,
            "stop": int,
            "outcome": str,
            "mode": str,
            "recipient": str,
            "fingerprint": str,
            "version": int,
            "seen": int,
            "report": str,
        },
        pk="id",
        not_null={"account", "address", "started_at", "beat_at", "stop", "outcome", "mode", "recipient", "fingerprint"}
        | {"seen", "report"},
        defaults={"stop": 0, "seen": 0},
        strict=True,
    )
    db.table("trials").create_index(["account", "started_at"])
    db.table("trials").create_index(["fingerprint", "started_at"])


NUMBER = 3  # of steps; kept in the file, so that a current one is known without reading the steps
