"""From the folder into the outbox: each message once, whoever dies, and nothing is lost without a word."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from pwd import getpwuid
from typing import Any

import pytest

from panel import clock
from panel.errors import ConfigError, DatabaseBusy
from panel.mail.limits import MAX_BYTES
from panel.mail.message.normalize import normalize
from panel.mail.message.submission import Submission
from panel.outbox.drop import folder as drop_folder
from panel.outbox.drop import intake as intake_module
from panel.outbox.drop.intake import LATER_SECONDS, SOON_SECONDS, Intake, IntakeTurn
from panel.outbox.drop.rejected import list_rejected
from panel.outbox.drop.slip import MAX_ENVELOPE
from panel.outbox.enqueue import Enqueuer, Key
from panel.outbox.outbox import Outbox
from panel.storage.actor import Actor
from panel.storage.database import Database
from panel.storage.opening import open_database
from tests.support.dropping import MESSAGE, put, slip
from tests.support.holding import holding
from tests.support.limits import NOBODY
from tests.support.mail import mail
from tests.support.paths import ROOT
from tests.support.places import variables_of_database

OWNER = getpwuid(NOBODY if os.geteuid() == 0 else os.geteuid()).pw_name
PANEL = 7  # a user of no rights
VICTIM = """
import os, sys, time
from pathlib import Path
from panel import clock
from panel.outbox.drop.intake import Intake
from tests.support.places import told_database
unlink = os.unlink
def die(path, **place):
    if place:  # in the folder
        os.kill(os.getpid(), 9)
    unlink(path)
def linger(path, **place):
    unlink(path, **place)
    time.sleep(0.005)  # so that who watches, on a machine that is busy, is there before the end
if sys.argv[3] in ("unlink", "linger"):
    os.unlink = die if sys.argv[3] == "unlink" else linger
Intake(told_database(), Path(sys.argv[1]), Path(sys.argv[2])).turn(clock.now())
"""


def left(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir() if each.is_file() or each.is_symlink()}


def rows(database: Database) -> list[tuple[object, ...]]:
    found = database.rows("SELECT door, account, rcpt_to, notify FROM messages ORDER BY number")
    return [(row["door"], row["account"], row["rcpt_to"], row["notify"]) for row in found]


@pytest.mark.both_doors
def test_a_message_comes_in_under_the_name_of_whose_file_it_is(
    intake: Intake, folder: Path, database: Database
) -> None:
    put(folder, slip("a@example.org"))

    assert intake.turn(clock.now()) == IntakeTurn(taken=1)

    assert rows(database) == [("sendmail", OWNER, '["a@example.org"]', None)]
    [row] = database.rows("SELECT message_id, subject FROM messages")
    assert (row["message_id"], row["subject"]) == ("<1@app.example.org>", "a")
    assert not left(folder)


def test_a_mistake_of_ours_in_one_message_keeps_no_other_out(
    intake: Intake, folder: Path, database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def mistaken(message: bytes, **given: Any) -> Submission:
        if b"<1@" in message:
            raise LookupError("what it holds")
        return normalize(message, **given)

    put(folder, slip())
    put(folder, slip(message=MESSAGE.replace(b"<1@", b"<2@")))
    monkeypatch.setattr("panel.outbox.drop.intake.normalize", mistaken)

    assert [intake.turn(clock.now()).taken for _ in range(2)] == [1, 0]

    assert [each.getMessage().split()[0] for each in caplog.records if each.levelname == "ERROR"] == [
        "drop_passed_over"
    ]
    assert len(left(folder)) == 1


@pytest.mark.both_doors
def test_who_is_killed_between_the_commit_and_the_removal_doubles_nothing(
    intake: Intake, folder: Path, database: Database, tmp_path: Path
) -> None:
    for number in range(3):
        put(folder, slip(message=MESSAGE.replace(b"<1@", b"<%d@" % number)))
    command = [sys.executable, "-c", VICTIM, str(folder), str(tmp_path / "home"), "unlink"]
    environment = {**variables_of_database(database), "PYTHONPATH": str(ROOT)}

    killed = subprocess.run(command, env=environment, check=False, timeout=60)

    assert killed.returncode == -signal.SIGKILL
    assert len(rows(database)) == 1
    intake.turn(clock.now())
    assert len(rows(database)) == 3
    assert not left(folder)


def test_kills_at_any_moment_lose_and_double_nothing(
    intake: Intake, folder: Path, database: Database, tmp_path: Path, is_long: bool
) -> None:
    count = 2_000 if is_long else 40
    expected = {f"<{number}@app.example.org>" for number in range(count)}
    for number in range(count):
        put(folder, slip(message=MESSAGE.replace(b"<1@", b"<%d@" % number)))
    command = [sys.executable, "-c", VICTIM, str(folder), str(tmp_path / "home"), "none" if is_long else "linger"]
    environment = {**variables_of_database(database), "PYTHONPATH": str(ROOT)}
    kills = 0
    while len(left(folder)) > count // (10 if is_long else 2):
        before = len(left(folder))
        with subprocess.Popen(command, env=environment) as victim:
            while victim.poll() is None and len(left(folder)) > before - max(1, count // 10):
                time.sleep(0.001)
            victim.kill()
        kills += victim.returncode == -signal.SIGKILL

    assert kills >= (3 if is_long else 1)
    intake.turn(clock.now())
    found = [row["message_id"] for row in database.rows("SELECT message_id FROM messages")]
    assert sorted(found) == sorted(expected)


@pytest.mark.both_doors
def test_what_the_panel_had_and_could_not_acknowledge_is_not_kept_again(
    intake: Intake, folder: Path, database: Database
) -> None:
    key = Key(f"smtp:{'7' * 32}", b"digest")
    Enqueuer(database).enqueue_all([mail()], by=Actor("", "smtp"), keys=[key], now=clock.now())
    put(folder, slip(tried="7" * 32))
    put(folder, slip(tried="8" * 32))

    assert intake.turn(clock.now()).taken == 1
    assert len(rows(database)) == 2
    assert not left(folder)


def test_the_same_name_with_another_message_is_no_repetition(intake: Intake, folder: Path) -> None:
    put(folder, slip(), name="0" * 32)
    intake.turn(clock.now())
    put(folder, slip("other@example.org"), name="0" * 32)

    assert intake.turn(clock.now()) == IntakeTurn(rejected=1)
    assert "another message" in list_rejected(folder)[0].reason


def test_names_and_things_that_are_none_of_ours_stay_and_stop_nothing(intake: Intake, folder: Path) -> None:
    (folder / ("1" * 32)).symlink_to("/etc/passwd")
    os.mkfifo(folder / ("2" * 32))
    (folder / ("3" * 32)).mkdir()
    put(folder, slip(), name="README")
    put(folder, slip(), name="A" * 32)
    os.link(put(folder, slip(), name="4" * 32), folder / "second")
    put(folder, slip(), mode=0o4644)
    before = left(folder)

    assert intake.turn(clock.now()) == IntakeTurn(taken=1)

    assert len(before - left(folder)) == 1
    assert len(list(folder.iterdir())) == 8


def test_a_lease_on_a_file_keeps_nobody_elses_mail_out(intake: Intake, folder: Path) -> None:
    """Who opens such a file without waiting is told to come again, as often as its owner takes the lease anew."""
    before = signal.signal(signal.SIGIO, signal.SIG_IGN)
    kept = os.open(put(folder, slip(), uid=os.geteuid(), name="0" * 32), os.O_RDWR)
    try:
        fcntl.fcntl(kept, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        for _ in range(5):
            put(folder, slip())

        assert intake.turn(clock.now()) == IntakeTurn(taken=5, again=SOON_SECONDS)
    finally:
        os.close(kept)
        signal.signal(signal.SIGIO, before)


def test_what_cannot_be_looked_at_keeps_nobody_elses_mail_out(
    intake: Intake, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a file over which its owner has mounted a file system of theirs (FUSE), which tells nobody else of it."""
    strange = put(folder, slip(), name="0" * 32).name
    put(folder, slip())
    look = os.stat

    def stat(path: str, **how: Any) -> os.stat_result:
        if path == strange:
            raise PermissionError(errno.EACCES, "Permission denied")
        return look(path, **how)

    monkeypatch.setattr(os, "stat", stat)

    assert intake.turn(clock.now()) == IntakeTurn(taken=1)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"Subject: a\n\nHello\n", "does not begin"),
        (slip("no address"), "address"),
        (slip() + b"x", "longer"),
        (slip(*(f"{n}@example.org" for n in range(1_001))), "recipients"),
    ],
)
def test_what_cannot_be_taken_in_is_kept_aside_with_the_reason(
    intake: Intake, folder: Path, log: Callable[[], list[str]], data: bytes, why: str
) -> None:
    path = put(folder, data)
    put(folder, slip())

    assert intake.turn(clock.now()) == IntakeTurn(taken=1, rejected=1)

    [aside] = list_rejected(folder)
    assert (aside.name, aside.size) == (path.name, len(data))
    assert why in aside.reason
    assert (folder / "rejected" / path.name).read_bytes() == data
    assert (folder / "rejected").stat().st_mode & 0o777 == 0o700
    assert any("drop_rejected" in line and path.name in line for line in log())


def test_what_is_larger_than_the_settings_say_is_not_read(
    intake: Intake, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may put files there could else have the worker hold any number of bytes."""
    with put(folder, slip()).open("r+b") as file:
        file.truncate(MAX_BYTES + MAX_ENVELOPE + 1)
    monkeypatch.setattr("panel.outbox.drop.letter._all", lambda *_: pytest.fail("it was read"))

    assert intake.turn(clock.now()) == IntakeTurn(rejected=1)
    assert "max_message_bytes" in list_rejected(folder)[0].reason


def test_what_is_put_back_after_a_mistake_is_mended_comes_in(intake: Intake, folder: Path) -> None:
    path = put(folder, slip()[:-1])
    assert intake.turn(clock.now() + timedelta(hours=1)).rejected == 1
    aside = folder / "rejected" / path.name

    aside.write_bytes(slip())
    aside.rename(path)

    assert intake.turn(clock.now()).taken == 1


def test_so_much_of_a_user_is_kept_aside_and_the_oldest_makes_room(
    intake: Intake, folder: Path, log: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panel.outbox.drop.rejected.FILES_OF_USER", 2)
    names = []
    for number in range(4):
        names.append(put(folder, b"%d" % number * 30).name)
        intake.turn(clock.now())
        time.sleep(0.01)

    assert [each.name for each in list_rejected(folder)] == names[2:]
    assert len(list((folder / "rejected").iterdir())) == 4
    removed = [line for line in log() if "drop_removed" in line]
    assert [name for name in names if any(name in line for line in removed)] == names[:2]


def test_users_have_their_turns_however_much_one_has_left(
    intake: Intake, folder: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root makes files of others")
    monkeypatch.setattr(intake_module, "FILES_OF_USER", 3)
    for _ in range(7):
        put(folder, slip("flood@example.org"), uid=1)
    put(folder, slip("quiet@example.org"), uid=2)

    assert intake.turn(clock.now()) == IntakeTurn(taken=4, again=SOON_SECONDS)
    assert [row[2] for row in rows(database)][:2].count('["quiet@example.org"]') == 1
    assert intake.turn(clock.now()).taken == 3
    assert intake.turn(clock.now()) == IntakeTurn(taken=1)


def test_a_full_outbox_leaves_all_where_it_is(intake: Intake, folder: Path, database: Database) -> None:
    intake._enqueuer = Enqueuer(database, most=1)
    first, second = put(folder, slip()), put(folder, slip())

    assert intake.turn(clock.now()) == IntakeTurn(taken=1, again=LATER_SECONDS)
    assert len(left(folder) & {first.name, second.name}) == 1
    intake._enqueuer = Enqueuer(database)
    assert intake.turn(clock.now()).taken == 1


@pytest.mark.data_file("its lock")
def test_an_outbox_that_is_busy_leaves_all_where_it_is(folder: Path, database: Database, tmp_path: Path) -> None:
    intake = Intake(database.with_patience(1), folder, tmp_path / "home")
    put(folder, slip())

    with holding(database), pytest.raises(DatabaseBusy):
        intake.turn(clock.now())
    assert intake.turn(clock.now()).taken == 1


def test_one_process_takes_its_turn_at_a_time(intake: Intake, folder: Path, database: Database, tmp_path: Path) -> None:
    put(folder, slip())
    other = Intake(database, folder, tmp_path / "home")
    opened = drop_folder.open_folder(folder)
    try:
        with intake_module._alone(opened) as is_alone:
            assert is_alone
            assert other.turn(clock.now()) == IntakeTurn(again=LATER_SECONDS)
    finally:
        os.close(opened)
    assert other.turn(clock.now()).taken == 1


def test_a_file_that_will_not_go_is_not_kept_again_later(
    intake: Intake, folder: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message may be purged from the outbox meanwhile, and its key with it."""
    put(folder, slip())

    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patched:
        patched.setattr(os, "unlink", refuse)
        with pytest.raises(OSError, match="Read-only"):
            intake.turn(clock.now())
    with database.writing() as write:
        write.run("DELETE FROM messages")

    assert intake.turn(clock.now()) == IntakeTurn()
    assert not rows(database)


@pytest.mark.parametrize("mode", [0o1777, 0o1755, 0o733, 0o1730])
def test_a_folder_with_other_rights_is_not_used(intake: Intake, folder: Path, mode: int) -> None:
    folder.chmod(mode)
    put(folder, slip())

    with pytest.raises(ConfigError, match="drop prepare"):
        intake.turn(clock.now())
    assert left(folder)


def test_a_message_is_taken_in_whatever_the_clock_says(intake: Intake, folder: Path, database: Database) -> None:
    path = put(folder, slip())
    os.utime(path, (2**33, 2**33))

    assert intake.turn(datetime(2000, 1, 1, tzinfo=UTC)).taken == 1
    assert Outbox(database).counts().waiting == 1


def as_user(uid: int, act: Callable[[], object]) -> str:
    """Give what comes of it in a process of another user, which has loaded what this one has."""
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            said = repr(act())
        except BaseException as fault:
            said = repr(fault)
        os.write(there, said.encode())
        os._exit(0)
    os.close(there)
    with open(here, "rb") as answer:
        said = answer.read().decode()
    os.waitpid(child, 0)
    return said


@pytest.mark.data_file("whose it is")
def test_a_panel_that_is_not_root_takes_in_what_others_left(intake: Intake, folder: Path) -> None:
    """As it runs under systemd: it may list and remove, and reads what is made readable to everybody."""
    if os.geteuid() != 0:
        pytest.skip("only root becomes another user")
    intake.turn(clock.now())  # loads what a user of no rights could not
    home = folder.parent / "home"
    home.mkdir(mode=0o700)
    os.chown(home, PANEL, PANEL)
    drop_folder.prepare_folder(folder.parent / "theirs", home)
    whole, begun, wrong = (put(folder.parent / "theirs", data) for data in (slip(), slip(), slip("no address")))
    begun.chmod(0o600)  # as a sendmail leaves it until it is whole

    def take(later: timedelta) -> tuple[IntakeTurn, int]:
        database = open_database(home / "mail-panel.db")
        database.prepare()
        turn = Intake(database, folder.parent / "theirs", home).turn(clock.now() + later)
        return turn, Outbox(database).counts().waiting

    first = as_user(PANEL, lambda: take(timedelta(0)))
    later = as_user(PANEL, lambda: take(timedelta(minutes=11)))

    assert first == repr((IntakeTurn(taken=1, rejected=1, again=SOON_SECONDS), 1))
    assert later == repr((IntakeTurn(rejected=1), 1))
    assert not whole.exists()
    reasons = {each.name: each.reason for each in list_rejected(folder.parent / "theirs")}
    assert reasons.keys() == {wrong.name, begun.name}
    assert "no address" in reasons[wrong.name]
    assert "broken off" in reasons[begun.name]
