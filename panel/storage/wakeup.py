"""Wakes the workers at once when there is something to do: a named pipe for each, beside the data file.

A pipe only says "look": what there is to do stands in the database, so a lost byte costs a wait and no mail.
"""

from __future__ import annotations

import errno
import os
import select
import signal
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

SUFFIX = ".wake"


class Notifier(ABC):
    """Notifies every worker of a database; `Database.notifier` is that of its own."""

    @abstractmethod
    def notify(self) -> None:
        """Wake whoever waits; a notification that fails costs a wait, and is no reason to doubt what was committed."""

    @abstractmethod
    def has_died(self, name: str) -> bool:
        """Say whether a worker is certainly gone; of another machine's nobody knows."""

    @abstractmethod
    def sweep(self) -> None:
        """Remove what is left of workers that are gone."""

    @abstractmethod
    def waiter(self, name: str) -> Waiter:
        """Make what a worker waits with."""


class PipeNotifier(Notifier):
    """Notifies the workers of one machine, each by a pipe of its own beside the data file."""

    def __init__(self, data_file: Path) -> None:
        self._folder = data_file.with_name(data_file.name + ".workers")

    def notify(self) -> None:
        with suppress(OSError):
            for path in self._pipes():
                _notify(path)

    def has_died(self, name: str) -> bool:
        """Say whether a worker is certainly gone: its pipe is there, and nobody reads it."""
        return _has_no_reader(self._pipe(name))

    def sweep(self) -> None:
        """Remove the pipes of workers that are gone."""
        for path in self._pipes():
            if _has_no_reader(path):
                with suppress(FileNotFoundError):
                    os.unlink(path)

    def waiter(self, name: str) -> Waiter:
        return Waiter(self.make(name))

    def make(self, name: str) -> Path:
        """Give where a worker's own pipe is to be."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        return self._pipe(name)

    def _pipe(self, name: str) -> Path:
        return self._folder / f"{name}{SUFFIX}"

    def _pipes(self) -> list[str]:
        try:
            return [entry.path for entry in os.scandir(self._folder) if entry.name.endswith(SUFFIX)]
        except FileNotFoundError:
            return []


class Waiter:
    """Waits until somebody notifies, or a signal has come that is heard in Python; use it as a context."""

    def __init__(self, path: Path) -> None:
        unread = path.with_suffix(".new")  # under its own name it always has a reader
        os.mkfifo(unread, 0o600)
        self._path = path
        self._reader = os.open(unread, os.O_RDONLY | os.O_NONBLOCK)
        self._writer = os.open(unread, os.O_WRONLY | os.O_NONBLOCK)  # else the pipe ends with the first who notified
        self._open = True
        self._hears_signals = threading.current_thread() is threading.main_thread()
        self._woken_before = -1  # no file
        self._closing = threading.RLock()  # a number that is closed may be another file's by the next moment
        unread.rename(path)

    def __enter__(self) -> Waiter:
        if self._hears_signals:  # one that comes just before the wait would else be heard only after it
            self._woken_before = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        self._path.unlink(missing_ok=True)
        if self._hears_signals:
            signal.set_wakeup_fd(self._woken_before, warn_on_full_buffer=False)
        with self._closing:
            self._open = False
            os.close(self._reader)
            os.close(self._writer)

    def wait(self, seconds: float | None, *, beside: int | None = None) -> None:
        """Return when notified, or after that many seconds and never earlier; also when `beside` can be read."""
        ends = None if seconds is None else time.monotonic() + seconds
        poll = select.poll()
        for each in (*self.sources(), *([] if beside is None else [beside])):
            poll.register(each, select.POLLIN)
        while True:
            left = None if ends is None else max(0.0, ends - time.monotonic())
            if poll.poll(None if left is None else left * 1000 // 1):
                self.heard()
                return
            if left is not None and left < 0.001:
                time.sleep(left)  # poll knows whole milliseconds alone
                return

    def close(self) -> None:
        """End what else was opened."""

    def notify(self) -> None:
        """Wake this waiter, also from a signal handler or when it has left."""
        with self._closing, suppress(BlockingIOError):
            if self._open:
                os.write(self._writer, b"!")

    def sources(self) -> list[int]:
        """Give the files that can be read when somebody has notified."""
        return [self._reader]

    def heard(self) -> None:
        """Take what was notified."""
        with suppress(BlockingIOError):
            while os.read(self._reader, 4096):
                pass


def _notify(path: str) -> None:
    with suppress(OSError), _writer(path) as writer:  # nobody reads it, it is full of notifications, or gone just now
        os.write(writer, b"!")


def _has_no_reader(path: str | Path) -> bool:
    """Say what ENXIO says; a pipe that cannot be opened for another reason tells nothing about its reader."""
    try:
        with _writer(path):
            return False
    except OSError as fault:
        return fault.errno == errno.ENXIO


@contextmanager
def _writer(path: str | Path) -> Iterator[int]:
    writer = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    try:
        yield writer
    finally:
        os.close(writer)
