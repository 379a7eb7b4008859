"""A process that is asked to end hears it once."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from panel.server.stops import STOPS
from tests.support.waiting import WITHIN

ASKED_WHILE_IT_HEARS = """
import os, signal, threading
from panel.server.stops import on_stop
lock, heard = threading.Lock(), []
def act():
    with lock:
        heard.append(1)
        for number in {numbers}:
            os.kill(os.getpid(), number)
on_stop(act)
os.kill(os.getpid(), {first})
print(len(heard))
"""


@pytest.mark.parametrize("first", STOPS)
def test_a_second_signal_does_not_wait_for_what_the_first_holds(first: signal.Signals) -> None:
    program = ASKED_WHILE_IT_HEARS.format(numbers=[*map(int, STOPS)], first=int(first))

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=WITHIN)

    assert (ended.returncode, ended.stdout) == (0, "1\n")
