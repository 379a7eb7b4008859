"""`sendmail` of other users while the panel is down: its way into the drop folder, and from there into the outbox."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from pwd import getpwuid

import pytest

from panel import clock
from panel.outbox.drop.intake import Intake
from panel.services import Services
from tests.cli.sendmail.conftest import PROGRAM, Run
from tests.support.dropping import drop_folder
from tests.support.handing_in import Door, open_door
from tests.support.killing import kill
from tests.support.limits import NOBODY
from tests.support.paths import ROOT
from tests.support.places import variables_of
from tests.support.servers import Loop, SmtpServer
from tests.support.serving import Serving, free_port
from tests.support.waiting import wait_until

pytestmark = pytest.mark.data_file("who may write to it is the machine's affair")
SEEN = ("door", "account", "rcpt_to", "reply_to", "notify", "subject")
SPOKEN = "EHLO app\r\nMAIL FROM:<shop@example.org>\r\nRCPT TO:<hanako@example.org> NOTIFY=NEVER\r\nDATA\r\n"
MESSAGE = "From: Shop <shop@example.org>\r\nSubject: a\r\n\r\nHello\r\n"
AS_NOBODY = (  # who may not read where this Python lies: what is needed is loaded before
    "import encodings.idna, os, sqlite3, panel.cli.sendmail.spoken, panel.cli.sendmail.dropped\n"
    "from panel.mail.dsn import notify\nfrom panel.cli.sendmail import command; command.PATIENCE_SECONDS = 0.3\n"
    f"os.setgroups([])\nos.setgid({NOBODY})\nos.setuid({NOBODY})\n{PROGRAM}"
)


@pytest.fixture
def folder(services: Services) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("only root becomes another user")
    with drop_folder(services.config.home) as folder:
        yield folder


@pytest.fixture
def leave(run: Run, folder: Path, tmp_path: Path) -> Run:
    """The command as a user who may not read the panel's files, with a drop folder."""
    tmp_path.chmod(0o755)
    return lambda *words, **more: run(*words, program=AS_NOBODY, MAIL_PANEL_DROP=str(folder), **more)


@pytest.fixture
def taken(services: Services, folder: Path) -> Callable[[], list[dict[str, object]]]:
    """Take in what is there, and give what is in the outbox then."""

    def take() -> list[dict[str, object]]:
        Intake(services.database, folder, services.config.home).turn(clock.now())
        rows = services.database.rows("SELECT * FROM messages")
        return [{name: row[name] for name in SEEN} for row in rows]

    return take


def left(folder: Path) -> list[Path]:
    return [each for each in folder.iterdir() if each.is_file()]


Taken = Callable[[], list[dict[str, object]]]


@pytest.mark.parametrize("listens", [True, False])
def test_a_message_waits_for_the_panel_with_all_that_was_said_of_it(
    leave: Run, folder: Path, taken: Taken, listens: bool
) -> None:
    words = ("-t", "-i", "-N", "failure,success", "-f", "ignored@example.org")
    given = f"To: a@example.org\r\nBcc: b@example.org\r\n{MESSAGE}"

    done = leave(*words, given=given, port=free_port() if listens else None)

    assert (done.returncode, done.stderr) == (0, b"")
    assert len(left(folder)) == 1
    [entry] = taken()
    assert (entry["door"], entry["account"]) == ("sendmail", getpwuid(NOBODY).pw_name)
    assert entry["rcpt_to"] == '["a@example.org", "b@example.org"]'
    assert entry["reply_to"] == '"Shop" <shop@example.org>'
    assert (entry["notify"], entry["subject"]) == ("failure,success", "a")
    assert not left(folder)


def test_a_session_goes_into_the_folder_message_by_message(leave: Run, folder: Path, taken: Taken) -> None:
    done = leave("-bs", given=f"{SPOKEN}{MESSAGE}.\r\nRSET\r\n{SPOKEN}{MESSAGE}.\r\nQUIT\r\n", port=free_port())
    said = done.stdout.decode().splitlines()

    assert (done.returncode, done.stderr) == (0, b"")
    assert said[0].startswith("220 ")
    assert said.count("250 2.0.0 Ok: the message waits for the panel") == len(left(folder)) == 2
    entries = taken()
    assert {(each["door"], each["account"], each["notify"]) for each in entries} == {("sendmail", "nobody", "never")}
    assert {each["reply_to"] for each in entries} == {'"Shop" <shop@example.org>'}


def test_a_panel_that_runs_has_it_and_the_folder_nothing(
    leave: Run, folder: Path, services: Services, loop: Loop
) -> None:
    with open_door(services.database, loop) as door:
        assert leave("a@example.org", port=door.port).returncode == 0
        assert leave("-bs", given=f"{SPOKEN}{MESSAGE}.\r\nQUIT\r\n", port=door.port).returncode == 0
        assert [each.door for each in door.entries()] == ["smtp", "smtp"]
    assert not left(folder)


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("452 4.3.1 Full", 74),
        pytest.param("550 5.1.1 No", 65, marks=pytest.mark.long),
        pytest.param("530 5.7.0 Log in", 77, marks=pytest.mark.long),
    ],
)
def test_what_a_panel_refuses_is_not_left_in_the_folder(
    leave: Run, folder: Path, server: SmtpServer, reply: str, code: int
) -> None:
    server.replies["RCPT"] = reply

    assert leave("a@example.org", port=server.port).returncode == code
    assert not left(folder)


def test_what_is_wrong_with_a_message_is_said_at_once(leave: Run, folder: Path) -> None:
    assert leave("no address").returncode == 67
    assert leave("-t", given="Subject: a\n\nHello\n").returncode == 65
    assert not left(folder)


def test_a_panel_that_is_killed_after_its_commit_does_not_get_it_twice(
    leave: Run, folder: Path, services: Services, loop: Loop, taken: Taken
) -> None:
    """Who stands between them passes on all but the reply to the final dot, as a listener that dies then."""
    with open_door(services.database, loop) as door, between(door) as port:
        done = leave("a@example.org", port=port)

    assert (done.returncode, done.stderr) == (0, b"")
    assert len(left(folder)) == 1
    assert [each["door"] for each in taken()] == ["smtp"]
    assert not left(folder)


def test_a_folder_that_is_not_as_it_must_be_is_said(leave: Run, folder: Path) -> None:
    folder.chmod(0o1777)

    plain, spoken = leave("a@example.org"), leave("-bs", given=f"{SPOKEN}{MESSAGE}.\r\n", port=free_port())

    assert plain.returncode == spoken.returncode == 78
    assert b"mail-panel drop prepare" in plain.stderr
    assert spoken.stdout.startswith(b"421 4.3.0 MAIL_PANEL_DROP is ")
    assert not left(folder)


@pytest.mark.long
def test_a_panel_that_is_killed_again_and_again_loses_and_doubles_nothing(
    services: Services, folder: Path, tmp_path: Path
) -> None:
    """Ten programs of another user hand mail in all the time, and each is told whether it is kept."""
    tmp_path.chmod(0o755)
    port, chance, kills = free_port(), random.Random(21), 8
    variables = {"MAIL_PANEL_DROP": str(folder), "MAIL_PANEL_SMTP_LISTEN": f"127.0.0.1:{port}"}
    environment = {**variables_of(services.config.home), **variables, "PYTHONPATH": str(ROOT)}
    ended, kept, numbers = threading.Event(), set[str](), count()

    def hand_in() -> None:
        while not ended.is_set():
            subject = str(next(numbers))
            command = [sys.executable, "-c", AS_NOBODY, "a@example.org"]
            given = f"Subject: {subject}\n\nHello\n".encode()
            if subprocess.run(command, input=given, env=environment, check=False, timeout=120).returncode == 0:
                kept.add(subject)

    def taken_by_listener() -> int:
        [row] = services.database.rows("SELECT count(*) FROM messages WHERE door = 'smtp'")
        return int(row[0])

    with ThreadPoolExecutor(10) as pool:
        programs = [pool.submit(hand_in) for _ in range(10)]
        for _ in range(kills):
            enough = taken_by_listener() + chance.randrange(1, 12)
            with Serving(services.config.home, variables=variables) as serving:
                wait_until(lambda enough=enough: taken_by_listener() >= enough, within=60)
                kill(serving.tree)
            ended.wait(chance.uniform(0, 1.5))  # while nobody takes anything
        ended.set()
        for each in programs:
            each.result(120)
    while Intake(services.database, folder, services.config.home).turn(clock.now()).taken:
        pass

    found = Counter(row["subject"] for row in services.database.rows("SELECT subject FROM messages"))
    doors = Counter(row["door"] for row in services.database.rows("SELECT door FROM messages"))
    assert kept - found.keys() == set()
    assert {subject: times for subject, times in found.items() if times > 1} == {}
    assert min(doors["smtp"], doors["sendmail"]) > 10
    assert not left(folder)


class between:
    """A way to a listener on which nothing comes back once the message has been told whole."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._carry)

    def __enter__(self) -> int:
        self._thread.start()
        port: int = self._listening.getsockname()[1]
        return port

    def __exit__(self, *_: object) -> None:
        self._thread.join(10)
        self._listening.close()

    def _carry(self) -> None:
        client, _ = self._listening.accept()
        with client, socket.create_connection(("127.0.0.1", self._door.port)) as panel:
            client.sendall(panel.recv(4096))
            while data := client.recv(65_536):
                panel.sendall(data)
                answer = panel.recv(4096)
                if b"outbox" in answer:
                    return
                client.sendall(answer)
