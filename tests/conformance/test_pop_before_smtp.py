"""POP before SMTP: a login at Dovecot opens Postfix for a while."""

from __future__ import annotations

import pytest

from panel.mail.smtp.protocol import Stage
from panel.settings.model import PopTlsMode
from tests.conformance.dovecot import Dovecot
from tests.conformance.mailbox import Mailbox
from tests.conformance.people import SUZUKI
from tests.conformance.postfix import Postfix
from tests.conformance.sending import id_of, message, pop_before_smtp, refusal, relay, send, session_for
from tests.conformance.window import LIFETIME, PopWindow


@pytest.mark.parametrize(
    ("mode", "port"),
    [(PopTlsMode.STARTTLS, "pop3"), (PopTlsMode.IMPLICIT, "pop3s"), (PopTlsMode.NONE, "pop3")],
    ids=["stls", "pop3s", "plain"],
)
def test_a_pop_login_opens_the_relay(
    postfix: Postfix, dovecot: Dovecot, pop_window: PopWindow, ca: str, mailbox: Mailbox, mode: PopTlsMode, port: str
) -> None:
    envelope = message()
    settings = pop_before_smtp(postfix, dovecot, ca, pop_port=getattr(dovecot, port), pop_tls_mode=mode)
    assert "Relay access denied" in str(refusal(relay(postfix, ca)).reply)

    send(settings, envelope)

    assert mailbox.receive(id_of(envelope))


def test_the_relay_closes_again_after_the_window(
    postfix: Postfix, dovecot: Dovecot, pop_window: PopWindow, ca: str
) -> None:
    send(pop_before_smtp(postfix, dovecot, ca), message())
    send(relay(postfix, ca), message())

    pop_window.pass_time(LIFETIME)

    assert "Relay access denied" in str(refusal(relay(postfix, ca)).reply)


def test_a_further_pop_login_opens_the_relay_again(
    postfix: Postfix, dovecot: Dovecot, pop_window: PopWindow, ca: str, mailbox: Mailbox
) -> None:
    envelope = message()
    send(pop_before_smtp(postfix, dovecot, ca), message())
    pop_window.pass_time(LIFETIME)

    send(pop_before_smtp(postfix, dovecot, ca), envelope)

    assert mailbox.receive(id_of(envelope))


def test_a_wrong_pop_password_fails_at_pop_and_opens_nothing(
    postfix: Postfix, dovecot: Dovecot, pop_window: PopWindow, ca: str
) -> None:
    failure = refusal(pop_before_smtp(postfix, dovecot, ca, pop_password="wrong"))

    assert failure.stage is Stage.POP
    assert failure.cause == "pop_login_refused"
    assert "Authentication failed" in str(failure.reply)
    assert "Relay access denied" in str(refusal(relay(postfix, ca)).reply)


@pytest.mark.parametrize(
    ("mode", "port"), [(PopTlsMode.STARTTLS, "pop3"), (PopTlsMode.IMPLICIT, "pop3s")], ids=["stls", "pop3s"]
)
def test_a_pop_certificate_of_an_unknown_authority_ends_the_session_before_the_login(
    postfix: Postfix, dovecot: Dovecot, pop_window: PopWindow, mode: PopTlsMode, port: str
) -> None:
    settings = pop_before_smtp(postfix, dovecot, "", pop_port=getattr(dovecot, port), pop_tls_mode=mode)

    failure = refusal(settings)

    assert failure.stage is Stage.POP
    assert failure.cause == "certificate_untrusted"


def test_the_transcript_tells_the_pop_login_without_its_password(
    postfix: Postfix, dovecot: Dovecot, pop_window: PopWindow, ca: str
) -> None:
    with session_for(pop_before_smtp(postfix, dovecot, ca)) as session:
        session.open()

    told = "\n".join(session.transcript)
    assert "C: PASS" in told
    assert "Logged in" in told
    assert SUZUKI.password not in told


def test_the_pop_login_and_the_mail_come_from_one_source_address(
    postfix: Postfix, dovecot: Dovecot, pop_window: PopWindow, ca: str, mailbox: Mailbox
) -> None:
    envelope = message()

    send(pop_before_smtp(postfix, dovecot, ca, source_address="127.0.0.2"), envelope)

    assert mailbox.receive(id_of(envelope))
    assert "Relay access denied" in str(refusal(relay(postfix, ca)).reply)  # from where nobody has logged in
