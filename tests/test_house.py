"""The house: small rooms, modules that are read in one sitting, small functions; the floors are in pyproject.toml."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PANEL = ROOT / "panel"
ROOMS = sorted({path.parent for path in PANEL.rglob("*.py")})
MODULES = sorted(PANEL.rglob("*.py"))
FOLDERS = sorted({path.parent for path in (ROOT / "templates").rglob("*.html")})
MOST_BESIDE = 8  # modules beside the packages
MOST_IN_A_ROOM = 13
MOST_COMMANDS = 20
MOST_TEMPLATES = 16
MOST_LINES = 400
MOST_LINES_OF_TESTS = 500
MOST_OF_A_FUNCTION = 30
TABLES = (
    "diagnosis/causes",
    "diagnosis/clients",
    "diagnosis/rules",
    "settings/providers.py",
    "storage/postgresql/tables.py",
    "storage/sqlite/migrations.py",
)
WITHOUT_A_MODULE = ("tests/browser/", "tests/conformance/", "tests/journeys/")  # over many rooms
OF_A_WHOLE_ROOM = (
    "tests/cli/sendmail/test_loading.py",
    "tests/cli/test_fuzzed_commands.py",
    "tests/diagnosis/test_remedies.py",
    "tests/outbox/delivery/test_window.py",
    "tests/server/smtpd/test_hostile_clients.py",
    "tests/storage/postgresql/test_plans.py",
    "tests/test_containers.py",
    "tests/test_dev.py",
    "tests/test_docs.py",
    "tests/test_house.py",
    "tests/test_layers.py",
    "tests/test_man.py",
    "tests/test_map.py",
    "tests/test_needs.py",
    "tests/test_supply.py",
    "tests/test_twins.py",
    "tests/test_wheel.py",
    "tests/test_wording.py",
    "tests/test_wsgi.py",
    "tests/web/test_events.py",
    "tests/web/test_fuzzed_requests.py",
    "tests/web/test_joined_sentences.py",
    "tests/web/test_lengths.py",
    "tests/web/test_notices.py",
    "tests/web/test_prefilled.py",
    "tests/web/test_shown_passwords.py",
    "tests/web/test_sync.py",
)
IN_SEVERAL_MODULES = {
    "bp",  # the pages of a feature
    "main",  # how a program begins
    "run",  # how a process that is supervised does
    "T",
    "Token",  # of the API, and of OAuth2
    "warning",  # of a finding, and of the log
}

SILENCED = re.compile(r"# ?(noqa|type: ?ignore|nosec|pragma: no)\b.*")
WITH_ITS_REASON = re.compile(r"# (noqa: [A-Z]+\d+(, [A-Z]+\d+)* - |type: ignore\[[a-z, -]+\]  # )\w.+")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_few_modules_stand_beside_the_rooms() -> None:
    assert len([path for path in PANEL.glob("*.py") if not path.stem.startswith("__")]) <= MOST_BESIDE


@pytest.mark.parametrize("room", ROOMS[1:], ids=named)
def test_a_room_is_seen_at_a_glance(room: Path) -> None:
    most = MOST_COMMANDS if room == PANEL / "cli" else MOST_IN_A_ROOM

    assert len([path for path in room.glob("*.py") if path.stem != "__init__"]) <= most


@pytest.mark.parametrize("folder", FOLDERS, ids=named)
def test_a_folder_of_templates_is_seen_at_a_glance(folder: Path) -> None:
    assert len([*folder.glob("*.html")]) <= MOST_TEMPLATES


def test_a_module_is_read_in_one_sitting() -> None:
    """All but tables, which are looked up."""
    read = [path for path in MODULES if not str(path.relative_to(PANEL)).startswith(TABLES)]

    assert [named(path) for path in read if len(path.read_text("utf-8").splitlines()) > MOST_LINES] == []


def test_a_file_of_tests_is_read_in_one_sitting() -> None:
    read = [*(ROOT / "tests").rglob("*.py")]

    assert [named(path) for path in read if len(path.read_text("utf-8").splitlines()) > MOST_LINES_OF_TESTS] == []


def test_a_file_of_tests_stands_where_its_module_does() -> None:
    """But for those of a whole room, each named, and those that go through the house."""
    tests = {named(path) for path in (ROOT / "tests").rglob("test_*.py")}

    assert sorted(each for each in tests if not each.startswith(WITHOUT_A_MODULE) and not mirrors(each)) == sorted(
        OF_A_WHOLE_ROOM
    )


def mirrors(test: str) -> bool:
    """Say whether there is a module, or a package, that a file of tests is named after."""
    module = ROOT / re.sub(r"^tests/(.*)test_(\w+\.py)$", r"panel/\1\2", test)
    return module.is_file() or module.with_suffix("").is_dir()


def test_a_function_fits_on_half_a_screen() -> None:
    long = [f"{named(path)}: {name} {lines}" for path in MODULES for name, lines in functions(path)]

    assert long == []


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Give the functions that are longer than a half screen."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > MOST_OF_A_FUNCTION:
                yield node.name, lines


def test_a_public_name_stands_in_one_module() -> None:
    """But for the routes, operations and commands, which their decorators name, and the API's documents."""
    read = [path for path in MODULES if path.parent != PANEL / "web" / "api" / "documents"]
    modules = defaultdict[str, list[str]](list)
    for path in read:
        for name in public_names(path):
            modules[name].append(named(path))

    several = {name: paths for name, paths in modules.items() if len(paths) > 1 and name not in IN_SEVERAL_MODULES}

    assert several == {}


def public_names(path: Path) -> set[str]:
    """Give the names that a module defines for others to import."""
    names = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef) or (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not is_door(node)
        ):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return {name for name in names if not name.startswith("_")}


def is_door(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Say whether a decorator makes it a route, an operation or a command."""
    return any(isinstance(each, ast.Call) for each in function.decorator_list)


def test_a_silenced_check_has_its_reason_beside_it() -> None:
    """Say it as `noqa: S608 - our own words`, or as a second comment behind mypy's own."""
    written = [*MODULES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    lines = [(named(path), line) for path in written for line in path.read_text("utf-8").splitlines()]

    silenced = [f"{path}: {found[0]}" for path, line in lines if (found := SILENCED.search(line))]

    assert [each for each in silenced if not WITH_ITS_REASON.search(each)] == []
