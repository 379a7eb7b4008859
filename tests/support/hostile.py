"""A whole test send against a scripted server: its report, in time, and what it must not show."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace
from typing import Any

from panel import clock
from panel.checks.trial.failure import diagnosed, report_to_json
from panel.checks.trial.order import Order
from panel.checks.trial.report import Mode, Report
from panel.checks.trial.run import TrialRun
from panel.checks.trial.store import TrialStore
from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.outbox.pace.pace import Terms
from panel.outbox.pace.slot import Slot
from panel.outbox.pace.store import PaceStore
from panel.settings.model import Settings
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.scripted import ScriptedServer, Step, takes
from tests.support.servers import USER

SECONDS = 1.0
SECRET = "Tr0ub4dor&3-horse"
SETTINGS = Settings(
    from_address="report@example.org",
    smtp_host="localhost",
    smtp_user=USER,
    smtp_password=SECRET,
    local_hostname="app.example.org",
)
UNPROTECTED = {"tls": False, "smtp_auth": False, "smtp_password": ""}
GOODBYE = takes("QUIT", "221 Bye")


def report_of(database: Database, *steps: Step, mode: Mode = Mode.SEND, **changes: Any) -> Report:
    """Run a test send against a script, and find it ended in time."""
    with ScriptedServer(*steps) as scripted:
        settings = replace(SETTINGS, smtp_port=scripted.port, **changes)
        trial = TrialRun(
            Order(settings, "taro@example.net", mode, by=actor()),
            store=TrialStore(database),
            policy=Policy(),
            slot=Slot(PaceStore(database), Terms(0), "other"),
            fingerprint="x",
            now=clock.now(),
        )
        trial.deadline = Deadline(SECONDS)
        began = time.monotonic()
        report = trial.run()
    assert time.monotonic() - began < 10 * SECONDS  # it ends, also on a busy machine
    return report


def verdict(report: Report) -> tuple[str, str]:
    """Give where and why a test failed."""
    assert report.failure, report.outcome
    return str(report.failure.stage), diagnosed(report).cause.name


def nothing_secret(report: Report) -> bool:
    kept = json.dumps(report_to_json(1, report, str), ensure_ascii=False) + repr(report)
    return not any(part in kept for part in (SECRET, SECRET[:10], base64.b64encode(SECRET.encode()).decode()[:12]))
