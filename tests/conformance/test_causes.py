"""What real servers say when they refuse, and the cause that the operator is told."""

from __future__ import annotations

import pytest

from panel.diagnosis.diagnose import diagnose
from panel.mail.smtp.errors import DeliveryFailed
from panel.mail.smtp.protocol import Failure
from panel.settings.model import Settings
from tests.conformance.dovecot import Dovecot
from tests.conformance.exim import Exim
from tests.conformance.people import MESSAGE_SIZE_LIMIT, NOBODY, SUZUKI
from tests.conformance.postfix import Postfix
from tests.conformance.sending import (
    message,
    pop_before_smtp,
    refusal,
    relay,
    send,
    session_for,
    submission,
    submissions,
)
from tests.conformance.window import PopWindow

NO_LOGIN = {"smtp_auth": False, "smtp_user": "", "smtp_password": ""}
TOO_LONG = "一行\n" * (MESSAGE_SIZE_LIMIT // 5)


def cause_of(settings: Settings, failure: Failure) -> str:
    logged_in = settings.smtp_auth
    name: str = diagnose(failure, host=settings.smtp_host, port=settings.smtp_port, logged_in=logged_in).cause.name
    return name


def test_postfix_refuses_the_password(postfix: Postfix, ca: str) -> None:
    settings = submission(postfix.submission, ca, smtp_password="wrong")

    assert cause_of(settings, refusal(settings)) == "login_refused"


def test_postfix_refuses_an_unknown_user(postfix: Postfix, ca: str) -> None:
    settings = submission(postfix.submission, ca, smtp_user="tanaka")

    assert cause_of(settings, refusal(settings)) == "login_refused"


def test_postfix_refuses_a_sender_of_another_login(postfix: Postfix, ca: str) -> None:
    settings = submission(postfix.submission, ca)

    assert cause_of(settings, refusal(settings, message(mail_from=SUZUKI.address))) == "sender_not_allowed"


def test_postfix_refuses_to_relay(postfix: Postfix, pop_window: PopWindow, ca: str) -> None:
    settings = relay(postfix, ca)

    assert cause_of(settings, refusal(settings)) == "relay_denied"


def test_postfix_knows_no_such_recipient(postfix: Postfix, ca: str) -> None:
    settings = submission(postfix.submission, ca)

    assert cause_of(settings, refusal(settings, message(NOBODY))) == "recipient_unknown"


def test_postfix_wants_tls_first(postfix: Postfix, ca: str) -> None:
    settings = submission(postfix.submission, ca, tls=False, **NO_LOGIN)

    assert cause_of(settings, refusal(settings)) == "tls_required"


def test_postfix_wants_a_login_for_a_sender_that_has_one(postfix: Postfix, ca: str) -> None:
    settings = submission(postfix.submission, ca, **NO_LOGIN)

    assert cause_of(settings, refusal(settings)) == "auth_required"


def test_postfix_takes_no_client_without_a_login(postfix: Postfix, ca: str) -> None:
    settings = submissions(postfix.submissions, ca, **NO_LOGIN)

    failure = refusal(settings)

    assert "Client host rejected: Access denied" in str(failure.reply)
    assert cause_of(settings, failure) == "auth_required"


def test_postfix_takes_no_recipient_without_a_login(postfix: Postfix, ca: str) -> None:
    settings = submission(postfix.stock, ca, **NO_LOGIN)

    failure = refusal(settings)

    assert "Recipient address rejected: Access denied" in str(failure.reply)
    assert cause_of(settings, failure) == "auth_required"


def test_postfix_refuses_a_local_host_name_that_is_not_full(postfix: Postfix, ca: str) -> None:
    settings = submission(postfix.submission, ca, local_hostname="app01")

    assert cause_of(settings, refusal(settings)) == "local_hostname"


def test_postfix_refuses_a_message_that_is_too_large(postfix: Postfix, ca: str) -> None:
    settings = submission(postfix.submission, ca)

    assert cause_of(settings, refusal(settings, message(text=TOO_LONG))) == "message_too_large"


def test_postfix_takes_so_many_messages_a_minute(postfix: Postfix, ca: str) -> None:
    settings = submission(postfix.one_message, ca)

    with pytest.raises(DeliveryFailed) as caught:
        send(settings, message(), message())

    assert cause_of(settings, caught.value.failure) == "rate_limited"


def test_postfix_takes_so_many_connections_at_once(postfix: Postfix, ca: str) -> None:
    settings = submission(postfix.one_connection, ca)

    with session_for(settings) as session:
        session.open()
        failure = refusal(settings)

    assert cause_of(settings, failure) == "too_many_connections"


def test_postfix_offers_no_starttls(postfix: Postfix, ca: str) -> None:
    settings = submission(postfix.no_tls, ca)

    assert cause_of(settings, refusal(settings)) == "starttls_not_offered"


def test_postfix_offers_no_login(postfix: Postfix, ca: str) -> None:
    settings = submission(postfix.relay, ca)

    assert cause_of(settings, refusal(settings)) == "auth_not_offered"


def test_implicit_tls_is_spoken_to_a_starttls_port(postfix: Postfix, ca: str) -> None:
    settings = submissions(postfix.submission, ca)

    assert cause_of(settings, refusal(settings)) == "tls_wrong_mode"


def test_a_port_of_implicit_tls_says_nothing_to_plain_text(postfix: Postfix, ca: str) -> None:
    settings = submission(postfix.submissions, ca)

    assert cause_of(settings, refusal(settings, seconds=2)) == "greeting_timeout"


def test_a_pop_server_is_no_smtp_server(dovecot: Dovecot, ca: str) -> None:
    settings = submission(dovecot.pop3, ca)

    assert cause_of(settings, refusal(settings)) == "not_smtp"


def test_the_authority_is_unknown(postfix: Postfix) -> None:
    settings = submission(postfix.submission, "")

    assert cause_of(settings, refusal(settings)) == "certificate_untrusted"


def test_the_certificate_is_for_another_host(postfix: Postfix, ca: str) -> None:
    settings = submission(postfix.another_host, ca)

    assert cause_of(settings, refusal(settings)) == "certificate_hostname"


def test_the_certificate_is_out_of_date(postfix: Postfix, ca: str) -> None:
    settings = submission(postfix.expired, ca)

    assert cause_of(settings, refusal(settings)) == "certificate_expired"


def test_dovecot_refuses_the_pop_password(postfix: Postfix, dovecot: Dovecot, ca: str) -> None:
    settings = pop_before_smtp(postfix, dovecot, ca, pop_password="wrong")

    assert cause_of(settings, refusal(settings)) == "pop_login_refused"


def test_an_smtp_server_is_no_pop_server(postfix: Postfix, dovecot: Dovecot, ca: str) -> None:
    settings = pop_before_smtp(postfix, dovecot, ca, pop_port=postfix.relay)

    assert cause_of(settings, refusal(settings)) == "pop_unreachable"


def test_exim_refuses_the_password(exim: Exim, ca: str) -> None:
    settings = submission(exim.plain, ca, smtp_password="wrong")

    assert cause_of(settings, refusal(settings)) == "login_refused"


def test_exim_refuses_to_relay(exim: Exim, ca: str) -> None:
    settings = submission(exim.plain, ca, **NO_LOGIN)

    failure = refusal(settings)

    assert "relay not permitted" in str(failure.reply)
    assert cause_of(settings, failure) == "relay_denied"


def test_exim_knows_no_such_recipient(exim: Exim, ca: str) -> None:
    settings = submission(exim.plain, ca)

    failure = refusal(settings, message(NOBODY))

    # Exim says the same of an unknown mailbox and of an unknown domain.
    assert str(failure.reply) == "550 Unrouteable address"
    assert cause_of(settings, failure) in {"recipient_unknown", "recipient_domain"}


def test_exim_wants_tls_first(exim: Exim, ca: str) -> None:
    settings = submission(exim.plain, ca, tls=False, **NO_LOGIN)

    assert cause_of(settings, refusal(settings)) == "tls_required"


def test_exim_refuses_a_message_that_is_too_large(exim: Exim, ca: str) -> None:
    settings = submission(exim.plain, ca)

    assert cause_of(settings, refusal(settings, message(text=TOO_LONG))) == "message_too_large"
