"""A notice as JSON and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from panel.alerts.delivery.document import read_notice, written_notice
from panel.alerts.notice import NoticeType
from tests.support.alerts import notice


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"reply": "535 5.7.8 No"},
        {"type": NoticeType.TEST, "alert": None, "do": (), "cause": None, "field": None, "url": None, "waiting": None},
        {"what": '日本語 "quoted" \u2028 <b>\n'},
    ],
)
def test_what_is_written_is_read(more: dict[str, Any]) -> None:
    assert read_notice(written_notice(notice(**more), details=True)) == notice(**more)


def test_the_servers_words_stay_behind_unless_they_are_asked_for() -> None:
    told = notice(reply="535 5.7.8 No")

    assert "535" not in written_notice(told, details=False)
    assert read_notice(written_notice(told, details=False)) == replace(told, reply=None)
