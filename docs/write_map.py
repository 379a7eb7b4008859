"""Writes map.md, where to look for what, from the first sentence of each module: run it when a module comes or goes."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SUBJECTS = {
    "Mail comes in": (
        "intake draft address mime fields text encoded_words structure reencoding transfer_encoding submission intray"
        " mailer sendmail aliases handover listener inbound reception"
        " group_commit"
    ),
    "Mail waits": "outbox outbox_search entry forecast traffic",
    "Mail leaves": "worker courier dispatch settlement judgement heartbeats wake worker_process",
    "The pace": "pacing healing pace pace_clock turn patience",
    "A session with a server": (
        "smtp message smtp_server transport transaction offer limits seven_bit stages conversation dialogue wire login"
        " encryption route network_faults destination pop redaction"
    ),
    "A test send": "trial trial_store report outcome neighbours",
    "What a refusal means": (
        "diagnosis refusals causes examples causes_guide client_faults complaints heard turns pasted"
    ),
    "The settings": "settings settings_store sender values providers proposal names vault export",
    "Who may enter": "accounts tokens",
    "How it goes": "verdict metrics logs doctor",
    "The ground": "config place home services database schema file_system clock language errors keeper demo",
    "The doors": "cli server watch connections peers web",
}
HEAD = """# Map of the code

Where to look for what in `panel/`: each room by its first sentence, written by `python docs/write_map.py`.
An import goes down only; the floors are in `pyproject.toml`, and [decision 9](decisions/0009-floors.md) says why.
`templates/` has a folder for each part of the pages, `tests/` a file for each room.
"""


def rooms() -> set[str]:
    """Name the modules and packages of the panel."""
    found = {path.stem for path in (ROOT / "panel").glob("[!_]*.py")}
    return found | {path.parent.name for path in (ROOT / "panel").glob("*/__init__.py")}


def markdown() -> str:
    return HEAD + "".join(_subject(title, names.split()) for title, names in SUBJECTS.items())


def _subject(title: str, names: list[str]) -> str:
    return f"\n## {title}\n\n| room | what |\n|---|---|\n" + "".join(_rows(names))


def _rows(names: list[str]) -> Iterator[str]:
    for name in names:
        folder = ROOT / "panel" / name
        path = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
        sentence = (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").partition("\n")[0]
        yield f"| [`{name}`](../{path.relative_to(ROOT)}) | {sentence} |\n"


if __name__ == "__main__":
    Path(__file__).with_name("map.md").write_text(markdown(), "utf-8")
