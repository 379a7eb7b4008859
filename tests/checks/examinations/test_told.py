"""An examination for programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from panel.checks.doctor.finding import ok
from panel.checks.examinations.examination import EVERY, Conditions, Examination, Why
from panel.checks.examinations.told import examination_to_json

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
FOUND = Examination(4, NOW, 2, Why.DAILY, "", Conditions("192.0.2.7", ("s1",)), (ok("home", "Fine"),))


def test_it_says_when_the_next_one_is_unless_that_is_off() -> None:
    on = examination_to_json(FOUND, str, now=NOW, by_itself=True)
    off = examination_to_json(FOUND, str, now=NOW + timedelta(hours=1), by_itself=False)

    assert on["next_at"] == "2026-11-28T09:00:00.000Z"
    assert FOUND.at + EVERY == FOUND.next_at
    assert off["next_at"] is None
    assert (on["address"], on["selectors"], on["asked_by"]) == ("192.0.2.7", ["s1"], None)
    assert on["counts"] == {"ok": 1, "warning": 0, "problem": 0, "unknown": 0}


def test_before_the_first_one_it_has_the_same_members() -> None:
    nothing, one = (examination_to_json(each, str, now=NOW, by_itself=True) for each in (None, FOUND))

    assert nothing.keys() == one.keys()
    assert nothing["findings"] == []
    assert nothing["at"] is None
