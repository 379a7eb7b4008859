"""The source archive is whole, and a wheel built from it is a whole panel: installed elsewhere, started and asked."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs import write_man
from tests.support.paths import ROOT
from tests.support.serving import Serving

MOST_OF_A_WHEEL = 4_000_000  # bytes


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source archive of this checkout."""
    folder = tmp_path_factory.mktemp("sdist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", folder]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
    [built] = folder.glob("mail_panel-*.tar.gz")
    return built


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source archive."""
    folder = tmp_path_factory.mktemp("wheel")
    words = ["--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder), str(sdist)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *words], check=True, capture_output=True, timeout=300)
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


def files_of(sdist: Path) -> set[str]:
    with tarfile.open(sdist) as archive:
        return {member.name.partition("/")[2] for member in archive if member.isfile()}


def test_the_source_archive_has_what_the_panel_is_made_and_checked_with(sdist: Path) -> None:
    rooms = {name.partition("/")[0] for name in files_of(sdist)}

    assert {"SECURITY.md", "LICENSE", "CHANGELOG.md", "babel.cfg", ".ci/run", "requirements.lock"} <= files_of(sdist)
    assert {"panel", "templates", "static", "tests", "docs", "benchmarks"} <= rooms


def test_the_source_archive_has_every_file_of_the_repository_and_none_besides(sdist: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert files_of(sdist) == {*listed.splitlines(), "PKG-INFO"}


@pytest.mark.long
def test_the_tests_of_the_source_archive_run_where_it_was_unpacked(sdist: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    [folder] = tmp_path.iterdir()
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "tests/test_house.py"]

    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_the_wheel_is_light_with_its_manual(wheel: Path) -> None:
    held = {*zipfile.ZipFile(wheel).namelist()}

    assert wheel.stat().st_size <= MOST_OF_A_WHEEL
    assert {"panel/guides/en/gmail.html", "panel/guides/ja/gmail.html", "panel/guides/ja/contents.json"} <= held
    assert [name for name in held if name.startswith("panel/guides/pictures/")]


def test_templates_and_catalogues_travel_and_tests_do_not(wheel: Path) -> None:
    held = zipfile.ZipFile(wheel).namelist()

    assert {"panel/templates/base.html", "panel/locale/ja/LC_MESSAGES/panel.mo", "panel/static/panel.js"} <= {*held}
    assert not [name for name in held if name.startswith(("tests/", "docs/", "benchmarks/"))]
    manual = {name.partition(".data/data/")[2] for name in held if "/share/man/" in name}
    assert manual == {f"share/man/{each.parent.name}/{each.name}" for each in write_man.files()} != set()
    assert any(name.endswith("licenses/LICENSE") for name in held)
