"""Mail that a further server refuses comes back, by the server's own report, through its own pipe, to its message."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from panel import clock
from panel.config import Config
from panel.mail.message.submission import Submission
from panel.outbox.entry import Entry
from panel.outbox.state import State
from panel.services import Services, open_services
from panel.settings.model import Settings
from tests.conformance import exim as exim_server
from tests.conformance.bouncing import BOUNCE_ADDRESS, Bouncing, pipe_of, start_exim, start_postfix
from tests.conformance.test_sendmail import _working
from tests.support.actors import actor
from tests.support.handing_in import open_door
from tests.support.needs import needs, needs_root
from tests.support.servers import Loop, SmtpServer
from tests.support.waiting import wait_until

UNKNOWN = "550 5.1.1 <nobody@example.com>: Recipient address rejected: User unknown in virtual mailbox table"
GONE = "nobody@example.com"


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    services = open_services(Config(home=tmp_path / "home"))
    yield services
    services.database.close()


@pytest.fixture
def further(loop: Loop) -> SmtpServer:
    """A server further on, that knows nobody."""
    server = SmtpServer(replies={"RCPT": UNKNOWN})
    return server.start(loop)


@pytest.fixture(params=["postfix", "exim"])
def bouncing(
    request: pytest.FixtureRequest, home: Path, services: Services, further: SmtpServer, loop: Loop
) -> Iterator[Callable[[bool], Bouncing]]:
    """Start a server that bounces into the panel's listener, with DSN offered or not."""
    needs_root(request.param)
    if request.param == "postfix":
        program, start = needs("postfix", "postfix"), start_postfix
    else:
        program, start = needs("exim4", "exim4-daemon-light", exim_server.UNPACKED), start_exim
    with ExitStack() as opened:
        door = opened.enter_context(open_door(services.database, loop))
        pipe = pipe_of(services.config.home, door.port)

        def begin(dsn: bool) -> Bouncing:
            folder = Path(tempfile.mkdtemp(prefix="bouncing-", dir=home))
            folder.chmod(0o755)
            server = start(program, folder, pipe=pipe, further=further.port, dsn=dsn)
            opened.callback(server.stop)
            return server

        yield begin


def settings_for(server: Bouncing) -> Settings:
    return Settings(
        from_address=BOUNCE_ADDRESS,
        smtp_host="127.0.0.1",
        smtp_port=server.port,
        smtp_auth=False,
        tls=False,
    )


def sent_and_back(services: Services, server: Bouncing, messages: int = 1) -> list[Entry]:
    """Send messages of one Message-ID through the server, and give them as they are when each has come back."""
    services.settings.save(settings_for(server), base=0, by=actor("test"), now=clock.now())
    content = b"Message-ID: <back@app.example.org>\r\nSubject: a\r\n\r\nHello.\r\n"
    submission = Submission((GONE,), content, "<back@app.example.org>", "a")
    for _ in range(messages):
        services.outbox.enqueue(submission, by=actor("shop"), now=clock.now())

    def back() -> bool:
        return services.outbox.bounced() == messages

    with _working(services):
        try:
            wait_until(back)
        except AssertionError:
            pytest.fail(server.log)
    found = [services.outbox.get(number) for number in range(1, messages + 1)]
    return [entry for entry in found if entry]


def test_what_a_further_server_refuses_is_told_with_its_message(
    services: Services, bouncing: Callable[[bool], Bouncing]
) -> None:
    """Without DSN the Message-ID of what came back tells which it is."""
    [entry] = sent_and_back(services, bouncing(False))

    assert entry.state is State.SENT
    assert [each.outcome for each in entry.tried] == ["sent", "bounced"]
    [recipient] = entry.recipients
    assert (recipient.address, recipient.state, recipient.cause) == (GONE, "sent", "recipient_unknown")
    assert recipient.reply
    assert "User unknown in virtual mailbox table" in recipient.reply


def test_a_server_that_offers_dsn_tells_messages_apart_that_have_one_message_id(
    services: Services, bouncing: Callable[[bool], Bouncing]
) -> None:
    """By the Message-ID alone both reports would be those of the newer one."""
    entries = sent_and_back(services, bouncing(True), messages=2)

    assert [[each.outcome for each in entry.tried] for entry in entries] == [["sent", "bounced"]] * 2
