"""The notifier: who waits wakes at once, and the dead are told from the living."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from panel.storage.opening import open_database
from panel.storage.wakeup import Notifier, Waiter
from tests.support.limits import no_more_files


@pytest.fixture
def notifier(tmp_path: Path) -> Notifier:
    return open_database(tmp_path / "panel.db").notifier


def test_everybody_who_waits_wakes(notifier: Notifier) -> None:
    woken: list[str] = []

    def wait(name: str, ready: threading.Event) -> None:
        with notifier.waiter(name) as waiter:
            ready.set()
            waiter.wait(60)
            woken.append(name)

    threads = []
    for name in ("a", "b"):
        ready = threading.Event()
        threads.append(threading.Thread(target=wait, args=(name, ready)))
        threads[-1].start()
        assert ready.wait(10)
    notifier.notify()
    for thread in threads:
        thread.join(10)

    assert sorted(woken) == ["a", "b"]


def test_a_notification_before_the_wait_is_not_lost(notifier: Notifier) -> None:
    with notifier.waiter("a") as waiter:
        notifier.notify()

        waiter.wait(None)


def test_a_signal_just_before_the_wait_is_not_lost(notifier: Notifier) -> None:
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        with notifier.waiter("a") as waiter:
            signal.raise_signal(signal.SIGUSR1)

            waiter.wait(None)
    finally:
        signal.signal(signal.SIGUSR1, before)

    assert signal.set_wakeup_fd(-1) == -1


def test_nobody_wakes_early(notifier: Notifier) -> None:
    with notifier.waiter("a") as waiter:
        waiter.wait(0)  # who begins to listen at a server looks once more
        began = time.monotonic()
        waiter.wait(0.0305)

        assert time.monotonic() - began >= 0.0305


def test_many_notifications_are_one(notifier: Notifier) -> None:
    with notifier.waiter("a") as waiter:
        waiter.wait(0)
        for _ in range(70_000):  # more than a pipe holds
            waiter.notify()
        notifier.notify()

        waiter.wait(None)
        # One that goes by a server may come behind those of the pipe.
        assert any(lasts(waiter, 0.01) for _ in range(2))


def lasts(waiter: Waiter, seconds: float) -> bool:
    """Wait, and say whether nobody has notified meanwhile."""
    began = time.monotonic()
    waiter.wait(seconds)
    return time.monotonic() - began >= seconds


def test_notifying_nobody_is_no_fault(notifier: Notifier) -> None:
    notifier.notify()


def test_a_pipe_without_a_reader_tells_of_a_dead_worker(notifier: Notifier, tmp_path: Path) -> None:
    waiter = notifier.waiter("dead")
    os.close(waiter._reader)
    os.close(waiter._writer)

    with notifier.waiter("alive"):
        assert notifier.has_died("dead")
        assert not notifier.has_died("alive")
        assert not notifier.has_died("never seen")

        notifier.sweep()
        assert [path.name for path in tmp_path.glob("panel.db*.workers/*")] == ["alive.wake"]


def test_who_has_left_is_notified_without_harm(notifier: Notifier) -> None:
    with notifier.waiter("one") as waiter:
        pass
    reading, writing = os.pipe()  # takes the numbers that the waiter had

    waiter.notify()

    os.close(writing)
    assert os.read(reading, 1) == b""
    os.close(reading)


def test_who_cannot_look_takes_nobody_for_dead(notifier: Notifier) -> None:
    with notifier.waiter("a"), no_more_files():
        assert not notifier.has_died("a")


def test_who_cannot_notify_goes_on(notifier: Notifier) -> None:
    with notifier.waiter("a"), no_more_files():
        notifier.notify()
