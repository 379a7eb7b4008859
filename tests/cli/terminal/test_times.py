"""Moments on a terminal and in a pipe."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from panel.cli.terminal import times
from tests.cli.conftest import Run, See

SUMMER, WINTER = datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.fixture
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock is set an hour ahead in summer."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_berlin")
def test_moments_share_a_zone_unless_the_clock_was_set_between_them() -> None:
    assert times.one_offset([SUMMER]) == "+02:00"
    assert times.one_offset([WINTER, WINTER]) == "+01:00"
    assert times.one_offset([SUMMER, WINTER]) == ""
    assert times.in_minutes(SUMMER, offset=True) == "2026-07-01 14:00 UTC+02:00"
    assert times.in_minutes(WINTER, offset=False) == "2026-12-01 13:00"


def test_a_program_reads_utc_and_a_person_the_clock_on_the_wall(run: Run, see: See) -> None:
    run("token", "create", "shop", "--scope", "send", "--expires", "90d")
    ends = run("token", "list", TZ="Asia/Tokyo").stdout.split("\t")[4]

    shown = see("token", "list", columns=120, TZ="Asia/Tokyo")

    local = datetime.fromisoformat(ends).astimezone(ZoneInfo("Asia/Tokyo"))
    assert ends.endswith("Z")
    assert f"{local:%Y-%m-%d %H:%M}" in shown
    assert "Ends +09:00\n" in shown
