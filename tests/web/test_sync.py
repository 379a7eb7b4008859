"""Whatever asks the panel from a page says what becomes of it while something else is under way."""

from __future__ import annotations

import re

import pytest

from tests.support.paths import ROOT

TEMPLATES = ROOT / "templates"
_ASKS = re.compile(r"hx-(?:get|post|put|patch|delete|action)\b(?!-)")
_SYNC = re.compile(r"""hx-sync(?:="|": ")(?P<of>[^":]+):(?P<how>drop|abort|replace|queue all)["]""")


def asking() -> list[tuple[str, str]]:
    """Give each tag (or set of attributes for tags) of a template that asks the panel, with its file."""
    texts = ((path.relative_to(TEMPLATES), path.read_text("utf-8")) for path in sorted(TEMPLATES.rglob("*.html")))
    tags = ((str(path), tag) for path, text in texts for tag in re.split(r"(?=<[a-z]|\{% set )", text))
    return [(path, tag) for path, tag in tags if _ASKS.search(tag)]


ASKING = asking()


def test_the_controls_are_found() -> None:
    assert len(ASKING) >= len({path for path, _ in ASKING}) > 15


@pytest.mark.parametrize(("path", "tag"), ASKING, ids=[f"{path}-{at}" for at, (path, _) in enumerate(ASKING)])
def test_what_asks_the_panel_says_its_queue(path: str, tag: str) -> None:
    sync = _SYNC.search(tag)

    assert sync, f"{path} asks without a word about a second request: {tag}"
    if "every " in tag:
        assert sync["how"] == "abort", f"{path}: a poll gives way: {tag}"


@pytest.mark.parametrize("path", sorted({path for path, _ in ASKING}))
def test_what_shares_a_target_shares_a_queue(path: str) -> None:
    queues: dict[str, set[str]] = {}
    for _, tag in (each for each in ASKING if each[0] == path):
        target, sync = re.search(r'hx-target="([^"]+)"', tag), _SYNC.search(tag)
        if target and sync:
            queues.setdefault(target[1], set()).add(sync["of"])

    assert {target: of for target, of in queues.items() if len(of) > 1} == {}
