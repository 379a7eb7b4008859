"""Moments on a terminal and in a pipe."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from panel.cli.terminal import times
from panel.config import Config
from panel.services import open_services
from tests.cli.conftest import Run, See
from tests.support.actors import actor
from tests.support.mail import mail

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
    assert "  Ends +09:00  " in shown


@pytest.mark.parametrize(
    ("variables", "offset"),
    [
        ({"MAIL_PANEL_TIMEZONE": "America/New_York"}, "-0[45]:00"),
        ({"LANG": "ja_JP.UTF-8"}, r"\+09:00"),
        ({"LANG": "ja_JP.UTF-8", "MAIL_PANEL_TIMEZONE": "Asia/Kolkata"}, r"\+05:30"),
    ],
)
def test_a_person_reads_the_zone_of_the_pages(see: See, run: Run, variables: dict[str, str], offset: str) -> None:
    run("token", "create", "shop", "--scope", "send", "--expires", "90d")

    shown = see("token", "list", columns=120, TZ="UTC", **variables)

    assert re.search(f" {offset}(  |\r?$)", shown, re.MULTILINE)


def test_a_day_begins_where_the_reader_lives(run: Run, tmp_path: Path) -> None:
    open_services(Config(home=tmp_path / "home")).outbox.enqueue(
        mail(), by=actor(), now=datetime(2026, 11, 24, 16, tzinfo=UTC)
    )

    def listed(**more: str) -> int:
        return len(json.loads(run("outbox", "export", "--since", "2026-11-25", TZ="UTC", **more).stdout))

    assert (listed(), listed(MAIL_PANEL_TIMEZONE="Asia/Tokyo"), listed(LANG="ja_JP.UTF-8")) == (0, 1, 1)
