"""A sign-in is taken into use by the save that names it."""

from __future__ import annotations

from dataclasses import replace

from panel import clock
from panel.clock import Instant
from panel.settings.model import Settings
from panel.settings.oauth.client import Client
from panel.settings.oauth.grants import IN_FORCE, OF_CLIENT
from panel.storage.database import Writer


def adopt(write: Writer, settings: Settings, before: Settings, at: Instant) -> Settings:
    """Take into use the sign-in that settings name; give the settings with the one that they may use, or with none.

    The one before is forgotten where another takes its place; where none may, it goes on as far as it serves. What was
    refused is asked for once more where the client shows something else.
    """
    client = Client.of(settings) if settings.by_token else None
    if client and client != Client.of(before):
        write.run(f"UPDATE grants SET {IN_FORCE} WHERE binding = ? AND state = 'refused'", (client.binding,))  # noqa: S608 - ours
    if client is None or not client.flow.by_person:
        return replace(settings, grant=0)
    for number in filter(None, (settings.grant, before.grant)):
        if write.row(OF_CLIENT, (number, client.binding)):
            _take_into_use(write, number, before.grant, at)
            return replace(settings, grant=number)
    return replace(settings, grant=0)


def _take_into_use(write: Writer, number: int, before: int, at: Instant) -> None:
    write.run(
        "UPDATE grants SET adopted_at = coalesce(adopted_at, ?), state = CASE state WHEN 'pending' THEN 'ready' "
        "ELSE state END WHERE number = ?",
        (clock.stamp(at.wall), number),
    )
    if before and before != number:
        write.run("UPDATE grants SET state = 'forgotten' WHERE number = ?", (before,))
