"""What the listener answers to each command, and in which order it takes them."""

from __future__ import annotations

import base64
import smtplib

import pytest

from panel import clock
from panel.access.rights import Scope
from panel.access.tokens import Tokens
from panel.mail.limits import MAX_BYTES, MAX_RECIPIENTS
from panel.outbox.entry import entry_to_json
from tests.support.actors import actor
from tests.support.handing_in import HOST, Client, Door


def plain(token: str, user: str = "shop") -> str:
    return base64.b64encode(f"\0{user}\0{token}".encode()).decode()


def test_what_is_offered(client: Client) -> None:
    assert client.greeting == f"220 {HOST} ESMTP mail-panel"
    assert client.say("EHLO app.example.org").splitlines() == [
        f"250-{HOST}",
        f"250-SIZE {MAX_BYTES}",
        "250-8BITMIME",
        "250-SMTPUTF8",
        "250-PIPELINING",
        "250-ENHANCEDSTATUSCODES",
        "250-AUTH PLAIN LOGIN",
        "250-XKEY",
        "250 XREPORT",
    ]
    assert client.say("HELO app.example.org") == f"250 {HOST}"


@pytest.mark.parametrize(
    "line",
    [
        "MAIL FROM:<>",
        "MAIL FROM: <a@example.org>",
        "mail from:<no address at all>",
        "MAIL FROM:<@relay.example.org:a@example.org>",
        "MAIL FROM:a@example.org",
        "MAIL FROM:<a@example.org> SIZE=1000 BODY=8BITMIME SMTPUTF8 AUTH=<>",
        "MAIL FROM:<a@example.org> body=7bit",
        "MAIL FROM:<a@example.org> RET=full ENVID=QQ+2B314159",
    ],
)
def test_any_sender_is_taken_for_mail_leaves_from_the_accounts(client: Client, line: str) -> None:
    client.say("EHLO app")

    assert client.say(line) == "250 2.1.0 Ok"


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("MAIL", "501 5.5.4"),
        ("MAIL TO:<a@example.org>", "501 5.5.4"),
        ("MAIL FROM:<a@example.org", "501 5.5.4"),
        (f"MAIL FROM:<a@example.org> SIZE={MAX_BYTES + 1}", "552 5.3.4"),
        ("MAIL FROM:<a@example.org> SIZE=much", "501 5.5.4"),
        ("MAIL FROM:<a@example.org> BODY=BINARYMIME", "501 5.5.4"),
        ("MAIL FROM:<a@example.org> SMTPUTF8=yes", "501 5.5.4"),
        ("MAIL FROM:<a@example.org> RET=ALL", "501 5.5.4"),
        ("MAIL FROM:<a@example.org> RET", "501 5.5.4"),
        ("MAIL FROM:<a@example.org> ENVID=", "501 5.5.4"),
        ("MAIL FROM:<a@example.org> ENVID=a+b", "501 5.5.4"),
        (f"MAIL FROM:<a@example.org> ENVID={'a' * 101}", "501 5.5.4"),
        ("MAIL FROM:<a@example.org> MT-PRIORITY=3", "555 5.5.4"),
    ],
)
def test_a_sender_that_cannot_be_understood(client: Client, line: str, reply: str) -> None:
    client.say("EHLO app")

    assert client.say(line).startswith(reply)
    assert client.say("MAIL FROM:<a@example.org>").startswith("250")


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("RCPT TO:<hanako@example.org>", "250 2.1.5"),
        ("RCPT TO:<@relay.example.org:hanako@example.org>", "250 2.1.5"),
        ("RCPT TO:hanako@example.org", "250 2.1.5"),
        ("RCPT TO:<hanako>", "553 5.1.3 'hanako' is a local name"),
        ("RCPT TO:root", "553 5.1.3 'root' is a local name"),
        ("RCPT TO:<root@localhost>", "250 2.1.5"),
        ("RCPT TO:<>", "553 5.1.3 That is no mail address"),
        ("RCPT TO:<hanako@example.org,eve@example.org>", "553 5.1.3"),
        ('RCPT TO:<"a b"@example.org>', "553 5.1.3"),
        ("RCPT TO:<hanako@例え.jp>", "553 5.6.7"),
        ("RCPT TO:<hanako@example.org> NOTIFY=NEVER", "250 2.1.5"),
        ("RCPT TO:<hanako@example.org> notify=success,failure ORCPT=rfc822;a+2Bb@example.org", "250 2.1.5"),
        ("RCPT TO:<hanako@example.org> NOTIFY=NEVER,DELAY", "501 5.5.4"),
        ("RCPT TO:<hanako@example.org> NOTIFY", "501 5.5.4"),
        ("RCPT TO:<hanako@example.org> ORCPT=hanako@example.org", "501 5.5.4"),
        ("RCPT TO:<hanako@example.org> RRVS=2026-11-27T00:00:00Z", "555 5.5.4"),
        ("RCPT FROM:<hanako@example.org>", "501 5.5.4"),
    ],
)
def test_a_recipient_is_judged_at_once(client: Client, line: str, reply: str) -> None:
    client.say("EHLO app")
    client.say("MAIL FROM:<>")

    assert client.say(line).startswith(reply)


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("RCPT TO:<hanako@例え.jp>".encode(), "250 2.1.5"),
        ("RCPT TO:<花子@example.org>".encode(), "250 2.1.5"),
        (b"RCPT TO:<\xff\xfe@example.org>", "553 5.1.3"),
        ("RCPT TO:<花子>".encode(), "553 5.1.3 '\\u82b1\\u5b50' is a local name"),
        (b"RCPT TO:<hanako@\xff.jp>", "553 5.1.3"),
    ],
)
def test_addresses_beyond_ascii_with_smtputf8(client: Client, line: bytes, reply: str) -> None:
    client.say("EHLO app")
    client.say("MAIL FROM:<> SMTPUTF8")

    assert client.say(line).startswith(reply)


def test_the_thousand_and_first_recipient_is_for_another_message(client: Client) -> None:
    client.say("EHLO app")
    client.say("MAIL FROM:<>")
    client.send(b"".join(b"RCPT TO:<a%d@example.org>\r\n" % number for number in range(MAX_RECIPIENTS + 1)))

    replies = [client.hear()[:9] for _ in range(MAX_RECIPIENTS + 1)]

    assert replies == ["250 2.1.5"] * MAX_RECIPIENTS + ["452 4.5.3"]


# Order


def test_commands_out_of_order(client: Client) -> None:
    assert client.say("MAIL FROM:<>").startswith("503 5.5.1")
    assert client.say("EHLO").startswith("501 5.5.4")
    client.say("EHLO app")
    assert client.say("RCPT TO:<a@example.org>").startswith("503 5.5.1")
    assert client.say("DATA").startswith("503 5.5.1")
    client.say("MAIL FROM:<>")
    assert client.say("MAIL FROM:<>").startswith("503 5.5.1")
    assert client.say("DATA").startswith("554 5.5.1")
    client.say("RCPT TO:<a@example.org>")
    assert client.say("DATA now").startswith("501 5.5.4")
    assert client.say("RSET").startswith("250 2.0.0")
    assert client.say("DATA").startswith("503 5.5.1")


def test_commands_that_do_little(client: Client) -> None:
    assert client.say("NOOP").startswith("250 2.0.0")
    assert client.say("VRFY hanako").startswith("252 2.5.2")
    assert client.say("EXPN staff").startswith("502 5.5.1")
    assert client.say("HELP").startswith("214 2.0.0")
    assert client.say("STARTTLS").startswith("454 4.7.0")


def test_a_second_message_of_a_session_knows_nothing_of_the_first(door: Door, client: Client) -> None:
    client.begin("a@example.org").say(b"\r\n1\r\n.")
    client.begin("b@example.org").say(b"\r\n2\r\n.")

    assert [[each.address for each in entry.recipients] for entry in door.entries()] == [
        ["a@example.org"],
        ["b@example.org"],
    ]


@pytest.mark.parametrize(
    ("recipients", "notify"),
    [
        (["a@example.org> NOTIFY=NEVER"], ["never"]),
        (["a@example.org> NOTIFY=DELAY,FAILURE", "b@example.org> NOTIFY=SUCCESS"], ["failure", "delay", "success"]),
        (["a@example.org> NOTIFY=NEVER", "b@example.org>"], ["failure", "delay"]),
        (["a@example.org>"], ["failure", "delay"]),
    ],
)
def test_a_client_that_says_so_has_reports_asked_for(
    door: Door, client: Client, recipients: list[str], notify: list[str]
) -> None:
    client.say("EHLO app")
    client.say("MAIL FROM:<>")
    for each in recipients:
        assert client.say(f"RCPT TO:<{each}").startswith("250")
    client.say("DATA")
    client.say(b"\r\nHi\r\n.")

    [entry] = door.entries()
    assert entry_to_json(entry)["notify"] == notify


def test_reports_are_not_offered_for_they_go_to_the_bounce_address_alone(client: Client) -> None:
    offered = client.say("EHLO app")

    assert "250-PIPELINING" in offered
    assert "DSN" not in offered


# Tokens


def test_mail_with_a_token_is_its_accounts(door: Door, client: Client) -> None:
    client.say("EHLO app")

    assert client.say(f"AUTH PLAIN {plain(door.token())}").startswith("235 2.7.0")
    client.begin().say(b"\r\nHi\r\n.")
    assert [entry.account for entry in door.entries()] == ["shop (token)"]


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_smtplib_logs_in_with_a_token(guarded: Door, mechanism: str) -> None:
    with smtplib.SMTP("127.0.0.1", guarded.port) as smtp:
        smtp.ehlo()
        smtp.user, smtp.password = "whoever", guarded.token()
        smtp.auth(mechanism, getattr(smtp, f"auth_{mechanism.lower()}"))
        smtp.sendmail("a@example.org", ["b@example.org"], b"\r\nHi\r\n")

    assert [entry.account for entry in guarded.entries()] == ["shop (token)"]


def test_the_answer_of_plain_is_no_password_of_login(door: Door, client: Client) -> None:
    client.say("EHLO app")

    assert client.say("AUTH LOGIN dQ==").startswith("334 ")
    assert client.say(plain(door.token())).startswith("535 5.7.8")


def test_a_login_that_is_broken_off(client: Client) -> None:
    client.say("EHLO app")

    assert client.say("AUTH PLAIN") == "334"
    assert client.say("*").startswith("501 5.7.0")
    assert client.say("NOOP").startswith("250")


def test_where_a_token_is_wanted_nothing_is_taken_without(guarded: Door) -> None:
    with guarded.client() as client:
        client.say("EHLO app")
        assert client.say("MAIL FROM:<>").startswith("530 5.7.0")
        assert client.say("auth plain " + plain(guarded.token())).startswith("235")
        assert client.say("MAIL FROM:<>").startswith("250")


def test_a_wrong_token_is_refused_and_the_fourth_try_ends_the_session(door: Door, client: Client) -> None:
    wrong = [plain("mp_00000000_nothing"), plain(door.token(Scope.READ)), plain("")]
    client.say("EHLO app")

    assert [client.say(f"AUTH PLAIN {each}")[:9] for each in wrong] == ["535 5.7.8"] * 3
    assert client.say(f"AUTH PLAIN {plain(door.token(name='other'))}").startswith("421 4.7.0")
    assert client.hear() == ""


def test_a_token_that_is_revoked_ends_within_the_session(door: Door, client: Client) -> None:
    token = door.token()
    client.say("EHLO app")
    client.say(f"AUTH PLAIN {plain(token)}")
    Tokens(door.database).revoke(token, by=actor(), now=clock.now())

    assert client.say("MAIL FROM:<>").startswith("530 5.7.0")


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("AUTH", "501 5.5.4"),
        ("AUTH CRAM-MD5", "504 5.5.4"),
        ("AUTH PLAIN !", "501 5.5.2"),
        ("AUTH PLAIN YQ==", "501 5.5.2"),
    ],
)
def test_a_login_that_cannot_be_understood(client: Client, line: str, reply: str) -> None:
    client.say("EHLO app")

    assert client.say(line).startswith(reply)
