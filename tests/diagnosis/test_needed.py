"""What a pattern needs in plain text: what it matches holds it, and every rule finds the same with it as without."""

from __future__ import annotations

import pytest

from panel.diagnosis.needed import needed_by
from panel.diagnosis.rules.rule import pattern, stands_in
from panel.diagnosis.rules.rules import RULES
from tests.support.paths import DATA


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        (r"connection refused", ("connection refused",)),
        (r"no (?:such|known) host|\beof\b", (" host", "eof")),
        (r"time?d out+ here", ("d out",)),
        (r"[\]\w ]{0,9}closed(?: \((?:by|a) one\)){1,2}[^)]", ("closed",)),
        (r"(sender|user)( \w+){0,3} (allow(ed)?|permit)", ("allow", "permit")),
        (r"(?<!un)known .{0,20}b?y{0,2}", ("known ",)),
        (r"(?P<code>\d+){2}[ -]", ("",)),
    ],
)
def test_a_match_holds_the_plain_part_of_one_alternative(source: str, parts: tuple[str, ...]) -> None:
    assert needed_by(source) == parts


def test_each_rule_finds_in_its_examples_what_it_finds_without_it() -> None:
    """A text that a pattern matches is never passed over."""
    blocks = {block for rule in RULES for block in (rule.words, rule.unless, rule.link) if block}
    texts = [line.lower() for file in sorted(DATA.glob("*.tsv")) for line in file.read_text("utf-8").splitlines()]

    found = [(block, text) for block in blocks for text in texts if pattern(block).search(text)]

    assert len(found) > 1_000
    assert [(block, text) for block, text in found if not stands_in(text, block)] == []
