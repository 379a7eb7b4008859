"""A message goes to the panel's listener, whole, or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from panel.cli.sendmail.relay import NotRelayed, relay
from panel.config import Config
from panel.server.smtpd import listener
from panel.services import open_services
from panel.storage.database import Database
from tests.support.handing_in import Door, open_door
from tests.support.limits import SENDMAIL_AS_NOBODY
from tests.support.paths import ROOT
from tests.support.places import variables_of
from tests.support.scripted import MESSAGE, Peer, ScriptedServer, Step, greets, hangs_up, resets, says, takes
from tests.support.servers import Loop, SmtpServer
from tests.support.serving import Serving, free_port

PATIENCE = 20.0  # seconds, of which hardly any is needed
GOOD = [*greets(), *MESSAGE, says("250 2.0.0 Ok")]


@pytest.fixture
def door(database: Database, loop: Loop) -> Iterator[Door]:
    with open_door(database, loop) as door:
        yield door


def in_turn(*scripts: list[Step]) -> ScriptedServer:
    """Follow the first script with the first client, and the last one with all after it."""
    left = [*scripts]

    def follow(peer: Peer) -> None:
        for step in left.pop(0) if len(left) > 1 else left[0]:
            step(peer)

    return ScriptedServer(follow)


def test_a_message_arrives_as_it_was(server: SmtpServer) -> None:
    relay(b"Subject: a\r\n\r\n.dot\r\n.\r\nend", ["a@example.org", "b@example.org"], to=("127.0.0.1", server.port))

    [message] = server.messages
    assert message.rcpt_to == ("a@example.org", "b@example.org")
    assert message.raw.endswith(b"\r\n\r\n.dot\r\n.\r\nend\r\n")


def test_a_recipient_in_another_script_is_announced() -> None:
    with ScriptedServer(*greets(), *MESSAGE, says("250 2.0.0 Ok"), hangs_up) as panel:
        relay(b"a\r\n", ["花子@example.org"], to=("127.0.0.1", panel.port))

    assert "MAIL FROM:<> SMTPUTF8" in panel.heard


def test_where_one_recipient_is_refused_nobody_gets_it(server: SmtpServer) -> None:
    server.replies["RCPT"] = "550 5.1.1 No such user"

    with pytest.raises(NotRelayed, match=r"5\.1\.1 No such user") as caught:
        relay(b"a\r\n", ["a@example.org"], to=("127.0.0.1", server.port))

    assert caught.value.code == 550
    assert not server.messages


def test_a_lost_answer_is_no_success() -> None:
    with (
        ScriptedServer(*greets(), *MESSAGE, hangs_up) as panel,
        pytest.raises(NotRelayed, match="hung up"),
    ):
        relay(b"a\r\n", ["a@example.org"], to=("127.0.0.1", panel.port))


def test_what_is_taken_stays_taken_whatever_the_goodbye() -> None:
    with ScriptedServer(*greets(), *MESSAGE, says("250 2.0.0 Ok"), hangs_up) as panel:
        relay(b"a\r\n", ["a@example.org"], to=("127.0.0.1", panel.port))


@pytest.mark.parametrize("greeting", ["HTTP/1.1 400 Bad Request", "220-one\n220-two\nSSH-2.0", "-ERR"])
def test_what_is_no_panel_is_called_that(greeting: str) -> None:
    with ScriptedServer(says(greeting), hangs_up) as peer, pytest.raises(NotRelayed, match="not the panel"):
        relay(b"a\r\n", ["a@example.org"], to=("127.0.0.1", peer.port))


def test_a_recipient_in_other_letters_is_announced() -> None:
    with ScriptedServer(*greets(), *MESSAGE, says("250 2.0.0 Ok"), hangs_up) as panel:
        relay(b"a\r\n", ["花子@example.org"], to=("127.0.0.1", panel.port))

    assert panel.heard[1:3] == ["MAIL FROM:<> SMTPUTF8", "RCPT TO:<花子@example.org>"]


ENDS = [
    [resets],
    [hangs_up],
    [says("421 4.3.2 Too many connections"), hangs_up],
    [*greets(), resets],
    [*greets(), *takes("MAIL", "451 4.3.0 Try again later"), hangs_up],
    [*greets(), *takes("MAIL"), *takes("RCPT", "452 4.3.1 Full"), hangs_up],
    [*greets(), *takes("MAIL"), *takes("RCPT"), *takes("DATA", "421 4.3.2 The panel stops"), hangs_up],
    [*greets("XKEY"), *takes("MAIL"), *takes("RCPT"), *takes("DATA", "354 Go on"), resets],
    [*greets(), *MESSAGE, says("451 4.3.2 Busy"), hangs_up],
    [*greets(), *MESSAGE, says("421 4.3.2 The panel stops"), hangs_up],
    [*greets("XKEY"), *MESSAGE, resets],
    [*greets("XKEY"), *MESSAGE, hangs_up],
]


@pytest.mark.parametrize("end", ENDS)
def test_what_a_moment_may_mend_is_tried_again(end: list[Step], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("panel.cli.sendmail.relay._FIRST_WAIT_MS", 10)

    with in_turn(end, end, GOOD) as panel:
        relay(b"a\r\n" * 100_000, ["a@example.org"], to=("127.0.0.1", panel.port), patience=PATIENCE)

    assert panel.connections == 3


@pytest.mark.parametrize(
    "end",
    [
        [says("554 5.3.2 No"), hangs_up],
        [says("HTTP/1.1 400 Bad Request"), hangs_up],
        [*greets(), *takes("MAIL", "530 5.7.0 Log in"), hangs_up],
        [*greets(), *takes("MAIL"), *takes("RCPT", "553 5.1.3 No address"), hangs_up],
        [*greets(), *MESSAGE, says("554 5.6.0 No"), hangs_up],
    ],
)
def test_a_refusal_for_good_is_not_tried_again(end: list[Step]) -> None:
    with in_turn(end, GOOD) as panel, pytest.raises(NotRelayed):
        relay(b"a\r\n", ["a@example.org"], to=("127.0.0.1", panel.port), patience=PATIENCE)

    assert panel.connections == 1


def test_a_message_that_may_be_there_is_not_sent_again_without_a_key() -> None:
    with (
        in_turn([*greets(), *MESSAGE, hangs_up], GOOD) as panel,
        pytest.raises(NotRelayed, match="Look into its outbox"),
    ):
        relay(b"a\r\n", ["a@example.org"], to=("127.0.0.1", panel.port), patience=PATIENCE)

    assert panel.connections == 1


def test_the_same_key_comes_with_each_try_and_another_one_with_each_message() -> None:
    with in_turn([*greets("XKEY"), *MESSAGE, hangs_up], [*greets("XKEY"), *GOOD[3:]]) as panel:
        for _ in range(2):
            relay(b"a\r\n", ["a@example.org"], to=("127.0.0.1", panel.port), patience=PATIENCE)

    first, again, other = [line for line in panel.heard if line.startswith("MAIL")]
    assert first == again != other
    assert first.startswith("MAIL FROM:<> XKEY=")


def test_tries_end_after_some_time_with_what_was_wrong_last() -> None:
    with pytest.raises(NotRelayed, match="Connection refused") as caught:
        relay(b"a\r\n", ["a@example.org"], to=("127.0.0.1", free_port()), patience=0.3)

    assert caught.value.code == 0


def test_a_message_whose_reply_was_lost_is_in_the_outbox_once(door: Door) -> None:
    """The first client has gone before its reply, which the message outlives."""
    parameters = " XKEY=0123456789abcdef"
    for _ in range(2):
        with door.client() as client:
            client.begin(parameters=parameters)
            client.send(b"Subject: a\r\n\r\nHi\r\n.\r\n")
    with door.client() as client:
        reply = client.begin(parameters=parameters).say("Subject: a\r\n\r\nHi\r\n.")

    [entry] = door.entries()
    assert reply == f"250 2.0.0 Ok: message {entry.number} is in the outbox"


def test_a_key_belongs_to_one_message(door: Door) -> None:
    with door.client() as client:
        client.begin(parameters=" XKEY=0123456789abcdef").say("Subject: a\r\n\r\nHi\r\n.")
        reply = client.begin(parameters=" XKEY=0123456789abcdef").say("Subject: b\r\n\r\nHi\r\n.")

    assert reply.startswith("554 5.5.0")
    assert len(door.entries()) == 1


@pytest.mark.parametrize("key", ["XKEY", "XKEY=", "XKEY=short", f"XKEY={'a' * 65}", "XKEY=0123456789abcde="])
def test_a_key_that_is_none_is_refused(door: Door, key: str) -> None:
    with door.client() as client:
        client.say("EHLO app.example.org")

        assert client.say(f"MAIL FROM:<> {key}").startswith("501 5.5.4")


def test_of_many_at_once_all_come_through_a_door_for_few(
    door: Door, monkeypatch: pytest.MonkeyPatch, is_long: bool
) -> None:
    monkeypatch.setattr(listener, "MAX_SESSIONS", 3)
    count = 150 if is_long else 40

    def send(number: int) -> None:
        message = f"Subject: {number}\r\n\r\nHi\r\n".encode()
        relay(message, ["a@example.org"], to=("127.0.0.1", door.port), patience=PATIENCE)

    with ThreadPoolExecutor(count) as pool:
        sent = [pool.submit(send, number) for number in range(count)]

    assert [each.exception() for each in sent] == [None] * count
    assert sorted(int(entry.subject) for entry in door.entries()) == [*range(count)]


def _sends(number: int, home: Path, port: int) -> int:
    """Run the command as nobody, as PHP and cron do, and give its exit code."""
    return subprocess.run(
        [sys.executable, "-c", SENDMAIL_AS_NOBODY, "a@example.org"],
        input=f"Subject: {number}\n\nHi\n".encode(),
        env={
            "PYTHONPATH": str(ROOT),
            **variables_of(home),
            "MAIL_PANEL_SMTP_LISTEN": f"127.0.0.1:{port}",
        },
        check=False,
    ).returncode


@pytest.mark.data_file("who may write to it is the machine's affair")
def test_processes_of_another_user_come_through_a_restart(tmp_path: Path, is_long: bool) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root becomes another user")
    tmp_path.chmod(0o755)
    home, port, count = tmp_path / "home", free_port(), 150 if is_long else 8
    variables = {"MAIL_PANEL_SMTP_LISTEN": f"127.0.0.1:{port}"}
    services = open_services(Config(home=home))
    codes: list[Future[int]] = []
    with ThreadPoolExecutor(count) as pool:
        for half in (range(count // 2), range(count // 2, count)):  # each begins while nobody listens
            codes += [pool.submit(_sends, number, home, port) for number in half]
            with Serving(home, variables=variables):
                codes[-1].result(60)
        with Serving(home, variables=variables):
            assert [code.result(60) for code in codes] == [0] * count

    rows = services.database.rows("SELECT subject FROM messages")
    assert sorted(int(row["subject"]) for row in rows) == [*range(count)]


def test_when_to_report_goes_along(door: Door) -> None:
    relay(b"Subject: a\r\n\r\nHi\r\n", ["a@example.org", "b@example.org"], to=("127.0.0.1", door.port), notify="never")

    assert [entry.notify for entry in door.entries()] == ["never"]
