"""What the SMTP listener says to its clients, the honest and the hostile ones: a 250 means that the message is kept."""

from __future__ import annotations

import base64
import errno
import smtplib
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from panel.mail.message.normalize import MAX_HOPS
from panel.outbox.state import State
from panel.server.smtpd import listener
from panel.storage.database import Database
from tests.support.actors import actor, without_journal
from tests.support.handing_in import Client, Door
from tests.support.holding import holding, hurry
from tests.support.limits import no_more_files
from tests.support.mail import NOW, mail
from tests.support.reports import VACATION, report
from tests.support.rows import bodies, move
from tests.support.sending import Office
from tests.support.servers import Loop
from tests.support.waiting import wait_until

# A login


def test_a_login_that_is_refused_is_in_the_audit_with_how_often(door: Door, client: Client) -> None:
    wrong = "AUTH PLAIN AGFueQBub3RhdG9rZW4="
    assert client.say("EHLO shop.example.org").startswith("250")

    assert [client.say(wrong)[:3] for _ in range(2)] == ["535", "535"]

    [row] = door.database.rows("SELECT action, object, via, address, outcome, changed FROM audit")
    assert tuple(row) == ("token_refused", "smtp", "token", "", "refused", '{"times":2}')


# A message


@pytest.mark.both_doors
def test_a_250_means_that_the_message_is_in_the_outbox(door: Door, client: Client) -> None:
    client.begin("hanako@example.org", "taro@example.org")

    assert client.say(b"Subject: Order\r\n\r\nThank you.\r\n.") == "250 2.0.0 Ok: message 1 is in the outbox"
    [entry] = door.entries()
    assert (entry.state, entry.door, entry.subject) == (State.QUEUED, "smtp", "Order")
    assert [each.address for each in entry.recipients] == ["hanako@example.org", "taro@example.org"]
    assert client.say("QUIT").startswith("221 2.0.0")


@pytest.mark.parametrize("literal", ["[192.0.2.1]", "[IPv6:2001:db8::1]"])
def test_an_address_literal_is_taken_as_it_is(door: Door, client: Client, literal: str) -> None:
    assert client.say(f"EHLO {literal}").startswith("250")
    client.begin(f"hanako@{literal}", f"@relay.example.org:taro@{literal}")

    assert client.say(b"Subject: Order\r\n\r\nThank you.\r\n.").startswith("250")
    [entry] = door.entries()
    assert [each.address for each in entry.recipients] == [f"hanako@{literal}", f"taro@{literal}"]


def test_smtplib_sends_japanese_with_an_attachment_and_bcc_never_leaves(door: Door) -> None:
    message = EmailMessage()
    message["From"] = "注文係 <shop@example.org>"
    message["To"] = "花子 <hanako@例え.jp>"
    message["Bcc"] = "eve@example.org"
    message["Subject"] = "請求書"
    message.set_content("ありがとうございます。\n.\n..\n")
    message.add_attachment(bytes(range(256)), maintype="application", subtype="pdf", filename="請求書.pdf")

    with smtplib.SMTP("127.0.0.1", door.port) as smtp:
        smtp.send_message(message)
        smtp.sendmail("shop@example.org", ["eve@example.org"], b"Bcc: eve@example.org\n\nRaw.\n")

    first, second = door.entries()
    assert [each.address for each in first.recipients] == ["hanako@xn--r8jz45g.jp", "eve@example.org"]
    assert first.subject == "請求書"
    [kept, raw] = bodies(door.database).values()
    parsed = message_from_bytes(kept, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    text = parsed.get_body()
    assert text
    assert text.get_content() == "ありがとうございます。\r\n.\r\n..\r\n"
    assert [part.get_content() for part in parsed.iter_attachments()] == [bytes(range(256))]
    assert b"\nbcc:" not in (kept + b"\n" + raw).lower()
    assert second.recipients[0].address == "eve@example.org"


def test_the_envelope_sender_stands_in_for_a_missing_from(door: Door, client: Client) -> None:
    client.begin().say(b"Subject: a\r\n\r\nb\r\n.")

    assert door.database.rows("SELECT reply_to FROM messages")[0][0] == "shop@example.org"


def test_a_pipelining_client_gets_every_reply_in_order(door: Door, client: Client) -> None:
    message = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nRCPT TO:<nobody>\r\nDATA\r\n\r\nHi\r\n.\r\n"
    client.send(b"EHLO app\r\n" + 2 * message + b"NOOP\r\nQUIT\r\n")

    codes = [client.hear()[:3] for _ in range(13)]

    assert codes == ["250", *2 * ["250", "250", "553", "354", "250"], "250", "221"]
    assert door.bodies() == [b"Hi\r\n"] * 2


def test_the_replies_to_what_comes_together_leave_together(client: Client) -> None:
    client.send(b"EHLO app\r\nMAIL FROM:<>\r\nRCPT TO:<b@example.org>\r\nRCPT TO:<nobody>\r\nDATA\r\n")

    replies = client.socket.recv(4096)

    assert [line[:3] for line in replies.splitlines()[-4:]] == [b"250", b"250", b"553", b"354"]


def test_a_client_that_ends_its_side_still_gets_its_replies(door: Door, client: Client) -> None:
    client.send(b"EHLO app\r\nMAIL FROM:<>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n\r\nHi\r\n.\r\n")
    client.socket.shutdown(socket.SHUT_WR)

    assert [client.hear()[:3] for _ in range(6)] == ["250", "250", "250", "354", "250", ""]
    assert door.bodies() == [b"Hi\r\n"]


def test_long_lines_are_taken_and_leave_in_a_form_that_may_be_sent(door: Door, client: Client) -> None:
    assert client.begin().say(b"\r\n" + b"x" * 300_000 + b"\r\n.").startswith("250")

    [body] = door.bodies()
    assert max(map(len, body.splitlines())) <= 998


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b".", b""),
        (b"..\r\n...\r\n.a\r\n.", b".\r\n..\r\na\r\n"),
        (b"\r\n.\r.\r\n.", b"\r\n\r\n.\r\n"),
    ],
)
def test_dots_at_the_beginning_of_lines(door: Door, client: Client, sent: bytes, kept: bytes) -> None:
    assert client.begin().say(b"Subject: a\r\n\r\n" + sent if sent != b"." else sent).startswith("250")

    assert door.bodies() == [kept]


# The outbox says no


def test_a_full_outbox_is_a_temporary_refusal(door: Door, client: Client) -> None:
    door.listener._desk.commit._shared._enqueuer._most = 1

    assert client.begin().say(b"\r\n1\r\n.").startswith("250")
    assert client.begin().say(b"\r\n2\r\n.").startswith("452 4.3.1")
    assert len(door.entries()) == 1


def test_a_locked_data_file_is_a_temporary_refusal(
    door: Door, client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    with holding(database):
        assert client.begin().say(b"\r\n1\r\n.").startswith("451 4.3.2")

    assert client.begin().say(b"\r\n1\r\n.").startswith("250")
    assert len(door.entries()) == 1


def test_a_damaged_data_file_is_a_temporary_refusal(door: Door, client: Client, database: Database) -> None:
    with database.writing() as damaging:
        damaging.run("DROP TABLE totals")

    assert client.begin().say(b"\r\n1\r\n.").startswith("451 4.3.0")


@pytest.mark.both_doors
def test_one_message_that_cannot_be_kept_does_not_take_others_along(door: Door) -> None:
    """While a commit is under way the others gather; one of them is refused for what is in it."""
    circle = b"Received: by a\r\n" * (MAX_HOPS + 1)
    bodies = [circle if number == 5 else b"" for number in range(10)]
    with holding(door.database):
        clients = [door.client().begin() for _ in bodies]
        for client, head in zip(clients, bodies, strict=True):
            client.send(head + b"\r\nHi\r\n.\r\n")

    replies = [client.hear() for client in clients]

    assert [reply[:9] for reply in replies] == ["554 5.4.6" if head else "250 2.0.0" for head in bodies]
    assert len({reply for reply in replies if reply.startswith("250")}) == len(door.entries()) == 9


@pytest.mark.both_doors
def test_many_clients_at_once_each_get_their_own_number(door: Door) -> None:
    def hand_in(_number: int) -> list[str]:
        with door.client() as client:
            return [client.begin().say(b"\r\nHi\r\n.") for _ in range(20)]

    with ThreadPoolExecutor(10) as pool:
        replies = [reply for each in pool.map(hand_in, range(10)) for reply in each]

    assert len(set(replies)) == len(door.entries()) == 200


# The end


def test_a_stop_lets_the_message_in_hand_finish_and_sends_idle_clients_away(door: Door) -> None:
    with door.client() as idle, door.client() as busy:
        busy.begin().send(b"\r\nHi")
        stopping = threading.Thread(target=door.stop)
        stopping.start()

        assert idle.hear().startswith("421 4.3.2")
        busy.send(b"\r\n.\r\n")
        assert busy.hear().startswith("250")
        assert busy.hear().startswith("421 4.3.2")
        stopping.join()
    assert len(door.entries()) == 1


def test_a_stop_waits_only_so_long(door: Door, client: Client) -> None:
    client.begin()

    door.stop(0.05)

    assert client.hear().startswith("421 4.3.2")


def test_a_message_that_goes_round_through_the_panel_ends(door: Door, client: Client, loop: Loop) -> None:
    office = Office.open(door.database)
    office.use(Server(door.port))
    client.begin().say(b"Subject: a\r\n\r\nround and round\r\n.")

    with office.working():
        while office.outbox.counts().waiting:
            pass

    states = [entry.state for entry in door.entries()]
    assert states == [State.SENT] * (MAX_HOPS - 1) + [State.FAILED]


class Server:
    """Where a worker is to send."""

    def __init__(self, port: int) -> None:
        self.port = port


# More than there is room for


def test_who_is_sent_away_is_told_at_a_bounded_rate(
    door: Door, monkeypatch: pytest.MonkeyPatch, log: Callable[[], list[str]]
) -> None:
    monkeypatch.setattr(listener, "MAX_SESSIONS", 0)

    for _ in range(200):
        with socket.create_connection(("127.0.0.1", door.port), 10) as turned_away:
            assert turned_away.recv(100).startswith(b"421 4.3.2")

    assert len([line for line in log() if "listener_full" in line]) == 1


def test_without_files_it_rests_and_takes_who_waits_then(
    door: Door, monkeypatch: pytest.MonkeyPatch, log: Callable[[], list[str]]
) -> None:
    monkeypatch.setattr(listener, "SMTP_REST_SECONDS", 0.02)
    accepts = []
    rest = listener._Acceptor._rest
    monkeypatch.setattr(listener._Acceptor, "_rest", lambda self, fault: accepts.append(fault) or rest(self, fault))
    waiting = [socket.socket() for _ in range(5)]
    with ExitStack() as held:
        for each in waiting:
            held.enter_context(each)
        with no_more_files():
            for each in waiting:
                each.connect(("127.0.0.1", door.port))
            wait_until(lambda: len(accepts) >= 10)
        for each in waiting:
            assert each.recv(100).startswith(b"220 ")

    lines = log()
    assert len([line for line in lines if "not_connected" in line]) == 1
    assert len(lines) == 1, lines
    assert {fault.errno for fault in accepts} == {errno.EMFILE}


# A report on mail


def sent_by(door: Door, account: str) -> int:
    number = door.outbox.enqueue(mail(), by=actor(account), now=NOW).number
    with door.database.writing() as write:
        move(write, number, "sent")
    return number


def hand_in(client: Client, data: bytes) -> str:
    assert client.say("MAIL FROM:<> XREPORT") == "250 2.1.0 Ok"
    assert client.say("DATA").startswith("354")
    return client.say(data.replace(b"\n", b"\r\n") + b".")


def test_a_report_is_noted_and_not_sent(door: Door, client: Client) -> None:
    sent_by(door, "shop")
    client.say("EHLO app.example.org")

    replies = [hand_in(client, each) for each in (report(), report(), VACATION)]

    assert replies == [f"250 2.0.0 Ok: {word}" for word in ("matched", "dropped", "dropped")]
    [entry] = door.entries()
    assert entry.bounced_at


def test_a_report_goes_to_nobody_and_takes_no_value(client: Client) -> None:
    client.say("EHLO app.example.org")

    assert client.say("MAIL FROM:<> XREPORT=yes").startswith("501 5.5.4")
    client.say("MAIL FROM:<> XREPORT")
    assert client.say("RCPT TO:<a@example.org>").startswith("503 5.5.1")


def test_who_logs_in_reports_on_mail_of_theirs_alone(door: Door, client: Client) -> None:
    sent_by(door, "shop (token)")
    client.say("EHLO app.example.org")
    login = base64.b64encode(f"\0any\0{door.token(name='blog')}".encode()).decode()
    assert client.say(f"AUTH PLAIN {login}").startswith("235")

    assert hand_in(client, report()) == "250 2.0.0 Ok: unmatched"


def test_a_report_that_cannot_be_stored_is_to_come_again(door: Door, client: Client) -> None:
    sent_by(door, "shop")
    client.say("EHLO app.example.org")

    with without_journal(door.database):
        reply = hand_in(client, report())

    assert reply.startswith("451 4.3.0")
    assert hand_in(client, report()) == "250 2.0.0 Ok: matched"
