"""What is asked of the audit is read strictly: a filter that can match nothing is a mistake, and says so."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from panel.access.audit.asked import AuditFilter, NoSuchFilter, read_asked, read_number
from panel.storage.journal import Action


@pytest.fixture(autouse=True)
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_blank_filters_leave_out_nothing() -> None:
    assert read_asked({"account": " ", "action": "", "since": "", "until": " "}) == AuditFilter()
    assert os.environ["TZ"] == "Asia/Tokyo"


def test_a_day_is_that_of_the_machine_and_is_meant_with_its_end() -> None:
    asked = read_asked({"since": "2026-11-25", "until": "2026-11-25"})

    assert asked.since == datetime(2026, 11, 24, 15, tzinfo=UTC)
    assert asked.until == datetime(2026, 11, 25, 14, 59, 59, 999_000, tzinfo=UTC)


def test_a_day_is_that_of_who_asks_where_they_have_chosen_a_zone() -> None:
    asked = read_asked({"since": "2026-10-25", "until": "2026-10-25"}, ZoneInfo("Europe/Berlin"))

    assert asked.since == datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert asked.until == datetime(2026, 10, 25, 22, 59, 59, 999_000, tzinfo=UTC)  # the clock goes back on that day


@pytest.mark.parametrize(
    "text", ["2026-11-25T09:00:00Z", "2026-11-25T18:00:00+09:00", "2026-11-25 18:00", "2026-11-25T18:00:00.000"]
)
def test_a_moment_is_read_with_its_zone_or_that_of_the_machine(text: str) -> None:
    assert read_asked({"since": text, "until": text}) == AuditFilter(
        since=datetime(2026, 11, 25, 9, tzinfo=UTC), until=datetime(2026, 11, 25, 9, tzinfo=UTC)
    )


def test_an_account_and_an_action_are_taken_by_their_names() -> None:
    assert read_asked({"account": "sato", "action": "settings_saved"}) == AuditFilter("sato", Action.SETTINGS_SAVED)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("account", "a\0b"),
        ("account", "\ud800"),
        ("account", "a" * 321),
        ("action", "settings_forgotten"),
        ("since", "yesterday"),
        ("since", "2026-02-30"),
        ("since", "0001-01-01"),
        ("since", "20261125"),
        ("until", "9999-12-31"),
        ("until", "2026-11-25T25:00:00Z"),
        ("until", "２０２６-11-25"),
    ],
)
def test_what_no_row_can_have_is_refused_with_a_sentence(field: str, text: str) -> None:
    with pytest.raises(NoSuchFilter) as caught:
        read_asked({field: text})

    assert caught.value.field == field


@pytest.mark.parametrize("text", ["x", "-1", "1" * 20, "9" * 19, "８"])
def test_one_goes_on_from_a_number(text: str) -> None:
    assert read_number({"after": "812"}, "after") == 812
    assert read_number({"after": ""}, "after") is None
    with pytest.raises(NoSuchFilter):
        read_number({"after": text}, "after")
