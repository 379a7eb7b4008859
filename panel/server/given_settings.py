"""Takes the settings of a file into use: when whoever sends starts, and again when SIGHUP asks for it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from panel import clock, logs
from panel.config import Config
from panel.errors import ConfigError, PanelError, VaultError
from panel.home import machine_name
from panel.services import Services, open_services
from panel.settings.files.settings_file import read_settings_file
from panel.settings.model import Settings, fields_that_differ
from panel.settings.store import Version
from panel.storage.actor import CONFIGURATION, Actor

_LOOK_EVERY = 1.0  # seconds, in which a signal is noticed


def follow_file(services: Services) -> Callable[[], object]:
    """Take the settings into use, or raise what stops the start; give what reads them anew once SIGHUP has asked."""
    reading = _Reading(services.config)
    signal.signal(signal.SIGHUP, reading.ask)
    take_at_start(services)
    return reading.look


def take_at_start(services: Services) -> Version:
    """Take the settings into use, or raise what stops the start: a wrong file, or one that differs elsewhere."""
    return take_settings(services, refusing=_other_machines(services))


class FileWatch:
    """Reads the file at once, and anew after SIGHUP, in a thread beside a worker, whose turns are its own."""

    def __init__(self, services: Services) -> None:
        self._look = follow_file(services)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="settings-file", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End soon; a file that is being read is read to its end."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(_LOOK_EVERY):
            self._look()


def take_settings(services: Services, *, refusing: frozenset[str] = frozenset()) -> Version:
    """Save what the file gives, and give the version in force; equal settings make none.

    `refusing` names machines that are at work: what the file of another one has brought into force is not replaced.
    """
    path = services.config.settings_file
    assert path
    if not services.settings.look_for_key():
        raise VaultError(services.vault.remedy)
    by = Actor(CONFIGURATION, "file", f"{machine_name()}:{path}")
    given = partial(_given, path, services.config, refusing)
    version = services.settings.save_given(given, by=by, now=clock.now())
    logs.info("settings_file_read", file=path, version=version.number)
    return version


def _given(path: Path, config: Config, refusing: frozenset[str], before: Version) -> Settings:
    """Read the file, within the lock of the save, and refuse what another machine's file says otherwise."""
    settings = read_settings_file(path, listeners=config.listeners, shared=bool(config.database_url))
    differing = fields_that_differ(before.settings, settings)
    host = before.saved_from.partition(":")[0]
    if refusing and before.saved_by == CONFIGURATION and host != machine_name() and differing:
        raise ConfigError(
            f"{path} on {machine_name()} differs from version {before.number}, which comes from {before.saved_from}, "
            f"in {', '.join(differing)}. Give all machines the same file: put it there, and send SIGHUP to that panel."
        )
    return settings


def _other_machines(services: Services) -> frozenset[str]:
    """Name the machines beside this one that are at work on the same database."""
    if not services.config.database_url:
        return frozenset()
    return frozenset(each.host for each in services.heartbeats.living(clock.now())) - {machine_name()}


class _Reading:
    """Reads the file anew after a signal, in the turn of the process that watches and not within the signal."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._asked = False

    def ask(self, *_: object) -> None:
        self._asked = True

    def look(self) -> None:
        """Take the file's settings into use if that was asked for; what is wrong is logged, and the old ones stay."""
        if not self._asked:
            return
        self._asked = False
        try:
            services = open_services(self._config)
            with closing(services.database):
                take_settings(services)
        except PanelError as fault:
            logs.error("settings_file_refused", text=fault)
        except Exception as fault:  # whoever watches, or sends, goes on
            logs.unexpected("settings_file_failed", fault)
