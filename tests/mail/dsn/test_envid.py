"""The number under which a server reports on a message of ours."""

from __future__ import annotations

import pytest

from panel.mail.dsn.envid import MOST_ENVID, envid_of, read_envid

MESSAGE_ID = "<20261127.1@example.org>"


def test_what_was_written_is_read() -> None:
    found = read_envid(envid_of(105, MESSAGE_ID, "example.org"))

    assert found
    assert (found.number, found.host) == (105, "example.org")
    assert found.is_of(MESSAGE_ID)


def test_it_is_the_same_at_each_attempt() -> None:
    assert envid_of(105, MESSAGE_ID, "example.org") == envid_of(105, MESSAGE_ID, "example.org") != ""


def test_the_message_that_had_the_number_before_a_restore_is_another() -> None:
    found = read_envid(envid_of(105, MESSAGE_ID, "example.org"))

    assert found
    assert not found.is_of("<20261127.2@example.org>")


@pytest.mark.parametrize("host", ["a" * 255, "[IPv6:2001:db8::1]", "x"])
@pytest.mark.parametrize("number", [1, 10**18 - 1])
def test_it_is_never_longer_than_every_server_takes(number: int, host: str) -> None:
    written = envid_of(number, MESSAGE_ID, host)
    found = read_envid(f" {written}\r\n")

    assert len(written) <= MOST_ENVID
    assert found
    assert found.number == number
    assert host.startswith(found.host)


@pytest.mark.parametrize(
    "text",
    [
        *("", "105", "105@example.org", "QQ314159", "0.00000000@x", "-1.00000000@x", "1.0000000g@x", "1.00000000@"),
        *("1.00000000@x y", "1.00000000@x\n2.00000000@x", "١.00000000@x", f"{'9' * 5_000}.00000000@x"),
    ],
)
def test_what_somebody_else_wrote_is_not_taken_for_ours(text: str) -> None:
    assert read_envid(text) is None
