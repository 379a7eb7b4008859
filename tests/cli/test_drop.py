"""`mail-panel drop`: the folder is made, and what is in it is told."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from panel import clock
from panel.outbox.drop.intake import Intake
from panel.storage.opening import open_database
from tests.cli.conftest import Run
from tests.support.dropping import drop_folder, put, slip


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Iterator[Path]:
    with drop_folder(tmp_path / "home") as folder:
        yield folder


def test_it_is_made_and_a_second_time_mended(run: Run, folder: Path) -> None:
    other = folder.parent / "other"

    made = run("drop", "prepare", MAIL_PANEL_DROP=str(other))
    other.chmod(0o755)
    refused = run("drop", "status", MAIL_PANEL_DROP=str(other))
    mended = run("drop", "prepare", MAIL_PANEL_DROP=str(other))

    assert made.returncode == mended.returncode == 0
    assert str(other) in made.stdout
    assert refused.returncode == 78
    assert "mail-panel drop prepare" in refused.stderr
    assert other.stat().st_mode & 0o7777 == 0o1733


def test_without_the_variable_both_say_what_to_set(run: Run) -> None:
    for word in ("prepare", "status"):
        done = run("drop", word)
        assert done.returncode == 78
        assert "/var/spool/mail-panel" in done.stderr


def test_what_waits_and_what_was_refused_is_told_with_the_reason(run: Run, folder: Path, tmp_path: Path) -> None:
    refused = put(folder, slip("no address"))
    (folder / "README").write_text("hello")
    Intake(open_database(tmp_path / "home" / "mail-panel.db"), folder, tmp_path / "home").turn(clock.now())
    put(folder, slip())

    told = run("drop", "status", MAIL_PANEL_DROP=str(folder))
    document = json.loads(run("drop", "status", "--json", MAIL_PANEL_DROP=str(folder)).stdout)

    assert told.returncode == 0
    assert f"Messages that wait in {folder}: 1." in told.stdout
    assert "that stay: 1." in told.stdout
    assert refused.name in told.stdout
    assert document["folder"] == str(folder)
    assert (document["waiting"], document["bytes"], document["strangers"]) == (1, len(slip()), 1)
    assert document["oldest"]
    [aside] = document["rejected"]
    assert aside["name"] == refused.name
    assert aside["account"] == ("nobody" if os.geteuid() == 0 else aside["account"])
    assert "address" in aside["reason"]


@pytest.mark.long
def test_an_empty_one_is_told(run: Run, folder: Path) -> None:
    document = json.loads(run("drop", "status", "--json", MAIL_PANEL_DROP=str(folder)).stdout)

    assert document == {
        "folder": str(folder),
        "waiting": 0,
        "bytes": 0,
        "oldest": None,
        "strangers": 0,
        "rejected": [],
    }
