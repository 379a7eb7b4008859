"""A folder in which other users leave mail, and the way from there into the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from panel.outbox.drop.intake import Intake
from panel.storage.database import Database
from tests.support.dropping import drop_folder


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with drop_folder(tmp_path / "home") as folder:
        yield folder


@pytest.fixture
def intake(database: Database, folder: Path, tmp_path: Path) -> Intake:
    return Intake(database, folder, tmp_path / "home")
