"""A sign-in is taken into use by the save that names it."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from panel import clock
from panel.clock import Instant
from panel.settings.fields.sealing import bound_grant
from panel.settings.model import Settings
from panel.settings.oauth.client import Client
from panel.settings.oauth.grants import IN_FORCE, OF_CLIENT, oldest_pending
from panel.storage.actor import Actor
from panel.storage.database import Writer
from panel.storage.vault import Vault


def adopt(write: Writer, vault: Vault, settings: Settings, before: Settings, by: Actor, at: Instant) -> Settings:
    """Take into use the sign-ins that settings name; give the settings with those that they may use, or with none.

    The one before goes on where none is named and as far as it serves. What another takes the place of is forgotten;
    what is left without one can be taken back for as long as a new sign-in waits for its save. What was refused is
    asked for once more where the client shows something else.
    """
    first = _taken(write, vault, settings, before, by, at)
    second = _taken(write, vault, settings.by_second if settings.second else None, before.by_second, by, at)
    in_force, new = [first, second], first.is_new or second.is_new
    left = [each.before for each in in_force if not each.is_one and each.before]
    for number in left:
        write.run("UPDATE grants SET adopted_at = ? WHERE number = ?", (clock.stamp(at.wall), number))
    if new:
        own = [word for each in in_force for word in each.own]
        write.run(_FORGOTTEN, (*[each.number for each in in_force], *(*left, 0, 0)[:2], *own))
    return replace(settings, grant=first.number, second_grant=second.number)


class _Taken(NamedTuple):
    """What one server is logged in to with: the sign-in of a person, or flow and binding of a client by itself."""

    number: int = 0
    own: tuple[str, str] = ("", "")
    before: int = 0
    is_new: bool = False  # it takes the place of what was there

    @property
    def is_one(self) -> bool:
        return bool(self.number or self.own[0])


def _taken(write: Writer, vault: Vault, settings: Settings | None, before: Settings, by: Actor, at: Instant) -> _Taken:
    """Take into use what one server, in the place of the first, is logged in to with."""
    if settings is None or not settings.by_token:
        return _Taken(before=before.grant)
    client, old = Client.of(settings), Client.of(before)
    if not client.flow.by_person:
        _take_into_use(write, vault, client, 0, at, changed=client != old)
        is_new = not before.by_token or client.binding != old.binding or client.flow is not old.flow
        return _Taken(0, (str(client.flow), client.binding), before.grant, is_new)
    left = [row["number"] for row in write.rows(_LAST, (client.binding,))]
    named = filter(None, (settings.grant, before.grant, *left))
    number = next((each for each in named if _is_usable(write, each, client, by, at)), 0)
    _take_into_use(write, vault, client, number, at, changed=client != old)
    return _Taken(number, before=before.grant, is_new=bool(number) and number != before.grant)


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
UPDATE grants SET state = 'forgotten' WHERE adopted_at NOTNULL AND state != 'forgotten' AND number NOT IN (?, ?, ?, ?)
AND NOT (flow = ? AND binding = ?) AND NOT (flow = ? AND binding = ?)
"""
