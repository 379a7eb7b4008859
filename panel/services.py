"""Opens the home once and hands on what is in it; a part is loaded when it is first asked for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from panel import vault
from panel.config import Config
from panel.database import Database
from panel.errors import ConfigError
from panel.vault import Vault

if TYPE_CHECKING:  # a command needs few of them, and half of its time is imports
    from panel.accounts import Accounts
    from panel.heartbeats import Heartbeats
    from panel.outbox import Outbox
    from panel.pace_clock import PaceClock
    from panel.settings_store import SettingsStore
    from panel.tokens import Tokens
    from panel.trial_store import TrialStore
    from panel.turn import Turn


@dataclass(frozen=True)
class Services:
    """What the doors work with."""

    config: Config
    database: Database
    vault: Vault

    @cached_property
    def settings(self) -> SettingsStore:
        from panel.settings_store import SettingsStore

        return SettingsStore(self.database, self.vault)

    @cached_property
    def accounts(self) -> Accounts:
        from panel.accounts import Accounts

        return Accounts(self.database)

    @cached_property
    def tokens(self) -> Tokens:
        from panel.tokens import Tokens

        return Tokens(self.database)

    @cached_property
    def trials(self) -> TrialStore:
        from panel.trial_store import TrialStore

        return TrialStore(self.database)

    @cached_property
    def outbox(self) -> Outbox:
        from panel.outbox import Outbox

        return Outbox(self.database)

    @cached_property
    def pace(self) -> PaceClock:
        from panel.pace_clock import PaceClock

        return PaceClock(self.database)

    @cached_property
    def heartbeats(self) -> Heartbeats:
        from panel.heartbeats import Heartbeats

        return Heartbeats(self.database)

    def turn(self) -> Turn:
        """Give a test its turn among the messages, by the settings in force."""
        from panel.turn import Turn

        version = self.settings.current()
        return Turn(self.pace, version.terms, version.fingerprint)


def open_services(config: Config) -> Services:
    """Make the home and the key where they are missing, open the data file, and bring its tables up to date."""
    _make_home(config)
    sealer = Vault(read_keys(config))
    database = Database(config.database_path)
    database.prepare()
    return Services(config, database, sealer)


def read_keys(config: Config) -> Sequence[bytes]:
    """Give the keys, newest first: those of the environment, else those of the key file, which is made when missing."""
    if config.keys:
        return vault.read_keys(config.keys, "MAIL_PANEL_KEYS")
    return vault.load_or_make(config.key_path)


def _make_home(config: Config) -> None:
    try:
        config.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise ConfigError(f"MAIL_PANEL_HOME is {config.home}, which cannot be made: {fault.strerror}.") from fault
    if not os.access(config.home, os.W_OK | os.X_OK):
        raise ConfigError(f"MAIL_PANEL_HOME is {config.home}, which this user cannot write to.")
