"""What is asked of Postfix and Exim with a message stands in the reports that they make of it."""

from __future__ import annotations

from email.message import Message

import pytest

from panel.diagnosis.diagnose import diagnose
from panel.mail.dsn.envid import envid_of, read_envid
from panel.mail.dsn.xtext import original_recipient, text_of_xtext
from panel.mail.message.envelope import Envelope
from panel.settings.model import Settings
from tests.conformance.exim import Exim
from tests.conformance.mailbox import GONE, Mailbox
from tests.conformance.people import TANAKA
from tests.conformance.postfix import Postfix
from tests.conformance.sending import id_of, message, refusal, session_for, submission

STATUS = ("message/delivery-status", "message/global-delivery-status")  # the latter of RFC 6533
RECIPIENT = f"{GONE}+a=b@elsewhere.example"  # with all that xtext has to write otherwise


@pytest.fixture(params=["postfix", "exim"])
def settings(request: pytest.FixtureRequest, ca: str) -> Settings:
    """The settings for a server that offers to report."""
    server: Postfix | Exim = request.getfixturevalue(request.param)
    return submission(server.submission if isinstance(server, Postfix) else server.login, ca)


def send(settings: Settings, envelope: Envelope, *, pipelining: bool = True) -> None:
    with session_for(settings, pipelining=pipelining) as session:
        session.open()
        assert "DSN" in session.extensions
        receipt = session.deliver(envelope)
        assert not receipt.refused
        assert not session.refuses_reports


def asking(number: int, *rcpt_to: str, notify: str = "failure,delay") -> Envelope:
    envelope = message(rcpt_to[0] if rcpt_to else RECIPIENT)
    envid = envid_of(number, id_of(envelope), "app.example.org")
    return envelope._replace(rcpt_to=rcpt_to or (RECIPIENT,), notify=notify, envid=envid)


def fields(report: Message) -> dict[str, str]:
    """Give the fields of a report, those of the message and of its first recipient."""
    [status] = [part for part in report.walk() if part.get_content_type() in STATUS]
    text = status.as_bytes().partition(b"\r\n\r\n")[2].decode()
    lines = (line.partition(":") for line in text.splitlines() if line[:1].isalpha())
    return {name.lower(): value.strip() for name, _, value in lines}


@pytest.mark.parametrize("pipelining", [False, True])
def test_a_report_of_a_failure_bears_our_number_and_the_address_as_we_meant_it(
    settings: Settings, mailbox: Mailbox, *, pipelining: bool
) -> None:
    envelope = asking(100 + pipelining)

    send(settings, envelope, pipelining=pipelining)

    report = mailbox.report_on(envelope.envid.encode())
    told = fields(report.message)
    found = read_envid(told["original-envelope-id"])
    assert found
    assert found.number == 100 + pipelining
    assert found.is_of(id_of(envelope))
    original = original_recipient(told["original-recipient"])
    assert RECIPIENT in (original, text_of_xtext(original or ""))  # Exim leaves it as it came
    assert (told["action"], told["status"][:1]) == ("failed", "5")
    assert report.rcpt_to == (TANAKA.address,)
    assert envelope.message.rpartition(b"\r\n\r\n")[2].strip() not in report.content  # RET=HDRS


def test_an_address_in_another_script_comes_back_as_it_was(
    request: pytest.FixtureRequest, ca: str, mailbox: Mailbox
) -> None:
    settings = submission(request.getfixturevalue("postfix").submission, ca)
    address = f"{GONE}+花子@elsewhere.example"
    envelope = asking(110, address)

    send(settings, envelope)

    told = fields(mailbox.report_on(envelope.envid.encode()).message)
    assert original_recipient(told["original-recipient"]) == address


def test_bounces_go_to_the_bounce_address(exim: Exim, ca: str, mailbox: Mailbox) -> None:
    envelope = asking(120)._replace(mail_from="bounces@example.net")

    send(submission(exim.login, ca), envelope)

    assert mailbox.report_on(envelope.envid.encode()).rcpt_to == ("bounces@example.net",)


def test_a_bounce_address_that_is_not_the_logins_own_is_what_is_to_be_changed(postfix: Postfix, ca: str) -> None:
    envelope = asking(121)._replace(mail_from="bounces@example.net")

    failure = refusal(submission(postfix.submission, ca), envelope)

    found = diagnose(failure, bounce_address=envelope.mail_from)
    assert (found.cause.name, found.field) == ("sender_not_allowed", "bounce_address")


def test_who_wants_none_gets_none(settings: Settings, mailbox: Mailbox) -> None:
    never, wanted = asking(130, notify="never"), asking(131)

    send(settings, never)
    send(settings, wanted)

    mailbox.report_on(wanted.envid.encode())
    assert not mailbox.reports_on(never.envid.encode())


def test_a_success_is_reported_where_that_is_wanted(settings: Settings, mailbox: Mailbox) -> None:
    envelope = asking(140, "hanako@elsewhere.example", notify="failure,success")

    send(settings, envelope)

    told = fields(mailbox.report_on(envelope.envid.encode()).message)
    assert told["action"] in ("delivered", "relayed")
