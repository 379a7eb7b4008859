"""A home with settings, and the command that mail programs call."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from panel.config import Config
from panel.services import Services, open_services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.mail import NOW
from tests.support.paths import ROOT
from tests.support.places import variables_of

MESSAGE = "Subject: a\n\nHello\n"
PROGRAM = "from panel.__main__ import sendmail; sendmail()"
Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def services(tmp_path: Path) -> Services:
    """A home that the panel has prepared, with settings."""
    services = open_services(Config(home=tmp_path / "home"))
    services.settings.save(Settings(from_address="report@shop.example"), base=0, by=actor("test"), now=NOW)
    return services


@pytest.fixture
def run(tmp_path: Path) -> Run:
    environment = {**variables_of(tmp_path / "home"), "PYTHONPATH": str(ROOT)}

    def run(
        *words: str, given: str | bytes = MESSAGE, program: str = PROGRAM, port: int | None = None, **more: str
    ) -> subprocess.CompletedProcess[bytes]:
        """Run it as cron does: with hardly a variable, and no locale."""
        listen = {"MAIL_PANEL_SMTP_LISTEN": f"127.0.0.1:{port}"} if port else {}
        command = [sys.executable, "-c", program, *words]
        message = given.encode() if isinstance(given, str) else given
        return subprocess.run(
            command, input=message, capture_output=True, env=environment | listen | more, timeout=60, check=False
        )

    return run
