"""What a screen reader has of each page is kept as text in `trees/`, to be read: a change of it is seen in a review.

`python -m pytest --long --write-trees tests/browser/test_trees.py` writes them anew.
"""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path

import pytest

from tests.browser.conftest import Open
from tests.browser.pages import PAGES, Shown, tour
from tests.browser.scenes import staged
from tests.browser.trees import FOLDER, tree
from tests.support.servers import Authority, Loop

WHOLE = ("login", "detail-ok", "detail-held")  # the frame is the same on all pages


@pytest.mark.long
@pytest.mark.parametrize("name", PAGES)
def test_a_screen_reader_has_of_each_page_what_was_read(
    tmp_path: Path,
    loop: Loop,
    authority: Authority,
    open_page: Open,
    pytestconfig: pytest.Config,
    name: str,
) -> None:
    page, changed = open_page("ja"), list[str]()

    def compare(shown: Shown) -> None:
        kept, now = FOLDER / f"{shown.name}.txt", tree(page, whole=shown.name in WHOLE)
        if pytestconfig.getoption("--write-trees"):
            kept.write_text(now, "utf-8")
        before = kept.read_text("utf-8") if kept.exists() else ""
        names = (str(kept), shown.path)
        changed.extend(unified_diff(before.splitlines(), now.splitlines(), *names, lineterm="", n=2))

    with staged(name, tmp_path, loop, authority) as stage:
        tour(page, stage, PAGES[name], compare)

    assert not changed, "\n".join(changed)


def test_there_is_a_tree_of_each_page_and_no_other() -> None:
    kept = {path.stem for path in FOLDER.glob("*.txt")}

    assert kept == {one.name for pages in PAGES.values() for one in pages}
