"""What an installation is made of: each package that it needs is pinned with its hashes, and the lists name no host."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.paths import ROOT

LOCKS = {  # with the extras that each is for
    "requirements.lock": (),
    "requirements-postgresql.lock": ("postgresql",),
    "requirements-test.lock": ("test",),
}
BUILD_LOCK = "requirements-build.lock"  # what an image is built with, and nothing that the panel runs with
BUILD_GROUP = "build"
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")

each_lock = pytest.mark.parametrize("lock", [*LOCKS, BUILD_LOCK])


@cache
def pyproject() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


def project() -> dict[str, Any]:
    read: dict[str, Any] = pyproject()["project"]
    return read


def asked_for(lock: str) -> list[Requirement]:
    """Give what pyproject asks for, with the extras of a lock."""
    if lock == BUILD_LOCK:
        return [Requirement(line) for line in pyproject()["dependency-groups"][BUILD_GROUP]]
    extras = [line for extra in LOCKS[lock] for line in project()["optional-dependencies"][extra]]
    return [Requirement(line) for line in [*project()["dependencies"], *extras]]


def entries(lock: str) -> Iterator[str]:
    """Give each entry in one line, as pip reads it."""
    text = (ROOT / lock).read_text("utf-8").replace("\\\n", " ")
    return (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))


@cache
def pinned(lock: str) -> dict[str, str]:
    """Give the version of each package, by its name in the one form that all its spellings share."""
    found = (re.match(r"([\w.-]+)==(\S+)", entry) for entry in entries(lock))
    return {canonicalize_name(each[1]): each[2] for each in found if each}


def satisfies(lock: str, wanted: Requirement) -> bool:
    version = pinned(lock).get(canonicalize_name(wanted.name))
    return version is not None and wanted.specifier.contains(version, prereleases=True)


@each_lock
def test_every_entry_is_one_version_with_its_hashes(lock: str) -> None:
    loose = [entry for entry in entries(lock) if not re.match(r"[\w.-]+==[\w.]+ ", entry) or not HASH.search(entry)]

    assert loose == []
    assert len(pinned(lock)) == len([*entries(lock)])


@each_lock
def test_the_lock_satisfies_what_the_project_asks_for(lock: str) -> None:
    assert [str(each) for each in asked_for(lock) if not satisfies(lock, each)] == []


@each_lock
def test_the_lock_has_what_its_packages_need_in_turn(lock: str) -> None:
    """Told by what is installed here, as far as that is the version that is pinned."""
    missing, seen = [], set()
    ahead = [(each, "mail-panel") for each in asked_for(lock)]
    while ahead:
        wanted, by = ahead.pop()
        if not satisfies(lock, wanted):
            missing.append(f"{wanted}, for {by}")
        elif (key := (wanted.name, *sorted(wanted.extras))) not in seen:
            seen.add(key)
            ahead += [(each, wanted.name) for each in needs_of(wanted, pinned(lock)[canonicalize_name(wanted.name)])]

    assert missing == []
    assert len(seen) > len(asked_for(lock))


def needs_of(wanted: Requirement, version: str) -> Iterator[Requirement]:
    try:
        installed = distribution(wanted.name)
    except PackageNotFoundError:
        return
    if installed.version == version:
        for line in installed.requires or []:
            each = Requirement(line)
            if not each.marker or any(each.marker.evaluate({"extra": extra}) for extra in ("", *wanted.extras)):
                yield each


def test_all_locks_pin_the_same_versions() -> None:
    alone, with_server, all_of_it = map(pinned, LOCKS)

    assert alone.items() <= with_server.items() <= all_of_it.items()


def test_a_wheel_is_built_with_the_versions_that_the_checks_have() -> None:
    """But for setuptools, which no check needs: pyspf is built with it."""
    build, all_of_it = pinned(BUILD_LOCK), pinned("requirements-test.lock")

    assert {name for name in build if build[name] != all_of_it.get(name)} == {"setuptools"}


def test_the_lock_for_building_has_all_that_a_build_asks_for() -> None:
    hooks = pyproject()["tool"]["hatch"]["build"]["hooks"].values()
    wanted = [*pyproject()["build-system"]["requires"], *(line for hook in hooks for line in hook["dependencies"])]

    assert {*wanted} <= {*pyproject()["dependency-groups"][BUILD_GROUP]}


@each_lock
def test_the_lock_names_no_host_and_no_folder(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")

    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host|(^| )-[ief] ", text, re.MULTILINE)


@each_lock
def test_the_lock_says_by_which_command_it_was_made(lock: str) -> None:
    [command] = re.findall(r"^#    (uv .+)$", (ROOT / lock).read_text("utf-8"), re.MULTILINE)

    assert f"$ {command} --upgrade\n" in (ROOT / "CONTRIBUTING.md").read_text("utf-8")


@pytest.mark.long
@each_lock
def test_pip_takes_the_lock_with_its_hashes(lock: str) -> None:
    """Pip refuses a list with hashes from which one package that is needed is missing."""
    words = ["install", "--quiet", "--dry-run", "--ignore-installed", "--require-hashes", "--requirement", lock]

    done = subprocess.run([sys.executable, "-m", "pip", *words], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


@pytest.mark.long
def test_the_list_of_parts_names_every_package_of_the_lock(tmp_path: Path) -> None:
    if not find_spec("cyclonedx_py"):
        pytest.skip("cyclonedx-bom is not installed (pip install '.[supply]')")
    [line] = re.findall(r"^\$ (cyclonedx-py requirements .*)$", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    words = [str(tmp_path / "sbom.json") if word == "sbom.json" else word for word in line.split()[1:]]

    subprocess.run([sys.executable, "-m", "cyclonedx_py", *words], cwd=ROOT, capture_output=True, check=True)

    told = json.loads((tmp_path / "sbom.json").read_text("utf-8"))
    parts = {canonicalize_name(part["name"]): part["version"] for part in told["components"]}
    assert (told["bomFormat"], told["metadata"]["component"]["name"]) == ("CycloneDX", "mail-panel")
    assert parts == pinned("requirements.lock")
