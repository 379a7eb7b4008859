"""The thread that looks into the drop folder, in `serve` and in `worker`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from panel.config import Config
from panel.outbox.drop.intake import Intake, IntakeTurn
from panel.server.drop_watch import DropWatch
from panel.services import Services, open_services
from tests.support.dropping import drop_folder, put, slip
from tests.support.killing import program
from tests.support.paths import ROOT
from tests.support.places import variables_of
from tests.support.serving import Serving
from tests.support.waiting import wait_until


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with drop_folder(tmp_path / "home") as folder:
        yield folder


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return open_services(Config(home=tmp_path / "home"))


@pytest.fixture
def watch(services: Services, folder: Path) -> DropWatch:
    return DropWatch(services, folder)


def waiting(services: Services) -> int:
    return services.outbox.counts().waiting


def settle(folder: Path) -> None:
    """Have the folder changed for the last time long ago."""
    os.utime(folder, (0, 0))


def test_a_look_costs_no_turn_until_the_folder_changes(
    watch: DropWatch, services: Services, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = list[IntakeTurn]()
    turn = Intake.turn
    monkeypatch.setattr(Intake, "turn", lambda *given: turns.append(turn(*given)) or turns[-1])
    settle(folder)

    for _ in range(3):
        watch.look()
    assert turns == [IntakeTurn()]

    put(folder, slip())
    watch.look()
    assert turns[-1].taken == 1
    assert waiting(services) == 1


def test_a_change_that_may_hide_another_is_looked_at_again(watch: DropWatch, services: Services, folder: Path) -> None:
    """The clock of a folder moves by some milliseconds at once."""
    put(folder, slip())
    watch.look()
    at = folder.stat()
    put(folder, slip())
    os.utime(folder, ns=(at.st_atime_ns, at.st_mtime_ns))

    watch.look()

    assert waiting(services) == 2


def test_one_that_is_still_written_is_looked_at_again_though_the_folder_stays(
    watch: DropWatch, services: Services, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(folder, slip()[:-1])
    settle(folder)
    watch.look()
    path.write_bytes(slip())
    monkeypatch.setattr("panel.server.drop_watch.time.monotonic", lambda: 2.0**40)

    watch.look()

    assert waiting(services) == 1


def test_what_goes_wrong_is_told_once_and_tried_again(
    watch: DropWatch, services: Services, folder: Path, log: Callable[[], list[str]]
) -> None:
    put(folder, slip())
    folder.chmod(0o1777)
    for _ in range(3):
        watch.look()
        settle(folder)
    failed = [line for line in log() if "drop_failed" in line]
    folder.chmod(0o1733)
    put(folder, slip())
    watch.look()

    assert len(failed) == 1
    assert "drop prepare" in failed[0]
    assert waiting(services) == 2


def test_a_fault_of_ours_does_not_end_it(
    watch: DropWatch, folder: Path, log: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(Intake, "turn", fail)
    watch.look()

    assert "drop_failed" in "".join(log())
    assert watch._due


def test_serve_and_worker_take_in_what_came_before_they_began(
    services: Services, folder: Path, monkeypatch: pytest.MonkeyPatch, is_long: bool
) -> None:
    """The process that sends is the same in both; `worker` alone is tried in the long run."""
    monkeypatch.setenv("MAIL_PANEL_DROP", str(folder))
    home = services.config.home
    put(folder, slip())
    if is_long:
        with program("-m", "panel", "worker", home=home):
            wait_until(lambda: waiting(services) == 1, within=30)
        put(folder, slip())
    begun = 1 + is_long
    with Serving(home, variables={"MAIL_PANEL_DROP": str(folder)}):
        wait_until(lambda: waiting(services) == begun, within=30)
        put(folder, slip())
        wait_until(lambda: waiting(services) == begun + 1, within=30)


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_folder_that_is_not_as_it_must_be_stops_the_start(
    services: Services, folder: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    folder.chmod(0o1777)
    monkeypatch.setenv("MAIL_PANEL_DROP", str(folder))

    with program("-m", "panel", command, home=services.config.home) as begun:
        assert begun.wait(30) == 78


def test_where_there_is_no_folder_nothing_of_it_is_loaded(services: Services) -> None:
    program = (
        "import sys\nfrom panel import config\nfrom panel.server import worker\n"
        "from panel.services import open_services\n"
        "assert not [*worker._drop_watch(open_services(config.read()))]\n"
        "sys.exit(any('.drop' in name for name in sys.modules))"
    )
    environment = {**variables_of(services.config.home), "PYTHONPATH": str(ROOT)}

    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == 0
