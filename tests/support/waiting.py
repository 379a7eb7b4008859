"""Waits for what another process or thread brings about."""

from __future__ import annotations

import select
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

WITHIN = 30.0  # seconds, on a machine that does other things, too
T = TypeVar("T")


def wait_until(found: Callable[[], T], *, within: float = WITHIN) -> T:
    """Give what is found as soon as it is true of it."""
    ends = monotonic() + within
    while not (what := found()):
        assert monotonic() < ends
        select.select([], [], [], 0.002)
    return what
