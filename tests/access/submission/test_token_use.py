"""What is handed in with a token that has limits is counted exactly, and refused where it is too much."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from panel.access.rights import Scope
from panel.access.submission.token_use import TokenUse
from panel.access.tokens import Tokens
from panel.errors import BeyondLimit, LimitReached, OutboxFull, TokenLimited
from panel.mail.message.submission import Submission
from panel.outbox.content.resend import resend
from panel.outbox.enqueue import Enqueuer, Key
from panel.outbox.outbox import Outbox
from panel.outbox.shared_commit import Committed, Group, SharedCommit
from panel.storage.actor import Actor
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.engines import is_server
from tests.support.limited import NOON, with_limits
from tests.support.mail import mail
from tests.support.paths import ROOT
from tests.support.places import variables_of_database

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def enqueuer(database: Database) -> Enqueuer:
    return Enqueuer(database)


def to(many: int) -> Submission:
    return mail(*(f"r{number}@example.org" for number in range(many)))


def taken(database: Database) -> int:
    return Outbox(database).counts().waiting


def used(database: Database, now: datetime = NOON) -> tuple[int, int]:
    """Give the messages and the recipients that count."""
    [limited] = Tokens(database).limited(now)
    return limited.use.messages, limited.use.recipients


# Within a minute


@pytest.mark.both_doors
def test_so_many_messages_are_taken_in_any_60_seconds(enqueuer: Enqueuer, database: Database) -> None:
    by = with_limits(database, messages_per_minute=3)
    for second in (0, 20, 40):
        enqueuer.enqueue(mail(), by=by, now=NOON + second * SECOND)

    with pytest.raises(
        LimitReached, match=r"3 messages a minute, and has handed in 3\. Try again in 1 seconds"
    ) as full:
        enqueuer.enqueue(mail(), by=by, now=NOON + 60 * SECOND)
    enqueuer.enqueue(mail(), by=by, now=full.value.until)

    assert (full.value.seconds, full.value.until) == (1, NOON + timedelta(seconds=60.5))
    with pytest.raises(LimitReached) as full:
        enqueuer.enqueue(mail(), by=by, now=NOON + 61 * SECOND)
    assert full.value.until == NOON + timedelta(seconds=80.5)
    assert taken(database) == 4


def test_many_at_once_wait_until_there_is_room_for_all_of_them(enqueuer: Enqueuer, database: Database) -> None:
    by = with_limits(database, messages_per_minute=4)
    for second in (0, 10, 20):
        enqueuer.enqueue(mail(), by=by, now=NOON + second * SECOND)

    with pytest.raises(LimitReached) as full:
        enqueuer.enqueue_all([mail()] * 3, by=by, now=NOON + 20 * SECOND)

    assert full.value.until == NOON + timedelta(seconds=70.5)
    assert len(enqueuer.enqueue_all([mail()] * 3, by=by, now=full.value.until)) == 3


# In a day


@pytest.mark.both_doors
def test_so_many_recipients_are_written_to_until_the_midnight_of_utc(enqueuer: Enqueuer, database: Database) -> None:
    by = with_limits(database, recipients_per_day=10)
    enqueuer.enqueue(to(8), by=by, now=NOON)

    with pytest.raises(LimitReached, match=r"and has written to 8. Try again after 2026-11-29 00:00 UTC") as full:
        enqueuer.enqueue(to(3), by=by, now=NOON)
    enqueuer.enqueue(to(2), by=by, now=NOON)

    assert (full.value.limit, full.value.most, full.value.used) == ("recipients_per_day", 10, 8)
    assert full.value.seconds == 12 * 3600  # half a second too late rather than too early
    assert used(database) == (2, 10)
    enqueuer.enqueue(to(10), by=by, now=full.value.until)
    assert used(database, full.value.until) == (1, 10)


def test_an_address_that_stands_twice_is_one_recipient(enqueuer: Enqueuer, database: Database) -> None:
    by = with_limits(database, recipients_per_day=1)

    enqueuer.enqueue(mail("a@example.org", "a@example.org"), by=by, now=NOON)

    assert used(database) == (1, 1)


def test_who_waited_for_the_writer_over_midnight_gives_nobody_a_new_day(database: Database, enqueuer: Enqueuer) -> None:
    by, midnight = with_limits(database, recipients_per_day=2), NOON.replace(hour=0) + DAY
    enqueuer.enqueue(to(1), by=by, now=midnight)
    enqueuer.enqueue(to(1), by=by, now=midnight - 2 * SECOND)

    with pytest.raises(LimitReached):
        enqueuer.enqueue(to(1), by=by, now=midnight + SECOND)


@pytest.mark.parametrize("back", [2 * DAY, 365 * DAY])
def test_a_clock_that_was_ahead_by_days_keeps_nobody_out(
    enqueuer: Enqueuer, database: Database, back: timedelta
) -> None:
    by = with_limits(database, 1, 1)
    enqueuer.enqueue(to(1), by=by, now=NOON)

    enqueuer.enqueue(to(1), by=by, now=NOON - back)

    assert used(database, NOON - back) == (1, 1)


# What counts


@pytest.mark.both_doors
def test_what_is_not_kept_does_not_count(enqueuer: Enqueuer, database: Database) -> None:
    by = with_limits(database, 5, 5)
    with pytest.raises(OutboxFull):
        Enqueuer(database, most=0).enqueue(to(2), by=by, now=NOON)
    with pytest.raises(BeyondLimit, match=r"5 recipients a day .UTC.: 6 at once are too many"):
        enqueuer.enqueue(to(6), by=by, now=NOON)
    with pytest.raises(BeyondLimit, match="5 messages a minute: 6 at once are too many"):
        enqueuer.enqueue_all([mail()] * 6, by=with_limits(database, 5, name="b"), now=NOON)

    assert [each.use.recipients for each in Tokens(database).limited(NOON)] == [0, 0]
    assert taken(database) == 0


@pytest.mark.both_doors
def test_what_comes_again_with_its_key_does_not_count_and_is_answered_though_the_limit_is_reached(
    enqueuer: Enqueuer, database: Database
) -> None:
    by = with_limits(database, 1, 1)
    first = enqueuer.enqueue(mail(), by=by, key="a", now=NOON)

    again = enqueuer.enqueue(mail(), by=by, key="a", now=NOON)

    assert (again.number, again.repeated) == (first.number, True)
    assert used(database) == (1, 1)


def test_a_copy_of_a_message_counts_and_a_token_without_limits_does_not(enqueuer: Enqueuer, database: Database) -> None:
    by = with_limits(database, recipients_per_day=1)
    number = enqueuer.enqueue(mail(), by=Actor("shop (token)", "api"), now=NOON).number
    resend(database, number, host="example.org", by=by, now=NOON)

    with pytest.raises(LimitReached):
        resend(database, number, host="example.org", by=by, now=NOON)

    assert taken(database) == 2


def test_a_limit_counts_from_when_it_is_set_and_a_lower_one_at_once(enqueuer: Enqueuer, database: Database) -> None:
    by, tokens = with_limits(database, recipients_per_day=10), Tokens(database)
    enqueuer.enqueue(to(5), by=by, now=NOON)
    tokens.limit("shop", {"recipients_per_day": 3}, by=actor(), now=NOON)

    with pytest.raises(LimitReached, match=r"may write to 3 recipients a day .UTC., and has written to 5"):
        enqueuer.enqueue(to(1), by=by, now=NOON)

    tokens.limit("shop", {"recipients_per_day": None}, by=actor(), now=NOON)
    enqueuer.enqueue(to(9), by=by, now=NOON)


def test_what_counts_is_bounded_however_much_is_handed_in() -> None:
    use = TokenUse()
    for second in range(300):
        use = use.at(NOON + second * SECOND).with_more(1, 1, NOON + second * SECOND)

    assert (len(use.by_second), use.messages, use.recipients) == (61, 61, 300)


# Those that share a commit


def commit(database: Database, by: Actor, groups: Sequence[int], *, keys: str = "") -> list[bool]:
    """Have groups of so many messages kept together, and say which were."""
    known = [[Key(f"{keys}{place}", b"")] * many if keys else [] for place, many in enumerate(groups)]
    given = [Group([mail()] * many, by, key) for many, key in zip(groups, known, strict=True)]
    found = SharedCommit(Enqueuer(database)).write(given)
    assert all(isinstance(each, (Committed, TokenLimited)) for each in found)
    return [isinstance(each, Committed) for each in found]


@pytest.fixture
def now_is_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("panel.outbox.shared_commit.clock.now", lambda: NOON)


@pytest.mark.both_doors
@pytest.mark.usefixtures("now_is_noon")
def test_of_those_that_come_together_as_many_are_taken_as_there_is_room_for(database: Database) -> None:
    by = with_limits(database, messages_per_minute=7)

    assert commit(database, by, [1] * 20) == [True] * 7 + [False] * 13
    assert taken(database) == 7


@pytest.mark.usefixtures("now_is_noon")
def test_a_group_is_taken_whole_or_not_at_all(database: Database) -> None:
    by = with_limits(database, messages_per_minute=7)

    assert commit(database, by, [4, 4, 3, 1]) == [True, False, True, False]
    assert used(database)[0] == taken(database) == 7


@pytest.mark.usefixtures("now_is_noon")
def test_those_that_are_known_are_answered_among_those_that_are_refused(database: Database) -> None:
    by = with_limits(database, messages_per_minute=2)
    assert commit(database, by, [1, 1], keys="k") == [True, True]

    assert commit(database, by, [1, 1, 1, 1], keys="k") == [True, True, False, False]


@pytest.mark.usefixtures("now_is_noon")
def test_the_limit_of_one_is_not_anothers(database: Database) -> None:
    shop, blog = (with_limits(database, messages_per_minute=1, name=name) for name in ("shop", "blog"))

    assert commit(database, shop, [1, 1]) == [True, False]
    assert commit(database, blog, [1, 1]) == [True, False]
    assert commit(database, actor("cron", "sendmail"), [1, 1]) == [True, True]


@pytest.mark.usefixtures("now_is_noon")
def test_where_there_is_no_room_one_look_tells_all(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    by, looks = with_limits(database, messages_per_minute=1), []
    commit(database, by, [1])
    kept = Enqueuer.enqueue_all
    monkeypatch.setattr(Enqueuer, "enqueue_all", lambda *given, **more: looks.append(1) or kept(*given, **more))

    assert commit(database, by, [1] * 100) == [False] * 100

    assert len(looks) == 1


# Others elsewhere

HAND_IN = """
import sys
from panel import clock
from panel.access.tokens import Tokens
from panel.errors import LimitReached
from panel.outbox.enqueue import Enqueuer
from panel.storage.actor import Actor
from tests.support.mail import mail
from tests.support.places import told_database

database = told_database()
token = Tokens(database).accept(sys.argv[1], clock.now())
by, taken = Actor(token.account, "api", limited=token.limited), 0
for _ in range(20):
    try:
        Enqueuer(database).enqueue(mail("a@example.org", "b@example.org"), by=by, now=clock.now())
        taken += 1
    except LimitReached:
        pass
print(taken)
"""


@pytest.mark.both_doors
def test_processes_together_hand_in_what_the_limit_allows_to_the_last_one(database: Database) -> None:
    text = Tokens(database).create("shop", [Scope.SEND], by=actor(), now=NOON)
    Tokens(database).limit("shop", {"recipients_per_day": 50}, by=actor(), now=NOON)
    environment = {**os.environ, **variables_of_database(database)}
    command = [sys.executable, "-c", HAND_IN, text]

    running = [subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) for _ in "abc"]
    took = [int(each.communicate(timeout=60)[0]) for each in running]

    assert sum(took) == taken(database) == 25
    assert is_server(database) or database.is_marked("token-limits")


def test_where_no_token_has_limits_no_table_is_read_for_them(database: Database) -> None:
    Tokens(database).create("shop", [Scope.SEND], by=actor(), now=NOON)
    if not is_server(database):
        with database.writing() as write:
            write.run("ALTER TABLE tokens RENAME TO gone")
        assert Tokens(database).limited(NOON) == []
