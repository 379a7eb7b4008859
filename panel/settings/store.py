"""Loads and saves the settings as numbered versions, their secrets sealed by the vault."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from panel import clock
from panel.errors import ConfigError, PanelError, VaultError
from panel.i18n import N_, Text
from panel.settings.document import settings_from_json, settings_to_json
from panel.settings.fields.fingerprint import fingerprint
from panel.settings.fields.sealing import bound_secret, opened_secrets, seal_secret
from panel.settings.fields.secret import SECRETS
from panel.settings.model import OF_SECOND, RECORD, SECOND, Settings
from panel.storage.actor import Actor
from panel.storage.database import Database, Row, Writer
from panel.storage.journal import Action, append, difference
from panel.storage.vault import Vault

Kept = Literal["set", "not set", "unreadable"]  # of a password, which is never shown


Adopt = Callable[[Writer, Settings, Settings, Actor], Settings]  # takes a sign-in into use that the settings name


class StaleVersion(PanelError):
    """Somebody saved another version since the one that was opened."""

    def __init__(self, current: Version) -> None:
        super().__init__(f"Version {current.number} was saved in between. Look at what changed, then save again.")
        self.current = current


class SettingsFromFile(ConfigError):
    """The settings are those of a file: whatever was saved besides would be gone with the next start."""

    def __init__(self, file: Path) -> None:
        self.text = Text(_FROM_FILE, {"file": str(file)})
        super().__init__(str(self.text))


_FROM_FILE = N_(
    "These settings come from %(file)s. Change them there, then send SIGHUP to the panel, or start it again."
)


@dataclass(frozen=True, slots=True)
class Version:
    """One saved state of the settings; number 0 is the state before anything was saved.

    `secrets_set` names the passwords that are kept, `unreadable` those of them that no key opens.
    """

    number: int
    settings: Settings
    saved_at: datetime | None = None
    saved_by: str = ""
    saved_from: str = ""
    changed: tuple[str, ...] = ()
    secrets_set: frozenset[str] = frozenset()
    unreadable: frozenset[str] = frozenset()
    fingerprint: str = ""  # of the first server, whatever the second is
    second_fingerprint: str = ""  # blank where there is none

    def of(self, server: str) -> Version:
        """Give the same version of the `first` or the `second` server."""
        return self.by_second if server == "second" else self.by_first

    @property
    def by_first(self) -> Version:
        """Give the same version without a second server."""
        mine = frozenset(name for name in SECRETS if name not in OF_SECOND)
        return replace(self, secrets_set=self.secrets_set & mine, unreadable=self.unreadable & mine)

    @property
    def by_second(self) -> Version:
        """Give the same version with the second server in the place of the first."""
        return replace(
            self,
            settings=self.settings.by_second,
            secrets_set=_without_prefix(self.secrets_set),
            unreadable=_without_prefix(self.unreadable),
            fingerprint=self.second_fingerprint,
        )

    def is_ahead_of(self, now: datetime) -> bool:
        """Say whether it was saved later than now, as where a clock was set back since."""
        return self.saved_at is not None and now < self.saved_at - timedelta(minutes=1)

    def secrets(self) -> dict[str, Kept]:
        """Say of each password whether it is kept, never what it is."""
        return {name: self._kept(name) for name in SECRETS}

    def _kept(self, name: str) -> Kept:
        if name in self.unreadable:
            return "unreadable"
        return "set" if name in self.secrets_set else "not set"


UNSAVED = Version(0, Settings())
NEWEST = "(SELECT coalesce(max(version), 0) FROM settings)"  # the number of the version in force


def _without_prefix(names: frozenset[str]) -> frozenset[str]:
    return frozenset(name.removeprefix(SECOND) for name in names if name in OF_SECOND)


class SettingsStore:
    """The versions of the settings; the highest number is in force."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        adopt: Adopt | None = None,
        saved: Callable[[Writer, Version, Version], None] = lambda write, before, version: None,
        *,
        file: Path | None = None,
    ) -> None:
        self._database = database
        self._vault = vault
        self._adopt = adopt
        self._saved = saved
        self.file = file  # which gives the settings, where one does
        self._current = UNSAVED

    def fingerprint(self, settings: Settings) -> str:
        """Give what tells whether these very settings were tested."""
        with suppress(VaultError):  # who cannot read the file now goes on with the keys it has
            self._vault.refresh()
        return fingerprint(settings, self._vault.derive("fingerprint")[0])

    def look_for_key(self) -> bool:
        """Look whether the key that all machines go by is here; without it nothing is sent from here."""
        return self._vault.look()

    @property
    def has_key(self) -> bool:
        """Say whether that key was here when it was last looked for."""
        return self._vault.agrees

    def current(self) -> Version:
        """Load the version in force with its passwords, those that cannot be read left out and named."""
        row = self._database.row("SELECT version, fingerprint FROM settings ORDER BY version DESC LIMIT 1")
        known = row and (row["version"], row["fingerprint"]) == (self._current.number, self._current.fingerprint)
        if row and (not known or self._current.unreadable):  # else it is the same; a lost key may come back
            self._current = self.version(row["version"]) or UNSAVED
        return self._current

    def newest(self) -> int:
        """Give the number of the version in force, without opening a secret."""
        row = self._database.row(f"SELECT {NEWEST} AS version")
        return row["version"] if row else 0

    def version(self, number: int) -> Version | None:
        """Load a version with its passwords, or None where there is none of that number."""
        row = self._row(number)
        version = opened_version(row, self._vault) if row else None
        while version and version.unreadable and (again := self._row(number)) != row:
            row = again  # a rotation sealed it anew and dropped the key in between
            version = opened_version(row, self._vault) if row else None
        return version

    def past(self, number: int | None) -> Settings:
        """Give the settings of a version without opening a secret, empty ones where there is no such version."""
        row = self._database.row(f"{_UNOPENED} WHERE version = ?", (number,)) if number else None
        return _closed(row).settings if row else UNSAVED.settings

    def history(self, *, before: int | None = None, limit: int = 50) -> list[Version]:
        """List versions, the newest first, without opening a secret."""
        older = f"{_UNOPENED} WHERE version < ? ORDER BY version DESC LIMIT ?"
        return [_closed(row) for row in self._database.rows(older, (before or 2**62, limit))]

    def in_force_since(self, moment: datetime, *, limit: int = 200) -> list[Version]:
        """List the version that was in force at a moment and those saved later, the oldest first, no secret opened."""
        rows = self._database.rows(_IN_FORCE_SINCE, (clock.stamp(moment), limit))
        return [_closed(row) for row in reversed(rows)]

    def save(
        self, settings: Settings, *, base: int, by: Actor, now: datetime, untouched: frozenset[str] = frozenset()
    ) -> Version:
        """Store valid settings as the next version, or raise `StaleVersion` if `base` is no longer the newest.

        Where they are those in force, no version is made, and that one is given. A secret among the `untouched` that
        cannot be read stays as it is sealed: the key may come back. Where a file gives the settings, raise
        `SettingsFromFile`.
        """

        def over(before: Version) -> Settings:
            if before.number != base:
                raise StaleVersion(before)
            return settings

        self.require_own()
        return self._save(over, by, now, untouched)

    def save_given(self, given: Callable[[Version], Settings], *, by: Actor, now: datetime) -> Version:
        """Store what is `given` over the version in force, and read within the lock, as `save` does."""
        return self._save(given, by, now, frozenset())

    def require_own(self) -> None:
        """Raise `SettingsFromFile` where a file gives the settings."""
        if self.file:
            raise SettingsFromFile(self.file)

    def _save(
        self, given: Callable[[Version], Settings], by: Actor, now: datetime, untouched: frozenset[str]
    ) -> Version:
        with self._database.writing() as write:
            row = write.row("SELECT * FROM settings ORDER BY version DESC LIMIT 1")
            before = opened_version(row, self._vault) if row else UNSAVED
            settings = given(before)
            self._vault.refresh()
            if self._adopt and (settings.uses_tokens or before.settings.uses_tokens):
                settings = self._adopt(write, settings, before.settings, by)
            left = _left_sealed(row, before, settings, untouched) if row else {}
            changed = _changed_fields(before, settings, {*left})
            if before.number and not changed:
                return before
            version = self._next(settings, before.number, by, now, changed=changed, left={*left})
            self._insert(write, version, left)
            _note_save(write, version, before.settings, by)
            self._saved(write, before, version)
        self._database.notifier.notify()
        return version

    def _next(
        self, settings: Settings, base: int, by: Actor, now: datetime, *, changed: tuple[str, ...], left: set[str]
    ) -> Version:
        kept = frozenset(name for name in SECRETS if getattr(settings, name))
        return Version(
            base + 1,
            settings,
            now,
            by.name,
            by.address,
            changed,
            kept | left,
            frozenset(left),
            self.fingerprint(settings),
            self.fingerprint(settings.by_second) if settings.second_smtp_host else "",
        )

    def _row(self, number: int) -> Row | None:
        return self._database.row("SELECT * FROM settings WHERE version = ?", (number,))

    def unreadable(self) -> list[tuple[int, str]]:
        """List the version and name of every secret that no key opens."""
        rows = self._database.rows("SELECT version FROM settings ORDER BY version")
        versions = filter(None, (self.version(row["version"]) for row in rows))
        return [(version.number, name) for version in versions for name in sorted(version.unreadable)]

    def _insert(self, write: Writer, version: Version, left: Mapping[str, bytes]) -> None:
        settings = version.settings
        sealed = [
            seal_secret(self._vault, settings, name, secret) if (secret := getattr(settings, name)) else left.get(name)
            for name in SECRETS
        ]
        assert version.saved_at
        write.run(
            _INSERT,
            (
                version.number,
                clock.stamp(version.saved_at),
                version.saved_by,
                version.saved_from,
                json.dumps(version.changed),
                version.fingerprint,
                version.second_fingerprint,
                settings_to_json(settings),
                *sealed,
            ),
        )


_OPEN = ("version", "saved_at", "saved_by", "saved_from", "changed", "fingerprint", "second_fingerprint", "document")
_COLUMNS = (*_OPEN, *SECRETS)
_INSERT = f"INSERT INTO settings ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - our columns

# Of a sealed secret only whether it is there: what is sealed is larger than all the rest.
_IS_SEALED = ", ".join(f"CASE WHEN {name} NOTNULL THEN 1 END AS {name}" for name in SECRETS)
_UNOPENED = f"SELECT {', '.join(_OPEN)}, {_IS_SEALED} FROM settings"  # noqa: S608 - ours
_IN_FORCE_SINCE = (
    f"{_UNOPENED} WHERE version >= "  # noqa: S608 - ours
    "coalesce((SELECT max(version) FROM settings WHERE saved_at <= ?), 0) ORDER BY version DESC LIMIT ?"
)


def opened_version(row: Row, vault: Vault) -> Version:
    """Give a version with its passwords, those that no key opens left out and named."""
    version = _closed(row)
    secrets = opened_secrets(row, version.settings, vault)
    settings = replace(version.settings, **secrets)  # type: ignore[arg-type]  # secrets are texts
    return replace(version, settings=settings, unreadable=version.secrets_set - secrets.keys())


def settings_in_force(database: Database) -> Settings:
    """Give the settings in force without opening a secret, so that no key is needed; empty ones before any."""
    row = database.row(f"{_UNOPENED} ORDER BY version DESC LIMIT 1")
    return _closed(row).settings if row else UNSAVED.settings


def _closed(row: Row) -> Version:
    return Version(
        row["version"],
        settings_from_json(row["document"]),
        clock.moment(row["saved_at"]),
        row["saved_by"],
        row["saved_from"],
        tuple(json.loads(row["changed"])),
        secrets_set=frozenset(name for name in SECRETS if row[name] is not None),
        fingerprint=row["fingerprint"],
        second_fingerprint=row["second_fingerprint"],
    )


def _left_sealed(row: Row, before: Version, settings: Settings, untouched: frozenset[str]) -> dict[str, bytes]:
    """Give what cannot be read of the secrets that nobody has touched, as far as it leads where it did."""
    return {
        name: row[name]
        for name in before.unreadable & untouched
        if not getattr(settings, name) and bound_secret(settings, name) == bound_secret(before.settings, name)
    }


def _changed_fields(before: Version, settings: Settings, left: set[str]) -> tuple[str, ...]:
    """Name the fields that differ from the version before; a password that is lost by it counts as another one."""
    old = before.settings
    lost = before.unreadable - left
    return tuple(
        name
        for name in RECORD
        if getattr(old, name) != getattr(settings, name) or (name in lost and not getattr(settings, name))
    )


def _note_save(write: Writer, version: Version, before: Settings, by: Actor) -> None:
    """Note what a save changes; of a secret only that it does."""
    assert version.saved_at
    open_ones = [name for name in version.changed if name not in SECRETS]
    was, new = ({name: getattr(each, name) for name in open_ones} for each in (before, version.settings))
    secret = {name: "changed" for name in version.changed if name in SECRETS}
    append(
        write,
        by,
        Action.SETTINGS_SAVED,
        object=f"settings/{version.number}",
        changed={**difference(was, new), **secret},
        told={"version": version.number, "changed": ",".join(version.changed)},
        now=version.saved_at,
    )
