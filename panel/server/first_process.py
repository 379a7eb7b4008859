"""What process 1 of a container owes the others there: it reaps the orphans, and forwards every signal.

The kernel keeps a signal from process 1 that it has no handler for, and gives it each process whose parent has ended.
Where a command is process 1, that one does only this, and the command goes on in a child of it.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

FORWARDED = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2}
LEFT_SECONDS = 12.0  # for what the command leaves behind where it was killed: a worker gives its mail 10 s
_HEARD = {*FORWARDED, signal.SIGCHLD}


def be_first() -> None:
    """Return in a child where this is process 1, which stays until that ends, and leaves with its exit code."""
    if os.getpid() != 1:
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)  # what is blocked waits, though nobody handles it
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
        return
    code = _attend(child)
    _end_others()
    os._exit(code)


def _attend(child: int) -> int:
    """Hand signals on and reap whoever ends, until the child has; give its exit code, as a shell says it."""
    while True:
        number = signal.sigwait(_HEARD)
        if number != signal.SIGCHLD:
            os.kill(child, number)
            continue
        status = _reap().get(child)
        if status is not None:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _end_others() -> None:
    """Ask what is left to end, as the worker of a panel that was killed: the kernel would cut off what it sends."""
    with suppress(ProcessLookupError):
        os.kill(-1, signal.SIGTERM)
    ends = time.monotonic() + LEFT_SECONDS
    with suppress(ChildProcessError):
        while (left := ends - time.monotonic()) > 0:
            _reap(until_none=True)
            signal.sigtimedwait([signal.SIGCHLD], left)


def _reap(*, until_none: bool = False) -> dict[int, int]:
    """Give the status of all that have ended; raise `ChildProcessError` where none is left, if that is asked."""
    ended: dict[int, int] = {}
    try:
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            ended[found[0]] = found[1]
    except ChildProcessError:
        if until_none:
            raise
    return ended
