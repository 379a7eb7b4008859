"""Days, words and states narrow the list, page by page, without passing a message by or showing one twice."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.outbox.entry import Entry
from panel.outbox.listing.filters import Filters
from panel.outbox.outbox import Outbox
from panel.outbox.state import Listed, State
from panel.storage.database import Database
from panel.storage.opening import open_database
from tests.support.actors import actor
from tests.support.mail import NOW, mail
from tests.support.rows import move

Place = TypeVar("Place")
STATES = [State.QUEUED, State.DEFERRED, State.SENT, State.FAILED, State.CANCELLED]
MESSAGES = st.lists(st.tuples(st.sampled_from(STATES), st.integers(0, 3), st.booleans()), max_size=12)


def fill(outbox: Outbox, database: Database, given: list[tuple[State, int, bool]]) -> None:
    """Hand messages in an hour after each other, as many hours as are said, some with another subject."""
    at = NOW
    for state, hours, bill in given:
        at += timedelta(hours=hours)
        number = outbox.enqueue(mail(subject="Bill" if bill else "Report"), by=actor(), now=at).number
        with database.writing() as write:
            move(write, number, state)


def pages(outbox: Outbox, filters: Filters) -> list[int]:
    def ask(before: int | None) -> tuple[tuple[Entry, ...], int | None]:
        page = outbox.filtered(filters, before=before, limit=2)
        return page.entries, page.older

    return walk(ask)


def turns(outbox: Outbox, filters: Filters) -> list[int]:
    def ask(after: str | None) -> tuple[tuple[Entry, ...], str | None]:
        page = outbox.next_up(filters, after=after, limit=2)
        return page.entries, page.after

    return walk(ask)


def walk(ask: Callable[[Place | None], tuple[tuple[Entry, ...], Place | None]]) -> list[int]:
    """Go from page to page to the end, and give the numbers of all messages in their order."""
    entries, place = ask(None)
    while place is not None:
        more, place = ask(place)
        entries += more
    return [each.number for each in entries]


@given(MESSAGES, st.integers(0, 12), st.integers(0, 12), st.sampled_from(["", "bill"]))
def test_pages_and_counts_are_those_of_a_look_at_each_message(
    messages: list[tuple[State, int, bool]], start: int, end: int, q: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(Path(folder) / "panel.db")
        database.prepare()
        outbox = Outbox(database)
        fill(outbox, database, messages)
        since, until = NOW + timedelta(hours=start), NOW + timedelta(hours=end)
        left = [
            each
            for each in outbox.filtered(Filters(), limit=99).entries
            if since <= each.queued_at < until and q in each.subject.lower()
        ]

        filters = Filters(None, q, since, until)
        counted = outbox.count_filtered(filters)

        assert pages(outbox, filters) == [each.number for each in left]
        assert Counter({State(each): counted.of.get(Listed(each), 0) for each in STATES}) == Counter(
            {state: sum(each.state is state for each in left) for state in STATES}
        )
        assert counted.all == len(left)
        for state in STATES:
            one = Filters(Listed(state), q, since, until)
            assert pages(outbox, one) == [each.number for each in left if each.state is state]
            if state in (State.QUEUED, State.DEFERRED):
                waiting = sorted((each for each in left if each.state is state), key=lambda each: each.number)
                assert turns(outbox, one) == [each.number for each in waiting]


@pytest.mark.data_file("SQLite says how it reads")
@pytest.mark.parametrize("state", ["failed", "unseen", "bounced", "sent"])
def test_days_are_looked_for_in_an_index(database: Database, state: str) -> None:
    span = Filters(None, "", NOW, NOW + timedelta(days=1)).numbers(database)
    where, values = span.condition()
    conditions = {
        "unseen": "state = 'failed' AND seen_at IS NULL",
        "bounced": "bounced_at NOTNULL",
    }
    of = conditions.get(state, f"state = '{state}' AND ended_at IS NOT NULL")

    plan = database.rows(
        f"EXPLAIN QUERY PLAN SELECT * FROM messages WHERE {where} AND {of} ORDER BY number DESC LIMIT 50", values
    )

    assert all("SCAN" not in row["detail"] and "TEMP" not in row["detail"] for row in plan)


@pytest.mark.parametrize("sort", [pages, turns], ids=["newest", "next"])
def test_what_the_words_name_is_found_in_its_state_alone(
    database: Database, sort: Callable[[Outbox, Filters], list[int]]
) -> None:
    outbox = Outbox(database)
    fill(outbox, database, [(State.QUEUED, 1, False), (State.CANCELLED, 1, False), (State.DEFERRED, 1, False)])
    outbox.enqueue(mail(subject="Number 1 of 3, as of 2", number="other"), by=actor(), now=NOW)

    for q, number in (("1", 1), ("<other@app.example.org>", 4), ("other@app.example.org", 4)):
        asked = Filters(Listed.QUEUED, q)
        assert sort(outbox, asked) == [number]
        assert outbox.count_filtered(asked).of[Listed.QUEUED] == 1
    for q in ("2", "3"):
        asked = Filters(Listed.QUEUED, q)
        assert sort(outbox, asked) == []
        assert outbox.count_filtered(asked).of.get(Listed.QUEUED, 0) == 0
    assert sort(outbox, Filters(Listed.QUEUED, "number")) == [4]
