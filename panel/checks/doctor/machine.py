"""What of this machine can be checked: the home, the key, the database with its disk or its server, and the clock."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from panel.checks.doctor.finding import Finding, FindingStatus, ok, problem, unknown, warning
from panel.config import KEY_NAME, Config
from panel.errors import DatabaseError
from panel.i18n import N_, Text
from panel.settings.fields.sealing import keeps_secrets
from panel.settings.staging import staging_text
from panel.settings.store import Version
from panel.storage.database import Database
from panel.storage.filesystem import SHARED, kind_of
from panel.storage.vault import OTHER_KEY, Vault, is_exposed

ENOUGH_MB, SCARCE_MB = 500, 50
_PERHAPS_SHARED = frozenset({"9p", "virtiofs"})  # a virtual machine's folder, which its host may share with others


def examine_machine(
    config: Config, database: Database, version: Version, now: datetime, vault: Vault | None = None
) -> Iterator[Finding]:
    """Look at all of them; of a database on a server, at that instead of a file and its disk."""
    yield _home(config.home)
    if config.settings_file:
        yield ok("settings", N_("The settings come from %(file)s."), file=config.settings_file)
    if text := staging_text(version.settings):
        yield Finding("staging", FindingStatus.WARNING, text, Text(_NOT_STAGING))
    yield (vault and _shared_key(config, vault)) or _key(config, version, needed=keeps_secrets(database))
    if config.smtp_access and config.smtp_access.certificate:
        from panel.checks.doctor.doors import examine_listener  # few listeners speak TLS

        yield examine_listener(config.smtp_access.certificate, config.smtp_access.key, now)
    if config.drop:
        from panel.checks.doctor.doors import examine_drop  # few panels have one

        yield examine_drop(config.drop, config.home, now)
    if database.is_server:
        from panel.checks.doctor.server_database import examine_server_database  # few panels have one

        yield from examine_server_database(database, version, now)
        return
    yield _database(database)
    yield _file_system(config.database_path)
    yield _space(config.home)
    yield _clock(version, now)


_NOT_STAGING = N_("Where mail is to go to those it is for, change the rules for every message.")


def _home(home: Path) -> Finding:
    if home.stat().st_mode & 0o077:
        return problem(
            "home",
            N_("Others may read %(path)s."),
            N_("Run: chmod 700 %(path)s"),
            path=home,
        )
    return ok("home", N_("%(path)s belongs to this user alone."), path=home)


def _shared_key(config: Config, vault: Vault) -> Finding | None:
    """Look whether the key that all machines go by is here, and the newest."""
    place = "MAIL_PANEL_KEYS" if config.keys else config.key_path
    if not vault.look():
        if vault.remedy != OTHER_KEY:
            return problem("key", N_("The key at %(path)s cannot be used: %(fault)s"), path=place, fault=vault.remedy)
        return problem(
            "key",
            N_("This machine does not have the key that the database goes by, so it sends nothing."),
            N_("Take the key of a machine that sends, and put it at %(place)s."),
            place=place,
        )
    if vault.has_newer:
        return warning(
            "key",
            N_("In %(place)s another key stands before the one that the database goes by."),
            N_("Once every machine has both, run mail-panel keys rotate on one of them."),
            place=place,
        )
    return None


def _key(config: Config, version: Version, *, needed: bool) -> Finding:
    path = config.key_path
    if not config.keys and not path.exists():
        if not needed:
            return ok("key", N_("No password is saved yet. The key is made with the first one."))
        return problem(
            "key",
            N_("There is no key at %(path)s."),
            N_("Put the right key back, or enter the password again."),
            path=path,
        )
    if not config.keys and is_exposed(path.stat()):
        return problem("key", N_("Others may read %(path)s."), N_("Run: chmod 600 %(path)s"), path=path)
    if version.unreadable:
        return problem(
            "key",
            N_("A saved password cannot be read with this key."),
            N_("Put the right key back, or enter the password again."),
        )
    if (config.keys or path != config.home / KEY_NAME) and (config.home / KEY_NAME).exists():
        return warning(
            "key",
            N_("The keys come from elsewhere, and a key file lies at %(path)s beside the data file."),
            N_("Run mail-panel keys check without that file, and remove it if every password can be read."),
            path=config.home / KEY_NAME,
        )
    return ok("key", N_("The key is private and opens every saved password."))


def _database(database: Database) -> Finding:
    try:
        rows = database.rows("PRAGMA quick_check(1)")
    except DatabaseError as fault:
        return problem("database", N_("The database does not answer: %(fault)s"), fault=fault)
    said = str(rows[0][0])
    if said != "ok":
        return problem("database", N_("The database is damaged: %(fault)s"), N_("Restore a backup."), fault=said[:200])
    return ok("database", N_("The database is whole."))


def _file_system(path: Path) -> Finding:
    """Look for a network file system: SQLite's locks do not hold there."""
    kind = kind_of(path)
    if kind is None:
        return unknown("file_system", N_("The kind of the file system could not be found out."))
    if kind in SHARED:
        return problem(
            "file_system",
            N_("The database is on a network file system (%(kind)s), where locks do not hold."),
            N_("Move MAIL_PANEL_HOME to a local disk."),
            kind=kind,
        )
    if kind in _PERHAPS_SHARED:
        return warning("file_system", N_("Only one machine may use this folder (%(kind)s) at a time."), kind=kind)
    return ok("file_system", N_("The database is on a local file system (%(kind)s)."), kind=kind)


def _space(home: Path) -> Finding:
    left = shutil.disk_usage(home).free // 2**20
    free = f"{left / 1024:.1f} GB" if left >= 1024 else f"{left} MB"
    if left < SCARCE_MB:
        return problem(
            "space", N_("Only %(free)s are free."), N_("Make room: mail is refused when it is gone."), free=free
        )
    if left < ENOUGH_MB:
        return warning("space", N_("Only %(free)s are free."), N_("Make room soon."), free=free)
    return ok("space", N_("%(free)s are free."), free=free)


def _clock(version: Version, now: datetime) -> Finding:
    """Compare the clock with what was stored under it."""
    if version.saved_at and version.is_ahead_of(now):
        return problem(
            "clock",
            N_("The clock is behind the last saved change (%(time)s)."),
            N_("Set the clock, and let it be kept by NTP."),
            time=version.saved_at.isoformat(timespec="minutes"),
        )
    return ok("clock", N_("The clock agrees with what is stored."))
