"""Opens everything once and hands it on."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from panel import vault
from panel.accounts import Accounts
from panel.config import Config
from panel.database import Database
from panel.errors import ConfigError
from panel.heartbeats import Heartbeats
from panel.outbox import Outbox
from panel.pace_clock import PaceClock
from panel.settings_store import SettingsStore
from panel.tokens import Tokens
from panel.trial_store import TrialStore
from panel.turn import Turn
from panel.vault import Vault


@dataclass(frozen=True, slots=True)
class Services:
    """What the doors work with."""

    config: Config
    database: Database
    vault: Vault
    settings: SettingsStore
    accounts: Accounts
    tokens: Tokens
    trials: TrialStore
    outbox: Outbox
    pace: PaceClock
    heartbeats: Heartbeats

    def turn(self) -> Turn:
        """Give a test its turn among the messages, by the settings in force."""
        version = self.settings.current()
        return Turn(self.pace, version.terms, version.fingerprint)


def open_services(config: Config) -> Services:
    """Make the home and the key where they are missing, open the data file, and bring its tables up to date."""
    _make_home(config)
    sealer = Vault(read_keys(config))
    database = Database(config.database_path)
    database.prepare()
    return Services(
        config=config,
        database=database,
        vault=sealer,
        settings=SettingsStore(database, sealer),
        accounts=Accounts(database),
        tokens=Tokens(database),
        trials=TrialStore(database),
        outbox=Outbox(database),
        pace=PaceClock(database),
        heartbeats=Heartbeats(database),
    )


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
