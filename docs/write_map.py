"""Writes map.md, where to look for what, from the first sentence of each room: run it when one comes or goes."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEAD = """# Map of the code

The folders of `panel/` are the map: each by the first sentence of its `__init__.py`, then the modules beside them.
Written by `python docs/write_map.py`. An import goes down only; the floors are in `pyproject.toml`, and
[decision 9](decisions/0009-floors.md) says why. `tests/` and `templates/` follow the same names.

"""


def markdown() -> str:
    return HEAD + "".join(_lines(ROOT / "panel"))


def _lines(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("__init__.py"))[1:]:
        room = path.parent.relative_to(folder)
        yield f"{'  ' * (len(room.parts) - 1)}- [`{room.name}/`](../panel/{room}) {_sentence(path)}\n"
    for path in sorted(folder.glob("[!_]*.py")):
        yield f"- [`{path.name}`](../panel/{path.name}) {_sentence(path)}\n"


def _sentence(path: Path) -> str:
    return (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").partition("\n")[0]


if __name__ == "__main__":
    Path(__file__).with_name("map.md").write_text(markdown(), "utf-8")
