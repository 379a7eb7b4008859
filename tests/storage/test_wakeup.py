"""The bell: who sleeps wakes at once, and the dead are told from the living."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from panel.storage.wakeup import Notifier
from tests.support.limits import no_more_files


@pytest.fixture
def bell(tmp_path: Path) -> Notifier:
    return Notifier(tmp_path / "panel.db")


def test_everybody_who_sleeps_wakes(bell: Notifier) -> None:
    woken: list[str] = []

    def sleep(name: str, ready: threading.Event) -> None:
        with bell.listener(name) as sleeper:
            ready.set()
            sleeper.sleep(60)
            woken.append(name)

    threads = []
    for name in ("a", "b"):
        ready = threading.Event()
        threads.append(threading.Thread(target=sleep, args=(name, ready)))
        threads[-1].start()
        assert ready.wait(10)
    bell.ring()
    for thread in threads:
        thread.join(10)

    assert sorted(woken) == ["a", "b"]


def test_a_ring_before_the_sleep_is_not_lost(bell: Notifier) -> None:
    with bell.listener("a") as sleeper:
        bell.ring()

        sleeper.sleep(None)


def test_nobody_wakes_early(bell: Notifier) -> None:
    with bell.listener("a") as sleeper:
        began = time.monotonic()
        sleeper.sleep(0.0305)

        assert time.monotonic() - began >= 0.0305


def test_many_rings_are_one(bell: Notifier) -> None:
    with bell.listener("a") as sleeper:
        for _ in range(70_000):  # more than a pipe holds
            sleeper.ring()
        bell.ring()

        sleeper.sleep(None)
        began = time.monotonic()
        sleeper.sleep(0.01)
        assert time.monotonic() - began >= 0.01


def test_ringing_for_nobody_is_no_fault(bell: Notifier) -> None:
    bell.ring()


def test_a_pipe_without_a_reader_tells_of_a_dead_worker(bell: Notifier, tmp_path: Path) -> None:
    sleeper = bell.listener("dead")
    os.close(sleeper._reader)
    os.close(sleeper._writer)

    with bell.listener("alive"):
        assert bell.has_died("dead")
        assert not bell.has_died("alive")
        assert not bell.has_died("never seen")

        bell.sweep()
        assert [path.name for path in (tmp_path / "panel.db.workers").iterdir()] == ["alive.wake"]


def test_who_has_left_is_rung_for_without_harm(bell: Notifier) -> None:
    with bell.listener("one") as sleeper:
        pass
    reading, writing = os.pipe()  # takes the numbers that the sleeper had

    sleeper.ring()

    os.close(writing)
    assert os.read(reading, 1) == b""
    os.close(reading)


def test_who_cannot_look_takes_nobody_for_dead(bell: Notifier) -> None:
    with bell.listener("a"), no_more_files():
        assert not bell.has_died("a")


def test_who_cannot_ring_goes_on(bell: Notifier) -> None:
    with bell.listener("a"), no_more_files():
        bell.ring()
