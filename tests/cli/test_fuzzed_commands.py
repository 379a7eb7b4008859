"""Command lines that chance makes, of every command: each ends with a code of sysexits.h and a sentence at most.

`--long` goes on for minutes; a run that fails names its seed and its round, which make the same lines again.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from io import BytesIO, TextIOWrapper
from itertools import islice
from pathlib import Path

import pytest

from panel import clock
from panel.cli import main
from panel.config import Config
from panel.services import open_services
from tests.support.actors import actor
from tests.support.fuzzed_commands import CommandLines, every_command
from tests.support.fuzzing import rounds
from tests.support.mail import mail
from tests.support.paths import ROOT
from tests.support.places import variables_of
from tests.web.conftest import PASSWORD, SETTINGS

SHORT = 2  # rounds in the common run
NOT_READY = {1}  # of `ready`, where nobody listens
OF_PLUGINS = {1, 2, 3}  # of `alert status --check`
CODES = {0, *(getattr(os, name) for name in dir(os) if name.startswith("EX_"))} - {os.EX_SOFTWARE, os.EX_OSERR}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with something in it, of a panel that reaches no server and no DNS."""
    monkeypatch.chdir(tmp_path)
    for name, value in variables_of(tmp_path / "home").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MAIL_PANEL_DENY_NETWORKS", "0.0.0.0/0 ::/0")
    monkeypatch.setattr(os, "_exit", sys.exit)
    (tmp_path / "a.bin").write_bytes(bytes(range(256)))
    services = open_services(Config(home=tmp_path / "home"))
    services.settings.save(replace(SETTINGS, smtp_host="127.0.0.1"), base=0, by=actor("ken"), now=clock.now())
    services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
    services.outbox.enqueue(mail(), by=actor(), now=clock.now())
    return tmp_path / "home"


def run(line: list[str], given: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[object, str]:
    """Run a command in this process as its own would, and give its code and what it says on standard error."""
    said = TextIOWrapper(BytesIO(), encoding="utf-8", errors="backslashreplace")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "argv", ["mail-panel", *line])
        patch.setattr(sys, "stdin", TextIOWrapper(BytesIO(given), encoding="utf-8"))
        patch.setattr(sys, "stdout", TextIOWrapper(BytesIO(), encoding="utf-8"))
        patch.setattr(sys, "stderr", said)
        with pytest.raises(SystemExit) as left:
            main.main()
        said.flush()
    return left.value.code, said.buffer.getvalue().decode()


def test_whatever_is_typed_ends_with_a_code_and_a_sentence(
    home: Path, fuzz_seconds: float, is_long: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = Counter[object]()
    wrong: dict[str, tuple[list[str], bytes]] = {}
    for name in islice(rounds(fuzz_seconds), None if is_long else SHORT):
        lines = CommandLines(random.Random(name))
        for words, command in every_command():
            line, given = lines.line(words, command), lines.given()
            code, said = run(line, given, monkeypatch)
            codes[code] += 1
            known = CODES | OF_PLUGINS if "--check" in line else CODES | NOT_READY if [*words] == ["ready"] else CODES
            if code not in known or "Traceback" in said:
                wrong[f"{' '.join(words)} {code} {said[-300:]}"] = line, given
    print(sorted(codes.items(), key=str))
    assert wrong == {}


AS_NOBODY = """
import json, os, sys
from tests.support.fuzzed_commands import every_command
from panel import services
from panel.cli import doctor, main, run
from panel.server import demo, web_server, worker
"".encode("unicode_escape"), "a".encode("idna")  # nobody may not read where this Python lies
for line in json.loads(sys.argv[1]):
    if child := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), *line)
        continue
    os.setgid(65534), os.setuid(65534)
    sys.argv[1:], sys.stdout = line, open(os.devnull, "w")
    main.main()
"""
NO_RIGHTS = (
    *("settings show", "settings set smtp_port=25", "settings export", "settings history", "settings restore 1"),
    *("outbox list", "outbox show 1", "outbox retry 1", "outbox pause", "outbox try-now", "outbox purge", "keys check"),
    *(
        "keys add",
        "keys rotate",
        "user list",
        "user remove a",
        "token list",
        "token revoke a",
        "backup /nowhere/a",
        "doctor",
    ),
    *("test a@example.org", "serve", "worker", "settings import /root/a", "user passwd a --password-file /root/a"),
)


TOLD = (os.EX_NOPERM, os.EX_CONFIG, os.EX_USAGE, os.EX_NOINPUT)


@pytest.mark.data_file("who may write to it is the machine's affair")
def test_who_has_no_rights_is_told_so(home: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root becomes another user")
    home.chmod(0o700)
    lines = json.dumps([each.split() for each in NO_RIGHTS])

    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, lines],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    codes = {line.partition(" ")[2]: int(line.partition(" ")[0]) for line in done.stdout.splitlines()}
    assert {each for each, code in codes.items() if code not in TOLD} == set()
    assert len(codes) == len(NO_RIGHTS)
    assert "Traceback" not in done.stderr
    assert "mistake" not in done.stderr


STREAMS = ("<&-", ">&-", "2>&-", "<&- >&- 2>&-", "> /dev/full", "| true")
COMMANDS = (
    "outbox list",
    "explain -",
    "settings import -",
    "user passwd hanako --password-file -",
    "settings show --json",
)


@pytest.mark.parametrize("streams", STREAMS)
def test_a_stream_that_is_closed_full_or_no_file_is_no_mistake(home: Path, streams: str, is_long: bool) -> None:
    pipe = "set -o pipefail; " if "|" in streams else ""
    for command in COMMANDS if is_long else (COMMANDS["<" in streams],):
        words = f"{pipe}{sys.executable} -m panel {command} {streams}"
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            ["bash", "-c", words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )

        assert done.returncode in CODES, (command, done.stderr)
        assert "Traceback" not in done.stderr
        assert "Exception ignored" not in done.stderr
        assert "mistake" not in done.stderr
        if "full" in streams and command == "outbox list":
            assert done.returncode == os.EX_IOERR
