"""How wide a text is on a terminal, and what may not reach it."""

from __future__ import annotations

import pytest

from panel.cli.terminal.width import cut, in_a_cell, padded, width_of


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("日本語", 6), ("ｱｲｳ", 3), ("Ａ", 2), ("e\u0301", 1), ("が", 2), ("か\u3099", 2), ("📧", 2), ("", 0)],
)
def test_a_text_takes_as_many_columns_as_the_terminal_gives_it(text: str, columns: int) -> None:
    assert width_of(text) == columns


def test_a_text_is_cut_before_the_character_that_does_not_fit() -> None:
    assert cut("月次レポート", 12) == "月次レポート"
    assert cut("月次レポート", 9) == "月次レポ…"
    assert cut("月次レポート", 8) == "月次レ…"
    assert width_of(padded(cut("月次レポート", 8), 8)) == 8


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", "a\\u001b[2Jb"),
        ("a\tb\nc", "a\\u0009b\\u000ac"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\u2066a\u2069", "\\u2066a\\u2069"),
        ("a\u2028b\x9b", "a\\u2028b\\u009b"),
        ("全角　空白", "全角　空白"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("\udcff", "\\udcff"),
    ],
)
def test_what_moves_the_cursor_or_turns_a_line_around_is_escaped(text: str, shown: str) -> None:
    assert in_a_cell(text) == shown
