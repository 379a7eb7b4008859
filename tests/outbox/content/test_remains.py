"""What stays of a message: its header always, its files where it had some, however its text went."""

from __future__ import annotations

from datetime import timedelta

import pytest

from panel.mail.message.submission import Submission
from panel.outbox.content.held import held_message
from panel.outbox.content.remains import MOST_OF_HEAD, files_in, remains_of
from panel.outbox.delivery.claim import Claim
from panel.outbox.outbox import Outbox
from panel.settings.model import Settings
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.hostile_mail import mixed
from tests.support.mail import NOW, TERMS, OneByOne, at, mail, taken
from tests.support.rows import bodies

SENDER = Settings(from_address="report@example.org", from_name="報告")


def with_files(*rcpt_to: str, pad: int = 0) -> Submission:
    message = mixed() + b"x" * pad
    return Submission(rcpt_to or ("hanako@example.org",), message, "<1@app.example.org>", "月次")


def send(database: Database, submission: Submission, *, keep: bool = False, **refusals: str) -> int:
    """Send a message, and give its number."""
    number = Outbox(database).enqueue(submission, by=actor(), now=NOW).number
    claims = OneByOne(database, keep_bodies=keep)
    claim = claims.claim("w", TERMS, at(1))
    assert isinstance(claim, Claim)
    claims.settle(claim, taken(claim, **refusals), at(2))
    return number


@pytest.mark.parametrize("pad", [0, 20_000], ids=["in its row", "apart"])
def test_header_and_files_stay_when_a_message_was_sent(database: Database, pad: int) -> None:
    number = send(database, with_files(pad=pad))

    found = held_message(database, number)

    assert bodies(database) == {}
    assert found is not None
    assert found.message is None
    assert [(each.name, each.size) for each in found.files or ()] == [
        ("logo.png", 4),
        ("月次レポート_11月.pdf", 1000),
    ]
    fields = {each.name: each.text for each in found.fields(SENDER)}
    assert fields["Message-ID"] == "<1@app.example.org>"
    assert "report@example.org" in fields["From"]


@pytest.mark.parametrize("pad", [0, 20_000], ids=["in its row", "apart"])
def test_that_a_message_has_files_is_known_from_the_moment_it_is_taken(database: Database, pad: int) -> None:
    outbox = Outbox(database)
    plain = outbox.enqueue(mail(lines=pad // 78), by=actor(), now=NOW).number
    waits = outbox.enqueue(with_files(pad=pad), by=actor(), now=NOW).number
    outbox.cancel(outbox.enqueue(with_files(pad=pad), by=actor(), now=NOW).number, by=actor(), now=NOW)

    listed = [(each.number, each.has_attachments) for each in outbox.list().entries]

    assert listed == [(waits + 1, True), (waits, True), (plain, False)]


def test_header_and_files_stay_where_recipients_were_told_apart(database: Database) -> None:
    submission = with_files("hanako@example.org", "taro@example.org")
    outbox = Outbox(database)
    number = outbox.enqueue(submission, by=actor(), now=NOW).number
    claims = OneByOne(database)
    for said in ({"taro": "450 4.2.0 Later"}, {}):
        claim = claims.claim("w", TERMS, at(100 if said else 100_000))
        assert isinstance(claim, Claim)
        claims.settle(claim, taken(claim, **said), at(101 if said else 100_001))

    found = held_message(database, number)

    assert found is not None
    assert found.message is None
    assert len(found.files or ()) == 2


def test_header_and_files_stay_when_a_kept_text_is_purged(database: Database) -> None:
    number = send(database, with_files(pad=20_000), keep=True)
    assert len(bodies(database)) == 1

    removed = Outbox(database).purge(bodies_before=NOW + timedelta(hours=1), log_before=NOW)

    found = held_message(database, number)
    assert removed == (1, 0)
    assert bodies(database) == {}
    assert found is not None
    assert len(found.files or ()) == 2
    assert found.head is not None
    assert not found.kept


def test_of_a_message_in_one_part_its_header_stays_alone(database: Database) -> None:
    number = send(database, mail())

    found = held_message(database, number)

    assert found is not None
    assert found.files == ()
    assert found.head == b"Message-ID: <1@app.example.org>\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n"


def test_what_was_sent_before_has_no_known_files(database: Database) -> None:
    number = send(database, mail())
    with database.writing() as write:
        write.run("UPDATE messages SET head = NULL")

    found = held_message(database, number)

    assert found is not None
    assert found.files is None
    assert found.fields(SENDER) == []


def test_a_header_without_end_does_not_fill_the_data_file() -> None:
    kept = remains_of(b"Subject: x\r\n" + b"X-Bomb: yyyy\r\n" * 100_000 + b"\r\nbody")

    assert kept.head is not None
    assert len(kept.head) <= MOST_OF_HEAD
    assert kept.head.endswith(b"yyyy\r\n")


@pytest.mark.parametrize("message", [b"", b"\r\n\r\n", b"no header at all", b"Content-Type: multipart/mixed\r\n\r\nx"])
def test_whatever_a_message_is_something_stays(message: bytes) -> None:
    assert files_in(remains_of(message).files) == ()
