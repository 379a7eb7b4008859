"""What is new in the outbox is found and counted like all that is entered, whenever that is done."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.outbox.enqueue import MOST_NEW, addresses_in, encode, enter_new
from panel.outbox.listing.look import totals
from panel.outbox.outbox import Outbox
from panel.outbox.state import State
from panel.storage.database import Database
from panel.storage.opening import open_database
from tests.support.actors import actor
from tests.support.mail import NOW, mail
from tests.support.rows import move


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


def enqueue(outbox: Outbox, number: int, *rcpt_to: str, door: str = "http") -> int:
    sent_to = rcpt_to or (f"user{number}@example.org", "All@example.org")
    return outbox.enqueue(mail(*sent_to, number=number), by=actor(via=door), now=NOW).number


def found(outbox: Outbox, q: str) -> list[int]:
    return [each.number for each in outbox.list(q=q).entries]


def how_many_are_new(database: Database) -> int:
    [row] = database.rows("SELECT max(number) - (SELECT number FROM totals WHERE name = 'last') FROM messages")
    return int(row[0])


def test_each_message_is_found_at_once_by_all_its_words(outbox: Outbox, database: Database) -> None:
    for number in range(1, 2 * MOST_NEW + 2):
        assert enqueue(outbox, number) == number
        assert found(outbox, f"USER{number}@example.org") == [number]
        assert found(outbox, f"{number}@app.example.org") == [number]
        assert found(outbox, f"<{number}@app.example.org>") == [number]

    assert how_many_are_new(database) == 1
    assert found(outbox, "user1@example.org") == [1]


def test_pages_hold_the_new_and_the_entered_once_and_in_their_order(outbox: Outbox) -> None:
    for number in range(1, MOST_NEW + 11):
        enqueue(outbox, number)

    read, page = [], outbox.list(q="all@example.org", limit=7)
    while page.older is not None:
        read += page.entries
        page = outbox.list(q="all@example.org", limit=7, before=page.older)
    read += page.entries

    assert [each.number for each in read] == [*range(MOST_NEW + 10, 0, -1)]


def test_a_state_is_looked_for_among_the_new_ones_too(outbox: Outbox, database: Database) -> None:
    enqueue(outbox, 1)
    enqueue(outbox, 2)
    with database.writing() as write:
        move(write, 1, State.FAILED)

    assert [each.number for each in outbox.list(q="all@example.org", state=State.FAILED).entries] == [1]
    assert [each.number for each in outbox.list(q="all@example.org", state=State.QUEUED).entries] == [2]


@pytest.mark.parametrize("more", [0, MOST_NEW])
def test_a_new_message_is_found_by_the_address_that_it_was_given_later(outbox: Outbox, more: int) -> None:
    number = enqueue(outbox, 1, "typo@example.org")

    outbox.retry(number, by=actor(), now=NOW, corrected={"typo@example.org": "hanako@example.org"})
    for each in range(2, more + 2):
        enqueue(outbox, each)

    assert found(outbox, "hanako@example.org") == [number]
    assert found(outbox, "typo@example.org") == []


def test_no_number_is_given_twice_though_the_newest_is_removed(outbox: Outbox, database: Database) -> None:
    enqueue(outbox, 1)
    outbox.cancel(enqueue(outbox, 2), by=actor(), now=NOW)

    outbox.purge(bodies_before=NOW, log_before=NOW + timedelta(days=1))

    assert enqueue(outbox, 3) == 3
    assert database.rows("SELECT * FROM terms WHERE message = 2") == []
    assert +Counter(outbox.counts().by_state) == {State.QUEUED: 2}


@given(st.lists(st.tuples(st.sampled_from(["http", "smtp"]), st.integers(1, MOST_NEW + 5)), max_size=4), st.booleans())
def test_counted_is_what_there_is(given: list[tuple[str, int]], entered: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(Path(folder) / "panel.db")
        database.prepare()
        outbox, doors = Outbox(database), Counter[str]()
        for door, many in given:
            outbox.enqueue_all([mail(number=each) for each in range(many)], by=actor(via=door), now=NOW)
            doors[door] += many
        if entered:
            with database.writing() as write:
                enter_new(write)

        assert totals(database, "queued") == doors
        assert outbox.counts().waiting == doors.total()
        assert how_many_are_new(database) < MOST_NEW if doors else True


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_addresses_are_read_as_they_were_written(rcpt_to: list[str]) -> None:
    assert addresses_in(encode(rcpt_to)) == tuple(rcpt_to)
