"""The folders are the map: each says in its `__init__.py` what it is for, and nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from docs import write_map
from tests.support.paths import ROOT

ROOMS = sorted((ROOT / "panel").rglob("__init__.py"))
WITH_CODE = {"web", "web/api"}  # the factory, and the blueprint that loads an operation when it is asked for


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: str(path.parent.relative_to(ROOT)))
def test_a_room_says_what_it_is_for_and_nothing_else(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))

    assert ast.get_docstring(tree)
    assert len(tree.body) == 1 or str(path.parent.relative_to(ROOT / "panel")) in WITH_CODE


def test_the_map_is_as_it_would_be_written_now() -> None:
    written = Path(write_map.__file__).with_name("map.md").read_text("utf-8")

    assert written == write_map.markdown(), "run: python docs/write_map.py"
