"""Recipients of whom the same is to be told have no rows, and yet each is told of as if they had."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from panel.mail.smtp.protocol import Stage
from panel.outbox.delivery.claim import Claim
from panel.outbox.entry import Entry, Recipient
from panel.outbox.outbox import Outbox
from panel.outbox.state import State
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.mail import NOW, TERMS, OneByOne, at, broken, mail, taken

HANAKO, TARO = "hanako@example.org", "taro@example.org"
GREYLISTED = "451 4.7.1 Greylisted"


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


@pytest.fixture
def claims(database: Database) -> OneByOne:
    return OneByOne(database, chance=lambda: 0.5)


@pytest.fixture
def deferred(outbox: Outbox, claims: OneByOne) -> int:
    """A message to two, deferred at the first try with one reply for both."""
    number = outbox.enqueue(mail(HANAKO, TARO), by=actor(), now=NOW).number
    fail(claims, Stage.DATA, GREYLISTED, seconds=1)
    return number


def claimed(claims: OneByOne, seconds: float) -> Claim:
    claim = claims.claim("w", TERMS, at(seconds))
    assert isinstance(claim, Claim), claim
    return claim


def fail(claims: OneByOne, stage: Stage, said: str, *, seconds: float) -> None:
    claim = claimed(claims, seconds)
    claims.settle(claim, broken(claim, stage, said), at(seconds))


def entry(outbox: Outbox, number: int) -> Entry:
    found = outbox.get(number)
    assert found
    return found


def rows(outbox: Outbox) -> int:
    return len(outbox._database.rows("SELECT * FROM recipients"))


def told(state: str, *, seconds: float, said: str | None = GREYLISTED) -> tuple[Recipient, ...]:
    """Give what is told of both."""
    cause = "greylisted" if said else None
    return tuple(Recipient(each, state, cause, said, at(seconds).wall) for each in (HANAKO, TARO))


def test_a_deferral_tells_each_what_the_server_said_and_when(outbox: Outbox, deferred: int) -> None:
    assert entry(outbox, deferred).recipients == told("waiting", seconds=1)
    assert rows(outbox) == 0


def test_who_is_refused_alike_for_good_needs_no_row(outbox: Outbox, claims: OneByOne) -> None:
    number = outbox.enqueue(mail(HANAKO, TARO), by=actor(), now=NOW).number

    fail(claims, Stage.DATA, "550 5.7.1 Spam", seconds=1)

    found = entry(outbox, number)
    assert found.state is State.FAILED
    assert {(each.state, each.reply, each.at) for each in found.recipients} == {
        ("failed", "550 5.7.1 Spam", at(1).wall)
    }
    assert rows(outbox) == 0


def test_a_later_success_is_told_of_all(outbox: Outbox, claims: OneByOne, deferred: int) -> None:
    claim = claimed(claims, 3600)

    claims.settle(claim, taken(claim), at(3600))

    [hanako, taro] = entry(outbox, deferred).recipients
    assert (hanako.state, hanako.cause, hanako.at) == ("sent", None, at(3600).wall)
    assert taro == replace(hanako, address=TARO)
    assert rows(outbox) == 0


def test_what_holds_all_mail_is_not_told_of_recipients(outbox: Outbox, claims: OneByOne, deferred: int) -> None:
    fail(claims, Stage.AUTH, "535 5.7.8 Wrong", seconds=3600)

    found = entry(outbox, deferred)
    assert found.reply == "535 5.7.8 Wrong"
    assert found.recipients == told("waiting", seconds=1)


def test_a_recipient_who_is_refused_alone_is_told_apart(outbox: Outbox, claims: OneByOne, deferred: int) -> None:
    claim = claimed(claims, 3600)

    claims.settle(claim, taken(claim, taro="450 4.2.0 Later"), at(3600))

    assert [(each.address, each.state, each.reply) for each in entry(outbox, deferred).recipients] == [
        (HANAKO, "sent", "250 2.0.0 Ok: queued as 4F1C2A"),
        (TARO, "waiting", "450 4.2.0 Later"),
    ]


def test_a_retry_and_a_cancel_by_hand_forget_nothing(outbox: Outbox, deferred: int) -> None:
    outbox.retry(deferred, by=actor(), now=at(10).wall)
    assert entry(outbox, deferred).recipients == told("waiting", seconds=1)

    outbox.cancel(deferred, by=actor(), now=at(20).wall)
    assert entry(outbox, deferred).recipients == told("cancelled", seconds=20)


def test_an_address_is_corrected_and_the_other_keeps_what_was_said(outbox: Outbox, deferred: int) -> None:
    outbox.retry(deferred, by=actor(), now=at(10).wall, corrected={HANAKO: "jiro@example.org"})

    [jiro, taro] = entry(outbox, deferred).recipients
    assert jiro == Recipient("jiro@example.org", "waiting")
    assert taro == told("waiting", seconds=1)[1]


@pytest.mark.data_file("its pages are counted")
def test_deferring_a_large_message_writes_six_pages(outbox: Outbox, claims: OneByOne, database: Database) -> None:
    """Its row, what waits, its try, the totals, the clock, and the windows of the server; the first made its tables."""
    outbox.enqueue(mail(HANAKO, lines=20_000), by=actor(), now=NOW)
    claim = claimed(claims, 1)
    database.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    claims.settle(claim, broken(claim, Stage.DATA, GREYLISTED), at(1))

    [size] = database.rows("PRAGMA page_size")[0]
    assert Path(f"{database.path}-wal").stat().st_size == 32 + 6 * (24 + size)  # headers of the log, and of each page
