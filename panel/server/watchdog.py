"""Keeps the process that answers alive: one that ends, or says nothing for long, is replaced."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from panel import logs
from panel.server.stops import STOPS, on_stop
from panel.server.supervisor import RESTART_SECONDS, Supervisor

LOAD_SECONDS = 10.0  # after which mail is sent though the panel does not answer
SILENT_SECONDS = 30.0  # after which a process that answers is given up
SILENT_STOP_SECONDS = 10.0  # the same once it was asked to end; it gives what it has in hand half of that

Beat = Callable[[], object]


class Watch:
    """Runs `answer(beat)` in a child, a copy of this process, and the others beside it, until SIGTERM or SIGINT.

    The child calls `beat` about once a second, from when it answers on.
    """

    def __init__(
        self,
        answer: Callable[[Beat], None],
        supervisors: Sequence[Supervisor] = (),
        *,
        closing: Callable[[], object] = lambda: None,
        meanwhile: Callable[[], object] = lambda: None,
        silent_seconds: float = SILENT_SECONDS,
    ) -> None:
        self._answer = answer
        self._supervisors = supervisors
        self._closing = closing
        self._meanwhile = meanwhile  # done about once a second
        self._silent_seconds = silent_seconds
        self._stopping = self._others_began = False
        self._child = 0

    def run(self) -> None:
        """Keep the process that answers alive until SIGTERM or SIGINT, and end the others with it."""
        on_stop(self._stop)
        self._begin_child()
        while not self._ended():
            logs.warning("process_died", process="panel")
            self._begin_others()  # mail does not wait for pages that cannot be shown
            time.sleep(RESTART_SECONDS)
            self._begin_child()
        for supervisor in self._supervisors:
            supervisor.stop()

    def _ended(self) -> bool:
        """Wait until the child has ended, and say whether that is what was wanted."""
        self._attend()
        os.close(self._hearing)
        child, self._child = self._child, 0
        if child:
            os.waitpid(child, 0)
        return self._stopping

    def _stop(self) -> None:
        """Ask all processes to end at the same time."""
        self._stopping = True
        self._closing()
        if self._child:
            os.kill(self._child, signal.SIGTERM)
        for supervisor in self._supervisors:
            supervisor.ask()

    def _begin_child(self) -> None:
        """Begin a child, whose pipe tells that it lives; no signal comes before we know its number."""
        self._hearing, telling = os.pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        try:
            child = 0 if self._stopping else os.fork()
            if child == 0 and not self._stopping:
                self._be_child(telling)
            self._child = child
        except OSError as fault:  # out of processes or memory
            logs.error("process_not_started", process="panel", text=fault)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
            os.close(telling)

    def _be_child(self, telling: int) -> None:
        """Answer, and end without what this process began before."""
        status = 1
        try:
            os.close(self._hearing)
            for number in STOPS:
                signal.signal(number, signal.SIG_DFL)
            if callable(signal.getsignal(signal.SIGHUP)):
                signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it is the first process that reads the settings anew
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
            os.set_blocking(telling, False)
            self._answer(lambda: _tell(telling))
            if tokens := sys.modules.get("panel.settings.oauth.tokens"):
                tokens.finish()
            status = 0
        except Exception:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(status)

    def _attend(self) -> None:
        """Listen until the child ends; end it where it is silent, and begin the others once it answers."""
        begun = last_beat = time.monotonic()
        while True:
            self._meanwhile()
            ready, _, _ = select.select([self._hearing], [], [], 1.0)
            now = time.monotonic()
            if ready:
                if not os.read(self._hearing, 4096):
                    return
                last_beat = now
            elif self._child and now - last_beat > (SILENT_STOP_SECONDS if self._stopping else self._silent_seconds):
                os.kill(self._child, signal.SIGKILL)
            if ready or now - begun > LOAD_SECONDS:
                self._begin_others()

    def _begin_others(self) -> None:
        """Begin the other processes; at once they would make whoever opens the panel wait for all."""
        if not self._others_began and not self._stopping:
            self._others_began = True
            for supervisor in self._supervisors:
                supervisor.start()


def _tell(telling: int) -> None:
    """Write that we live; end where nobody is left to hear it."""
    with suppress(BlockingIOError):  # there is enough to hear already
        try:
            os.write(telling, b".")
        except BrokenPipeError:
            os.kill(os.getpid(), signal.SIGTERM)
