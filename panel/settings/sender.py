"""Who sends, and what is taken, as the doors need it that take messages: they load no settings for it."""

import json
from typing import NamedTuple

from panel.home import machine_name
from panel.mail.limits import DEFAULT_LIMITS, MessageLimits
from panel.storage.database import Database


class DoorTerms(NamedTuple):
    """What a door goes by: the right side of a Message-ID, and what it takes."""

    host: str
    limits: MessageLimits


def door_terms(database: Database) -> DoorTerms:
    """Read what a door goes by; before there are settings, this machine's name and the defaults."""
    row = database.row("SELECT document FROM settings ORDER BY version DESC LIMIT 1")
    document = json.loads(row["document"]) if row else {}
    largest, most = (document.get(name, default) for name, default in _LIMITS)
    return DoorTerms(host_of(document.get("from_address", "")), MessageLimits(largest, most))


_LIMITS = tuple(zip(("max_message_bytes", "max_recipients"), DEFAULT_LIMITS, strict=True))


def message_host(database: Database) -> str:
    """Give the right side of a Message-ID: the sender's domain; before there is one, this machine's name."""
    return door_terms(database).host


def host_of(address: str) -> str:
    """Give the same of a sender that is known; nobody is none."""
    return address.rpartition("@")[2] or machine_name()
