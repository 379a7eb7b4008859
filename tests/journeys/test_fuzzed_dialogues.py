"""Servers that chance makes: whatever they say is a failure of the session, in time, and no secret is shown.

`--long` goes on for minutes; a run that fails names its seed and its round, which make the same servers again.
"""

from __future__ import annotations

import base64
import json
import random
import time
from collections import Counter
from dataclasses import replace
from email import message_from_bytes

from panel import clock
from panel.diagnosis.diagnose import diagnose, failure_to_json
from panel.mail.message.envelope import Envelope
from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.mail.smtp import pop3
from panel.mail.smtp.errors import DeliveryFailed, PopFailed
from panel.mail.smtp.protocol import Failure
from panel.mail.smtp.redaction import Transcript
from panel.mail.smtp.session import Session
from panel.outbox.state import State
from panel.settings.model import PopTlsMode, Settings, TlsMode
from panel.storage.database import Database
from tests.journeys.test_fuzzed_messages import OURS, told
from tests.support.actors import actor
from tests.support.fuzzed_servers import FuzzedServer
from tests.support.fuzzing import rounds
from tests.support.mail import mail
from tests.support.rows import remove
from tests.support.sending import Office

SECRET = "Tr0ub4dor&3-horse"
SECONDS = 1.0
SETTINGS = Settings(
    from_address="report@example.org",
    smtp_host="127.0.0.1",
    smtp_user="report",
    smtp_password=SECRET,
    pop_host="127.0.0.1",
    pop_user="report",
    pop_password=SECRET,
    pop_tls_mode=PopTlsMode.NONE,
    tls=False,
    allow_plain_auth=True,
    local_hostname="app.example.org",
)
ENVELOPES = [
    Envelope("report@example.org", (f"{name}@example.org", "花子@example.org"), b"A: b\r\n\r\n\xe9\r\n")
    for name in "abc"
]
FORMS = (
    SECRET,
    base64.b64encode(SECRET.encode()).decode().rstrip("="),
    base64.b64encode(b"\0report\0" + SECRET.encode()).decode(),
)


def shows_secret(*told: object) -> bool:
    text = "\n".join(map(str, told))
    return any(form in text for form in FORMS)


def explained(failure: Failure) -> str:
    """Tell a failure as pages and the API do."""
    return json.dumps(failure_to_json(diagnose(failure, host="mail.example.org", port=587), str), ensure_ascii=False)


def chosen(chance: random.Random, server: FuzzedServer, pop_server: FuzzedServer) -> Settings:
    return replace(
        SETTINGS,
        smtp_port=server.port,
        pop_port=pop_server.port,
        smtp_auth=chance.random() < 0.6,
        pop_before_smtp=chance.random() < 0.2,
        tls=chance.random() < 0.1,
        tls_mode=chance.choice((TlsMode.STARTTLS, TlsMode.IMPLICIT)),
    )


def test_whatever_a_server_says_a_session_ends_in_time_and_with_a_failure_of_its_own(fuzz_seconds: float) -> None:
    with told() as events:
        for name in rounds(fuzz_seconds):
            chance = random.Random(name)
            wildness = chance.choice((0.02, 0.1, 0.4))
            with FuzzedServer(name, wildness=wildness) as server, FuzzedServer(name, protocol="pop") as pop_server:
                converse(chosen(chance, server, pop_server), chance, name)
            assert not {*events} & {*OURS}, name


def converse(settings: Settings, chance: random.Random, name: str) -> None:
    """Run a session to its end, as the worker or as a test send does."""
    deadline, began = Deadline(SECONDS), time.monotonic()
    session = Session(settings.server, policy=Policy(), deadline=deadline, pipelining=chance.random() < 0.5)
    found: list[object] = []
    try:
        with session:
            session.open()
            if chance.random() < 0.2:
                session.check(ENVELOPES[0])
            found += session.deliver_all(ENVELOPES)
    except DeliveryFailed as fault:
        found.append(fault)
    assert time.monotonic() - began < 10 * SECONDS, name
    failures = [each.failure for each in found if isinstance(each, DeliveryFailed)]
    words = [explained(each) for each in failures]
    assert not shows_secret(*session.transcript, *found, *failures, *words, session.tls and session.tls._asdict()), name


def test_whatever_a_pop_server_says_it_fails_as_one(fuzz_seconds: float) -> None:
    for name in rounds(fuzz_seconds / 2):
        transcript = Transcript([(SETTINGS.pop_user, SECRET)])
        with FuzzedServer(name, protocol="pop", wildness=0.3) as server:
            settings = replace(SETTINGS, pop_port=server.port)
            failed = None
            try:
                pop3.log_in(settings.pop_server, policy=Policy(), deadline=Deadline(SECONDS), transcript=transcript)
            except PopFailed as fault:
                failed = fault
        assert not shows_secret(*transcript.lines, failed and failed.reply), name


def test_whatever_a_server_says_no_message_is_lost_stuck_or_sent_again_after_a_clear_yes(
    database: Database, fuzz_seconds: float
) -> None:
    office = Office.open(database)
    with told() as events:
        for name in rounds(fuzz_seconds):
            chance = random.Random(name)
            with FuzzedServer(name, wildness=chance.choice((0.02, 0.1, 0.3))) as server:
                send(office, chosen(chance, server, server), server, name)
            assert not {*events} & {*OURS}, name


def send(office: Office, settings: Settings, server: FuzzedServer, name: str) -> None:
    """Send a window to a server that chance makes, as often as it may be tried again at once."""
    office.store.save(
        replace(settings, pop_before_smtp=False), base=office.store.newest(), by=actor("x"), now=clock.now()
    )
    tickets = office.outbox.enqueue_all([mail(number=number) for number in range(6)], by=actor(), now=clock.now())
    for _ in range(3):
        office.worker().run_once()

    counts = office.outbox.counts()
    clear = Counter(message_from_bytes(each)["Message-ID"] for each in server.taken)
    assert not counts.by_state[State.SENDING], name
    assert sum(counts.by_state.values()) == len(tickets), name
    assert all(times == 1 for times in clear.values()), (name, clear)
    tried = office.database.rows("SELECT reply, detail FROM attempts")
    assert not shows_secret(*(tuple(row) for row in tried)), name
    with office.database.writing() as write:
        remove(write)
