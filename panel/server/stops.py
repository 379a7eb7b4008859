"""What asks a process to end, and how it hears that: once."""

from __future__ import annotations

import signal
from collections.abc import Callable

STOPS = (signal.SIGTERM, signal.SIGINT)


def on_stop(act: Callable[[], object]) -> None:
    """Call `act` for the first signal that asks this process to end.

    A second one may come while it runs, within a lock that it holds, and would wait for that for ever.
    """
    asked = False

    def hear(*_: object) -> None:
        nonlocal asked
        if not asked:
            asked = True
            act()

    for number in STOPS:
        signal.signal(number, hear)
