"""Alert mail over a real server with TLS: answered by nobody, one conversation an incident, past the outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from panel.alerts.delivery.deliverer import Deliverer
from panel.alerts.delivery.mail import MailRoute, alert_envelope
from panel.alerts.delivery.requests import Dispatch
from panel.alerts.destination import Destination
from panel.alerts.destinations import DestinationStore
from panel.alerts.notice import NoticeType
from panel.mail.net.policy import Policy
from panel.mail.smtp.protocol import Security
from panel.mail.smtp.server import Password, Server
from panel.outbox.listing.look import totals
from panel.storage import vault
from panel.storage.database import Database
from panel.storage.vault import Vault
from tests.support.actors import actor
from tests.support.alerts import NOW, incident, notice, tell
from tests.support.scripted import ScriptedServer, greets, hears, hears_message, says, takes
from tests.support.servers import PASSWORD, USER, Authority, Loop, SmtpServer

BY = actor("hanako")
LATER = timedelta(hours=2)


@pytest.fixture
def keys() -> Vault:
    return Vault([vault.new_key()])


@pytest.fixture
def store(database: Database, keys: Vault) -> DestinationStore:
    return DestinationStore(database, keys)


@pytest.fixture
def server(loop: Loop, authority: Authority) -> SmtpServer:
    """A server of their own for alerts: STARTTLS, and a login over it."""
    return SmtpServer().start(loop, authority=authority)


@pytest.fixture
def values(server: SmtpServer, authority: Authority) -> dict[str, str]:
    return {
        "recipients": "ops@example.net, night@example.net",
        "host": "localhost",
        "port": str(server.port),
        "user": USER,
        "password": PASSWORD,
        "from": "alerts@example.org",
        "ca_certificate": authority.pem,
        "details": "yes",
    }


@pytest.fixture
def deliver(database: Database, keys: Vault) -> Iterator[Callable[[datetime], None]]:
    deliverer = Deliverer(database, keys, Policy())

    def until_over(at: datetime) -> None:
        deliverer.deliver_due(at)
        assert deliverer.wait(60)

    yield until_over
    deliverer.stop()


def read(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=default)


def test_it_leaves_by_its_own_server_and_nobody_answers_it(
    database: Database, store: DestinationStore, deliver: Any, server: SmtpServer, values: dict[str, str]
) -> None:
    store.add("mail", values, BY, NOW)
    tell(database, incident(facts={"waiting": 41, "reply": "535 5.7.8 No such login"}))

    deliver(NOW)

    (arrived,) = server.messages
    mail = read(arrived.raw)
    assert (arrived.mail_from, arrived.rcpt_to) == ("<>", ("ops@example.net", "night@example.net"))
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert mail["Subject"].startswith("panel.example: ")
    assert mail.get_content_type() == "text/plain"
    text = mail.get_content()
    assert "535 5.7.8 No such login" in text
    assert "https://panel.example/" in text
    assert "AUTH" in " ".join(server.commands)
    assert totals(database, "messages")["queued"] == 0
    assert database.row("SELECT count(*) FROM attempts")[0] == 0


def test_all_of_one_incident_are_one_conversation(
    database: Database, store: DestinationStore, deliver: Any, server: SmtpServer, values: dict[str, str]
) -> None:
    store.add("mail", values, BY, NOW)
    for type, at in (
        (NoticeType.FIRING, NOW),
        (NoticeType.FIRING, NOW + LATER),
        (NoticeType.RESOLVED, NOW + 2 * LATER),
    ):
        tell(database, type=type, now=at)
        deliver(at)
    tell(database, incident(92), now=NOW + 3 * LATER)
    deliver(NOW + 3 * LATER)

    first, again, over, other = (read(each.raw) for each in server.messages)
    assert first["References"] is None
    assert again["References"] == over["References"] == first["Message-ID"]
    assert len({each["Message-ID"] for each in (first, again, over, other)}) == 4
    assert other["References"] is None


def test_a_mail_that_is_tried_again_has_the_same_name(
    database: Database, store: DestinationStore, deliver: Any, server: SmtpServer, values: dict[str, str]
) -> None:
    store.add("mail", values, BY, NOW)
    tell(database)
    tell(database, type=NoticeType.RESOLVED)
    server.replies["."] = "451 4.3.0 Later"
    deliver(NOW)
    del server.replies["."]
    deliver(NOW + timedelta(seconds=10))

    assert server.commands.count("DATA") == 3
    first, over = (read(each.raw) for each in server.messages)
    assert first["Message-ID"].startswith("<inc_91.")
    assert over["References"] == first["Message-ID"]
    row = database.row("SELECT outcome, tries, status FROM notices ORDER BY number")
    assert tuple(row) == ("delivered", 2, "250")


@pytest.mark.parametrize("first", [True, False])
def test_a_name_depends_on_no_try(first: bool, values: dict[str, str]) -> None:
    destination = Destination(1, 1, "mail", "h", {"recipients": values["recipients"]}, {})
    dispatch = Dispatch(notice(), "{}", "msg_1", first=first)
    made = [
        read(alert_envelope(destination, dispatch, NOW + pause, "alerts@example.org").message)["Message-ID"]
        for pause in (timedelta(0), LATER)
    ]

    assert made[0] == made[1]


def test_it_is_tried_for_ten_minutes(
    database: Database, store: DestinationStore, deliver: Any, server: SmtpServer, values: dict[str, str]
) -> None:
    store.add("mail", {**values, "password": "wrong"}, BY, NOW)
    tell(database)
    for seconds in (0, 5, 60, 300, 600, 1_200, 7_200):
        deliver(NOW + timedelta(seconds=seconds + 1))

    row = database.row("SELECT outcome, tries, status FROM notices")
    assert (row["outcome"], row["tries"]) == ("failed", 5)
    assert row["status"].startswith("535 ")
    assert "wrong" not in row["status"]
    assert server.messages == []


def test_one_recipient_that_is_refused_does_not_keep_the_others_from_hearing(
    database: Database, store: DestinationStore, deliver: Any, loop: Loop, authority: Authority, values: dict[str, str]
) -> None:
    script = [
        *greets(),
        *takes("MAIL"),
        *takes("RCPT", "550 5.1.1 No such user"),
        *takes("RCPT"),
        hears("DATA"),
        says("354 Go ahead"),
        hears_message,
        says("250 2.0.0 Ok"),
    ]
    with ScriptedServer(*script) as server:
        plain = {name: values[name] for name in ("recipients", "host", "from")}
        store.add("mail", {**plain, "port": str(server.port), "tls": "no"}, BY, NOW)
        tell(database)
        deliver(NOW)

    assert database.row("SELECT outcome FROM notices")["outcome"] == "delivered"


def test_it_leaves_by_the_second_server_of_the_settings(
    database: Database, keys: Vault, store: DestinationStore, server: SmtpServer, authority: Authority
) -> None:
    with database.writing() as write:
        write.run(
            "INSERT INTO destinations (kind, host, document, made_at, made_by) VALUES ('mail', 'second', ?, '', '')",
            ('{"recipients": "ops@example.net", "server": "second"}',),
        )
    login = Password(USER, PASSWORD)
    second = Server("localhost", server.port, Security.STARTTLS, login=login, ca_certificate=authority.pem)
    by_second = Deliverer(database, keys, Policy(), second=lambda: MailRoute(second, "report@example.org"))
    by_none = Deliverer(database, keys, Policy())

    assert by_none.test(1, BY, NOW).status == "no_second_server"
    assert by_second.test(1, BY, NOW).told
    assert read(server.messages[0].raw)["From"].addresses[0].addr_spec == "report@example.org"
