"""The home is opened once, and of what is in it a command loads what it uses."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from panel import clock
from panel.config import Config
from panel.services import open_services
from tests.support.actors import actor

PROGRAM = """
import sys
from pathlib import Path
from panel.config import Config
from panel.services import open_services

open_services(Config(home=Path(sys.argv[1]))).settings.current()
stores = ["settings.store", "access.accounts", "access.tokens", "checks.trial.store", "outbox.outbox"]
stores += ["outbox.pace.store", "outbox.delivery.heartbeats"]
print(*(name for name in stores if f"panel.{name}" in sys.modules))
"""


def test_what_is_not_asked_for_is_not_loaded(tmp_path: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, check=True)

    assert ran.stdout.split() == ["settings.store"]


def test_pages_deliver_no_alert_and_load_nothing_for_it() -> None:
    program = "import sys, panel.web; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    loaded = ran.stdout.split()
    assert "panel.web.alerts.destinations" in loaded
    for name in ("alerts.delivery.deliverer", "alerts.delivery.mail", "alerts.delivery.queue", "alerts.judging.judge"):
        assert f"panel.{name}" not in loaded


def test_what_the_audit_keeps_no_longer_goes_by_the_hour_and_nothing_where_it_is_kept_for_ever(tmp_path: Path) -> None:
    services = open_services(Config(home=tmp_path, keep_audit=0))
    for_a_week = replace(services, config=Config(home=tmp_path, keep_audit=7))
    services.pace.pause(by=actor("sato"), now=clock.now() - timedelta(days=9))

    for tidied in (services, for_a_week):
        tidied.do_hourly()
        found = [row["action"] for row in services.database.rows("SELECT * FROM audit")]
        assert found == [["sending_paused"], ["audit_removed"]][tidied is for_a_week]
