"""`mail-panel ready`, which tells by its exit code whether the panel here can work."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from panel.cli.ready import ready
from tests.cli.conftest import Run
from tests.support.serving import Serving, free_port

HEAVY = ("sqlite3", "flask", "panel.config", "panel.services", "panel.storage.opening", "http.client", "ssl")


@contextmanager
def answering(status: int, body: str) -> Iterator[str]:
    """Answer every request at the address that is given."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *words: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_panel_that_listens_everywhere_is_ready_once_its_worker_lives(run: Run, tmp_path: Path) -> None:
    port = free_port()
    listen = {"MAIL_PANEL_LISTEN": f"0.0.0.0:{port}"}
    with Serving(tmp_path / "home", variables=listen, port=port):
        alive = run("ready", "--live", **listen)
        for _ in range(100):  # its worker is begun once it answers
            able = run("ready", **listen)
            if able.returncode == 0:
                break

    assert (alive.returncode, alive.stdout) == (0, f"The panel at 127.0.0.1:{port} answers.\n")
    assert (able.returncode, able.stdout) == (0, f"The panel at 127.0.0.1:{port} is ready.\n")
    assert run("ready", **listen).returncode == 1


def test_a_panel_that_cannot_work_lives_and_is_not_ready(run: Run) -> None:
    said = json.dumps({"status": "failed", "database": "ok", "key": "failed", "worker": "missing"})
    with answering(503, said) as address:
        done = run("ready", "--listen", address)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"The panel at {address} is not ready: key failed, worker missing.\n"


@pytest.mark.parametrize("body", ["", "<h1>ok</h1>", "[]", '{"status": "up"}', "ok", '{"status": ["ok"]}'])
def test_another_program_at_the_address_is_not_this_panel(body: str) -> None:
    with answering(200, body) as address:
        done = CliRunner(env={"LANG": "C"}).invoke(ready, ["--listen", address])

    assert (done.exit_code, done.output) == (1, f"What answers at {address} is not mail-panel.\n")


@pytest.mark.parametrize("every", ["0.0.0.0", "[::]"])
def test_a_panel_that_listens_at_every_address_is_asked_at_one_of_this_machine(every: str) -> None:
    with answering(200, '{"status": "ok"}') as address:
        port = address.partition(":")[2]
        done = CliRunner(env={"LANG": "C"}).invoke(ready, ["--listen", f"{every}:{port}"])

    assert (done.exit_code, "is ready" in done.output) == (0, True)


def test_an_answer_without_end_in_its_depth_is_not_this_panels(run: Run) -> None:
    with answering(200, "[" * 50_000) as address:
        assert run("ready", "--listen", address).stderr == f"What answers at {address} is not mail-panel.\n"


def test_another_program_says_nothing_to_the_terminal(run: Run) -> None:
    with answering(
        503, '{"status": "failed", "database": "\\u001b]0;mine\\u0007", "key": "ok", "worker": "ok"}'
    ) as address:
        said = run("ready", "--listen", address).stderr

    assert said == f"The panel at {address} is not ready: database \\u001b]0;mine\\u0007.\n"


def test_nobody_there_is_one_sentence(run: Run) -> None:
    address = f"127.0.0.1:{free_port()}"
    done = run("ready", MAIL_PANEL_LISTEN=address)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Nobody listens at {address}: the panel does not run, or is still starting.\n"


def test_one_that_never_answers_is_waited_for_as_long_as_was_said(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        done = run("ready", "--listen", address, "--timeout", "0.2")

    assert (done.returncode, done.stderr) == (1, f"The panel at {address} has not answered within 0.2 seconds.\n")


def test_one_that_answers_byte_by_byte_takes_no_longer(run: Run) -> None:
    ended = threading.Event()

    def drip(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            while not ended.wait(0.05):
                connection.send(b"H")

    with socket.create_server(("127.0.0.1", 0)) as server:
        dripping = threading.Thread(target=drip, args=(server,))
        dripping.start()
        done = run("ready", "--listen", f"127.0.0.1:{server.getsockname()[1]}", "--timeout", "0.3")
        ended.set()
        dripping.join()

    assert (done.returncode, "has not answered within 0.3 seconds" in done.stderr) == (1, True)


def test_a_japanese_shell_is_told_in_japanese(run: Run) -> None:
    done = run("ready", "--listen", f"127.0.0.1:{free_port()}", LANG="ja_JP.UTF-8")

    assert "パネルが起動していないか、起動中です" in done.stderr


def test_a_wrong_variable_is_named_with_78(run: Run) -> None:
    done = run("ready", MAIL_PANEL_LISTEN="5870")

    assert (done.returncode, "MAIL_PANEL_LISTEN is HOST:PORT" in done.stderr) == (78, True)


def test_it_loads_nothing_heavy_and_opens_no_data(tmp_path: Path) -> None:
    code = (
        "import sys; from panel.cli.main import panel\n"
        "try: panel.main(['ready', '--listen', sys.argv[1]], standalone_mode=False)\n"
        "except SystemExit: print(*sys.modules)"
    )
    variables = {"PATH": os.defpath, "MAIL_PANEL_HOME": str(tmp_path / "home")}
    words = [sys.executable, "-c", code, f"127.0.0.1:{free_port()}"]

    loaded = subprocess.run(words, env=variables, capture_output=True, text=True, check=True).stdout.split()

    assert "panel.cli.ready" in loaded
    assert [name for name in HEAVY if name in loaded] == []
    assert not (tmp_path / "home").exists()
