"""A message sent again as a new one: of its own name, to whom is chosen, noted in both courses, and once."""

from __future__ import annotations

import json

import pytest

from panel.mail.limits import MessageLimits
from panel.mail.message.normalize import normalize
from panel.mail.message.submission import Priority
from panel.outbox.content.held import held_message
from panel.outbox.content.resend import CannotResend, resend
from panel.outbox.enqueue import KeyReused
from panel.outbox.outbox import Outbox
from panel.outbox.state import State
from panel.settings.model import FromNameRule, Settings
from panel.storage.database import Database
from tests.outbox.content.test_remains import send, with_files
from tests.support.actors import actor
from tests.support.mail import NOW, mail

TWO = ("hanako@example.org", "taro@example.org")
BY = actor("sato")
OWN_NAME = Settings(from_address="report@example.org", from_name_rule=FromNameRule.SUBMITTED)


def refused_by_taro(database: Database) -> int:
    return send(database, with_files(*TWO), taro="550 5.1.1 No")


def test_it_goes_to_those_who_have_not_got_it_under_a_name_of_its_own(database: Database) -> None:
    number = refused_by_taro(database)

    ticket = resend(database, number, host="example.org", by=BY, now=NOW)

    old, new = (Outbox(database).get(each) for each in (number, ticket.number))
    assert old is not None
    assert new is not None
    assert old.state is State.FAILED
    assert (new.state, new.subject) == (State.QUEUED, old.subject)
    assert [each.address for each in new.recipients] == ["taro@example.org"]
    assert new.message_id == ticket.message_id != old.message_id
    before, after = (held_message(database, each) for each in (number, ticket.number))
    assert before is not None
    assert after is not None
    assert before.message is not None
    assert after.message is not None
    assert after.message.startswith(f"Message-ID: {ticket.message_id}\r\nDate: Mon, 23 Nov 2026 09:00:00 ".encode())
    assert after.message.count(b"Message-ID:") == after.message.count(b"Date:") == 1
    assert after.message.partition(b"Subject:")[2] == before.message.partition(b"Subject:")[2]


def test_who_has_it_gets_it_again_if_chosen(database: Database) -> None:
    ticket = resend(database, refused_by_taro(database), to=TWO[:1], host="example.org", by=BY, now=NOW)

    new = Outbox(database).get(ticket.number)
    assert new is not None
    assert [each.address for each in new.recipients] == ["hanako@example.org"]


def test_it_is_told_in_both_courses(database: Database) -> None:
    number = refused_by_taro(database)

    ticket = resend(database, number, host="example.org", by=BY, now=NOW)

    rows = database.rows("SELECT object, changed, account FROM audit WHERE action = 'message_resent' ORDER BY number")
    told = {row["object"]: json.loads(row["changed"]) for row in rows}
    assert told[f"message/{number}"] == {"sent_as": ticket.number, "recipient": "taro@example.org"}
    assert told[f"message/{ticket.number}"] == {"copy_of": number}
    assert {row["account"] for row in rows} == {"sato"}


def test_a_second_click_sends_nothing_more(database: Database) -> None:
    number = refused_by_taro(database)

    first = resend(database, number, host="example.org", by=BY, key="k", now=NOW)
    second = resend(database, number, host="example.org", by=BY, key="k", now=NOW)

    assert second == first._replace(repeated=True)
    [row] = database.rows("SELECT count(*) AS number FROM audit WHERE action = 'message_resent'")
    assert row["number"] == 2
    with pytest.raises(KeyReused):
        resend(database, number, to=TWO, host="example.org", by=BY, key="k", now=NOW)


@pytest.mark.parametrize("to", [(), ("mallory@example.net",), ("taro@example.org", "mallory@example.net")])
def test_nobody_else_is_sent_it(database: Database, to: tuple[str, ...]) -> None:
    number = refused_by_taro(database)

    with pytest.raises(CannotResend, match="Choose"):
        resend(database, number, to=to, host="example.org", by=BY, now=NOW)

    assert Outbox(database).get(number + 1) is None


def test_without_its_text_nothing_is_sent(database: Database) -> None:
    number = send(database, mail())

    with pytest.raises(CannotResend, match="not there any more"):
        resend(database, number, to=["hanako@example.org"], host="example.org", by=BY, now=NOW)
    with pytest.raises(CannotResend):
        resend(database, 99, host="example.org", by=BY, now=NOW)


def test_priority_and_text_are_those_of_before(database: Database) -> None:
    number = send(database, mail(priority=Priority.HIGH), keep=True)

    ticket = resend(database, number, to=["hanako@example.org"], host="example.org", by=BY, now=NOW)

    new, kept = Outbox(database).get(ticket.number), held_message(database, ticket.number)
    assert new is not None
    assert new.priority is Priority.HIGH
    assert kept is not None
    assert kept.message is not None
    assert kept.message.endswith(b"\r\n\r\n1\r\n")


def test_the_name_that_the_application_gave_goes_along(database: Database) -> None:
    named = normalize(b"From: Shop <shop@example.org>\n\nHi\n", rcpt_to=TWO, now=NOW, host="example.org")
    number = Outbox(database).enqueue(named, by=BY, now=NOW).number
    Outbox(database).cancel(number, by=BY, now=NOW)

    ticket = resend(database, number, host="example.org", by=BY, now=NOW)

    again = held_message(database, ticket.number)
    assert again is not None
    shown = {each.name: each.text for each in again.fields(OWN_NAME)}
    assert shown["From"] == '"Shop" <report@example.org>'


def test_what_the_settings_take_no_more_is_not_sent_again(database: Database) -> None:
    number = Outbox(database).enqueue(mail(*TWO, lines=2_000), by=BY, now=NOW).number
    Outbox(database).cancel(number, by=BY, now=NOW)

    with pytest.raises(CannotResend, match="larger than 64 KiB"):
        resend(database, number, host="example.org", by=BY, now=NOW, limits=MessageLimits(64 * 1024))
    with pytest.raises(CannotResend, match="at most 1 recipients"):
        resend(database, number, host="example.org", by=BY, now=NOW, limits=MessageLimits(max_recipients=1))
    assert resend(
        database, number, to=TWO[:1], host="example.org", by=BY, now=NOW, limits=MessageLimits(max_recipients=1)
    )
