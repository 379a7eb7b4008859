"""Clients that break the protocol, take their time, come in crowds or leave: nobody else suffers from them."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
import struct
from collections.abc import Callable
from contextlib import ExitStack
from typing import cast

import pytest

from panel.mail.limits import MAX_BYTES
from panel.server.smtpd import guests, listener, session
from panel.server.smtpd.desk import MAX_HELD
from panel.server.smtpd.session import SmtpdSession
from panel.server.smtpd.stream import LONGEST_LINE
from panel.storage.database import Database
from tests.server.smtpd.conftest import NEIGHBOUR, SHOP
from tests.support.handing_in import Client, Door, open_door
from tests.support.holding import Holder
from tests.support.servers import Loop
from tests.support.waiting import wait_until

LOOK_ALIKES = [  # what has ended a message at one server and not at another
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r\n.\r",
    b"\r.\r\n",
    b"\r.\n",
    b"\n.\r",
    b"\r\n\x00.\r\n",
]


@pytest.mark.parametrize("look_alike", LOOK_ALIKES)
def test_no_look_alike_ends_a_message(door: Door, client: Client, look_alike: bytes) -> None:
    hidden = b"MAIL FROM:<eve@example.org>\r\nRCPT TO:<eve@example.org>\r\nDATA\r\n\r\nhidden\r\n"
    client.begin().send(b"Subject: a\r\n\r\nfirst" + look_alike + hidden + b".\r\nNOOP\r\n")

    assert client.hear().startswith("250 2.0.0 Ok: message 1")
    assert client.hear().startswith("250 2.0.0")  # that of NOOP: no other command was seen
    [body] = door.bodies()
    assert b"hidden" in body
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert b"\r" not in body.replace(b"\r\n", b"")


@pytest.mark.parametrize("line", [b"NOOP\nMAIL FROM:<a@example.org>\r\n", b"NOOP\rRSET\r\n", b"NOOP\n", b"NOOP \0\r\n"])
def test_a_command_with_a_lone_line_end_or_a_control_ends_the_session(client: Client, line: bytes) -> None:
    client.send(line)

    assert client.hear().startswith("500 5.5.2")
    assert client.hear() == ""


def test_what_stands_behind_the_final_dot_is_a_command(door: Door, client: Client) -> None:
    client.begin().send(b"\r\none\r\n.\r\nRSET\r\nBDAT 5 LAST\r\nMAIL FROM:<>\r\n")

    assert [client.hear()[:3] for _ in range(4)] == ["250", "250", "502", ""]


# Hostile and mistaken clients


def test_a_browser_is_sent_away_before_its_body_is_read(door: Door, client: Client) -> None:
    client.send(b"POST / HTTP/1.1\r\nEHLO app\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nDATA\r\n\r\nHi\r\n.\r\n")

    assert client.hear().startswith("521 5.5.1")
    assert client.hear() == ""
    assert door.entries() == []


def test_a_client_that_begins_with_tls_is_told_to_turn_it_off(door: Door) -> None:
    with socket.create_connection(("127.0.0.1", door.port), 10) as plain_socket:
        context = ssl.create_default_context()
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(plain_socket, server_hostname="localhost")


def test_who_says_only_nonsense_is_hung_up_on(client: Client) -> None:
    replies = [client.say(f"NONSENSE{number}") for number in range(5)]

    assert [reply[:9] for reply in replies] == ["500 5.5.1"] * 4 + ["502 5.5.1"]
    assert client.hear() == ""


@pytest.mark.parametrize("secret", ["c2VjcmV0", "x" * (LONGEST_LINE - 2)])
def test_what_is_no_command_is_not_repeated(client: Client, secret: str) -> None:
    client.say("EHLO app")
    client.say("AUTH CRAM-MD5")

    reply = client.say(secret)

    assert reply.startswith("500 5.5.1")
    assert secret.lower() not in reply.lower()


def test_who_repeats_himself_is_hung_up_on(client: Client) -> None:
    client.send(b"EHLO app\r\n" * 21)

    assert [client.hear()[:3] for _ in range(22)] == ["250"] * 20 + ["421", ""]


def test_a_command_without_end_is_not_read_on(client: Client) -> None:
    client.send(b"x" * (LONGEST_LINE + 1))

    assert client.hear().startswith("500 5.5.2")
    assert client.hear() == ""


def test_a_message_that_is_too_large_is_refused_when_it_ends(door: Door, client: Client) -> None:
    client.begin().send(b"\r\n" + (b"x" * 98 + b"\r\n") * (MAX_BYTES // 100 + 2_000) + b".\r\n")

    assert client.hear().startswith("552 5.3.4")
    assert client.say("NOOP").startswith("250")
    assert door.entries() == []


def test_a_message_that_does_not_end_is_cut_off(door: Door, client: Client) -> None:
    client.begin()

    with pytest.raises(OSError, match=r"reset|pipe"):
        client.send(b"x" * 4 * MAX_BYTES)

    assert door.entries() == []


def test_together_they_hold_only_so_much(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    door.listener._desk.room.left = 300_000
    with door.client() as first, door.client() as second:
        first.begin().send(b"\r\n" + b"x" * 200_000)
        second.begin().send(b"\r\n" + b"y" * 200_000 + b"\r\n.\r\n")
        assert second.hear().startswith("452 4.3.1")
        first.send(b"\r\n.\r\n")
        assert first.hear().startswith("250")
        assert second.begin().say(b"\r\n" + b"y" * 200_000 + b"\r\n.").startswith("250")

    assert door.listener._desk.room.left == 300_000


def test_a_slow_client_is_let_go(database: Database, loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "TIMEOUT_SECONDS", 0.2)
    with open_door(database, loop) as door, door.client() as client:
        client.begin().send(b"\r\nand then")

        assert client.hear().startswith("421 4.4.2")
        assert client.hear() == ""
        assert door.entries() == []


def test_too_many_connections_are_sent_away(door: Door, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "MAX_SESSIONS", 1)

    with door.client() as second:
        assert second.greeting.startswith("421 4.3.2")
    assert client.say("NOOP").startswith("250")


def test_the_connection_that_has_been_idle_longest_makes_room(
    door: Door, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.begin()
    monkeypatch.setattr(listener, "MAX_SESSIONS", 3)
    monkeypatch.setattr(listener, "IDLE_SECONDS", 0)

    with door.client() as idle, door.client() as talking:
        assert talking.say("EHLO app.example.org").startswith("250")
        with door.client() as newcomer:
            assert newcomer.greeting.startswith("220")
            assert idle.hear().startswith("421 4.3.2")
            assert client.say(b"\r\nHello\r\n.").startswith("250")
            assert newcomer.say("NOOP").startswith("250")


@pytest.mark.parametrize("says", [b"", b"NOOP\r\n", b"MAIL FROM:<a@example.org>\r\n", b"DATA drips"])
def test_who_says_a_little_and_brings_nothing_keeps_nobody_out(
    door: Door, monkeypatch: pytest.MonkeyPatch, says: bytes
) -> None:
    monkeypatch.setattr(listener, "MAX_SESSIONS", 4)
    monkeypatch.setattr(listener, "IDLE_SECONDS", 0)
    monkeypatch.setattr(listener, "MESSAGE_SECONDS", 0)
    with ExitStack() as held:
        for _ in range(4):
            stranger = held.enter_context(door.client())
            stranger.say("EHLO stranger.example.org")
            if says == b"DATA drips":
                stranger.begin().send(b"\r\na")
            else:
                stranger.send(says)

        with door.client() as honest:
            assert honest.greeting.startswith("220")
            assert honest.begin().say(b"\r\nHello\r\n.").startswith("250")

    assert door.bodies() == [b"Hello\r\n"]


def test_who_is_within_a_message_has_more_time(door: Door, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.begin()
    monkeypatch.setattr(listener, "MAX_SESSIONS", 1)
    monkeypatch.setattr(listener, "IDLE_SECONDS", 0)

    with door.client() as newcomer:
        assert newcomer.greeting.startswith("421 4.3.2")

    assert client.say(b"\r\nHello\r\n.").startswith("250")


def test_who_does_not_read_his_replies_is_not_read_on_and_keeps_no_place(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(session, "UNREAD_SECONDS", 0.1)
    with door.client() as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.socket.settimeout(0.2)
        with pytest.raises(OSError, match=r"timed out|reset|pipe"):
            client.send(b"VRFY\r\n" * 19 + b"RCPT\r\n" * 10**7)

        wait_until(lambda: not door.listener._desk.sessions)


def test_what_was_said_behind_the_last_word_is_not_heard(door: Door, client: Client) -> None:
    message = b"MAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nDATA\r\n\r\nHi\r\n.\r\n"
    client.send(b"EHLO app\r\n" * 21 + message)

    assert [client.hear()[:3] for _ in range(22)] == ["250"] * 20 + ["421", ""]
    assert door.entries() == []


def test_a_client_that_leaves_within_a_message_leaves_nothing(door: Door, client: Client) -> None:
    with door.client() as leaving:
        leaving.begin().send(b"\r\nHi\r\n")

    assert client.begin().say(b"\r\nHello\r\n.").startswith("250")
    assert door.bodies() == [b"Hello\r\n"]


def test_who_leaves_behind_the_final_dot_takes_room_until_his_message_is_kept(door: Door) -> None:
    desk = door.listener._desk
    sessions = cast("set[SmtpdSession]", desk.sessions)
    room = desk.room.left
    holder = Holder(door.database)
    holder.hold()
    with door.client() as leaving:
        leaving.begin().send(b"\r\n" + b"x" * 200_000 + b"\r\n.\r\n")
        wait_until(lambda: any(each._is_keeping for each in sessions))
        leaving.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # with a reset

    wait_until(lambda: not desk.sessions)
    assert desk.room.left < room - 200_000
    holder.let_go()
    wait_until(lambda: desk.room.left == room)
    assert len(door.entries()) == 1


# From beyond this machine


def test_who_comes_from_elsewhere_leaves_places_to_the_programs_of_this_machine(
    beyond: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "MAX_SESSIONS", 4)
    monkeypatch.setattr(listener, "MAX_GUEST_SESSIONS", 3)
    with ExitStack() as held:
        for _ in range(3):
            assert held.enter_context(beyond.client(SHOP)).greeting.startswith("220")
        assert held.enter_context(beyond.client(NEIGHBOUR)).greeting.startswith("421 4.3.2")

        with beyond.client() as ours:
            assert ours.begin().say(b"\r\nHello\r\n.").startswith("250")


def test_who_comes_from_elsewhere_drives_no_program_of_this_machine_out(
    beyond: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "MAX_SESSIONS", 2)
    monkeypatch.setattr(listener, "IDLE_SECONDS", 0)
    monkeypatch.setattr(guests, "MOST_SESSIONS", 1)
    with beyond.client() as ours, beyond.client(SHOP):
        for source in (SHOP, NEIGHBOUR):  # one that has its share already, and one that has none
            with beyond.client(source):
                pass

        assert ours.say("NOOP").startswith("250")


def test_a_message_from_elsewhere_leaves_room_for_those_of_this_machine(beyond: Door) -> None:
    beyond.listener._desk.guest_room.left = 300_000
    with beyond.client(NEIGHBOUR) as first, beyond.client(NEIGHBOUR) as second, beyond.client() as ours:
        first.begin().send(b"\r\n" + b"x" * 200_000)
        assert second.begin().say(b"\r\n" + b"y" * 200_000 + b"\r\n.").startswith("452 4.3.1")
        assert ours.begin().say(b"\r\n" + b"z" * 200_000 + b"\r\n.").startswith("250")
        assert first.say(b"\r\n.").startswith("250")

    assert beyond.listener._desk.guest_room.left == 300_000
    assert beyond.listener._desk.room.left == MAX_HELD


@pytest.mark.parametrize("line", ["MAIL FROM:<a@example.org>", "RCPT TO:<a@example.org>", "NOOP", "RSET"])
def test_who_has_not_logged_in_does_not_go_on_for_ever(beyond: Door, line: str) -> None:
    with beyond.client(SHOP) as client:
        client.say("EHLO app.example.org")
        for _ in range(20):
            assert not client.say(line).startswith("421")

        assert client.say(line).startswith("421 4.7.0")
        assert client.hear() == ""


def test_what_is_refused_to_one_address_does_not_fill_the_log(beyond: Door, log: Callable[[], list[str]]) -> None:
    with beyond.client(NEIGHBOUR) as client, beyond.client(SHOP) as other:
        client.send(b"EHLO app\r\n" + b"RCPT\r\n" * 300)
        for _ in range(301):
            client.hear()
        other.say("EHLO shop")
        other.say("RCPT")

    lines = [line for line in log() if "submission_refused" in line]
    assert [sum(f"client={name}" in line for line in lines) for name in ("app", "shop")] == [guests.MOST_LINES, 1]
    assert all(line.endswith(f"address={NEIGHBOUR if 'client=app' in line else SHOP}") for line in lines)


def test_the_log_says_which_machine_a_message_is_from(beyond: Door, log: Callable[[], list[str]]) -> None:
    for source in (NEIGHBOUR, "127.0.0.1"):
        with beyond.client(source) as client:
            assert client.begin().say(b"\r\nHello\r\n.").startswith("250")

    from_there, ours = [line for line in log() if "submitted" in line]
    assert from_there.endswith(f"address={NEIGHBOUR}")
    assert "address=" not in ours


def test_whose_connection_cannot_begin_has_no_place(beyond: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guests, "MOST_SESSIONS", 1)
    monkeypatch.setattr(listener, "SMTP_REST_SECONDS", 0.01)
    with monkeypatch.context() as broken:
        broken.setattr(asyncio.base_events, "_set_nodelay", unfit)
        with socket.create_connection(("127.0.0.1", beyond.port), 10, (SHOP, 0)) as lost:
            assert lost.recv(100) == b""

    with beyond.client(SHOP) as client:
        assert client.greeting.startswith("220")


def unfit(_socket: socket.socket) -> None:
    """Refuse an option, as some kernels do where the client has left already."""
    raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
