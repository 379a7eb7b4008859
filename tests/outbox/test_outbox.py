"""The outbox as the doors see it: what goes in is on disk, can be found, retried and cancelled."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.errors import OutboxFull
from panel.mail.message.submission import Priority
from panel.outbox.delivery.claim import Claim
from panel.outbox.enqueue import IN_ROW, KeyReused
from panel.outbox.listing import look as search
from panel.outbox.listing.filters import BEYOND
from panel.outbox.outbox import PASSED_BY, Outbox
from panel.outbox.search import _AHEAD, _each
from panel.outbox.state import URGENCY, State
from panel.outbox.steering.acts import UNDO_MINUTES, NotPossible
from panel.storage.database import Database
from panel.storage.opening import open_database
from tests.support.actors import actor
from tests.support.mail import NOW, TERMS, OneByOne, at, mail, taken
from tests.support.rows import bodies, move

TEN_MINUTES = timedelta(minutes=UNDO_MINUTES)


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


def enqueue(outbox: Outbox, *rcpt_to: str, subject: str = "請求書", number: int = 1) -> int:
    return outbox.enqueue(mail(*rcpt_to, subject=subject, number=number), by=actor(), now=NOW).number


def end(database: Database, number: int, state: State, *, recipients: str = "failed") -> None:
    """Leave a message as a worker would."""
    with database.writing() as write:
        move(write, number, state, recipients_are=recipients)


def test_a_message_is_there_for_another_process(outbox: Outbox, database: Database) -> None:
    ticket = outbox.enqueue(mail("hanako@example.org", "taro@example.org"), by=actor("shop", "http"), now=NOW)

    entry = Outbox(open_database(database.path)).get(ticket.number)

    assert entry
    assert (entry.state, entry.door, entry.account, entry.queued_at) == (State.QUEUED, "http", "shop", NOW)
    assert [each.address for each in entry.recipients] == ["hanako@example.org", "taro@example.org"]
    assert entry.message_id == ticket.message_id


def test_a_recipient_who_is_named_twice_gets_it_once(outbox: Outbox) -> None:
    number = enqueue(outbox, "hanako@example.org", "hanako@example.org")

    assert len(outbox.get(number).recipients) == 1


def test_a_known_key_gives_the_first_ticket_again(outbox: Outbox) -> None:
    first = outbox.enqueue(mail(number=1), by=actor("shop", "http"), key="order-7", now=NOW)

    again = outbox.enqueue(mail(number=2), by=actor("shop", "http"), key="order-7", now=NOW)

    assert (again.number, again.message_id, again.repeated) == (first.number, "<1@app.example.org>", True)
    assert outbox.counts().by_state[State.QUEUED] == 1


def test_a_key_belongs_to_one_request(outbox: Outbox) -> None:
    outbox.enqueue(mail(number=1), by=actor("shop", "http"), key="order-7", digest=b"one", now=NOW)

    again = outbox.enqueue(mail(number=1), by=actor("shop", "http"), key="order-7", digest=b"one", now=NOW)
    with pytest.raises(KeyReused):
        outbox.enqueue(mail(number=2), by=actor("shop", "http"), key="order-7", digest=b"other", now=NOW)

    assert again.repeated
    assert outbox.counts().waiting == 1


def test_a_key_is_on_disk_with_its_message(outbox: Outbox, database: Database) -> None:
    first = outbox.enqueue(mail(number=1), by=actor("shop", "http"), key="order-7", digest=b"one", now=NOW)

    other = Outbox(open_database(database.path))  # as after a crash
    again = other.enqueue(mail(number=1), by=actor("shop", "http"), key="order-7", digest=b"one", now=NOW)

    assert (again.number, again.repeated) == (first.number, True)


def test_a_number_that_no_file_can_hold_is_no_message(outbox: Outbox) -> None:
    enqueue(outbox)

    assert outbox.get(2**70) is None
    assert len(outbox.list(before=2**70).entries) == 1


def test_what_is_ahead_is_what_leaves_before(outbox: Outbox) -> None:
    for number in range(3):
        enqueue(outbox, number=number)
    urgent = outbox.enqueue(mail()._replace(priority=Priority.HIGH), by=actor(), now=NOW).number

    assert outbox.ahead(outbox.list().entries) == {urgent: 0, 1: 1, 2: 2, 3: 3}


@given(st.lists(st.tuples(st.sampled_from(Priority), st.integers(0, 3)), min_size=1, max_size=8), st.data())
def test_places_are_the_order_in_which_messages_leave(given: list[tuple[Priority, int]], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(Path(folder) / "panel.db")
        database.prepare()
        outbox = Outbox(database)
        for priority, seconds in given:
            outbox.enqueue(mail()._replace(priority=priority), by=actor(), now=NOW + timedelta(seconds=seconds))
        entries = outbox.list().entries
        order = sorted(entries, key=lambda each: (URGENCY.index(each.priority), each.due_at, each.number))
        asked = data.draw(st.lists(st.sampled_from(entries), unique=True, min_size=1))

        found = outbox.ahead(asked)

    assert found == {each.number: order.index(each) for each in asked}


@pytest.mark.data_file("SQLite says how it reads")
def test_a_place_is_counted_in_its_index_alone_and_once(outbox: Outbox) -> None:
    span = (1, 1, "", 0, BEYOND, "~", 0)

    plan = outbox._database.rows(f"EXPLAIN QUERY PLAN {_AHEAD.format(spans=_each([span]))}", span)

    used = [row["detail"].partition(" USING ")[2] for row in plan if "messages" in row["detail"]]
    assert used == [
        "INDEX messages_waiting (state=? AND urgency=? AND due_at=? AND number>? AND number<?)",
        "INDEX messages_waiting (state=? AND urgency=? AND due_at>? AND due_at<?)",
        "INDEX messages_waiting (state=? AND urgency=? AND due_at=? AND number<?)",
        "INTEGER PRIMARY KEY (rowid>?)",  # of the new ones, once
    ]


def test_nothing_is_ahead_of_no_message(outbox: Outbox) -> None:
    assert outbox.ahead([]) == {}


def test_another_account_may_use_the_same_key(outbox: Outbox) -> None:
    first = outbox.enqueue(mail(), by=actor("shop", "http"), key="order-7", now=NOW)
    other = outbox.enqueue(mail(), by=actor("forum", "http"), key="order-7", now=NOW)

    assert first.number != other.number


def test_a_full_outbox_refuses_and_keeps_nothing(database: Database) -> None:
    outbox = Outbox(database, most=2)
    enqueue(outbox)

    with pytest.raises(OutboxFull):
        outbox.enqueue_all([mail(), mail()], by=actor(), now=NOW)

    assert outbox.counts().waiting == 1


def test_a_failed_message_is_queued_again_with_its_attempts_forgiven(outbox: Outbox, database: Database) -> None:
    number = enqueue(outbox)
    end(database, number, State.FAILED)

    entry = outbox.retry(number, by=actor(), now=NOW + timedelta(hours=1))

    assert (entry.state, entry.attempts, entry.ended_at) == (State.QUEUED, 0, None)
    assert entry.recipients[0].state == "waiting"


def test_who_has_got_it_does_not_get_it_again(outbox: Outbox, database: Database) -> None:
    number = enqueue(outbox)
    end(database, number, State.SENT, recipients="sent")

    with pytest.raises(NotPossible):
        outbox.retry(number, by=actor(), now=NOW)


def test_a_wrong_recipient_is_corrected(outbox: Outbox, database: Database) -> None:
    number = enqueue(outbox, "hanko@example.org")
    end(database, number, State.FAILED)

    entry = outbox.retry(number, by=actor(), now=NOW, recipient="hanako@example.org")

    assert entry.recipients[0].address == "hanako@example.org"


def test_a_recipient_among_several_is_not_guessed(outbox: Outbox, database: Database) -> None:
    number = enqueue(outbox, "a@example.org", "b@example.org")
    end(database, number, State.FAILED)

    with pytest.raises(NotPossible):
        outbox.retry(number, by=actor(), now=NOW, recipient="c@example.org")

    assert outbox.get(number).state is State.FAILED


def test_all_failed_messages_are_queued_again(outbox: Outbox, database: Database) -> None:
    for number in (enqueue(outbox), enqueue(outbox)):
        end(database, number, State.FAILED)
    enqueue(outbox)

    assert outbox.retry_failed(by=actor(), now=NOW) == 2
    assert outbox.counts().by_state[State.QUEUED] == 3


def test_a_cancelled_message_keeps_its_row_and_loses_its_text_in_time(outbox: Outbox, database: Database) -> None:
    number = enqueue(outbox)

    assert outbox.cancel(number, by=actor(), now=NOW).state is State.CANCELLED
    with pytest.raises(NotPossible):
        outbox.cancel(number, by=actor(), now=NOW)

    assert outbox.erase_cancelled(now=NOW + TEN_MINUTES - timedelta(seconds=1)) == 0
    assert bodies(database)
    assert outbox.erase_cancelled(now=NOW + TEN_MINUTES) == 1
    assert bodies(database) == {}
    assert outbox.get(number).undo_until is None


def test_a_large_text_is_erased_with_the_others_and_nothing_else(outbox: Outbox, database: Database) -> None:
    cancelled = [enqueue(outbox) for _ in range(60)]
    large = outbox.enqueue(mail(lines=2_000), by=actor(), now=NOW).number
    waiting = enqueue(outbox)
    for number in (*cancelled, large):
        outbox.cancel(number, by=actor(), now=NOW)

    assert outbox.erase_cancelled(now=NOW + TEN_MINUTES) == 61

    assert [*bodies(database)] == [waiting]


def test_the_log_keeps_what_can_still_be_brought_back(outbox: Outbox) -> None:
    number = enqueue(outbox)
    outbox.cancel(number, by=actor(), now=NOW)

    outbox.purge(bodies_before=NOW, log_before=NOW + timedelta(minutes=1))
    assert outbox.get(number)
    outbox.purge(bodies_before=NOW, log_before=NOW + timedelta(hours=1))

    assert outbox.get(number) is None


def test_many_are_retried_cancelled_and_seen_and_the_others_are_left(outbox: Outbox, database: Database) -> None:
    failed, waiting, sent = enqueue(outbox), enqueue(outbox), enqueue(outbox)
    end(database, failed, State.FAILED)
    end(database, sent, State.SENT, recipients="sent")
    given = [failed, waiting, sent, 99]

    assert outbox.see_many(given, by=actor(), now=NOW) == [failed]
    assert outbox.see_many(given, by=actor(), now=NOW) == []
    assert outbox.cancel_many(given, by=actor(), now=NOW) == [waiting]
    assert outbox.retry_many(given, by=actor(), now=NOW) == [failed]
    assert outbox.undo_many(given, by=actor(), now=NOW) == [failed, waiting]


def test_all_failures_are_seen_however_many(
    outbox: Outbox, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panel.outbox.outbox.SEEN_AT_ONCE", 2)
    for number in [enqueue(outbox) for _ in range(5)]:
        end(database, number, State.FAILED)
    enqueue(outbox)

    assert outbox.see_all(by=actor("hanako"), now=NOW) == 5
    assert outbox.see_all(by=actor("taro"), now=NOW) == 0

    assert {(each.seen_by, each.seen_at) for each in outbox.list(state=State.FAILED).entries} == {("hanako", NOW)}


def test_one_request_is_undone_and_nothing_that_was_done_since(outbox: Outbox) -> None:
    one, other = enqueue(outbox), enqueue(outbox)
    first, later = actor()._replace(request="a1"), actor()._replace(request="b2")
    outbox.cancel_many([one, other], by=first, now=NOW)
    outbox.undo(other, by=actor(), now=NOW + timedelta(seconds=1))
    outbox.cancel(other, by=later, now=NOW + timedelta(seconds=2))

    assert outbox.undo_request("a1", by=actor(), now=NOW + timedelta(seconds=3)) == [one]
    assert outbox.undo_request("nobody's", by=actor(), now=NOW + timedelta(seconds=3)) == []

    assert outbox.get(other).state is State.CANCELLED


def test_pages_go_on_after_a_number(outbox: Outbox) -> None:
    numbers = [enqueue(outbox, number=each) for each in range(5)]

    first = outbox.list(limit=2)
    second = outbox.list(limit=2, before=first.older)
    third = outbox.list(limit=2, before=second.older)

    shown = [entry.number for page in (first, second, third) for entry in page.entries]
    assert shown == numbers[::-1]
    assert third.older is None


def test_a_filter_shows_one_state(outbox: Outbox, database: Database) -> None:
    enqueue(outbox)
    failed = enqueue(outbox)
    end(database, failed, State.FAILED)

    assert [entry.number for entry in outbox.list(state=State.FAILED).entries] == [failed]


@pytest.mark.parametrize("q", ["taro@example.org", "TARO", "求書 2", "<2@app.example.org>", "2@app.example.org", "2"])
def test_a_search_finds_numbers_addresses_subjects_and_message_ids(outbox: Outbox, q: str) -> None:
    enqueue(outbox, "hanako@example.org", subject="請求書 1", number=1)
    wanted = enqueue(outbox, "taro@example.org", subject="請求書 2", number=2)
    enqueue(outbox, "jiro@example.org", subject="100%", number=3)

    assert [entry.number for entry in outbox.list(q=q).entries] == [wanted]


def test_a_percent_sign_is_one(outbox: Outbox) -> None:
    enqueue(outbox, subject="100")
    wanted = enqueue(outbox, subject="100%")

    assert [entry.number for entry in outbox.list(q="0%").entries] == [wanted]


def test_a_search_that_looks_on_says_where_it_stopped(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("panel.outbox.listing.look.SCANNED", 2)
    wanted = enqueue(outbox, subject="old")
    for _ in range(3):
        enqueue(outbox, subject="new")

    first = outbox.list(q="old")
    second = outbox.list(q="old", before=first.older)

    assert (first.entries, first.older) == ((), 3)
    assert [entry.number for entry in second.entries] == [wanted]


def test_the_oldest_that_waits_is_told(outbox: Outbox) -> None:
    assert outbox.counts().oldest is None

    outbox.enqueue(mail(), by=actor(), now=NOW)
    outbox.enqueue(mail(), by=actor(), now=NOW + timedelta(hours=1))

    assert outbox.counts().oldest == NOW


def test_what_ended_long_ago_is_removed_with_all_that_belongs_to_it(outbox: Outbox, database: Database) -> None:
    old, waiting = enqueue(outbox), enqueue(outbox)
    end(database, old, State.FAILED)

    removed = outbox.purge(bodies_before=NOW, log_before=NOW + timedelta(days=1))

    assert removed == (0, 1)
    assert outbox.get(old) is None
    assert outbox.get(waiting)
    assert database.rows("SELECT * FROM recipients") == []
    assert {row["message"] for row in database.rows("SELECT message FROM terms")} == {waiting}


def test_the_body_of_what_was_sent_goes_earlier_than_its_row(outbox: Outbox, database: Database) -> None:
    numbers = [enqueue(outbox) for _ in range(5)]
    claims = OneByOne(database, keep_bodies=True)
    while isinstance(claim := claims.claim("w", TERMS, at()), Claim):
        claims.settle(claim, taken(claim), at())
    assert len(bodies(database)) == 5

    limits = {"bodies_before": NOW + timedelta(seconds=1), "log_before": NOW - timedelta(days=30)}
    assert [outbox.purge(**limits, most=2) for _ in range(4)] == [(2, 0), (2, 0), (1, 0), (0, 0)]

    assert all(map(outbox.get, numbers))
    assert bodies(database) == {}


def test_a_number_is_never_given_twice(outbox: Outbox, database: Database) -> None:
    end(database, newest := enqueue(outbox), State.FAILED)
    outbox.purge(bodies_before=NOW, log_before=NOW + timedelta(days=1))

    tickets = outbox.enqueue_all([mail(number=number) for number in range(3)], by=actor(), now=NOW)

    assert [each.number for each in tickets] == [newest + 1, newest + 2, newest + 3]


def test_a_batch_for_which_there_is_no_room_leaves_no_trace(database: Database) -> None:
    outbox = Outbox(database, most=2)

    with pytest.raises(OutboxFull):
        outbox.enqueue_all([mail(number=number) for number in range(3)], by=actor(), now=NOW)

    assert outbox.counts().waiting == 0
    assert enqueue(outbox) == 1


@pytest.mark.parametrize("state", [State.QUEUED, State.DEFERRED])
def test_where_very_many_wait_no_page_is_empty_but_the_end(
    outbox: Outbox, database: Database, monkeypatch: pytest.MonkeyPatch, state: State
) -> None:
    monkeypatch.setattr(search, "FEW", 3)
    monkeypatch.setattr(search, "SCANNED", 4)
    numbers = [enqueue(outbox) for _ in range(24)]
    waiting = [*numbers[:3], *numbers[11:13]]
    with database.writing() as write:
        for number in numbers:
            move(write, number, state if number in waiting else State.CANCELLED)

    pages, before = list[list[int]](), None
    while not pages or before is not None:
        page = outbox.list(state=state, before=before, limit=2)
        pages, before = [*pages, [each.number for each in page.entries]], page.older

    assert [number for page in pages for number in page] == waiting[::-1]
    assert all(pages[:-1])


def test_the_oldest_that_waits_is_found_behind_many_that_have_ended(outbox: Outbox, database: Database) -> None:
    for seconds in range(PASSED_BY + 2):
        outbox.enqueue(mail(), by=actor(), now=NOW + timedelta(seconds=seconds))
    with database.writing() as write:
        for number in range(1, PASSED_BY + 1):
            move(write, number, State.FAILED)

    outbox.look_for_oldest()

    assert noted(database) == PASSED_BY + 1
    assert outbox.counts().oldest == NOW + timedelta(seconds=PASSED_BY)
    outbox.retry(7, by=actor(), now=NOW + timedelta(days=1))
    assert outbox.counts().oldest == NOW + timedelta(seconds=6)
    outbox.cancel(7, by=actor(), now=NOW)
    assert outbox.counts().oldest == NOW + timedelta(seconds=PASSED_BY)


def noted(database: Database) -> int:
    [row] = database.rows("SELECT number FROM totals WHERE what = 'number' AND name = 'oldest'")
    return int(row["number"])


def test_a_body_that_is_large_stands_apart_and_is_all_there(outbox: Outbox, database: Database) -> None:
    texts = {enqueue_text(outbox, size): size for size in (IN_ROW - 1, IN_ROW, IN_ROW + 1)}
    claims = OneByOne(database)

    assert {row["message"] for row in database.rows("SELECT message FROM bodies")} == {3}
    while isinstance(claim := claims.claim("w", TERMS, at()), Claim):
        assert len(claim.submission.message) == texts[claim.number]
        claims.settle(claim, taken(claim), at())
    assert bodies(database) == {}


def enqueue_text(outbox: Outbox, size: int) -> int:
    return outbox.enqueue(mail()._replace(message=b"x" * size), by=actor(), now=NOW).number


def test_a_corrected_recipient_is_found_by_the_new_address_alone(outbox: Outbox, database: Database) -> None:
    number = enqueue(outbox, "taro@example.org", "jiro@example.org")

    outbox.retry(number, by=actor(), now=NOW, corrected={"taro@example.org": "Taro@example.net"})

    assert [each.number for each in outbox.list(q="taro@EXAMPLE.net").entries] == [number]
    assert [each.number for each in outbox.list(q="jiro@example.org").entries] == [number]
    assert outbox.list(q="taro@example.org").entries == ()
    claim = OneByOne(database).claim("w", TERMS, at())
    assert isinstance(claim, Claim)
    assert claim.submission.rcpt_to == ("Taro@example.net", "jiro@example.org")


@pytest.mark.parametrize(("q", "found"), [('"a, \\b"@', True), ("\\", True), ('","', False), ("[", False), ("b", True)])
def test_a_part_of_an_address_is_found_as_it_is_written(outbox: Outbox, q: str, found: bool) -> None:
    enqueue(outbox, '"a, \\b"@example.org', "taro@example.org", subject="Report")

    assert bool(outbox.list(q=q).entries) is found
