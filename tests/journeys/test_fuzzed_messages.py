"""Messages that chance makes, through every door and on to servers of every kind: each is judged by itself.

`--long` goes on for minutes; a run that fails names its seed and its round, which make the same messages again.
"""

from __future__ import annotations

import logging
import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.parser import BytesHeaderParser
from io import BytesIO, TextIOWrapper
from itertools import cycle
from pathlib import Path

import pytest

from panel import clock
from panel.access.rights import Scope
from panel.cli.sendmail import command
from panel.config import Config
from panel.mail.message.normalize import Unacceptable
from panel.mail.message.submission import Submission
from panel.mailer import Mailer
from panel.outbox.state import State
from panel.services import open_services
from panel.web import create_app
from tests.support.actors import actor
from tests.support.fuzzing import Messages, rounds
from tests.support.handing_in import Client, open_door
from tests.support.mail import mail
from tests.support.places import variables_of
from tests.support.sending import Office
from tests.support.servers import Loop, SmtpServer
from tests.web.api.conftest import Program

TO = "hanako@example.org"
ROUND = 10  # messages that chance makes, and as many innocent ones
KINDS = [
    SmtpServer(),
    SmtpServer(offers=("PIPELINING",)),
    SmtpServer(hides=("8BITMIME",)),
    SmtpServer(offers=("PIPELINING",), hides=("8BITMIME", "SMTPUTF8", "SIZE")),
]
OURS = ("round_failed", "courier_fault", "settlement_fault", "judgement_fault", "session_fault", "reply_unreadable")
OURS += ("heartbeat_fault", "crashed", "submission_failed", "request_failed")
Door = Callable[[bytes], object]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in variables_of(tmp_path / "home").items():
        monkeypatch.setenv(name, value)
    return tmp_path / "home"


@contextmanager
def doors(home: Path, loop: Loop, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Door]]:
    """Open every door; each takes a message, or refuses it as the message's fault, and makes no mistake."""
    services = open_services(Config(home=home))
    mailer = Mailer.open(home)
    program = Program(
        create_app(Config(home=home), services),
        services.tokens.create("x", [Scope.SEND], by=actor("x"), now=clock.now()),
    )

    def by_python(message: bytes) -> None:
        try:
            mailer.send_raw(message, [TO])
        except Unacceptable:
            return

    def by_http(message: bytes) -> None:
        answer = program.post("/messages", {"raw": message.decode("utf-8", "replace"), "to": [TO]})
        assert answer.status_code in (202, 422), answer.data

    def by_command(message: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(message)))
        assert command.run(["-i", TO]) in (os.EX_OK, os.EX_DATAERR, os.EX_NOUSER, os.EX_NOINPUT)

    def into_the_outbox(message: bytes) -> None:
        """Put a message there as it is: it came by a door of an older version."""
        services.outbox.enqueue(Submission((TO,), message, "<fuzzed@example.org>"), by=actor(), now=clock.now())

    with open_door(services.database, loop) as door:

        def by_smtp(message: bytes) -> None:
            lines = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
            stuffed = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)
            with Client(door.port) as client:
                client.begin(TO).send(stuffed + b"\r\n.\r\n")
                assert client.hear()[:3] in ("250", "554")

        yield {each.__name__: each for each in (by_python, by_http, by_command, by_smtp, into_the_outbox)}


@contextmanager
def told() -> Iterator[list[str]]:
    """Give the events that are logged."""
    events: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: events.append(record.getMessage())
    logger = logging.getLogger("panel")
    logger.addHandler(handler)
    try:
        yield events
    finally:
        logger.removeHandler(handler)


def test_whatever_a_message_holds_its_neighbours_leave_once(
    home: Path, loop: Loop, fuzz_seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = [SmtpServer(offers=each.offers, hides=each.hides).start(loop) for each in KINDS]
    with doors(home, loop, monkeypatch) as opened, told() as events:
        office = Office.open(open_services(Config(home=home)).database)
        for name, server in zip(rounds(fuzz_seconds), cycle(servers), strict=False):
            office.use(server)
            send_among_others(office, server, random.Random(name), opened, where=name)
            assert not {*events} & {*OURS}, name
    print(f"{events.count('message_unreadable')} messages could not be read")


def send_among_others(
    office: Office, server: SmtpServer, chance: random.Random, doors: dict[str, Door], *, where: str
) -> None:
    """Hand a round of messages in by doors that chance takes, send them, and find each judged."""
    server.messages.clear()
    messages = Messages(chance)
    for number in range(ROUND):
        message, (name, door) = messages.message(), chance.choice([*doors.items()])
        try:
            door(message)
        except Exception as fault:
            raise AssertionError(f"{where}, {name}: {message!r}") from fault
        office.outbox.enqueue(mail(number=f"innocent.{number}"), by=actor(), now=clock.now())
    office.worker().run_once()

    arrived = Counter(str(BytesHeaderParser().parsebytes(each.raw)["Message-ID"]) for each in server.messages)
    innocent = [arrived[f"<innocent.{number}@app.example.org>"] for number in range(ROUND)]
    counts = office.outbox.counts()
    assert innocent == [1] * ROUND, where
    assert not counts.by_state[State.SENDING], where
    assert not counts.waiting, (where, office.database.rows("SELECT cause FROM attempts WHERE outcome = 'deferred'"))
    repeated = office.database.rows("SELECT message FROM attempts GROUP BY message HAVING count(*) > 1")
    assert not repeated, where
    office.outbox.purge(bodies_before=clock.now(), log_before=clock.now())
