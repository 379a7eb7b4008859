"""A test send against smtplib saying the same commands: warm, and as cold processes."""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import mail_server
from benchmarks.pairs import compare
from panel import clock
from panel.checks.trial.message import plain_envelope
from panel.checks.trial.order import Order
from panel.checks.trial.report import Outcome
from panel.checks.trial.run import TrialRun
from panel.config import Config
from panel.mail.message.envelope import Envelope
from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.mail.net.tls import context
from panel.mail.smtp.session import Session
from panel.services import Services, open_services
from panel.settings.model import Settings
from tests.support.actors import actor

RECIPIENT = "taro@example.net"
COLD_PEER = """
import smtplib, ssl, sys
host, port, user, password, authority, sender, recipient = sys.argv[1:]
trusted = ssl.create_default_context()
trusted.load_verify_locations(authority)
with smtplib.SMTP(host, int(port), local_hostname="app.example.org") as smtp:
    smtp.starttls(context=trusted)
    smtp.login(user, password)
    smtp.sendmail(sender, [recipient], b"Subject: Test\\r\\n\\r\\nHello.\\r\\n")
"""


def run() -> None:
    """Compare the session, the whole test send with what is recorded of it, and the command."""
    with mail_server.running() as settings, tempfile.TemporaryDirectory() as folder:
        envelope = _message(settings)
        services = open_services(Config(home=Path(folder) / "home"))
        services.settings.save(settings, base=0, by=actor("benchmark"), now=clock.now())
        peer = _with_smtplib(settings, envelope)
        compare("test send, warm: the session", lambda: _send(settings, envelope), peer, rounds=200, target="≤ 1.25")
        more = compare(
            "test send, warm: with what is recorded", _trial(services, settings), peer, rounds=100, target="–"
        )
        print(f"{'':<44} more than the peer: {more:.2f} ms")
        _compare_cold(settings, Path(folder))


def _message(settings: Settings) -> Envelope:
    return plain_envelope(
        from_address=settings.from_address,
        from_name="",
        to=RECIPIENT,
        subject="Test",
        text="Hello.\n",
        date=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
    )


def _send(settings: Settings, envelope: Envelope) -> None:
    with Session(settings.server, policy=Policy(), deadline=Deadline(30)) as session:
        session.open()
        session.deliver(envelope)


def _with_smtplib(settings: Settings, envelope: Envelope) -> Callable[[], None]:
    trusted = context(settings.ca_certificate)

    def send() -> None:
        with smtplib.SMTP(settings.smtp_host, settings.smtp_port, local_hostname=settings.local_hostname) as smtp:
            smtp.starttls(context=trusted)
            smtp.login(settings.smtp_user, settings.smtp_password)
            smtp.sendmail(envelope.mail_from, envelope.rcpt_to, envelope.message)

    return send


def _trial(services: Services, settings: Settings) -> Callable[[], None]:
    number = iter(range(10**9))

    def run() -> None:
        order = Order(settings, RECIPIENT, by=actor(f"account {next(number)}"))  # each may run ten a minute
        slot, store = services.slot(), services.trials
        trial = TrialRun(order, store=store, policy=Policy(), slot=slot, fingerprint="x", now=clock.now())
        assert trial.run().outcome is Outcome.SUCCESS

    return run


def _compare_cold(settings: Settings, folder: Path) -> None:
    authority = folder / "ca.pem"
    authority.write_text(settings.ca_certificate)
    account = [settings.smtp_user, settings.smtp_password]
    words = [settings.smtp_host, str(settings.smtp_port), *account, str(authority), settings.from_address, RECIPIENT]
    environment = {**os.environ, "MAIL_PANEL_HOME": str(folder / "home")}
    ours = [str(Path(sys.executable).parent / "mail-panel"), "test", RECIPIENT]

    def run(*command: str) -> Callable[[], object]:
        return lambda: subprocess.run(command, env=environment, check=True, capture_output=True)

    # Ten tests a minute are allowed; this account has none yet.
    compare(
        "mail-panel test, cold process",
        run(*ours),
        run(sys.executable, "-c", COLD_PEER, *words),
        rounds=8,
        target="≤ 1.5",
    )
