"""A connection is lost at each statement of a write: it is done once or not at all, and that is what is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from panel import clock
from panel.errors import DatabaseBusy, OutcomeUnknown
from panel.outbox.delivery.claims import Claims
from panel.outbox.enqueue import Enqueuer, Key
from panel.outbox.pace.row import in_hand as hand
from panel.settings.model import Settings
from panel.settings.store import SettingsStore
from panel.storage import vault
from panel.storage.database import Database
from panel.storage.postgresql.database import PostgresDatabase
from panel.storage.postgresql.writing import outcome
from panel.storage.vault import Vault
from tests.support.actors import actor
from tests.support.mail import TERMS, mail, taken
from tests.support.postgres import PostgresServer
from tests.support.servers import Loop
from tests.support.severing import How, Relay

KEY = vault.new_key()
WORKER = "1-a"
_schemas = count(1)


@dataclass
class Severed:
    """A database that is reached by a relay, and the same one reached without it."""

    relay: Relay
    through: Database
    beside: Database


@pytest.fixture
def severed(tmp_path: Path, loop: Loop, postgres: PostgresServer) -> Callable[[], Severed]:
    """Make a database of its own each time."""

    def make() -> Severed:
        schema, relay = f"severed_{next(_schemas)}", Relay(loop, postgres.port)
        relayed = postgres.url(schema, port=relay.port, sslmode="disable", gssencmode="disable")
        beside = PostgresDatabase(postgres.url(schema), tmp_path / "beside")
        beside.prepare()
        return Severed(relay, PostgresDatabase(relayed, tmp_path / "through"), beside)

    return make


class Act:
    """Something that the panel does in one transaction, and how it is seen that it has happened."""

    def __init__(self, database: Database) -> None:
        self.database = database  # in which it is looked for

    def prepare(self) -> None:
        """Bring about what it needs."""

    def do(self, through: Database) -> None:
        raise NotImplementedError

    def times(self) -> int:
        """Count how often it has happened."""
        raise NotImplementedError

    def _count(self, sql: str) -> int:
        row = self.database.row(sql)
        assert row
        return int(row[0])


class Enqueuing(Act):
    def do(self, through: Database) -> None:
        key = Key("key", b"digest")
        Enqueuer(through).enqueue_all([mail(lines=2000)], by=actor(), keys=[key], now=clock.now())

    def times(self) -> int:
        kept, bodies = self._count("SELECT count(*) FROM messages"), self._count("SELECT count(*) FROM bodies")
        assert kept == bodies
        return kept


class Claiming(Act):
    def prepare(self) -> None:
        Enqueuer(self.database).enqueue_all([mail(number=1), mail(number=2)], by=actor(), now=clock.now())

    def do(self, through: Database) -> None:
        assert isinstance(Claims(through).claim_window(WORKER, TERMS, clock.instant(), most=1), list)

    def times(self) -> int:
        in_hand, held = len(hand(self.database)), self._count("SELECT count(*) FROM pace WHERE holder IS NOT NULL")
        sending = self._count("SELECT number FROM totals WHERE what = 'messages' AND name = 'sending'")
        assert in_hand == held == sending
        assert in_hand <= self._count("SELECT count(*) FROM sendings")
        return in_hand


class Settling(Claiming):
    def prepare(self) -> None:
        super().prepare()
        got = Claims(self.database).claim_window(WORKER, TERMS, clock.instant(), most=1)
        assert isinstance(got, list)
        self._claims = got

    def do(self, through: Database) -> None:
        Claims(through).settle_window(self._claims, [taken(self._claims[0])], None, clock.instant())

    def times(self) -> int:
        sent, waits = self._count("SELECT count(*) FROM messages WHERE state = 'sent'"), super().times()
        assert (sent, waits) in ((0, 1), (1, 0))
        return sent


class Saving(Act):
    def do(self, through: Database) -> None:
        settings = Settings(smtp_host="smtp.example.org", smtp_user="report", smtp_password="correct horse")
        SettingsStore(through, Vault([KEY])).save(settings, base=0, by=actor("test"), now=clock.now())

    def times(self) -> int:
        saved, noted = SettingsStore(self.database, Vault([KEY])).newest(), self._count("SELECT count(*) FROM audit")
        assert saved == noted
        return saved


ACTS = (
    Enqueuing,
    Settling,
    pytest.param(Claiming, marks=pytest.mark.long),
    pytest.param(Saving, marks=pytest.mark.long),
)


@pytest.mark.parametrize("how", [How.UNHEARD, How.UNANSWERED])
@pytest.mark.parametrize("kind", ACTS)
def test_a_connection_lost_at_any_statement_leaves_all_or_nothing_and_that_is_told(
    severed: Callable[[], Severed], kind: type[Act], how: How, is_long: bool
) -> None:
    for nth in count(1, 1 if is_long else 5):
        place = severed()
        act = kind(place.beside)
        act.prepare()
        place.relay.sever_at(nth, how)

        told = outcome_of(act, place.through)

        assert act.times() == (told is None), nth
        assert not isinstance(told, OutcomeUnknown)
        if not place.relay.severed.is_set():
            break


@pytest.mark.parametrize("kind", ACTS)
@pytest.mark.parametrize("how", How)
def test_what_became_of_a_commit_without_an_answer_is_found_out(
    severed: Callable[[], Severed], kind: type[Act], how: How
) -> None:
    place = severed()
    act = kind(place.beside)
    act.prepare()
    place.relay.sever(is_commit, how)

    told = outcome_of(act, place.through)

    assert act.times() == (how is How.UNANSWERED)
    assert (told is None) == (how is How.UNANSWERED), told
    if told:
        act.do(place.through)  # nobody holds the write lock any more, and nothing of it was there
    assert act.times() == 1


@pytest.mark.parametrize("kind", ACTS)
@pytest.mark.parametrize("how", [How.UNHEARD, How.UNANSWERED])
def test_where_nobody_can_be_asked_that_is_said(
    severed: Callable[[], Severed], kind: type[Act], how: How, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcome, "ASK_SECONDS", 0.3)
    place = severed()
    act = kind(place.beside)
    act.prepare()
    place.relay.sever(is_commit, how, stays_down=True)

    told = outcome_of(act, place.through)

    assert isinstance(told, OutcomeUnknown)
    assert act.times() == (how is How.UNANSWERED)
    place.relay.let_be()
    assert place.through.rows("SELECT 1")


def is_commit(statement: str) -> bool:
    return statement == "COMMIT"


def outcome_of(act: Act, through: Database) -> DatabaseBusy | None:
    """Do it, and give what was told where that was not yes."""
    try:
        act.do(through)
    except DatabaseBusy as fault:
        return fault
    return None


def about_to_claim(severed: Callable[[], Severed], monkeypatch: pytest.MonkeyPatch) -> tuple[Severed, Claims]:
    """Have messages wait, and a worker whose doubt about a commit is short."""
    monkeypatch.setattr(outcome, "ASK_SECONDS", 0.3)
    place = severed()
    Claiming(place.beside).prepare()
    claims = Claims(place.through)
    return place, claims


def test_what_was_claimed_unheard_is_claimed_again_as_if_nothing_had_been(
    severed: Callable[[], Severed], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, claims = about_to_claim(severed, monkeypatch)
    place.relay.sever(is_commit, How.UNANSWERED, stays_down=True)
    with pytest.raises(OutcomeUnknown):
        claims.claim_window(WORKER, TERMS, clock.instant(), most=2)
    assert len(hand(place.beside)) == 2
    place.relay.let_be()

    got = claims.claim_window(WORKER, TERMS, clock.instant(), most=2)

    assert isinstance(got, list)
    assert hand(place.beside) == {each.number for each in got}
    assert not place.beside.rows("SELECT 1 FROM messages WHERE uncertain = 1")


def test_what_was_settled_unheard_is_not_told_of_as_lost(
    severed: Callable[[], Severed], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, claims = about_to_claim(severed, monkeypatch)
    got = claims.claim_window(WORKER, TERMS, clock.instant(), most=1)
    assert isinstance(got, list)
    settlement = got, [taken(got[0])], TERMS
    place.relay.sever(is_commit, How.UNANSWERED, stays_down=True)
    with pytest.raises(OutcomeUnknown):
        claims.settle_window(*settlement, clock.instant())
    place.relay.let_be()

    lost, got_next = claims.settle_window(*settlement, clock.instant())

    assert not lost
    assert isinstance(got_next, list)
    assert [each.number for each in got_next] == [2]
    assert [row[0] for row in place.beside.rows("SELECT state FROM messages ORDER BY number")] == ["sent", "queued"]
