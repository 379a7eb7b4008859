"""`pip install .` gives a whole panel: built as a wheel, installed elsewhere, started and asked."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
START_SECONDS = 30


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, ROOT]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    [built] = folder.glob("mail_panel-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """A folder with what the wheel holds, and nothing of the checkout."""
    folder = wheel.parent / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run_there(installed: Path, program: str, **more: str) -> subprocess.Popen[str]:
    """Start a program that finds the installed panel first, away from the checkout."""
    environment = {"PATH": os.defpath, "PYTHONPATH": str(installed), **more}
    command = [sys.executable, "-c", program]
    return subprocess.Popen(
        command, cwd=installed.parent, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


@pytest.fixture(scope="module")
def address(installed: Path) -> Iterator[str]:
    """The address of a panel that `serve` of the wheel answers at."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    program = (
        f"import sys; sys.argv = ['mail-panel', 'serve', '--listen', {listen!r}]; from panel.cli import main; main()"
    )
    serving = run_there(installed, program, MAIL_PANEL_HOME=str(installed.parent / "home"))
    try:
        yield f"http://{answered(listen)}"
    finally:
        serving.terminate()
        serving.communicate(timeout=30)


def answered(listen: str) -> str:
    """Wait until somebody listens."""
    host, _, port = listen.partition(":")
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection((host, int(port)), 1).close()
        except OSError:
            assert time.monotonic() < deadline, "nobody listens"
        else:
            return listen


def fetched(address: str, language: str = "en") -> str:
    asked = urllib.request.Request(address, headers={"Accept-Language": language})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        text: str = answer.read().decode()
    return text


def test_the_panel_that_runs_is_the_installed_one(installed: Path) -> None:
    said, _ = run_there(installed, "import panel; print(panel.__file__)").communicate(timeout=30)

    assert Path(said.strip()).is_relative_to(installed)


def test_pages_come_in_both_languages(address: str) -> None:
    assert 'lang="en"' in fetched(f"{address}/login")
    assert "ログイン" in fetched(f"{address}/login", "ja")


def test_a_page_finds_its_style(address: str) -> None:
    [path] = re.findall(r'<link rel="stylesheet" href="([^"]+)"', fetched(f"{address}/login"))

    assert "color" in fetched(address + path)


def test_templates_and_catalogues_travel_and_tests_do_not(wheel: Path) -> None:
    held = zipfile.ZipFile(wheel).namelist()

    assert {"panel/templates/base.html", "panel/locale/ja/LC_MESSAGES/panel.mo", "panel/static/panel.js"} <= {*held}
    assert not [name for name in held if name.startswith(("tests/", "docs/", "benchmarks/"))]
    assert any(name.endswith("licenses/LICENSE") for name in held)
