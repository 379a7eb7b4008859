"""The process that answers is replaced when it dies or hangs, and ends with the one that watches."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.support.serving import Serving, free_port
from tests.support.waiting import WITHIN, wait_until

SILENT = """
import os, signal
from panel import logs
from panel.server import watchdog
watchdog.RESTART_SECONDS = 0.01
logs.configure("text")
def answer(beat):
    beat()
    print("began", os.getpid(), flush=True)
    while True:
        signal.pause()
watchdog.Watch(answer, silent_seconds=0.1).run()
print("ended", flush=True)
"""

FALLING = """
import os
from panel import logs
from panel.server import watchdog
watchdog.RESTART_SECONDS = 0.01
logs.configure("text")
class Other:
    def start(self):
        print("the other began", flush=True)
    def ask(self): pass
    def stop(self): pass
watchdog.Watch(lambda beat: os._exit(1), [Other()]).run()
"""


def answering(serving: Serving) -> int:
    """Give the process that answers: the child that has no command line of its own (Linux)."""
    watching = Path(f"/proc/{serving.tree[0]}/cmdline").read_bytes()
    return next(pid for pid in serving.tree[1:] if Path(f"/proc/{pid}/cmdline").read_bytes() == watching)


def health(serving: Serving) -> int:
    with urllib.request.urlopen(f"{serving.address}/healthz", timeout=WITHIN) as answer:
        status: int = answer.status
    return status


def test_one_that_is_killed_is_replaced_and_its_clients_wait(tmp_path: Path) -> None:
    with Serving(tmp_path / "home") as serving:
        assert health(serving) == 200
        first = answering(serving)
        os.kill(first, signal.SIGKILL)

        assert health(serving) == 200
        assert answering(serving) != first

    assert any("process_died process=panel" in line for line in serving.said)


def test_one_that_says_nothing_for_long_is_replaced() -> None:
    with subprocess.Popen([sys.executable, "-c", SILENT], text=True, stdout=subprocess.PIPE) as watching:
        assert watching.stdout
        first, second = watching.stdout.readline(), watching.stdout.readline()
        watching.terminate()
        rest = watching.stdout.read()

    assert first.startswith("began")
    assert second.startswith("began")
    assert first != second
    assert rest == "ended\n"
    assert watching.returncode == 0


def test_mail_does_not_wait_for_a_panel_that_falls_again_and_again() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", FALLING], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as watching:
        assert watching.stdout
        said = watching.stdout.readline()
        watching.terminate()

    assert said == "the other began\n"
    assert watching.returncode == 0


def test_all_end_with_the_one_that_watches(tmp_path: Path) -> None:
    with Serving(tmp_path / "home") as serving:
        assert health(serving) == 200
        wait_until(lambda: len(serving.tree) == 3)
        pids = serving.tree
        serving.kill()

        wait_until(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in pids[1:]))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_ends_when_asked_to_and_leaves_its_port(tmp_path: Path, number: signal.Signals) -> None:
    with Serving(tmp_path / "home") as serving:
        assert health(serving) == 200
        pids = serving.tree
        os.kill(pids[0], number)
        assert serving.wait() == 0

        assert not any(Path(f"/proc/{pid}").exists() for pid in pids[1:])
        with pytest.raises(OSError, match="refused"):
            health(serving)

    assert not any("crashed" in line for line in serving.said)


def test_serve_answers_over_both_protocols_where_it_listens_at_all_addresses(tmp_path: Path) -> None:
    port = free_port()
    with Serving(tmp_path / "home", variables={"MAIL_PANEL_LISTEN": f"[::]:{port}"}, port=port) as serving:
        for host in ("127.0.0.1", "[::1]"):
            with urllib.request.urlopen(f"http://{host}:{port}/login", timeout=WITHIN) as answer:
                assert answer.status == 200
    assert f"http://localhost:{port}/setup" in "".join(serving.said)
