"""The demo as a process: it takes mail, and ends without a trace."""

from __future__ import annotations

import re
import smtplib
import subprocess
import sys
from pathlib import Path

from tests.support.serving import free_port, wait_for


def test_the_demo_takes_mail_by_smtp_and_leaves_nothing_behind(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "panel", "demo", "--listen", f"127.0.0.1:{port}"]
    with subprocess.Popen(
        command, env={"TMPDIR": str(tmp_path)}, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as demo:
        assert demo.stdout
        place = next(found for line in demo.stdout if (found := re.search(r"by SMTP at (\S+):(\d+)", line)))
        with smtplib.SMTP(place[1], int(place[2]), timeout=20) as smtp:
            smtp.sendmail("shop@example.org", ["hanako@example.org"], b"Subject: Order\r\n\r\nThank you.\r\n")
        wait_for(port)

        demo.terminate()
        rest = demo.stdout.read()

    assert demo.returncode == 0
    assert "submitted" in rest
    assert "crashed" not in rest
    assert list(tmp_path.iterdir()) == []
