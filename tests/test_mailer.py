"""An application sends from Python: one object, in any thread and process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from panel.config import Config
from panel.errors import ConfigError, DatabaseError
from panel.mailer import Attachment, Draft, Mailer, Priority, Refused
from panel.outbox.state import State
from panel.services import Services, open_services
from panel.settings.model import Settings
from panel.storage.actor import CONFIGURATION
from tests.support.actors import actor
from tests.support.mail import NOW
from tests.support.paths import ROOT
from tests.support.places import variables_of
from tests.support.servers import SmtpServer

DRAFT = Draft(to=('"花子" <hanako@example.org>',), subject="請求書", text="ご確認ください。\n")


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return open_services(Config(home=tmp_path / "home"))


@pytest.fixture
def mailer(services: Services) -> Mailer:
    return Mailer(services.config, account="shop")


def test_a_message_is_in_the_outbox_when_its_ticket_is_there(mailer: Mailer, services: Services) -> None:
    ticket = mailer.send(DRAFT)

    entry = services.outbox.get(ticket.number)
    assert entry
    assert (entry.door, entry.account, entry.subject) == ("python", "shop", "請求書")
    assert mailer.status(ticket.number) == entry
    assert mailer.status(ticket.number + 1) is None


def test_a_wrong_part_is_named_and_nothing_is_kept(mailer: Mailer, services: Services) -> None:
    with pytest.raises(Refused) as caught:
        mailer.send_all([DRAFT, Draft(to=("no address",), text="a")])

    assert caught.value.field == "to"
    assert not services.outbox.list().entries


def test_the_same_key_sends_once(mailer: Mailer) -> None:
    first = mailer.send(DRAFT, key="order 1")
    again = mailer.send(DRAFT, key="order 1")

    assert (again.number, again.repeated) == (first.number, True)
    assert mailer.send(DRAFT, key="order 2").number != first.number


def test_a_finished_message_is_taken_as_it_is(mailer: Mailer) -> None:
    ticket = mailer.send_raw(b"Message-ID: <1@shop.example>\nTo: a@example.org\nBcc: b@example.org\n\nHello\n")

    assert ticket.message_id == "<1@shop.example>"
    entry = mailer.status(ticket.number)
    assert entry
    assert [each.address for each in entry.recipients] == ["a@example.org", "b@example.org"]
    urgent = mailer.send_raw(b"Subject: a\n\nb\n", ["c@example.org"], priority=Priority.HIGH)
    found = mailer.status(urgent.number)
    assert found
    assert found.priority is Priority.HIGH


def test_message_ids_are_of_the_senders_domain(mailer: Mailer, services: Services) -> None:
    services.settings.save(Settings(from_address="report@shop.example"), base=0, by=actor("test"), now=NOW)

    assert mailer.send(DRAFT).message_id.endswith("@shop.example>")


def test_it_opens_by_the_environment_or_by_the_home(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    home = services.config.home
    monkeypatch.setenv("MAIL_PANEL_HOME", str(home))

    assert Mailer.open().send(DRAFT).number == 1
    monkeypatch.delenv("MAIL_PANEL_HOME")
    assert Mailer.open(home).send(DRAFT).number == 2


def test_who_sends_here_takes_the_settings_of_a_file_and_hears_what_is_wrong_in_it(
    services: Services, server: SmtpServer, tmp_path: Path
) -> None:
    file = tmp_path / "mail.conf"
    mailer = Mailer(replace(services.config, settings_file=file))
    file.write_text("smtp_ports=25")
    with pytest.raises(ConfigError, match="named smtp_ports"), mailer.working():
        pass

    file.write_text(
        f"from_address=report@example.org\nsmtp_host=127.0.0.1\nsmtp_port={server.port}\nsmtp_auth=no\ntls=no"
    )
    with mailer.working():
        mailer.send(DRAFT)
        server.wait_for(1)

    assert services.settings.current().saved_by == CONFIGURATION


def test_the_settings_file_of_the_environment_is_not_that_of_a_home_that_is_named(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PANEL_SETTINGS", "/nonexistent/mail.conf")

    with Mailer.open(services.config.home).working():
        pass


@pytest.mark.parametrize("named", ["elsewhere.db", "postgresql://nobody@127.0.0.1:1/mail"])
def test_a_home_that_is_named_is_opened_with_its_own_data_file(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.setenv("MAIL_PANEL_HOME", str(tmp_path / "another"))
    monkeypatch.setenv("MAIL_PANEL_DATABASE", named if "://" in named else str(tmp_path / named))

    ticket = Mailer.open(services.config.home).send(DRAFT)

    assert services.outbox.get(ticket.number)


def test_a_home_without_a_data_file_is_not_taken_for_one_on_a_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PANEL_DATABASE", "postgresql://nobody@127.0.0.1:1/mail")

    with pytest.raises(ConfigError, match="without a home"):
        Mailer.open(tmp_path)


@pytest.mark.data_file("a home that is named is one with a data file")
def test_where_the_panel_never_was_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="Start the panel once"):
        Mailer.open(tmp_path / "elsewhere")

    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.both_doors
def test_threads_and_forks_share_one(mailer: Mailer, services: Services) -> None:
    mailer.send(DRAFT)
    threads = [threading.Thread(target=lambda: [mailer.send(DRAFT) for _ in range(5)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    program = (
        "import os; from panel.mailer import Draft, Mailer\n"
        "mailer = Mailer.open()\n"
        "send = lambda: mailer.send(Draft(to=('a@example.org',), text='a'))\n"
        "send()\n"
        "for _ in range(3):\n"
        "    if os.fork() == 0:\n"
        "        send(); send(); os._exit(0)\n"
        "send()\n"
        "for _ in range(3): os.wait()\n"
        "send()\n"
    )
    subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **variables_of(services.config.home), "PYTHONPATH": str(ROOT)},
        check=True,
        timeout=60,
    )

    assert services.outbox.counts().by_state[State.QUEUED] == 1 + 4 * 5 + 3 + 3 * 2
    services.database.require()


@pytest.mark.both_doors
def test_a_small_application_sends_by_itself(mailer: Mailer, services: Services, server: SmtpServer) -> None:
    settings = Settings(
        from_address="report@example.org", smtp_host="127.0.0.1", smtp_port=server.port, smtp_auth=False, tls=False
    )
    services.settings.save(settings, base=0, by=actor("test"), now=NOW)
    draft = Draft(
        to=("hanako@example.org",),
        bcc=("taro@example.org",),
        subject="請求書",
        text="本文\n",
        html="<p>本文</p>",
        attachments=(Attachment("請求書.pdf", b"%PDF-", "application/pdf"),),
    )

    with mailer.working():
        ticket = mailer.send(draft)
        server.wait_for(1)

    [arrived] = server.messages
    message = message_from_bytes(arrived.raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert (arrived.mail_from, arrived.rcpt_to) == ("report@example.org", ("hanako@example.org", "taro@example.org"))
    assert (message["Subject"], message["Bcc"], message["Message-ID"]) == ("請求書", None, ticket.message_id)
    assert [part.get_filename() for part in message.iter_attachments()] == ["請求書.pdf"]
    entry = mailer.status(ticket.number)
    assert entry
    assert entry.state is State.SENT
    assert "mail-worker" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.data_file("a server's driver loads ssl by itself")
def test_sending_needs_neither_the_web_nor_the_key(services: Services) -> None:
    services.config.key_path.unlink()
    program = (
        "import sys\nfrom panel.mailer import Draft, Mailer\n"
        "Mailer.open(sys.argv[1]).send(Draft(to=('a@example.org',), text='a'))\n"
        "print({'flask', 'click', 'cryptography', 'sqlite_utils', 'ssl'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", program, str(services.config.home)]

    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)

    assert done.stdout == "set()\n"


def test_when_to_report_is_said_with_the_message(mailer: Mailer) -> None:
    never = mailer.send(DRAFT, notify="never")
    [always] = mailer.send_all([DRAFT], notify="success,failure")
    raw = mailer.send_raw(b"To: hanako@example.org\r\n\r\nHi\r\n", notify="delay")
    silent = mailer.send(DRAFT)

    found = [mailer.status(each.number) for each in (never, always, raw, silent)]
    assert [each and each.notify for each in found] == ["never", "failure,success", "delay", None]


def test_another_word_for_when_to_report_is_refused(mailer: Mailer) -> None:
    with pytest.raises(Refused) as caught:
        mailer.send(DRAFT, notify="always")

    assert caught.value.field == "notify"
