"""The documentation says what the program does: nothing is missing from it, and nothing in it is made up."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name

import click
import pytest
from click.testing import CliRunner

from benchmarks import __main__ as benchmarks
from docs import write_man
from panel import clock, home
from panel.access.submission.token_limits import TokenLimits
from panel.access.submission.token_use import LimitedToken, TokenUse
from panel.alerts.destination import Destination, DestinationKind
from panel.alerts.figures import delivery_figures, firing_figure
from panel.checks.metrics import drop_figures, figures, server_figures, token_figures
from panel.checks.trial import report
from panel.checks.trial.failure import NOTICES
from panel.checks.trial.report import Mode, Outcome
from panel.checks.verdict import Kind
from panel.cli import main
from panel.cli.sendmail import command as sendmail
from panel.config import Config
from panel.diagnosis import diagnose
from panel.diagnosis.causes import table as causes
from panel.i18n import N_, catalogue
from panel.mail.message.submission import Priority
from panel.mail.smtp.protocol import Failure, Stage
from panel.outbox.drop.standing import DropStanding
from panel.outbox.pace.pace import Reason
from panel.outbox.state import State
from panel.services import open_services
from panel.settings.fields.labels import LABELS, label_of
from panel.settings.model import FIELDS, OF_SECOND, Settings
from panel.storage import vault
from panel.storage.journal import Action
from panel.web import create_app
from panel.web.api import problems
from panel.web.api.documents.messages import NewMessage
from panel.web.monitoring.health import Health
from tests.support.actors import actor
from tests.support.mail import hold
from tests.support.needs import find
from tests.support.paths import ROOT
from tests.support.places import variables_of

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")])
REFERENCE = (ROOT / "docs" / "reference.md").read_text("utf-8")

# Programs of the system that a reader runs, and that are not ours to test.
SYSTEMS = {
    *("apt-get", "createdb", "createuser", "mv", "pg_basebackup", "pg_dump", "pg_restore", "psql"),
    *("a2enmod", "cd", "chmod", "cp", "cyclonedx-py", "dpkg-divert", "git", "journalctl"),
    *("chown", "docker", "echo", "kubectl", "openssl"),
    *(
        "ln",
        "man",
        "mkdir",
        "nginx",
        "pip-audit",
        "printf",
        "rm",
        "systemctl",
        "systemd-analyze",
        "umask",
        "useradd",
        "uv",
    ),
}


def section(title: str) -> str:
    """Give what stands under a heading of the reference, down to the next of its kind or above it."""
    found = re.search(rf"^(#+) {re.escape(title)}\n", REFERENCE, re.MULTILINE)
    assert found, title
    rest = REFERENCE[found.end() :]
    return re.split(rf"^#{{1,{len(found[1])}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def first_cells(text: str) -> list[str]:
    """Give the first cell of each row of the tables."""
    rows = re.findall(r"^\| (.+?) \|", text, re.MULTILINE)
    return [row.strip("`") for row in rows if row.startswith("`") or row.isdecimal()]


def commands(group: click.Command = main.panel, words: str = "mail-panel") -> Iterator[tuple[str, click.Command]]:
    """Walk the commands that can be run, and the first of all, which has the common options."""
    if words == "mail-panel" or not isinstance(group, click.Group):
        yield words, group
    if isinstance(group, click.Group):
        with click.Context(group) as context:
            for name in group.list_commands(context):
                command = group.get_command(context, name)
                assert command
                yield from commands(command, f"{words} {name}")


def usage(words: str, command: click.Command) -> str:
    """Write a command as its heading does."""
    with click.Context(command) as context:
        pieces = [piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]"]
    return words if isinstance(command, click.Group) else " ".join([words, *pieces])


def options(command: click.Command) -> set[str]:
    if command.name == "sendmail":  # reads its words itself
        letters = sendmail.WITHOUT_VALUE + sendmail.WITH_VALUE
        modes = {f"-b{letter}" for letter in sendmail.TASKS}
        return {f"-{letter}" for letter in letters if letter != "b"} | {*sendmail.INSTEAD, *modes, "--help"}
    return {name for each in command.params if isinstance(each, click.Option) for name in each.opts}


def test_the_reference_names_every_command() -> None:
    written = set(re.findall(r"^### `(mail-panel[^`]*)`", section("Commands"), re.MULTILINE))

    assert written == {usage(words, command) for words, command in commands()}


@pytest.mark.parametrize(("words", "command"), list(commands()), ids=[words for words, _ in commands()])
def test_the_reference_names_every_option(words: str, command: click.Command) -> None:
    written = {cell.split()[0] for cell in first_cells(section(f"`{usage(words, command)}`"))}

    assert written == options(command)


def test_the_reference_names_every_exit_code() -> None:
    modules = (ROOT / "panel" / "cli").rglob("*.py")
    names = re.findall(r"os\.(EX_\w+)", "".join(path.read_text("utf-8") for path in modules))
    codes = {getattr(os, name) for name in names}

    assert {int(cell) for cell in first_cells(section("Exit codes"))} == codes | {0, 1, 130}


READERS_OF_VARIABLES = ("config.py", "home.py", "access/proxy_config.py", "access/submission/listener_access.py")


def test_the_reference_names_every_variable() -> None:
    written = set(first_cells(section("Environment variables")))
    source = "".join((ROOT / "panel" / name).read_text("utf-8") for name in READERS_OF_VARIABLES)

    assert written == {f"MAIL_PANEL_{name}" for name in re.findall(r'given(?:\.get\(|\[|, )"([A-Z_]+)"', source)}


def test_what_is_no_variable_of_the_reference_is_told_to_be_unknown() -> None:
    assert {f"{home.PREFIX}{name}" for name in home.VARIABLES} == {*first_cells(section("Environment variables"))}


def test_no_page_and_no_code_names_another_variable() -> None:
    known = set(first_cells(section("Environment variables")))
    sources = [*PAGES, *(ROOT / "panel").rglob("*.py"), *(ROOT / "docs").rglob("*.conf")]

    named = {name for path in sources for name in re.findall(r"MAIL_PANEL_[A-Z]+(?:_[A-Z]+)*", path.read_text("utf-8"))}

    assert named <= known


def test_the_reference_names_every_field_with_its_labels() -> None:
    japanese = catalogue("ja").gettext
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \|", section("Settings"), re.MULTILINE)

    own = [name for name in FIELDS if name not in OF_SECOND]
    expected = [(LABELS[name], japanese(LABELS[name])) for name in own]

    assert rows == [(name, " / ".join(dict.fromkeys(labels))) for name, labels in zip(own, expected, strict=True)]


def test_the_reference_names_every_field_of_the_second_server() -> None:
    fields = tuple(name for name in OF_SECOND if name in FIELDS)
    expected = ", ".join(f"`{name}`" for name in fields)

    assert f"\n{expected}.\n" in section("Settings")
    for language in ("en", "ja"):
        label = label_of(fields[0]).translated(catalogue(language).gettext)
        assert label.removesuffix(catalogue(language).gettext(LABELS["smtp_host"])) in section("Settings")


def test_the_reference_names_every_address(tmp_path: Path) -> None:
    app = create_app(Config(home=tmp_path), open_services(Config(home=tmp_path)))
    rules = {
        f"{method} {re.sub(r'<(?:int|path):', '<', str(rule))}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert set(first_cells(section("Addresses"))) == rules


LOGS = re.compile(r"(?:(?:logs|self\._(seldom))\.(info|warning|error|unexpected)|note)\('(\w+)'")


def events() -> Iterator[tuple[str, str, frozenset[str]]]:
    """Find every call that logs, with its level and its fields; `note` adds who and from where, as the journal does."""
    for path in (ROOT / "panel").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            if action := next((each for each in map(ast.unparse, call.args) if each.startswith("Action.")), None):
                yield from noted(Action[action.removeprefix("Action.")], call)
            elif found := LOGS.match(ast.unparse(call)):
                seldom, said, event = found.groups()
                more = {"left_out"} if seldom else set() if said else {"account", "address"}
                level = {"unexpected": "error"}.get(said, said) or "info"
                yield event, level, frozenset({str(each.arg) for each in call.keywords} | more)


def noted(action: Action, call: ast.Call) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Give the event of a call that adds a row to the journal, unless another one logs it."""
    given = {each.arg: each.value for each in call.keywords}
    if "quiet" in given:
        return
    told = given.get("told", ast.Dict([], []))
    assert isinstance(told, ast.Dict), ast.unparse(call)  # its names are read here
    level = "warning" if "outcome" in given or ast.unparse(call.func).endswith("refusals.note") else "info"
    who = {"address"} if action is Action.TOKEN_REFUSED else {"account", "address"}
    yield action, level, frozenset({str(ast.literal_eval(key)) for key in told.keys if key} | who)


def test_the_reference_names_every_event_with_its_fields() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \|", section("The log"), re.MULTILINE)
    written = {(event, level, frozenset(re.findall(r"`(\w+)`", fields))) for event, level, fields in rows}

    assert written - {*events()} == {("log", "warning", frozenset({"logger", "text"}))}
    assert {*events()} <= written


def test_the_reference_names_every_metric(tmp_path: Path) -> None:
    written = set(re.findall(r"^\| `mail_panel_(\w+)` \| (\w+) \| (?:`(\w+)`|–) \|", section("Metrics"), re.MULTILINE))
    services = open_services(Config(home=tmp_path))
    two = Settings(smtp_host="a.example.org", second=True, second_smtp_host="b.example.org")
    services.settings.save(two, base=0, by=actor(), now=clock.now())
    services.heartbeats.beat("1-a", message=None, now=clock.now())
    hold(services.database, "535 5.7.8 No", after_success=True)

    known = [
        *figures(services.database, services.settings.current(), clock.instant()),
        *server_figures(services.database, services.vault, clock.instant()),
        *drop_figures(DropStanding()),
        firing_figure(services.alerts_now()),
        *token_figures([LimitedToken("mp_abcdefgh", "shop", TokenLimits(60, 2000), TokenUse())]),
        *delivery_figures(services.database, [Destination(1, 1, DestinationKind.PING, "h", {}, {})], clock.now()),
    ]

    assert written == {
        (f"{each.name}_total" * (each.kind == "counter") or each.name, each.kind, each.label) for each in known
    }


def test_the_json_of_the_reference_has_the_keys_of_a_test(tmp_path: Path) -> None:
    example = json.loads(re.findall(r"```json\n(.*?)```", section("The test as JSON"), re.DOTALL)[0])
    failure = diagnose.diagnose(
        Failure(Stage.AUTH, "login_refused"), host="mail.example.org", port=587, logged_in=False
    )

    told = report.from_document({**example, "host": "mail.example.org", "port": 587, "failure": None})

    assert ["number", *report.without_failure(told)] == list(example)
    assert list(diagnose.failure_to_json(failure, N_)) == list(example["failure"])


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    analyze = find("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed (Debian package: systemd)")
    unit = (ROOT / "docs" / "howto" / "mail-panel.service").read_text("utf-8")
    there = tmp_path / "mail-panel.service"
    there.write_text(unit.replace("/opt/mail-panel/bin/mail-panel", sys.executable), "utf-8")
    (tmp_path / "mail-panel.service.d").mkdir()
    shutil.copy(ROOT / "docs" / "howto" / "mail-panel-key.conf", tmp_path / "mail-panel.service.d" / "key.conf")

    checked = subprocess.run([analyze, "verify", there], capture_output=True, text=True, check=False)

    assert [line for line in checked.stderr.splitlines() if "mail-panel" in line] == []


def test_the_reference_names_every_problem() -> None:
    kinds = [each for each in vars(problems).values() if isinstance(each, problems.ProblemType) and each.name]
    rows = re.findall(r"^\| `([\w-]+)` \| ([\d, ]+) \|", section("Problems"), re.MULTILINE)

    written = {(name, int(status)) for name, statuses in rows for status in statuses.split(", ")}

    assert written == {(kind.name, kind.status) for kind in kinds}


@pytest.mark.parametrize(
    ("title", "start", "values"),
    [
        ("The outbox", r"\| state \|", State),
        ("The outbox", r"\| `wait.reason` \|", Reason),
    ],
)
def test_a_table_of_the_reference_has_a_row_for_each_value(title: str, start: str, values: type[StrEnum]) -> None:
    [table] = re.findall(rf"^{start}.*?\n\n", section(title), re.MULTILINE | re.DOTALL)
    cells = re.findall(r"^\| (`.+?) \|", table.partition("\n")[2], re.MULTILINE)

    assert sorted(value for cell in cells for value in re.findall(r"`(\w+)`", cell)) == sorted(values)


@pytest.mark.parametrize(
    ("title", "row", "values"),
    [
        ("Addresses", "`GET /readyz`", {"status", "database", "key", "worker", "engine", "postgresql", *Health}),
        ("Hooks for scripts", "`#status`", {"data-verdict", *Kind}),
        ("Hooks for scripts", "`#trial-result`", {*Outcome} - {"unknown"}),
        ("The test as JSON", "`outcome`", {*Outcome} - {"running"}),
        ("The test as JSON", "`mode`", {*Mode}),
        ("The test as JSON", "`stages`", {*Stage, "ok", "failed", "skipped"}),
        ("The test as JSON", "`failure.whose`", {each.whose for each in causes.CAUSES.values()}),
        ("The test as JSON", "`notices`", {*NOTICES}),
        ("A message", "`priority`", {*Priority}),
    ],
)
def test_a_row_of_the_reference_names_each_value(title: str, row: str, values: set[str]) -> None:
    [told] = re.findall(rf"^\| {re.escape(row)} \| (.*) \|$", section(title), re.MULTILINE)

    assert {*re.findall(r"`([\w-]+)`", told)} == values


def test_the_reference_names_every_member_of_a_message() -> None:
    [table] = re.findall(r"^\| member .*?\n\n", section("A message"), re.MULTILINE | re.DOTALL)
    cells = re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)

    assert {name for cell in cells for name in re.findall(r"`(\w+)`", cell)} == {*NewMessage.__struct_fields__}


def test_the_manual_pages_are_as_they_would_be_written_now() -> None:
    written = {str(each.relative_to(write_man.FOLDER)): each.read_text("utf-8") for each in write_man.files()}

    assert written == write_man.pages(), "run: python docs/write_man.py"


def links() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
            if not target.startswith(("https://", "http://")):
                yield str(page.relative_to(ROOT)), target


@pytest.mark.parametrize(("page", "target"), list(links()))
def test_a_link_leads_somewhere(page: str, target: str) -> None:
    path, _, anchor = target.partition("#")
    there = (ROOT / page).parent / path if path else ROOT / page

    assert there.exists()
    if anchor:
        titles = re.findall(r"^#+ (.+)$", there.read_text("utf-8"), re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def test_every_page_is_linked_from_the_list() -> None:
    for ending in (".md", ".ja.md"):
        listed = (ROOT / "docs" / f"README{ending}").read_text("utf-8")
        pages = [page for room in ("howto", "manual") for page in (ROOT / "docs" / room).glob(f"*{ending}")]
        own = [page for page in pages if page.name.endswith(".ja.md") == (ending == ".ja.md")]
        assert not [page.name for page in own if f"({page.parent.name}/{page.name})" not in listed]


def labels() -> Iterator[tuple[str, str, str]]:
    for page in (ROOT / "docs").rglob("*.md"):
        for english, japanese in re.findall(r"\*\*([^*]+)\*\* \(([^()]+)\)", page.read_text("utf-8")):
            yield page.name, english, japanese


@pytest.mark.parametrize(("page", "english", "japanese"), list(labels()))
def test_a_label_is_that_of_the_screen(page: str, english: str, japanese: str) -> None:
    number = re.search(r"\d+", english)
    told = catalogue("ja").gettext(english)
    if number and told == english:  # the page tells of one version, the catalogue of any
        told = catalogue("ja").gettext(english.replace(number[0], "%(number)d")) % {"number": int(number[0])}

    assert told == japanese


PATHS = re.compile(r"(?<![\w/.-])(?:panel|templates|tests|docs|benchmarks|static)/[\w./-]*[\w/]")
DOTTED = re.compile(r"\bpanel(?:\.[a-z_]\w*)+(?:\.\w+)*")
FILES = (
    "panel.db",
    "panel.fish",
    "panel.key",
    "panel.service",
    "panel.svc",
    "panel.yaml",
    "panel.pot",
    "panel.po",
    "panel.example",
)
OLD = ("CHANGELOG.md", "causes.md", "causes.ja.md")  # what was, and what servers say


def named(pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    for page in (page for page in PAGES if page.name not in OLD):
        for name in dict.fromkeys(pattern.findall(page.read_text("utf-8"))):
            yield page.name, name


@pytest.mark.parametrize(("page", "path"), list(named(PATHS)))
def test_a_file_that_a_page_names_is_there(page: str, path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize(("page", "name"), [each for each in named(DOTTED) if not each[1].startswith(FILES)])
def test_a_name_of_the_panel_that_a_page_names_is_there(page: str, name: str) -> None:
    assert resolve_name(name)


def shell_lines() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for block in re.findall(r"```console\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            for line in re.findall(r"^[$#] (.+)$", block, re.MULTILINE):
                yield page.name, line


def program_of(line: str) -> tuple[str, list[str]]:
    """Take `sudo` and variables off a command, and give its program and its words."""
    words = shlex.split(line)
    if words[0] == "sudo":
        words = words[3:]
    while re.match(r"\w+=", words[0]):
        words = words[1:]
    return Path(words[0]).name, words[1:]


@pytest.mark.parametrize(("page", "line"), list(shell_lines()))
def test_a_command_that_a_page_shows_can_be_run(page: str, line: str) -> None:
    program, words = program_of(line)

    if program == "mail-panel":
        assert CliRunner().invoke(main.panel, [*words, "--help"]).exit_code == 0
    elif words[:1] == ["dev.py"]:
        assert f"dev.py {words[1]}" in (ROOT / "dev.py").read_text("utf-8")
    elif words[:1] == ["-c"]:
        assert run(sys.executable, *words).returncode == 0
    elif words[:2] == ["-m", "benchmarks"]:
        assert {*words[2:]} <= {*benchmarks.ALL}
    elif words[:1] == ["-m"]:
        assert find_spec(words[1])
    elif words[:1] and words[0].endswith(".py"):
        assert (ROOT / words[0]).exists()
    elif program not in SYSTEMS:
        assert run(program, *words, "--help").returncode == 0


def run(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of this environment."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    command = [program, *words]
    return subprocess.run(command, env={"PATH": path}, capture_output=True, text=True, timeout=60, check=False)


_RUN_ELSEWHERE = {"http-api.md", "frameworks.md", "frameworks.ja.md"}  # beside a panel, and by the frameworks


def python_blocks() -> Iterator[tuple[str, str]]:
    for page in (page for page in PAGES if page.name not in _RUN_ELSEWHERE):
        for number, block in enumerate(re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL), 1):
            yield f"{page.name}-{number}", block


@pytest.mark.parametrize("block", [block for _, block in python_blocks()], ids=[name for name, _ in python_blocks()])
def test_the_python_of_a_page_runs(block: str, tmp_path: Path) -> None:
    open_services(Config(home=tmp_path))
    environment = {**variables_of(tmp_path), "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-c", block]

    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr


def test_the_key_that_a_page_makes_is_a_key() -> None:
    [line] = [line for _, line in shell_lines() if "secrets.token_bytes" in line]

    made = run(sys.executable, *program_of(line)[1]).stdout

    assert len(vault.read_keys([made], "the page")) == 1


def test_the_changelog_tells_each_thing_once() -> None:
    lines = [line[:50] for line in (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines() if line.startswith("- ")]

    assert not [line for line, times in Counter(lines).items() if times > 1]
