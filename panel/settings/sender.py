"""Who sends, as the doors need it that take messages: they load no settings for it."""

from __future__ import annotations

import json

from panel.home import machine_name
from panel.storage.database import Database


def message_host(database: Database) -> str:
    """Give the right side of a Message-ID: the sender's domain; before there is one, this machine's name."""
    row = database.row("SELECT document FROM settings ORDER BY version DESC LIMIT 1")
    address: str = json.loads(row["document"])["from_address"] if row else ""
    return host_of(address)


def host_of(address: str) -> str:
    """Give the same of a sender that is known; nobody is none."""
    return address.rpartition("@")[2] or machine_name()
