"""Times two ways of doing a thing in turn, and prints how they compare."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from statistics import median, quantiles

Act = Callable[[], object]


def on_one_core() -> None:
    """Keep this process and those it starts on one core: placement alone changes figures by several times."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def timed(act: Act, clock: Callable[[], float] = time.perf_counter) -> float:
    """Give how long an act takes by a clock, in ms."""
    began = clock()
    act()
    return (clock() - began) * 1000


def compare(
    name: str,
    ours: Act,
    peer: Act,
    *,
    rounds: int,
    target: str,
    per_second: bool = False,
    after: Act | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Run both in turn, print the medians in ms and their ratio, and give the difference of the medians in ms.

    With `per_second` the ratio is that of the rates, so that more is better. `after` clears up after each round.
    With `time.thread_time` as the clock it is processor time, of this thread alone.
    """
    times = []
    for _ in range(max(1, rounds // 10) + rounds):
        times.append((timed(ours, clock), timed(peer, clock)))
        if after:
            after()
    del times[:-rounds]  # the first ones warm up
    mine, theirs = (sorted(each) for each in zip(*times, strict=True))
    ratio = median(theirs) / median(mine) if per_second else median(mine) / median(theirs)
    spread = "–".join(f"{each:.2f}" for each in quantiles([a / b for a, b in times], n=4)[::2])
    print(
        f"{name:<44} {median(mine):>9.2f} ms  peer {median(theirs):>9.2f} ms  ratio {ratio:>5.2f}  target {target}"
        f"  (quartiles of pairs {spread})",
        flush=True,
    )
    over: float = median(mine) - median(theirs)
    return over
