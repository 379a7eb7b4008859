"""A message is left whole, by any user, in a folder that is as it must be, or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from panel import clock
from panel.errors import CannotWrite, ConfigError
from panel.outbox.drop.intake import Intake, IntakeTurn
from panel.outbox.drop.leaving import leave_slip
from panel.outbox.drop.slip import Slip
from tests.support.dropping import MESSAGE, put, slip
from tests.support.limits import NOBODY, a_disk_of
from tests.support.paths import ROOT

MAIL = Slip(("hanako@example.org",), MESSAGE)
LOADED = "import os, sys\nfrom pathlib import Path\nfrom panel.outbox.drop import leaving, slip\n"
AS_NOBODY = f"{LOADED}os.setgroups([])\nos.setgid({NOBODY})\nos.setuid({NOBODY})\n"
LEAVE = "leaving.leave_slip(Path(sys.argv[1]), slip.Slip(('a@example.org',), b'Subject: a\\r\\n\\r\\n'))\n"
DIE = """
times = int(sys.argv[3])
act = getattr(os, sys.argv[2])
def die(*words, **more):
    global times
    times -= 1
    if times < 0:
        os.kill(os.getpid(), 9)
    return act(*words, **more)
setattr(os, sys.argv[2], die)
"""


def run(program: str, folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run a program of another user, who loads before what they may not read."""
    if os.geteuid() != 0:
        pytest.skip("only root becomes another user")
    environment = {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program, str(folder), *words]
    return subprocess.run(command, env=environment, capture_output=True, check=False, timeout=60)


def test_another_users_message_is_there_for_the_panel_and_listed_by_nobody_else(folder: Path, intake: Intake) -> None:
    done = run(AS_NOBODY + LEAVE, folder)
    listing = run(f"{AS_NOBODY}os.listdir(sys.argv[1])\n", folder)
    [left] = [each for each in folder.iterdir() if each.is_file()]

    assert (done.returncode, done.stderr) == (0, b"")
    assert b"PermissionError" in listing.stderr
    assert left.stat().st_mode & 0o7777 == 0o644
    assert left.stat().st_uid == NOBODY
    assert intake.turn(clock.now()) == IntakeTurn(taken=1)


def test_another_user_takes_nothing_away(folder: Path) -> None:
    path = put(folder, slip(), uid=1)

    for act in ("os.unlink(path)", "os.rename(path, path + 'x')", "open(path, 'ab')", "os.rename(path + '/..', path)"):
        done = run(f"{AS_NOBODY}path = sys.argv[1]\n{act}\n", path)
        assert done.returncode == 1
        assert b"Error" in done.stderr
    assert path.read_bytes() == slip()


@pytest.mark.parametrize(
    ("call", "times"), [("open", 0), ("write", 0), ("fchmod", 0), ("fsync", 0), ("sync", 0), ("close", 0)]
)
def test_who_is_killed_at_any_moment_leaves_all_or_what_is_put_aside_in_the_end(
    folder: Path, intake: Intake, call: str, times: int
) -> None:
    """It has not said yes in any of these cases."""
    done = run(AS_NOBODY + DIE + LEAVE, folder, call, str(times))
    left = [each for each in folder.iterdir() if each.is_file()]
    now = intake.turn(clock.now())

    assert done.returncode == -9
    assert now.taken + (now.again is not None) == len(left)
    assert now.rejected == 0


@pytest.mark.parametrize("call", ["fsync", "write", "fchmod"])
def test_what_fails_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, fail)

    with pytest.raises(CannotWrite, match="No space left"):
        leave_slip(folder, MAIL)
    assert [each.name for each in folder.iterdir()] == ["rejected"]


def test_a_disk_that_is_nearly_full_is_left_to_others() -> None:
    with a_disk_of(2_000) as folder:
        (folder / "drop").mkdir()
        (folder / "drop").chmod(0o1733)
        leave_slip(folder / "drop", MAIL)
        (folder / "filling").write_bytes(b"x" * 1_950_000)

        with pytest.raises(CannotWrite, match="nearly full"):
            leave_slip(folder / "drop", MAIL)


def plain(path: Path) -> None:
    path.mkdir()


def readable(path: Path) -> None:
    path.mkdir()
    path.chmod(0o1777)


def without_sticky(path: Path) -> None:
    path.mkdir()
    path.chmod(0o733)


def link(path: Path) -> None:
    (path.parent / "real").mkdir()
    (path.parent / "real").chmod(0o1733)
    path.symlink_to(path.parent / "real")


def nothing(_path: Path) -> None: ...


@pytest.mark.parametrize("make", [plain, readable, without_sticky, link, Path.touch, nothing])
def test_nothing_is_left_in_a_folder_that_nobody_has_prepared(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "drop")

    with pytest.raises(ConfigError, match="mail-panel drop prepare"):
        leave_slip(tmp_path / "drop", MAIL)


def test_no_two_have_one_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "urandom", bytes)
    leave_slip(folder, MAIL)

    with pytest.raises(CannotWrite, match="exists"):
        leave_slip(folder, MAIL)
    assert (folder / ("0" * 32)).read_bytes() == MAIL.written()
