"""The panel as a WSGI server loads it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.paths import ROOT

_LOADS = "import wsgi; print(wsgi.app.test_client().get('/healthz').status_code)"


def test_a_variable_that_nothing_reads_is_told_of_in_the_log_that_was_chosen(tmp_path: Path) -> None:
    given = {"MAIL_PANEL_HOME": f"{tmp_path}/home", "MAIL_PANEL_LOG_FORMAT": "json", "MAIL_PANEL_KEEP_BODY": "3"}

    loaded = subprocess.run(
        [sys.executable, "-c", _LOADS],
        env={"PATH": os.environ["PATH"], **given},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert loaded.stdout == "200\n"
    told = [json.loads(line) for line in loaded.stderr.splitlines()]
    assert {"variable": "MAIL_PANEL_KEEP_BODY", "meant": "MAIL_PANEL_KEEP_BODIES"}.items() <= told[0].items()
