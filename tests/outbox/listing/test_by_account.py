"""How many messages an account has handed in lately, among the newest."""

from __future__ import annotations

from datetime import timedelta

import pytest

from panel.outbox.listing.by_account import HandedIn, handed_in_since
from panel.outbox.outbox import Outbox
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.mail import NOW, mail


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


def put(outbox: Outbox, account: str, days_ago: int) -> None:
    outbox.enqueue(mail(), by=actor(account, via="api"), now=NOW - timedelta(days=days_ago))


def test_each_account_has_its_own_messages_of_the_time(outbox: Outbox, database: Database) -> None:
    for days_ago in (40, 29, 1):
        put(outbox, "shop (token)", days_ago)
    put(outbox, "hanako", 1)

    assert handed_in_since(database, NOW - timedelta(days=30)) == HandedIn({"shop (token)": 2, "hanako": 1})


def test_of_very_many_the_newest_are_counted_and_it_is_said(outbox: Outbox, database: Database) -> None:
    for days_ago in (3, 2, 1):
        put(outbox, "shop (token)", days_ago)

    assert handed_in_since(database, NOW - timedelta(days=30), most=2) == HandedIn({"shop (token)": 2}, more=True)
    assert handed_in_since(database, NOW - timedelta(days=1), most=2) == HandedIn({"shop (token)": 1})
