"""Machines that share a database lose nothing, keep one pace, and mark what came twice, whatever dies among them.

The common run takes a few accidents, the long one all; `python -m benchmarks.accidents` prints what each has cost.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.accidents import ACCIDENTS, Scene, take_place
from tests.support.postgres import PostgresServer
from tests.support.servers import Loop

QUICK = ("kill -9 of the worker that sends", "kill -9 of a backend")


@pytest.fixture(scope="module")
def mortal() -> Iterator[PostgresServer]:
    """A server that may be ended."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
def scene(tmp_path: Path, loop: Loop, mortal: PostgresServer) -> Scene:
    return Scene.set(tmp_path, loop, mortal, random.Random(7))


@pytest.mark.parametrize("name", QUICK)
def test_machines_bear_what_is_quick(scene: Scene, name: str) -> None:
    toll = take_place(scene, name, times=1)

    assert toll.bearable, toll


@pytest.mark.long
@pytest.mark.parametrize("name", ACCIDENTS)
def test_machines_bear_whatever_happens(scene: Scene, name: str) -> None:
    toll = take_place(scene, name, times=5)

    assert toll.bearable, toll
