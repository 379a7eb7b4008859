"""What a door takes, and how that is said."""

from __future__ import annotations

import os

import pytest

from panel.mail.limits import DEFAULT_LIMITS, MIB, MessageLimits, file_bytes, size_text
from panel.mail.message import mime


@pytest.mark.parametrize(
    ("size", "text"), [(25 * MIB, "25 MiB"), (MIB, "1 MiB"), (65_536, "64 KiB"), (10_000_000, "10000000 bytes")]
)
def test_a_size_is_told_without_rounding(size: int, text: str) -> None:
    assert size_text(size) == text


def test_what_is_beyond_is_refused_with_the_figure_and_what_to_do() -> None:
    limits = MessageLimits(64 * 1024, 3)

    assert limits.too_large(64 * 1024) == limits.too_many(3) == ""
    assert "64 KiB" in limits.too_large(64 * 1024 + 1)
    assert "max_message_bytes" in limits.too_large(64 * 1024 + 1)
    assert "3 recipients (max_recipients)" in limits.too_many(4)


@pytest.mark.parametrize("most", [MIB, DEFAULT_LIMITS.max_bytes])
def test_the_largest_file_is_about_what_fits(most: int) -> None:
    written = mime.file("application/pdf", "a.pdf", os.urandom(file_bytes(most))).write()

    assert most - 1_000 < len(written) < most + 1_000
