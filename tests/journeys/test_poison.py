"""A message at which something stumbles: it fails by itself, and every other message leaves exactly once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from email import message_from_bytes

import pytest

from panel import clock
from panel.mail.message.submission import Submission
from panel.outbox.delivery import result
from panel.outbox.delivery.claim import Claim
from panel.outbox.delivery.claims import Claims
from panel.outbox.delivery.worker import Worker
from panel.outbox.entry import Entry
from panel.outbox.state import State
from tests.mail.message.test_structure import messages, multiparts, parts
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.sending import Office
from tests.support.servers import Loop, SmtpServer

HEAD = b"Message-ID: <poison@app.example.org>\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n"
MIXED = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
POISONS = {
    "8 bits in a type": MIXED + b"Content-Type: message/rfc822\xe9\r\n\r\nSubject: a\r\n\r\nb\r\n--x--\r\n",
    "8 bits in a boundary": b"Content-Type: multipart/mixed; boundary=\xe9\r\n\r\n--\xe9\r\n\r\nx\xe9\r\n--\xe9--\r\n",
    "8 bits before the first part": MIXED.replace(b"--x", b"\xe9\r\n--x") + b"\r\nx\r\n--x--\r\n",
    "a charset that decodes nothing": b"Content-Type: text/plain; charset=undefined\r\n\r\n\xe9\r\n",
    "parameters in no order": MIXED.replace(b"=x", b"=x; name*=a; name*0=b") + b"\r\n\xe9\r\n--x--\r\n",
    "controls in a field": MIXED + b"Content-Description: \xe9\x0bX: y\x0cZ\r\n\r\nx\r\n--x--\r\n",
    "8 bits that say they are none": b"Content-Transfer-Encoding: base64\r\n\r\n\xe9\r\n",
    "parts within parts": multiparts(300, b"\r\n\xe9\r\n"),
    "messages within messages": messages(2_000) + b"\xe9\r\n",
    "too many parts": parts(3_000),
    "nothing": b"",
}

HARMLESS = (
    "8 bits in a boundary",
    "8 bits in a type",
    "a charset that decodes nothing",
    "controls in a field",
    "nothing",
)


@pytest.fixture(params=[(), ("PIPELINING",)], ids=["one by one", "pipelined"])
def server(loop: Loop, request: pytest.FixtureRequest) -> SmtpServer:
    return SmtpServer(offers=request.param, hides=("8BITMIME",)).start(loop)


def poison(message: bytes, *rcpt_to: str) -> Submission:
    """Give a message as it waits in the outbox already, whatever the doors say today."""
    return Submission(rcpt_to or ("hanako@example.org",), HEAD + message, "<poison@app.example.org>")


def among_others(office: Office, *given: Submission) -> list[Entry]:
    """Hand messages in with innocent ones before, between and behind them, send, and tell what became of each."""
    row = [mail(number=f"{place}.{each}") for place in range(len(given)) for each in range(4)]
    for place, each in enumerate(given):
        row.insert(place * 5 + 2, each)
    tickets = office.outbox.enqueue_all(row, by=actor(), now=clock.now())
    office.worker().run_once()
    return [office.entry(tickets[place * 5 + 2].number) for place in range(len(given))]


def arrived(server: SmtpServer) -> Counter[str]:
    return Counter(message_from_bytes(each.raw)["Message-ID"] for each in server.messages)


def others(server: SmtpServer) -> set[int]:
    """Say how often innocent messages have arrived."""
    return {times for name, times in arrived(server).items() if "poison" not in name}


def test_what_cannot_be_read_fails_by_itself_and_says_why(
    office: Office, server: SmtpServer, log: Callable[[], list[str]]
) -> None:
    found = among_others(office, *map(poison, POISONS.values()))

    assert others(server) == {1}
    assert len(arrived(server).keys() - {"<poison@app.example.org>"}) == 4 * len(POISONS)
    for name, entry in zip(POISONS, found, strict=True):
        if entry.state is State.SENT:
            assert name in HARMLESS
            continue
        assert (entry.state, entry.cause) == (State.FAILED, "message_malformed"), name
        assert entry.reply, name
        assert entry.reply.startswith(("(The message ", "(A Content-Type field of the message ")), name
    told = [line for line in log() if " message_unreadable" in line]
    assert len(told) == sum("cannot be read (" in (entry.reply or "") for entry in found)


def test_a_recipient_that_no_wire_can_carry_fails_by_itself(office: Office, server: SmtpServer) -> None:
    [entry] = among_others(office, poison(b"\r\nx\r\n", "a@example.org\r\nRCPT TO:<b@example.org>"))

    assert (entry.state, entry.cause) == (State.FAILED, "message_malformed")
    assert others(server) == {1}


def test_a_message_whose_body_is_gone_stops_nobody(office: Office, server: SmtpServer) -> None:
    numbers = [office.enqueue(number=number) for number in range(3)]
    with office.database.writing() as write:
        write.run("UPDATE messages SET content = NULL WHERE number = ?", (numbers[0],))
        write.run("UPDATE messages SET rcpt_to = '[' WHERE number = ?", (numbers[1],))

    office.worker().run_once()

    assert office.entry(numbers[1]).state is State.FAILED
    assert arrived(server)["<2@app.example.org>"] == 1
    assert not office.outbox.counts().waiting


class Stumbling(Exception):
    """What nobody has thought of."""


FAULTS = [Stumbling("secret"), RecursionError(), MemoryError(), LookupError("x"), UnicodeError("x"), AssertionError()]


@pytest.mark.parametrize("fault", FAULTS, ids=[type(each).__name__ for each in FAULTS])
def test_whatever_is_raised_while_a_message_is_made_fails_that_message(
    office: Office, server: SmtpServer, log: Callable[[], list[str]], fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(message: bytes) -> bytes:
        if b"poison" in message:
            raise fault
        return message

    monkeypatch.setattr("panel.mail.smtp.prepared_message.with_line_ends", stumble)

    [entry] = among_others(office, poison(b"\r\nx\r\n"))

    assert (entry.state, entry.cause) == (State.FAILED, "message_malformed")
    assert type(fault).__name__ in (entry.reply or "")
    assert others(server) == {1}
    assert "secret" not in "\n".join(log())


def test_what_was_taken_stays_taken_whatever_the_words_of_the_server_do_to_the_rules(
    office: Office, server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.replies["."] = "250 stumble"
    monkeypatch.setattr(result, "shortened", stumble_over("250 stumble"))

    found = among_others(office, mail(number="x"))

    assert found[0].state is State.SENT
    assert others(server) == {1}


def stumble_over(words: str) -> Callable[[object], str | None]:
    def shown(reply: object) -> str | None:
        if str(reply) == words:
            raise Stumbling
        return str(reply) if reply else None

    return shown


def test_what_cannot_be_written_down_is_left_out_and_nothing_is_sent_twice(
    office: Office, server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result, "shortened", lambda reply: "\ud800" if reply else None)  # SQLite takes no such text

    found = among_others(office, mail(number="x"))
    for _ in range(5):
        office.worker().run_once()

    assert office.entry(found[0].number).state is State.SENT
    assert others(server) == {1}
    assert not office.outbox.counts().waiting


def test_a_round_that_stumbles_is_told_and_the_next_one_goes_on(
    office: Office, server: SmtpServer, log: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    stumbles = iter([True])
    claim_window = Claims.claim_window

    def claim(*given: object, **named: object) -> object:
        if next(stumbles, False):
            raise Stumbling
        return claim_window(*given, **named)

    monkeypatch.setattr(Claims, "claim_window", claim)
    monkeypatch.setattr("panel.outbox.delivery.worker.FAULT_SECONDS", 0.01)
    office.enqueue()
    with office.working():
        server.wait_for(1)

    assert any(" round_failed" in line for line in log())
    assert len(server.messages) == 1


def test_a_message_that_is_carried_into_a_fault_is_tried_again_and_stops_nobody(
    office: Office, server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_send = Worker._may_send
    stumbles = iter([True])

    def ask(worker: Worker, claim: Claim) -> bool:
        if claim.submission.message_id == "<x@app.example.org>" and next(stumbles, False):
            raise Stumbling
        return may_send(worker, claim)

    monkeypatch.setattr(Worker, "_may_send", ask)

    [entry] = among_others(office, mail(number="x"))

    first = entry.tried[0]
    assert (first.outcome, first.uncertain, first.cause) == ("deferred", False, "protocol_error")
    assert others(server) == {1}
