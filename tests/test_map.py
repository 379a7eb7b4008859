"""The map of the code names every room once, in the words of the room itself."""

from __future__ import annotations

from pathlib import Path

from docs import write_map


def test_every_room_is_on_the_map_once() -> None:
    named = [name for names in write_map.SUBJECTS.values() for name in names.split()]

    assert sorted(named) == sorted(write_map.rooms())


def test_the_map_is_as_it_would_be_written_now() -> None:
    written = Path(write_map.__file__).with_name("map.md").read_text("utf-8")

    assert written == write_map.markdown(), "run: python docs/write_map.py"
