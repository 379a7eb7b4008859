"""`pip install .` gives a whole panel: built as a wheel, installed elsewhere, started and asked."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.serving import Serving


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


@pytest.fixture(scope="module")
def address(installed: Path) -> Iterator[str]:
    """The address of a panel that `serve` of the wheel answers at, away from the checkout."""
    variables = {"PYTHONPATH": str(installed)}
    with Serving(installed.parent / "home", variables=variables, cwd=installed.parent) as serving:
        yield serving.address


def fetched(address: str, language: str = "en") -> str:
    asked = urllib.request.Request(address, headers={"Accept-Language": language})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        text: str = answer.read().decode()
    return text


def test_the_panel_that_runs_is_the_installed_one(installed: Path) -> None:
    asked = [sys.executable, "-c", "import panel; print(panel.__file__)"]
    environment = {"PATH": os.defpath, "PYTHONPATH": str(installed)}

    said = subprocess.run(asked, cwd=installed.parent, env=environment, text=True, capture_output=True, check=True)

    assert Path(said.stdout.strip()).is_relative_to(installed)


def test_pages_come_in_both_languages(address: str) -> None:
    assert 'lang="en"' in fetched(f"{address}/login")
    assert "ログイン" in fetched(f"{address}/login", "ja")


def test_a_page_finds_its_style(address: str) -> None:
    [path] = re.findall(r'<link rel="stylesheet" href="([^"]+)"', fetched(f"{address}/login"))

    assert "color" in fetched(address + path)


def test_static_files_travel_compressed(address: str) -> None:
    page = fetched(f"{address}/login")
    for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        for coding in ("br", "gzip"):
            asked = urllib.request.Request(address + path, headers={"Accept-Encoding": coding})
            with urllib.request.urlopen(asked, timeout=30) as answer:
                assert answer.headers["Content-Encoding"] == coding, path


def test_templates_and_catalogues_travel_and_tests_do_not(wheel: Path) -> None:
    held = zipfile.ZipFile(wheel).namelist()

    assert {"panel/templates/base.html", "panel/locale/ja/LC_MESSAGES/panel.mo", "panel/static/panel.js"} <= {*held}
    assert not [name for name in held if name.startswith(("tests/", "docs/", "benchmarks/"))]
    assert any(name.endswith("licenses/LICENSE") for name in held)
