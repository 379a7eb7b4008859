"""What a stranger may put there: a whole file of one name is read, and nothing else is followed or opened."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from panel.outbox.drop import letter
from panel.outbox.drop.letter import UNFINISHED_SECONDS, LetterGone, StrangeFile, UnfinishedLetter, read_letter
from panel.outbox.drop.slip import MAX_SLIP, BadSlip
from tests.support.dropping import MESSAGE, put, slip
from tests.support.limits import NOBODY

LETTER_NAME = "0" * 32


@pytest.fixture
def opened(folder: Path) -> Iterator[int]:
    number = os.open(folder, os.O_RDONLY)
    yield number
    os.close(number)


def now() -> float:
    return time.time()


def test_a_whole_file_is_read_with_its_owner(folder: Path, opened: int) -> None:
    put(folder, slip("a@example.org"), name=LETTER_NAME)

    found = read_letter(opened, LETTER_NAME, now())

    assert found.slip.rcpt_to == ("a@example.org",)
    assert found.owner == (NOBODY if os.geteuid() == 0 else os.geteuid())


def link(path: Path) -> None:
    path.symlink_to("/etc/passwd")


def link_to_a_message(path: Path) -> None:
    path.symlink_to(put(path.parent, slip()).name)


def second_name(path: Path) -> None:
    os.link(put(path.parent, slip()), path)


def fifo(path: Path) -> None:
    os.mkfifo(path, 0o644)


def device(path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root makes a device")
    os.mknod(path, 0o644 | 0o020000, os.makedev(1, 5))  # /dev/zero


def listening(path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as each:
        each.bind(str(path))


@pytest.mark.parametrize("make", [link, link_to_a_message, second_name, fifo, device, listening, Path.mkdir])
def test_what_is_no_file_of_one_name_is_not_touched(folder: Path, opened: int, make: Callable[[Path], None]) -> None:
    make(folder / LETTER_NAME)

    with pytest.raises(StrangeFile):
        read_letter(opened, LETTER_NAME, now())
    assert os.path.lexists(folder / LETTER_NAME)


def test_a_file_that_is_gone_is_no_fault(opened: int) -> None:
    with pytest.raises(LetterGone):
        read_letter(opened, LETTER_NAME, now())


@pytest.mark.parametrize("length", [0, 10, 100, -1])
def test_one_that_has_not_all_come_is_waited_for_and_not_for_ever(folder: Path, opened: int, length: int) -> None:
    put(folder, slip()[:length], name=LETTER_NAME)

    with pytest.raises(UnfinishedLetter):
        read_letter(opened, LETTER_NAME, now())
    with pytest.raises(BadSlip, match="broken off"):
        read_letter(opened, LETTER_NAME, now() + UNFINISHED_SECONDS + 5)


def test_one_that_is_longer_than_it_says_is_refused(folder: Path, opened: int) -> None:
    put(folder, slip() + b"x", name=LETTER_NAME)

    with pytest.raises(BadSlip, match="longer"):
        read_letter(opened, LETTER_NAME, now())


def test_a_huge_file_without_blocks_is_not_read(folder: Path, opened: int) -> None:
    with put(folder, slip(), name=LETTER_NAME).open("r+b") as file:
        file.truncate(2**40)

    with pytest.raises(BadSlip, match="larger"):
        read_letter(opened, LETTER_NAME, now())


def test_holes_in_place_of_a_message_are_not_taken_for_one(folder: Path, opened: int) -> None:
    """So lies a file after a power cut whose blocks never came to the disk."""
    whole = slip(message=b"x" * 5000)
    with put(folder, whole[:1000], name=LETTER_NAME).open("r+b") as file:
        file.truncate(len(whole))

    with pytest.raises(BadSlip, match="not what"):
        read_letter(opened, LETTER_NAME, now())
    assert len(whole) < MAX_SLIP


@pytest.mark.parametrize("change", ["grows", "is written to", "gets a second name"])
def test_one_that_changes_while_it_is_read_is_left_for_the_next_look(
    folder: Path, opened: int, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    path = put(folder, slip(), name=LETTER_NAME)
    read = letter._all

    def read_meanwhile(number: int, size: int) -> bytes:
        data = read(number, size)
        if change == "grows":
            path.write_bytes(slip() + b"x")
        elif change == "is written to":
            path.write_bytes(slip())
        else:
            os.link(path, folder / "second")
        return data

    monkeypatch.setattr(letter, "_all", read_meanwhile)

    with pytest.raises(UnfinishedLetter):
        read_letter(opened, LETTER_NAME, now())


STIR = """
import os
import random
import sys
import time
path, other, secret = (os.path.join(sys.argv[1], name) for name in (sys.argv[2], "other", "secret"))
data = sys.stdin.buffer.read()
def go():
    if not random.randrange(8):
        time.sleep(0.001)  # else a busy reader may never be fast enough
    os.unlink(path)
while True:
    for part in (data, data[:50]):
        with open(other, "wb") as file:
            file.write(part)
        os.replace(other, path)
        go()
    os.symlink(secret, path)
    go()
    os.link(secret, path)
    go()
"""


def test_names_that_change_hands_all_the_time_give_whole_messages_and_no_others(folder: Path, opened: int) -> None:
    """Whoever renames, links and cuts while we look gets a refusal, and never a half of something."""
    (folder / "secret").write_bytes(b"secret")
    command = [sys.executable, "-c", STIR, str(folder), LETTER_NAME]
    wanted = {MESSAGE, LetterGone, StrangeFile, UnfinishedLetter}
    seen = set()
    with subprocess.Popen(command, stdin=subprocess.PIPE) as stirring:
        assert stirring.stdin
        stirring.stdin.write(slip())
        stirring.stdin.close()
        ends = time.monotonic() + 20
        while not wanted <= seen and time.monotonic() < ends:
            try:
                seen.add(read_letter(opened, LETTER_NAME, now()).slip.message)
            except (LetterGone, StrangeFile, UnfinishedLetter, BadSlip) as fault:
                seen.add(type(fault))
        stirring.kill()

    # a second name that is just going counts no more, though it can still be opened: that is no message of ours
    assert wanted <= seen <= wanted | {BadSlip}
