"""The home is opened once, and of what is in it a command loads what it uses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
