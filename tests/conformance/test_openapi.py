"""The running API against its own document: schemathesis asks everything that it allows, and what it does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from panel import clock
from panel.access.rights import Scope
from panel.config import Config
from panel.services import open_services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.serving import Serving

SECONDS = 20
RULES = Path(__file__).with_name("schemathesis.toml")
NOBODY_LISTENS = Settings("report@example.org", smtp_host="127.0.0.1", smtp_port=1, smtp_auth=False, tls=False)


def test_the_api_does_what_its_document_says(tmp_path: Path) -> None:
    services = open_services(Config(home=tmp_path / "home"))
    services.settings.save(NOBODY_LISTENS, base=0, by=actor("ken"), now=clock.now())
    token = services.tokens.create("fuzz", [Scope.ADMIN], by=actor("ken"), now=clock.now())

    with Serving(tmp_path / "home") as serving:
        done = subprocess.run(
            [
                *(Path(sys.executable).with_name("schemathesis"), "--config-file", RULES, "run"),
                *(f"{serving.address}/api/v1/openapi.json", "--header", f"Authorization: Bearer {token}"),
                *("--checks", "all", "--continue-on-failure", "--max-time", str(SECONDS), "--max-examples", "50"),
                *("--no-color", "--suppress-health-check", "all", "--seed", "1"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=4 * SECONDS,
            check=False,
        )

    assert done.returncode == 0, done.stdout + done.stderr
    assert not [line for line in serving.said if "Traceback" in line]
