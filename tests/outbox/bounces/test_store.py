"""What is noted of a report, and what of it is only counted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from panel import clock
from panel.diagnosis.bounces.report import Fate
from panel.errors import DatabaseError
from panel.mail.dsn.envid import envid_of
from panel.mail.smtp.protocol import Stage
from panel.outbox.bounces.lately import bounced_since
from panel.outbox.bounces.store import MOST_NOTED_AN_HOUR, Bounces, Taken, Taking
from panel.outbox.delivery.claim import Claim
from panel.outbox.entry import Entry
from panel.outbox.listing.look import totals
from panel.outbox.outbox import Outbox
from panel.outbox.state import Listed, State
from panel.outbox.steering.acts import NotPossible
from panel.storage.database import Database
from tests.outbox.bounces.conftest import Send
from tests.support.actors import actor, without_journal
from tests.support.mail import NOW, TERMS, OneByOne, at, broken, mail, taken
from tests.support.reports import BACK, SAID, VACATION, report, status_of

pytestmark = pytest.mark.both_doors

LATER = NOW + timedelta(minutes=1)
BY = actor("mail", "cli")
TARO = "taro@example.org"


def take(bounces: Bounces, data: bytes, account: str | None = None, *, minutes: float = 1) -> Taken:
    return bounces.take(data, by=BY, now=NOW + timedelta(minutes=minutes), account=account)


def got(outbox: Outbox, number: int) -> Entry:
    entry = outbox.get(number)
    assert entry
    return entry


def test_a_bounce_is_told_beside_the_tries_and_the_message_stays_sent(
    bounces: Bounces, outbox: Outbox, send: Send
) -> None:
    number = send(BACK)

    told = take(bounces, report())

    assert (told.outcome, len(told.noted)) == (Taking.MATCHED, 1)
    entry = got(outbox, number)
    assert (entry.state, entry.cause, entry.bounced_at) == (State.SENT, None, LATER)
    sent, bounced = entry.tried
    assert (sent.outcome, bounced.outcome, bounced.recipient, bounced.at) == ("sent", "bounced", BACK, LATER)
    assert (bounced.cause, bounced.stage, bounced.reply) == ("recipient_unknown", "rcpt", SAID)
    [recipient] = entry.recipients
    assert (recipient.state, recipient.cause, recipient.reply) == ("sent", "recipient_unknown", SAID)
    assert (recipient.bounced_at, recipient.at) == (LATER, entry.ended_at)
    assert entry.attempts == 1


def test_tries_stay_in_their_order_where_the_clock_was_set_back_between_them(
    bounces: Bounces, outbox: Outbox, database: Database, send: Send
) -> None:
    number = send(BACK)
    with database.writing() as write:
        write.run(
            "INSERT INTO attempts (message, number, at, ms, outcome) VALUES (?, 1, ?, 9, 'deferred')",
            (number, clock.stamp(LATER + timedelta(days=1))),
        )
    take(bounces, report())

    assert [each.outcome for each in got(outbox, number).tried] == ["deferred", "sent", "bounced"]


def test_it_is_the_number_that_the_server_was_given_that_counts_first(
    bounces: Bounces, outbox: Outbox, send: Send
) -> None:
    """Of two messages with one Message-ID the ENVID names the older."""
    first, second = send(BACK), send(BACK)
    envid = envid_of(first, "<1@app.example.org>", "app.example.org")

    take(bounces, report(envid=envid))

    assert got(outbox, first).bounced_at
    assert not got(outbox, second).bounced_at


@pytest.mark.parametrize("envid", ["1.00000000@app.example.org", "4711.00000000@x", "QQ314159", "", "0@x"])
def test_without_a_number_of_ours_the_message_id_tells(
    bounces: Bounces, outbox: Outbox, send: Send, envid: str
) -> None:
    send(BACK, number="other")
    number = send(BACK)

    told = take(bounces, report(envid=envid))

    assert [each.message for each in told.noted] == [number]


@pytest.mark.parametrize("name", ["In-Reply-To", "References"])
def test_a_report_without_what_came_back_answers_it(bounces: Bounces, send: Send, name: str) -> None:
    number = send(BACK)
    send(BACK, number="other")

    told = take(bounces, report(returned=False, headers=[f"{name}: <x@y> <1@app.example.org>"]))

    assert [each.message for each in told.noted] == [number]


def test_at_last_the_address_and_the_time_tell(bounces: Bounces, send: Send) -> None:
    number = send(BACK)
    send(TARO, number="other")

    told = take(bounces, report(status_of(original=BACK), message_id="<changed-by-a-service@example.com>"))

    assert [each.message for each in told.noted] == [number]


@pytest.mark.parametrize(
    ("original", "arrived"),
    [
        (None, "Mon, 23 Nov 2026 09:00:05 +0000"),  # the final address alone may be anybody's
        (TARO, "Mon, 23 Nov 2026 09:00:05 +0000"),
        (BACK, "Mon, 23 Nov 2026 11:00:05 +0000"),
        (BACK, "Sun, 22 Nov 2026 09:00:05 +0000"),
    ],
)
def test_another_address_or_time_is_no_message_of_ours(
    bounces: Bounces, send: Send, original: str | None, arrived: str
) -> None:
    send(BACK)

    told = take(bounces, report(status_of(original=original), message_id="<x@y>", arrived=arrived))

    assert told.outcome is Taking.UNMATCHED


def test_two_messages_to_one_address_at_one_time_are_not_guessed_between(bounces: Bounces, send: Send) -> None:
    send(BACK), send(BACK, number="other")

    assert take(bounces, report(status_of(original=BACK), message_id="<x@y>")).outcome is Taking.UNMATCHED


def test_it_counts_for_whom_the_message_went_to_alone(bounces: Bounces, outbox: Outbox, send: Send) -> None:
    number = send(BACK, TARO)

    told = take(bounces, report(status_of("someone@else.example"), status_of(TARO.upper())))

    assert [each.recipient for each in told.noted] == [TARO]
    hanako, taro = got(outbox, number).recipients
    assert (hanako.bounced_at, taro.bounced_at) == (None, LATER)
    assert take(bounces, report(status_of("someone@else.example"))).outcome is Taking.UNMATCHED


def test_who_forwards_has_another_address_by_then(bounces: Bounces, send: Send) -> None:
    send(BACK)

    told = take(bounces, report(status_of("hanako@her-new-place.example")))

    assert [each.recipient for each in told.noted] == [BACK]


def test_who_was_refused_at_once_cannot_bounce(bounces: Bounces, outbox: Outbox, send: Send) -> None:
    number = send(BACK, TARO, hanako="550 5.1.1 No such user")
    before = got(outbox, number)

    told = take(bounces, report(status_of(BACK), status_of(TARO)))

    assert [each.recipient for each in told.noted] == [TARO]
    after = got(outbox, number)
    assert (after.state, after.recipients[0]) == (State.FAILED, before.recipients[0])


def test_mail_that_waits_cannot_bounce(bounces: Bounces, outbox: Outbox) -> None:
    number = outbox.enqueue(mail(BACK), by=actor(), now=NOW).number

    assert take(bounces, report()).outcome is Taking.UNMATCHED
    assert (got(outbox, number).state, got(outbox, number).bounced_at) == (State.QUEUED, None)


def test_the_message_tells_of_the_first_that_came_back(bounces: Bounces, outbox: Outbox, send: Send) -> None:
    number = send(BACK, TARO)

    take(bounces, report(status_of(BACK)), minutes=1)
    take(bounces, report(status_of(TARO)), minutes=2)

    entry = got(outbox, number)
    assert entry.bounced_at == LATER
    assert [each.bounced_at for each in entry.recipients] == [LATER, NOW + timedelta(minutes=2)]


def test_what_may_have_been_sent_can_bounce_while_it_is_sent_again(
    bounces: Bounces, outbox: Outbox, database: Database
) -> None:
    """The connection was lost behind the final dot: it left, and is in the hand of a worker once more."""
    number = outbox.enqueue(mail(BACK), by=actor("shop"), now=NOW).number
    claims = OneByOne(database)
    first = claimed(claims, 0)
    claims.settle(first, broken(first, Stage.DATA, cause="connection_lost", uncertain=True), at(1))
    again = claimed(claims, 3600)

    taken_in = take(bounces, report())
    claims.settle(again, taken(again), at(3601))

    assert [each.recipient for each in taken_in.noted] == [BACK]
    entry = got(outbox, number)
    assert (entry.state, [each.state for each in entry.recipients]) == (State.SENT, ["sent"])
    assert [each.outcome for each in entry.tried if each.recipient] == ["bounced"]


def test_of_what_may_have_been_sent_and_was_given_up_the_refusal_stays(
    bounces: Bounces, outbox: Outbox, send: Send, database: Database
) -> None:
    number = send(BACK, TARO, hanako="550 5.1.1 No such user")
    with database.writing() as write:
        write.run("UPDATE messages SET uncertain = 1 WHERE number = ?", (number,))
    before = got(outbox, number).recipients[0]

    take(bounces, report(status_of(BACK, said="smtp; 552 5.2.2 Mailbox full")))

    assert got(outbox, number).recipients[0] == before


def claimed(claims: OneByOne, seconds: float) -> Claim:
    found = claims.claim("1-a", TERMS, at(seconds))
    assert isinstance(found, Claim), found
    return found


def test_a_bounced_message_is_not_sent_again(bounces: Bounces, outbox: Outbox, send: Send) -> None:
    """A forged report must not have mail go out anew."""
    number = send(BACK)
    take(bounces, report())

    with pytest.raises(NotPossible):
        outbox.retry(number, by=actor(), now=LATER)


def test_a_part_that_failed_goes_again_to_nobody_else(bounces: Bounces, outbox: Outbox, send: Send) -> None:
    number = send(BACK, TARO, taro="550 5.1.1 No such user")
    take(bounces, report())

    outbox.retry(number, by=actor(), now=LATER)

    hanako, taro = got(outbox, number).recipients
    assert (hanako.state, taro.state) == ("sent", "waiting")
    assert hanako.bounced_at


def test_a_report_that_comes_again_is_noted_once(bounces: Bounces, outbox: Outbox, send: Send) -> None:
    number = send(BACK)
    take(bounces, report())

    again = take(bounces, report(), minutes=2)

    assert (again.outcome, again.reason) == (Taking.DROPPED, "repeated")
    assert len(got(outbox, number).tried) == 2
    assert got(outbox, number).bounced_at == LATER


def test_a_delay_is_information_and_no_bounce(bounces: Bounces, outbox: Outbox, database: Database, send: Send) -> None:
    number = send(BACK)

    told = take(bounces, report(status_of(action="delayed", status="4.4.1", said="smtp; 451 4.4.1 Try later")))
    bounced = take(bounces, report(), minutes=2)

    assert [each.fate for each in told.noted] == [Fate.DELAYED]
    assert [each.fate for each in bounced.noted] == [Fate.BOUNCED]
    entry = got(outbox, number)
    assert [each.outcome for each in entry.tried] == ["sent", "delayed", "bounced"]
    assert entry.bounced_at == NOW + timedelta(minutes=2)
    assert bounced_since(database, NOW) == {"recipient_unknown": 1}


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_what_arrived_is_told_without_a_cause(bounces: Bounces, outbox: Outbox, send: Send, action: str) -> None:
    number = send(BACK)

    take(bounces, report(status_of(action=action, status="2.1.5", said="smtp; 250 2.1.5 Delivered")))

    entry = got(outbox, number)
    assert (entry.tried[-1].outcome, entry.tried[-1].cause) == (action, None)
    assert entry.tried[-1].reply == "250 2.1.5 Delivered"
    assert entry.bounced_at is None
    assert entry.recipients[0].reply == got(outbox, number).reply


@pytest.mark.parametrize(
    ("data", "reason"),
    [(VACATION, "automatic"), (b"From: a@example.org\nSubject: Hello\n\nHello.\n", "other"), (b"", "other")],
)
def test_what_is_no_report_is_dropped(
    bounces: Bounces, outbox: Outbox, database: Database, send: Send, data: bytes, reason: str
) -> None:
    number = send(BACK)

    told = take(bounces, data)

    assert (told.outcome, told.reason) == (Taking.DROPPED, reason)
    assert len(got(outbox, number).tried) == 1
    assert totals(database, "bounces") == {"dropped": 1}


def test_so_many_an_hour_and_no_more(bounces: Bounces, outbox: Outbox, database: Database, send: Send) -> None:
    crowd = [f"u{each}@example.org" for each in range(MOST_NOTED_AN_HOUR + 1)]
    send(*crowd)
    send(BACK, number="next")
    of_next = report(message_id="<next@app.example.org>")

    told = take(bounces, report(*map(status_of, crowd)))
    over = take(bounces, of_next)
    late = take(bounces, report(status_of(action="delayed"), message_id="<next@app.example.org>"))
    in_an_hour = take(bounces, of_next, minutes=62)

    assert len(told.noted) == MOST_NOTED_AN_HOUR
    assert (over.outcome, over.reason) == (Taking.DROPPED, "too_many")
    assert (late.outcome, in_an_hour.outcome) == (Taking.MATCHED, Taking.MATCHED)
    assert totals(database, "bounces") == {"matched": 3, "dropped": 1}
    assert totals(database, "bounced") == {"recipient_unknown": MOST_NOTED_AN_HOUR + 1}


def test_of_a_report_on_many_the_rest_is_noted_when_it_comes_again(
    bounces: Bounces, outbox: Outbox, send: Send
) -> None:
    who = [f"u{number}@example.org" for number in range(MOST_NOTED_AN_HOUR + 5)]
    number = send(*who)
    told = report(*map(status_of, who))

    assert len(take(bounces, told).noted) == MOST_NOTED_AN_HOUR
    again = take(bounces, told, minutes=62)

    assert [each.recipient for each in again.noted] == who[-5:]
    assert {each.recipient for each in got(outbox, number).tried if each.recipient} == {*who}


def test_a_sender_reports_on_its_own_mail_alone(bounces: Bounces, outbox: Outbox, send: Send) -> None:
    number = send(BACK, by="shop")

    of_another = take(bounces, report(status_of(original=BACK)), "blog")
    own = take(bounces, report(), "shop")

    assert (of_another.outcome, own.outcome) == (Taking.UNMATCHED, Taking.MATCHED)
    assert got(outbox, number).bounced_at


def test_a_message_that_is_gone_is_not_looked_for(
    bounces: Bounces, outbox: Outbox, database: Database, send: Send
) -> None:
    send(BACK)
    ahead = NOW + timedelta(days=90)
    outbox.purge(bodies_before=ahead, log_before=ahead)

    assert take(bounces, report(status_of(original=BACK))).outcome is Taking.UNMATCHED
    assert totals(database, "bounces") == {"unmatched": 1}


def test_it_is_in_the_audit_by_whom_it_came(bounces: Bounces, database: Database, send: Send) -> None:
    number = send(BACK)

    take(bounces, report())

    [row] = database.rows("SELECT * FROM audit WHERE action = 'bounced'")
    assert (row["account"], row["via"], row["object"]) == ("mail", "cli", f"message/{number}")
    assert row["changed"] == f'{{"recipient":"{BACK}","report":"bounced","cause":"recipient_unknown"}}'


def test_what_cannot_be_audited_is_not_noted(bounces: Bounces, outbox: Outbox, database: Database, send: Send) -> None:
    number = send(BACK)

    with without_journal(database), pytest.raises(DatabaseError):
        take(bounces, report())

    assert (got(outbox, number).bounced_at, len(got(outbox, number).tried)) == (None, 1)


def test_the_list_shows_what_bounced(bounces: Bounces, outbox: Outbox, send: Send) -> None:
    numbers = [send(BACK, number=each) for each in range(5)]
    for each in (1, 3):
        take(bounces, report(message_id=f"<{each}@app.example.org>"))

    first = outbox.list(state=Listed.BOUNCED, limit=1)
    rest = outbox.list(state=Listed.BOUNCED, before=first.older)

    assert outbox.bounced() == 2
    assert [each.number for each in first.entries + rest.entries] == [numbers[3], numbers[1]]
    assert [each.number for each in outbox.list(state=Listed.BOUNCED, q="請求").entries] == [numbers[3], numbers[1]]
    assert [each.number for each in outbox.list(state=Listed.BOUNCED, q=BACK).entries] == [numbers[3], numbers[1]]
    assert len(outbox.list(state=Listed.SENT).entries) == 5


def test_what_a_report_says_is_masked_cut_and_on_one_line(bounces: Bounces, outbox: Outbox, send: Send) -> None:
    number = send(BACK)
    said = "smtp; 550 5.7.1 \x1b[31mpassword=hunter2hunter2 \u202e<script>" + "x" * 3_000

    take(bounces, report(status_of(said=said)))

    reply = got(outbox, number).tried[-1].reply
    assert reply
    assert len(reply) <= 1_000
    assert "hunter2" not in reply
    assert reply.isprintable()
    assert got(outbox, number).without_replies().tried[-1].reply is None
    assert got(outbox, number).without_replies().recipients[0].reply is None
