"""The messages that filters leave as a file: CSV that a spreadsheet runs nothing of, or JSON; few are in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from panel import clock
from panel.access.audit.lines import BOM, csv_cell, csv_line
from panel.logs import in_one_line
from panel.outbox.entry import Entry, entry_to_json

COLUMNS_OF_A_FILE = (
    *("id", "state", "queued_at", "ended_at", "subject", "recipients", "attempts", "cause", "reply", "uncertain"),
    *("message_id", "size", "door", "account", "server", "bounced_at", "seen_at", "seen_by"),
)


def messages_to_csv(entries: Iterable[Entry]) -> Iterator[str]:
    """Write a header, and each message as a line (RFC 4180)."""
    yield BOM + csv_line(COLUMNS_OF_A_FILE)
    for entry in entries:
        told = {**entry_to_json(entry), "recipients": ", ".join(each.address for each in entry.recipients)}
        yield csv_line([csv_cell(_text(told[name])) for name in COLUMNS_OF_A_FILE])


def messages_to_json(entries: Iterable[Entry]) -> Iterator[str]:
    """Write an array of the messages, one a line."""
    between = "[\n"
    for entry in entries:
        yield between + in_one_line(json.dumps(entry_to_json(entry), ensure_ascii=False, separators=(",", ":")))
        between = ",\n"
    yield "[]\n" if between == "[\n" else "\n]\n"


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def name_of_file(ending: str) -> str:
    """Name the file after the moment at which it was asked for."""
    return f"outbox-{clock.stamp(clock.now())[:16].replace(':', '')}.{ending}"
