"""A message as DATA takes it."""

from __future__ import annotations

import tracemalloc

import pytest

from panel.mail.message.envelope import on_the_wire


@pytest.mark.parametrize("line", [b"\n", b"\r", b"\n.", b"\r\n.", b"ab\n"])
def test_many_lines_take_no_more_memory_than_their_bytes(line: bytes) -> None:
    """A message of 25 MiB in lines of one character once took 2 GB, and ended whoever read it."""
    message = line * 200_000
    tracemalloc.start()
    try:
        on_the_wire(message)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert most < 12 * len(message)
