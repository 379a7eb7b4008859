"""A sign-in is taken into use by the save that names it."""

from __future__ import annotations

from dataclasses import replace

from panel import clock
from panel.clock import Instant
from panel.settings.model import Settings
from panel.settings.oauth.client import Client
from panel.settings.oauth.grants import IN_FORCE, OF_CLIENT, oldest_pending
from panel.settings.store import bound_grant
from panel.storage.actor import Actor
from panel.storage.database import Writer
from panel.storage.vault import Vault


def adopt(write: Writer, vault: Vault, settings: Settings, before: Settings, by: Actor, at: Instant) -> Settings:
    """Take into use the sign-in that settings name; give the settings with the one that they may use, or with none.

    The one before goes on where none is named and as far as it serves. What another takes the place of is forgotten;
    what is left without one can be taken back for as long as a new sign-in waits for its save. What was refused is
    asked for once more where the client shows something else.
    """
    client = Client.of(settings) if settings.by_token else None
    number = 0
    if client and client.flow.by_person:
        left = [row["number"] for row in write.rows(_LAST, (client.binding,))]
        named = filter(None, (settings.grant, before.grant, *left))
        number = next((each for each in named if _is_usable(write, each, client, by, at)), 0)
    if client:
        _take_into_use(write, vault, client, number, at, changed=client != Client.of(before))
    own = client.binding if client and not client.flow.by_person else ""
    if number or own:
        write.run(_FORGOTTEN, (number, str(client.flow) if client else "", own))
    else:
        write.run("UPDATE grants SET adopted_at = ? WHERE number = ?", (clock.stamp(at.wall), before.grant))
    return replace(settings, grant=number)


def _is_usable(write: Writer, number: int, client: Client, by: Actor, at: Instant) -> bool:
    """Say whether a sign-in is one of this client; what no save has named is its own who signed in."""
    row = write.row(OF_CLIENT, (number, client.binding, oldest_pending(at)))
    return row is not None and bool(row["adopted_at"] or row["signed_in_by"] == by.owner)


def _take_into_use(write: Writer, vault: Vault, client: Client, number: int, at: Instant, *, changed: bool) -> None:
    """Note that a grant, or all that a client has by itself, is used with this client from now on."""
    sealed = vault.seal(client.to_json(), bound_grant("client", client.binding))
    write.run(_ADOPTED, (clock.stamp(at.wall), sealed, client.binding, number, str(client.flow)))
    if changed:
        write.run(f"UPDATE grants SET {IN_FORCE} WHERE binding = ? AND state = 'refused'", (client.binding,))  # noqa: S608 - ours


_ADOPTED = """
UPDATE grants SET adopted_at = ?, client = ?,
    state = CASE state WHEN 'pending' THEN 'ready' ELSE state END
WHERE binding = ? AND state != 'forgotten' AND (number = ? OR (flow = ? AND flow NOT IN ('code', 'device')))
"""
_LAST = """
SELECT number FROM grants WHERE binding = ? AND adopted_at NOTNULL AND state != 'forgotten' ORDER BY number DESC LIMIT 1
"""
_FORGOTTEN = """
UPDATE grants SET state = 'forgotten'
WHERE adopted_at NOTNULL AND state != 'forgotten' AND number != ? AND NOT (flow = ? AND binding = ?)
"""
