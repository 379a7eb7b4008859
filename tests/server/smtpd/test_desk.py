"""What a token may do at the listener: who sends with it, and how much."""

from __future__ import annotations

import base64
import smtplib

import pytest

from panel import clock
from panel.access.tokens import Tokens
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.handing_in import Client, Door


def plain(token: str) -> str:
    return base64.b64encode(f"\0any\0{token}".encode()).decode()


def log_in(door: Door, client: Client, **limits: int) -> str:
    token = door.token()
    Tokens(door.database).limit("shop", limits, by=actor(), now=clock.now())
    client.say("EHLO app")
    assert client.say(f"AUTH PLAIN {plain(token)}").startswith("235")
    return token


def hand_in(client: Client, *rcpt_to: str, key: str = "") -> str:
    return client.begin(*rcpt_to, parameters=f" XKEY={key}" if key else "").say("\r\nHi\r\n.")


def refusals(database: Database) -> list[tuple[str, ...]]:
    rows = database.rows("SELECT action, object, account, address, changed FROM audit WHERE outcome = 'refused'")
    return [tuple(row) for row in rows]


@pytest.mark.both_doors
def test_who_has_handed_in_what_they_may_is_told_when_to_come_again_before_the_message_is_sent(
    door: Door, client: Client
) -> None:
    token = log_in(door, client, messages_per_minute=1)
    assert hand_in(client).startswith("250")

    reply = client.say("MAIL FROM:<shop@example.org>")

    assert reply.startswith("450 4.7.1 This token may hand in 1 messages a minute, and has handed in 1. Try again in ")
    assert client.say("RCPT TO:<a@example.org>").startswith("503")
    assert client.say("NOOP").startswith("250")
    assert len(door.entries()) == 1
    assert refusals(door.database) == [("token_limit_reached", f"token/{token[:11]}", "shop (token)", "", "{}")]


@pytest.mark.both_doors
def test_recipients_beyond_the_day_are_a_temporary_refusal_and_more_than_a_day_has_a_lasting_one(
    door: Door, client: Client
) -> None:
    log_in(door, client, recipients_per_day=3)
    assert hand_in(client, "a@example.org", "b@example.org").startswith("250")

    one_too_many = hand_in(client, "a@example.org", "b@example.org")
    never = hand_in(client, *(f"{name}@example.org" for name in "abcd"))

    assert one_too_many.startswith("450 4.7.1 This token may write to 3 recipients a day (UTC), and has written to 2. ")
    assert one_too_many.endswith("00:00 UTC.")
    assert never.startswith("550 5.7.1 This token may write to 3 recipients a day (UTC): 4 at once are too many.")
    assert hand_in(client, "a@example.org").startswith("250")
    assert len(door.entries()) == 2


def test_a_message_that_comes_again_with_its_key_is_answered_though_the_limit_is_reached(
    door: Door, client: Client
) -> None:
    log_in(door, client, messages_per_minute=1)
    key = "0123456789abcdef0123456789abcdef"
    first = hand_in(client, key=key)

    again = hand_in(client, key=key)

    assert first == again
    assert hand_in(client, key=key.replace("0", "f")).startswith("450 4.7.1")


def test_messages_that_share_a_commit_are_counted_one_by_one(door: Door) -> None:
    token = door.token()
    Tokens(door.database).limit("shop", {"messages_per_minute": 5}, by=actor(), now=clock.now())

    codes = []
    with smtplib.SMTP("127.0.0.1", door.port) as smtp:
        smtp.login("any", token)
        for _ in range(8):
            try:
                codes.append(len(smtp.sendmail("a@example.org", ["b@example.org"], b"\r\nHi\r\n")))
            except smtplib.SMTPSenderRefused as fault:
                codes.append(fault.smtp_code)

    assert codes == [0] * 5 + [450] * 3
    assert len(door.entries()) == 5


def test_a_limit_that_is_set_within_a_session_holds_from_the_next_message_on(door: Door, client: Client) -> None:
    log_in(door, client)
    assert hand_in(client).startswith("250")
    Tokens(door.database).limit("shop", {"messages_per_minute": 1}, by=actor(), now=clock.now())

    assert hand_in(client).startswith("250")  # what came before was not counted
    assert client.say("MAIL FROM:<>").startswith("450 4.7.1")


def test_whoever_comes_without_a_token_is_not_limited(door: Door, client: Client) -> None:
    door.token()
    Tokens(door.database).limit("shop", {"messages_per_minute": 1}, by=actor(), now=clock.now())

    assert [hand_in(client)[:3] for _ in range(3)] == ["250"] * 3
