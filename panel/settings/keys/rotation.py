"""A new key for all that is sealed: every secret of every version, of every sign-in, and of who is told of alerts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from panel.errors import VaultError
from panel.settings.fields.sealing import bound_grant, seal_secret
from panel.settings.fields.secret import SECRETS
from panel.settings.store import SettingsStore, Version, opened_version
from panel.storage.actor import Actor
from panel.storage.database import Database, Writer
from panel.storage.journal import Action, append
from panel.storage.vault import Vault


class SealedBeside(Protocol):
    """What keeps other secrets, sealed with the same keys: they go along in a rotation, and keep the keys they need."""

    def reseal(self, write: Writer) -> int: ...

    def sealed(self, reader: Writer) -> Sequence[bytes]: ...


class KeyRotation:
    """Seals all anew, and drops the keys that nothing needs any more."""

    def __init__(self, database: Database, vault: Vault, beside: Callable[[], SealedBeside] | None = None) -> None:
        self._database = database
        self._vault = vault
        self._store = SettingsStore(database, vault)
        self._beside = beside

    def reseal(self, renew: Callable[[], None] = lambda: None, *, by: Actor, now: datetime) -> int:
        """Seal every secret of every version with the newest key, in one transaction; give the number of them.

        Where several machines use one server, they go by that key from the same moment on.

        `renew` may put a newer key into the file first: nobody seals meanwhile, and whoever does next reads it.
        A secret that no key opens stays as it is: the key may come back.
        """
        count = 0
        with self._database.writing() as write:
            append(write, by, Action.KEYS_ROTATED, now=now)  # before the file is changed, which is not rolled back
            renew()
            self._vault.change_key()
            for row in write.rows("SELECT * FROM settings"):
                opened = opened_version(row, self._vault)
                for name in opened.secrets_set - opened.unreadable:
                    sealed = seal_secret(self._vault, opened.settings, name, getattr(opened.settings, name))
                    write.run(f"UPDATE settings SET {name} = ? WHERE version = ?", (sealed, row["version"]))  # noqa: S608 - a field
                    count += 1
                self._stamp(write, opened)
            count += self._beside().reseal(write) if self._beside else 0
            return count + self._reseal_grants(write)

    def _reseal_grants(self, write: Writer) -> int:
        """Seal the tokens of every sign-in with the newest key; what no key opens stays as it is."""
        count = 0
        for row in write.rows(_SEALED_GRANTS):
            for name in _OF_GRANTS:
                if row[name] is None:
                    continue
                bound_to = bound_grant(name, row["binding"])
                with suppress(VaultError):
                    sealed = self._vault.seal(self._vault.open(row[name], bound_to), bound_to)
                    write.run(f"UPDATE grants SET {name} = ? WHERE number = ?", (sealed, row["number"]))  # noqa: S608 - ours
                    count += 1
        return count

    def release(self, drop: Callable[[frozenset[bytes]], None], *, by: Actor, now: datetime) -> None:
        """Have the old keys dropped but those that a secret needs, while nobody seals."""
        with self._database.writing() as write:
            append(write, by, Action.KEYS_ROTATED, changed={"old_keys": "dropped"}, now=now)
            rows = write.rows("SELECT * FROM settings")
            sealed = [row[name] for row in rows for name in SECRETS]
            sealed += [row[name] for row in write.rows(_SEALED_GRANTS) for name in _OF_GRANTS]
            sealed += self._beside().sealed(write) if self._beside else []
            drop(frozenset(self._vault.needs(each) for each in sealed if each is not None))

    def _stamp(self, write: Writer, version: Version) -> None:
        """Give a version and its tests the fingerprint of the newest key, so that what was proven stays proven."""
        second = version.by_second if version.second_fingerprint else None
        for column, each in (("fingerprint", version.by_first), ("second_fingerprint", second)):
            stamp = self._store.fingerprint(each.settings) if each and not each.unreadable else ""
            if each and stamp and stamp != each.fingerprint:
                write.run("UPDATE trials SET fingerprint = ? WHERE fingerprint = ?", (stamp, each.fingerprint))
                write.run(f"UPDATE settings SET {column} = ? WHERE version = ?", (stamp, each.number))  # noqa: S608 - ours


_OF_GRANTS = ("access_token", "refresh_token", "client")
_SEALED_GRANTS = f"SELECT number, binding, {', '.join(_OF_GRANTS)} FROM grants"  # noqa: S608 - ours
