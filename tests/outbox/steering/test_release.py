"""A message that the settings withhold: what keeps it, who lets it go, and what becomes of it then."""

from __future__ import annotations

from datetime import timedelta

import pytest

from panel import clock
from panel.outbox.entry import Entry
from panel.outbox.state import Listed, State
from panel.outbox.steering.acts import NotPossible
from tests.support.actors import actor
from tests.support.sending import Office
from tests.support.servers import SmtpServer

pytestmark = pytest.mark.both_doors

ALLOWED = "example.org, taro@example.net"


@pytest.fixture
def kept(office: Office, server: SmtpServer) -> int:
    """A message that is withheld."""
    office.use(server, allowed_recipients=ALLOWED)
    number = office.enqueue("hanako@example.com")
    office.worker().run_once()
    return number


def let_go(office: Office, number: int, **given: str) -> Entry:
    return office.outbox.retry(number, by=actor("ken"), now=clock.now(), **given)


def send(office: Office, number: int) -> State:
    office.worker().run_once()
    return office.entry(number).state


def test_only_mail_to_those_who_are_allowed_leaves(office: Office, server: SmtpServer) -> None:
    office.use(server, allowed_recipients=ALLOWED, max_per_hour=3)
    to = ("a@example.org", "hanako@example.com", "hanako@example.net", "taro@example.net", "b@example.org")
    numbers = [office.enqueue(each) for each in to]

    office.worker().run_once()

    states = [office.entry(number).state for number in numbers]  # the cap counts what has left, and nothing else
    assert states == [State.SENT, State.WITHHELD, State.WITHHELD, State.SENT, State.SENT]
    assert [each.rcpt_to for each in server.messages] == [("a@example.org",), ("taro@example.net",), ("b@example.org",)]


def test_a_message_goes_to_all_or_to_nobody(office: Office, server: SmtpServer) -> None:
    office.use(server, allowed_recipients=ALLOWED)
    number = office.enqueue("a@example.org", "hanako@example.com")

    assert send(office, number) is State.WITHHELD
    assert not server.commands


def test_what_is_withheld_waits_for_nobody_and_was_never_tried(office: Office, kept: int) -> None:
    entry, counts = office.entry(kept), office.outbox.counts()

    assert (entry.attempts, entry.tried, entry.cause) == (0, (), None)
    assert [(each.address, each.state) for each in entry.recipients] == [("hanako@example.com", "waiting")]
    assert (counts.waiting, counts.oldest, counts.by_state[State.WITHHELD]) == (0, None, 1)
    assert [each.number for each in office.outbox.list(state=Listed.WITHHELD).entries] == [kept]
    assert [each.number for each in office.outbox.list(state=Listed.WITHHELD, q="hanako").entries] == [kept]
    assert office.outbox.list(state=Listed.QUEUED).entries == ()


def test_withheld_mail_costs_no_interval(office: Office, server: SmtpServer) -> None:
    office.use(server, allowed_recipients=ALLOWED, send_interval_ms=3_600_000)
    numbers = [office.enqueue("hanako@example.com") for _ in range(20)]
    last = office.enqueue("a@example.org")

    office.worker().run_once()

    assert {office.entry(number).state for number in numbers} == {State.WITHHELD}
    assert office.entry(last).state is State.SENT


def test_somebody_lets_it_go(office: Office, server: SmtpServer, kept: int) -> None:
    assert let_go(office, kept).state is State.QUEUED

    assert send(office, kept) is State.SENT
    assert [each.rcpt_to for each in server.messages] == [("hanako@example.com",)]
    assert [each.outcome for each in office.entry(kept).tried] == ["sent"]


def test_it_stays_let_go_while_it_is_tried_again(office: Office, server: SmtpServer, kept: int) -> None:
    server.replies["RCPT"] = "450 4.2.1 Busy"
    let_go(office, kept)
    assert send(office, kept) is State.DEFERRED
    let_go(office, kept)  # once more, by hand
    del server.replies["RCPT"]

    assert send(office, kept) is State.SENT


def test_another_address_is_looked_at_anew(office: Office, server: SmtpServer, kept: int) -> None:
    let_go(office, kept, recipient="hanako@example.jp")
    assert send(office, kept) is State.WITHHELD

    let_go(office, kept, recipient="hanako@example.org")
    assert send(office, kept) is State.SENT
    assert [each.rcpt_to for each in server.messages] == [("hanako@example.org",)]


def test_it_is_cancelled_and_comes_back_withheld(office: Office, kept: int) -> None:
    assert office.outbox.cancel(kept, by=actor("ken"), now=clock.now()).state is State.CANCELLED

    assert office.outbox.undo(kept, by=actor("ken"), now=clock.now()).state is State.WITHHELD
    assert send(office, kept) is State.WITHHELD


def test_letting_go_is_undone(office: Office, server: SmtpServer, kept: int) -> None:
    let_go(office, kept)

    assert office.outbox.undo(kept, by=actor("ken"), now=clock.now()).state is State.WITHHELD
    assert send(office, kept) is State.WITHHELD
    assert not server.messages


def test_it_is_no_failure(office: Office, kept: int) -> None:
    assert office.outbox.retry_failed(by=actor("ken"), now=clock.now(), refused=True) == 0
    with pytest.raises(NotPossible):
        office.outbox.see(kept, by=actor("ken"), now=clock.now())
    assert office.outbox.unseen_failures() == 0


def test_allowing_everybody_lets_nothing_go_by_itself(office: Office, server: SmtpServer, kept: int) -> None:
    office.use(server)

    assert send(office, kept) is State.WITHHELD


def test_what_is_redirected_is_not_withheld(office: Office, server: SmtpServer) -> None:
    office.use(server, allowed_recipients=ALLOWED, redirect_to="staging@example.net")
    number = office.enqueue("hanako@example.com")

    assert send(office, number) is State.SENT
    assert [each.rcpt_to for each in server.messages] == [("staging@example.net",)]


def test_what_waited_when_it_was_set_is_withheld_too(office: Office, server: SmtpServer) -> None:
    server.replies["RCPT"] = "450 4.2.1 Busy"
    office.use(server)
    number = office.enqueue("hanako@example.com")
    office.worker().run_once()
    del server.replies["RCPT"]
    office.use(server, allowed_recipients=ALLOWED)
    with office.database.writing() as write:
        write.run("UPDATE messages SET due_at = queued_at")

    assert send(office, number) is State.WITHHELD
    assert not server.messages


def test_it_goes_with_its_text_when_the_log_ends(office: Office, kept: int) -> None:
    later = clock.now() + timedelta(days=1)

    assert office.outbox.purge(bodies_before=later, log_before=later) == (0, 1)
    assert office.outbox.get(kept) is None
    assert office.outbox.counts().by_state[State.WITHHELD] == 0
