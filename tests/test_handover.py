"""A message goes to the panel's listener, whole, or not at all."""

from __future__ import annotations

import pytest

from panel.handover import NotTaken, hand_over
from tests.scripted import MESSAGE, ScriptedServer, greets, hangs_up, says
from tests.servers import SmtpServer


def test_a_message_arrives_as_it_was(server: SmtpServer) -> None:
    hand_over(b"Subject: a\r\n\r\n.dot\r\n.\r\nend", ["a@example.org", "b@example.org"], to=("127.0.0.1", server.port))

    [message] = server.messages
    assert message.rcpt_to == ("a@example.org", "b@example.org")
    assert message.raw.endswith(b"\r\n\r\n.dot\r\n.\r\nend\r\n")


def test_a_recipient_in_another_script_is_announced() -> None:
    with ScriptedServer(*greets(), *MESSAGE, says("250 2.0.0 Ok"), hangs_up) as panel:
        hand_over(b"a\r\n", ["花子@example.org"], to=("127.0.0.1", panel.port))

    assert "MAIL FROM:<> SMTPUTF8" in panel.heard


def test_where_one_recipient_is_refused_nobody_gets_it(server: SmtpServer) -> None:
    server.replies["RCPT"] = "550 5.1.1 No such user"

    with pytest.raises(NotTaken, match=r"5\.1\.1 No such user") as caught:
        hand_over(b"a\r\n", ["a@example.org"], to=("127.0.0.1", server.port))

    assert caught.value.code == 550
    assert not server.messages


def test_a_lost_answer_is_no_success() -> None:
    with (
        ScriptedServer(*greets(), *MESSAGE, hangs_up) as panel,
        pytest.raises(NotTaken, match="hung up"),
    ):
        hand_over(b"a\r\n", ["a@example.org"], to=("127.0.0.1", panel.port))


def test_what_is_taken_stays_taken_whatever_the_goodbye() -> None:
    with ScriptedServer(*greets(), *MESSAGE, says("250 2.0.0 Ok"), hangs_up) as panel:
        hand_over(b"a\r\n", ["a@example.org"], to=("127.0.0.1", panel.port))


@pytest.mark.parametrize("greeting", ["HTTP/1.1 400 Bad Request", "220-one\n220-two\nSSH-2.0", "-ERR"])
def test_what_is_no_panel_is_called_that(greeting: str) -> None:
    with ScriptedServer(says(greeting), hangs_up) as peer, pytest.raises(NotTaken, match="not the panel"):
        hand_over(b"a\r\n", ["a@example.org"], to=("127.0.0.1", peer.port))


def test_a_recipient_in_other_letters_is_announced() -> None:
    with ScriptedServer(*greets(), *MESSAGE, says("250 2.0.0 Ok"), hangs_up) as panel:
        hand_over(b"a\r\n", ["花子@example.org"], to=("127.0.0.1", panel.port))

    assert panel.heard[1:3] == ["MAIL FROM:<> SMTPUTF8", "RCPT TO:<花子@example.org>"]
