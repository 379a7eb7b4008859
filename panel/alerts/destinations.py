"""The destinations: added, changed and removed by somebody, their secrets sealed and bound to the host they go to."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from panel import clock
from panel.alerts.destination import DESTINATIONS, Destination, DestinationKind
from panel.alerts.kinds import reading
from panel.alerts.kinds.fields import FORMER_SIGNING, SIGNING, trust_of
from panel.alerts.kinds.mail_server import server_settings
from panel.alerts.kinds.reading import InvalidDestination
from panel.errors import PanelError, VaultError
from panel.i18n import N_, Text
from panel.mail.net.policy import Policy
from panel.settings.store import SettingsStore
from panel.settings.validation import FieldProblem
from panel.storage.actor import Actor
from panel.storage.database import Database, Reader, Row, Writer
from panel.storage.journal import Action, append, difference
from panel.storage.vault import Vault

MAX_DESTINATIONS = 10
BOTH_SIGN = timedelta(days=1)  # after a secret is renewed: for so long the former one signs, too
UNDELIVERED_AFTER = timedelta(hours=1)
_SIGNING_BYTES = 24


class StaleDestination(PanelError):
    """Somebody changed the destination since it was opened."""

    def __init__(self, current: Destination) -> None:
        super().__init__("This destination was changed in between. Look at what changed, then save again.")
        self.current = current


class NoSuchDestination(PanelError):
    """There is none of that number."""

    def __init__(self, number: int) -> None:
        self.text = Text(N_("There is no destination %(number)d."), {"number": number})
        super().__init__(str(self.text))


class SavedDestination(NamedTuple):
    """A destination that was saved, and the secret of a webhook where it is new: it is shown this once."""

    destination: Destination
    secret: str = ""


class DestinationStore:
    """Who is told; at most ten."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        policy: Policy = Policy(),  # noqa: B008 - a value
        listeners: tuple[tuple[str, int], ...] = (),
    ) -> None:
        self._database = database
        self._vault = vault
        self._policy = policy
        self._listeners = listeners  # where we take mail by SMTP: no notice is sent there

    def list(self) -> Sequence[Destination]:
        """List them in the order in which they were added; one whose secrets no key opens says so."""
        rows = self._database.rows("SELECT * FROM destinations ORDER BY number")
        return [self._opened(row) for row in rows]

    def get(self, number: int) -> Destination | None:
        """Give one with its secrets, or None where there is none of that number."""
        return self._found(self._database, number)

    def add(self, kind: str, values: Mapping[str, str], by: Actor, now: datetime) -> SavedDestination:
        """Add a destination of typed values; raise `InvalidDestination` with what is wrong with which field."""
        known = reading.kind_named(kind)
        kept, secrets, host = self._read(known, values)
        if known is DestinationKind.WEBHOOK:
            secrets[SIGNING] = new_signing_secret()
        with self._database.writing() as write:
            count = write.row("SELECT count(*) AS count FROM destinations")
            if count and count["count"] >= MAX_DESTINATIONS:
                raise InvalidDestination([FieldProblem("kind", Text(_TOO_MANY, {"most": MAX_DESTINATIONS}))])
            number = _inserted(write, known, host, kept, by, now)
            self._seal(write, number, secrets)
            changed = difference({}, {"kind": str(known), "host": host})
            append(
                write,
                by,
                Action.ALERT_DESTINATION_ADDED,
                object=_named(number),
                changed=changed,
                told={"destination": number, "host": host},
                now=now,
            )
            added = self._found(write, number)
            self._set_mark(write)
        assert added
        return SavedDestination(added, secrets.get(SIGNING, ""))

    def update(
        self,
        number: int,
        values: Mapping[str, str],
        version: int,
        by: Actor,
        now: datetime,
        *,
        clear: frozenset[str] = frozenset(),
    ) -> SavedDestination:
        """Change what is typed; a blank secret is the stored one, as far as it may go there, unless it is to `clear`.

        Raise `StaleDestination` where `version` is no longer the newest. One that was disabled is told again.
        """
        with self._database.writing() as write:
            before = self._current(write, number, version)
            kept, secrets, host = self._read(before.kind, values, before, clear)
            shown = _signing(before, secrets, kept, host) if before.kind is DestinationKind.WEBHOOK else ""
            write.run(_UPDATE, (host, _document(kept), number))
            self._seal(write, number, secrets)
            changed = _changes(before, kept, secrets, host)
            _note_change(write, by, number, host, changed, now)
            after = self._found(write, number)
        assert after
        return SavedDestination(after, shown)

    def renew_secret(self, number: int, version: int, by: Actor, now: datetime) -> SavedDestination:
        """Give a webhook another secret, which is shown this once; for a day the former one signs, too."""
        with self._database.writing() as write:
            before = self._current(write, number, version)
            if before.kind is not DestinationKind.WEBHOOK or not before.readable:
                raise InvalidDestination([FieldProblem("kind", Text(_NO_SIGNING))])
            secrets = {**before.secrets, FORMER_SIGNING: before.secrets[SIGNING], SIGNING: new_signing_secret()}
            kept = {**before.values, "former_until": clock.stamp(now + BOTH_SIGN)}
            write.run(_UPDATE, (before.host, _document(kept), number))
            self._seal(write, number, secrets)
            _note_change(write, by, number, before.host, {"secret": "changed"}, now)
            after = self._found(write, number)
        assert after
        return SavedDestination(after, secrets[SIGNING])

    def remove(self, number: int, by: Actor, now: datetime) -> bool:
        """Remove a destination with what still waits for it; say whether it was there."""
        with self._database.writing() as write:
            row = write.row("DELETE FROM destinations WHERE number = ? RETURNING kind, host", (number,))
            if row is None:
                return False
            write.run("DELETE FROM notices WHERE destination = ?", (number,))
            self._set_mark(write)
            changed = difference({"kind": row["kind"], "host": row["host"]}, {})
            append(
                write,
                by,
                Action.ALERT_DESTINATION_REMOVED,
                object=_named(number),
                changed=changed,
                told={"destination": number, "host": row["host"]},
                now=now,
            )
        return True

    def set_mark(self) -> None:
        """Have the mark stand where there are destinations, and nowhere else, as after a data file was put back."""
        self._set_mark(self._database)

    def _set_mark(self, read: Reader) -> None:
        if read.row("SELECT 1 FROM destinations LIMIT 1"):
            self._database.mark(DESTINATIONS)
        else:
            self._database.unmark(DESTINATIONS)

    # What seals and opens

    def reseal(self, write: Writer) -> int:
        """Seal all with the newest key; what no key opens stays as it is. Give the number of secrets."""
        count = 0
        for row in write.rows("SELECT * FROM destinations WHERE secrets NOTNULL"):
            opened = self._opened(row)
            if opened.readable:
                self._seal(write, opened.number, opened.secrets)
                count += len(opened.secrets)
        return count

    def sealed(self, reader: Reader) -> Sequence[bytes]:
        """List what is sealed, each by the key that it needs."""
        return [row["secrets"] for row in reader.rows("SELECT secrets FROM destinations WHERE secrets NOTNULL")]

    def unreadable(self) -> Sequence[int]:
        """List the numbers of those whose secrets no key opens."""
        return [each.number for each in self.list() if not each.readable]

    def _seal(self, write: Writer, number: int, secrets: Mapping[str, str]) -> None:
        """Seal the secrets of a row that is otherwise as it will be: they are bound to where it goes."""
        sealed = None
        if secrets:
            row = write.row(_ONE, (number,))
            assert row
            self._vault.refresh()
            sealed = self._vault.seal(json.dumps(dict(secrets)), _bound_to(_closed(row)))
        write.run("UPDATE destinations SET secrets = ? WHERE number = ?", (sealed, number))

    def _opened(self, row: Row) -> Destination:
        destination = _closed(row)
        if row["secrets"] is None:
            return destination
        try:
            secrets = json.loads(self._vault.open(row["secrets"], _bound_to(destination)))
        except VaultError:
            return replace(destination, readable=False)
        return replace(destination, secrets=secrets)

    def _found(self, reader: Reader, number: int) -> Destination | None:
        row = reader.row(_ONE, (number,))
        return self._opened(row) if row else None

    def _current(self, write: Writer, number: int, version: int) -> Destination:
        found = self._found(write, number)
        if found is None:
            raise NoSuchDestination(number)
        if found.version != version:
            raise StaleDestination(found)
        return found

    def _read(
        self,
        kind: DestinationKind,
        typed: Mapping[str, str],
        stored: Destination | None = None,
        clear: frozenset[str] = frozenset(),
    ) -> reading.Read:
        settings = SettingsStore(self._database, self._vault)
        main = settings.past(settings.newest())  # without a secret
        return reading.read_destination(
            kind, typed, stored, clear=clear, policy=self._policy, main=main, listeners=self._listeners
        )


def new_signing_secret() -> str:
    """Make the secret of a webhook, as Standard Webhooks writes one."""
    return f"whsec_{base64.b64encode(os.urandom(_SIGNING_BYTES)).decode()}"


def nobody_hears(destinations: Sequence[Destination], now: datetime) -> bool:
    """Say whether there are destinations and each of them has failed for an hour, or can be told nothing."""
    return bool(destinations) and all(_is_deaf(each, now) for each in destinations)


def _is_deaf(destination: Destination, now: datetime) -> bool:
    if destination.disabled_at or not destination.readable:
        return True
    return destination.failing_since is not None and now - destination.failing_since >= UNDELIVERED_AFTER


def _signing(before: Destination, secrets: dict[str, str], values: dict[str, str], host: str) -> str:
    """Keep what a webhook signs with; where it goes to another host, or was lost, give a new one to be shown."""
    if SIGNING not in before.secrets or (host, trust_of(values)) != (before.host, trust_of(before.values)):
        secrets[SIGNING] = new_signing_secret()
        return secrets[SIGNING]
    secrets[SIGNING] = before.secrets[SIGNING]
    if FORMER_SIGNING in before.secrets:
        secrets[FORMER_SIGNING] = before.secrets[FORMER_SIGNING]
        values["former_until"] = before.values.get("former_until", "")
    return ""


def _bound_to(destination: Destination) -> str:
    """Say what sealed secrets are for: the record, and the host or the login that they may go to."""
    where = f"{destination.host} trust={trust_of(destination.values)}"
    if destination.kind is DestinationKind.MAIL:
        where = str(server_settings(destination.values).smtp_destination)
    return f"destination/{destination.number}/{destination.kind}/{where}"


def _inserted(
    write: Writer, kind: DestinationKind, host: str, values: Mapping[str, str], by: Actor, now: datetime
) -> int:
    row = write.row(_INSERT, (str(kind), host, _document(values), clock.stamp(now), by.name))
    assert row
    return int(row["number"])


def _note_change(
    write: Writer, by: Actor, number: int, host: str, changed: Mapping[str, object], now: datetime
) -> None:
    """Note a change; of an address and of any secret only that it is another."""
    append(
        write,
        by,
        Action.ALERT_DESTINATION_CHANGED,
        object=_named(number),
        changed=changed,
        told={"destination": number, "host": host},
        now=now,
    )


def _named(number: int) -> str:
    return f"destination/{number}"


def _changes(
    before: Destination, values: Mapping[str, str], secrets: Mapping[str, str], host: str
) -> dict[str, object]:
    was, new = {**before.values, "host": before.host}, {**values, "host": host}
    names = dict.fromkeys([*before.secrets, *secrets])
    secret = {name: "changed" for name in names if before.secrets.get(name) != secrets.get(name)}
    return {**difference(was, new), **secret}


def _document(values: Mapping[str, str]) -> str:
    return json.dumps(dict(values), ensure_ascii=False)


def _closed(row: Row) -> Destination:
    """Read a row, its secrets left sealed."""
    return Destination(
        number=row["number"],
        version=row["version"],
        kind=DestinationKind(row["kind"]),
        host=row["host"],
        values=json.loads(row["document"]),
        secrets={},
        status=row["status"] or "",
        disabled_at=clock.moment_or_none(row["disabled_at"]),
        tested_at=clock.moment_or_none(row["tested_at"]),
        delivered_at=clock.moment_or_none(row["delivered_at"]),
        failed_at=clock.moment_or_none(row["failed_at"]),
        failing_since=clock.moment_or_none(row["failing_since"]),
        beat_at=clock.moment_or_none(row["beat_at"]),
    )


_ONE = "SELECT * FROM destinations WHERE number = ?"
_INSERT = "INSERT INTO destinations (kind, host, document, made_at, made_by) VALUES (?, ?, ?, ?, ?) RETURNING number"
_UPDATE = (
    "UPDATE destinations SET version = version + 1, host = ?, document = ?, disabled_at = NULL, failing_since = NULL "
    "WHERE number = ?"
)
_TOO_MANY = N_("There are %(most)d destinations already. Remove one first.")
_NO_SIGNING = N_("Only a webhook whose secret can be read has one to renew. Enter it again.")
