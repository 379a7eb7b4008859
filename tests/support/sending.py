"""A worker, its outbox and its settings on one data file, for tests that send for real."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from panel import clock
from panel.checks.trial.order import Order
from panel.checks.trial.report import Mode, Report
from panel.checks.trial.run import TrialRun
from panel.checks.trial.store import TrialStore
from panel.clock import Instant
from panel.config import Config
from panel.mail.net.policy import Policy
from panel.outbox.delivery.claims import Claims
from panel.outbox.delivery.heartbeats import Heartbeats
from panel.outbox.delivery.retry import Retry
from panel.outbox.delivery.worker import Worker
from panel.outbox.entry import Entry
from panel.outbox.outbox import Outbox
from panel.outbox.pace import patience
from panel.outbox.pace.pace import Terms
from panel.outbox.pace.slot import Slot
from panel.outbox.pace.store import PaceStore
from panel.services import Services, open_services
from panel.settings.model import Settings
from panel.settings.store import SettingsStore
from panel.storage import vault
from panel.storage.database import Database
from panel.storage.vault import Vault
from tests.support.actors import actor
from tests.support.mail import TERMS, mail
from tests.support.scripted import ScriptedServer
from tests.support.servers import SmtpServer


def leading_to(server: SmtpServer | ScriptedServer) -> Settings:
    """Give settings for a server without TLS and without a login."""
    return Settings(
        from_address="report@example.org", smtp_host="127.0.0.1", smtp_port=server.port, smtp_auth=False, tls=False
    )


def home_leading_to(server: SmtpServer, home: Path) -> Services:
    """Make a panel's home with these settings."""
    services = open_services(Config(home=home))
    services.settings.save(leading_to(server), base=0, by=actor("test"), now=clock.now())
    return services


@dataclass
class Office:
    """What sends share: a test changes the settings, hands mail in, and looks what became of it."""

    database: Database
    store: SettingsStore
    outbox: Outbox
    pace: PaceStore
    trials: TrialStore
    retry: Retry
    now: Callable[[], datetime] = clock.now

    @classmethod
    def open(cls, database: Database, keys: Sequence[bytes] = ()) -> Office:
        store = SettingsStore(database, Vault(keys or [vault.new_key()]))
        retry = Retry(first_ms=50, most_ms=50)
        return cls(database, store, Outbox(database), PaceStore(database), TrialStore(database), retry)

    def use(self, server: SmtpServer | ScriptedServer, **changes: Any) -> None:
        """Save settings that lead to a server without TLS and without a login, but for what is changed."""
        self.store.save(
            replace(leading_to(server), **changes), base=self.store.newest(), by=actor("test"), now=clock.now()
        )

    def enqueue(self, *rcpt_to: str, **given: Any) -> int:
        return self.outbox.enqueue(mail(*rcpt_to, **given), by=actor(), now=self.now()).number

    def entry(self, number: int) -> Entry:
        found = self.outbox.get(number)
        assert found
        return found

    def test_send(self, settings: Settings | None = None, *, mode: Mode = Mode.SEND) -> Report:
        """Run a test of other settings, or of those in force."""
        version = self.store.current()
        tested = settings or version.settings
        trial = TrialRun(
            Order(tested, "hanako@example.org", mode, version=None if settings else version.number, by=actor()),
            store=self.trials,
            policy=Policy(),
            slot=Slot(self.pace, Terms.of(version), version.fingerprint),
            fingerprint=self.store.fingerprint(tested),
            now=clock.now(),
        )
        return trial.run()

    def worker(
        self, *, lease_ms: int = 20_000, window: int = 20, time: Callable[[], Instant] = clock.instant
    ) -> Worker:
        claims = Claims(self.database, retry=self.retry, lease_ms=lease_ms)
        beats = Heartbeats(self.database)
        return Worker(self.outbox, claims, self.store, beats, policy=Policy(), window=window, time=time)

    @contextmanager
    def working(self, worker: Worker | None = None) -> Iterator[Worker]:
        """Run a worker in a thread."""
        worker = worker or self.worker()
        thread = threading.Thread(target=worker.run, args=(self.database.notifier,))
        thread.start()
        try:
            yield worker
        finally:
            worker.stop()
            thread.join(30)
            assert not thread.is_alive()


def noted(office: Office) -> str | None:
    """Name the worker that has a session open between messages."""
    row = office.database.row("SELECT open_by FROM pace")
    assert row
    return row[0]


def bears_ms(office: Office, port: int) -> int:
    """Give the wait between messages that a server is known to bear."""
    moment = clock.instant()
    now = office.pace.state(TERMS, moment).pace.time(moment)
    return patience.bears_ms(office.database, f"127.0.0.1:{port}", now)
