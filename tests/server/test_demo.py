"""The demo as a process: it takes mail, and ends without a trace."""

from __future__ import annotations

import re
import smtplib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.serving import free_port, wait_for


@pytest.mark.parametrize("verbose", [(), ("-v",)], ids=["quiet", "verbose"])
def test_the_demo_takes_mail_by_smtp_and_leaves_nothing_behind(tmp_path: Path, verbose: tuple[str, ...]) -> None:
    port = free_port()
    command = [sys.executable, "-m", "panel", "demo", "--listen", f"127.0.0.1:{port}", *verbose]
    slip = {"MAIL_PANEL_LOCAL": "ja"}
    elsewhere = {"MAIL_PANEL_DATABASE": f"postgresql://panel@127.0.0.1:{free_port()}/mail"}  # it has data of its own
    with subprocess.Popen(
        command,
        env={"TMPDIR": str(tmp_path), **slip, **elsewhere},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as demo:
        assert demo.stdout
        said = []
        for line in demo.stdout:
            said.append(line)
            if place := re.search(r"by SMTP at (\S+):(\d+)", line):
                break
        assert place
        with smtplib.SMTP(place[1], int(place[2]), timeout=20) as smtp:
            smtp.sendmail("shop@example.org", ["hanako@example.org"], b"Subject: Order\r\n\r\nThank you.\r\n")
        wait_for(port)

        demo.terminate()
        rest = demo.stdout.read()

    assert demo.returncode == 0
    assert ("INFO submitted" in rest) is bool(verbose)
    assert (" INFO " in "".join(said) + rest) is bool(verbose)
    assert "WARNING variable_unknown variable=MAIL_PANEL_LOCAL meant=MAIL_PANEL_LOCALE" in "".join(said)
    assert "crashed" not in rest
    assert list(tmp_path.iterdir()) == []


def test_the_demos_mail_server_answers_by_the_name_of_the_recipient(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "panel", "demo", "--listen", f"127.0.0.1:{free_port()}"]
    with subprocess.Popen(
        command, env={"TMPDIR": str(tmp_path)}, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as demo:
        assert demo.stdout
        port = next(found[1] for line in demo.stdout if (found := re.search(r"SMTP host +localhost, port (\d+)", line)))
        password = next(found[1] for line in demo.stdout if (found := re.search(r"SMTP password +(\S+)", line)))
        next(line for line in demo.stdout if "by SMTP at" in line)
        with smtplib.SMTP("localhost", int(port), timeout=20) as smtp:
            smtp.starttls()
            smtp.login("demo@example.org", password)
            smtp.mail("demo@example.org")
            names = ("sato", "later", "later", "full", "full", "unknown", "refused", "large")
            codes = [smtp.rcpt(f"{name}@example.net")[0] for name in names]

        demo.terminate()
        demo.stdout.read()

    assert codes == [250, 451, 250, 452, 452, 550, 554, 552]
