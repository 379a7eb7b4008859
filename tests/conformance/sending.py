"""Settings, messages and sessions for the tests, in the product's own words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any

import pytest

from panel.checks.trial.message import plain_envelope
from panel.mail.message.envelope import Envelope
from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.mail.smtp.errors import DeliveryFailed
from panel.mail.smtp.protocol import Failure
from panel.mail.smtp.session import Session
from panel.mail.smtp.transaction import Receipt
from panel.settings.model import PopTlsMode, Settings, TlsMode
from tests.conformance.dovecot import Dovecot
from tests.conformance.people import APP_HOST, ELSEWHERE, SUZUKI, TANAKA
from tests.conformance.postfix import Postfix

SECONDS = 20.0


def submission(port: int, ca: str, **changes: Any) -> Settings:
    """What an operator enters for a submission server: STARTTLS, and the login of the sender."""
    settings = Settings(
        from_address=TANAKA.address,
        smtp_host="localhost",
        smtp_port=port,
        smtp_user=TANAKA.address,
        smtp_password=TANAKA.password,
        local_hostname=APP_HOST,
        ca_certificate=ca,
    )
    return replace(settings, **changes)


def submissions(port: int, ca: str, **changes: Any) -> Settings:
    return submission(port, ca, tls_mode=TlsMode.IMPLICIT, **changes)


def relay(postfix: Postfix, ca: str, **changes: Any) -> Settings:
    """The settings for a server that asks for no login by SMTP."""
    return submission(postfix.relay, ca, smtp_auth=False, smtp_user="", smtp_password="", **changes)


def pop_before_smtp(postfix: Postfix, dovecot: Dovecot, ca: str, **changes: Any) -> Settings:
    pop = {
        "pop_before_smtp": True,
        "pop_host": "localhost",
        "pop_port": dovecot.pop3,
        "pop_user": SUZUKI.address,
        "pop_password": SUZUKI.password,
        "pop_tls_mode": PopTlsMode.STARTTLS,
    }
    return relay(postfix, ca, **(pop | changes))


def message(
    rcpt_to: str = ELSEWHERE, *, mail_from: str = TANAKA.address, from_name: str = "", text: str = "本文です。\n"
) -> Envelope:
    return plain_envelope(
        from_address=mail_from,
        from_name=from_name,
        to=rcpt_to,
        subject="送信テスト",
        text=text,
        date=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
    )


def id_of(envelope: Envelope) -> str:
    message_id: str = message_from_bytes(envelope.message)["Message-ID"]
    return message_id


def session_for(settings: Settings, *, seconds: float = SECONDS, pipelining: bool = False) -> Session:
    return Session(settings.server, policy=Policy(), deadline=Deadline(seconds), pipelining=pipelining)


def send(settings: Settings, *envelopes: Envelope) -> list[Receipt]:
    """Deliver messages in one session."""
    with session_for(settings) as session:
        session.open()
        return [session.deliver(envelope) for envelope in envelopes]


def check(settings: Settings, envelope: Envelope) -> None:
    """Offer a message without delivering it."""
    with session_for(settings) as session:
        session.open()
        session.check(envelope)


def attempt(session: Session, envelope: Envelope) -> None:
    with session:
        session.open()
        session.deliver(envelope)


def refusal(settings: Settings, envelope: Envelope | None = None, *, seconds: float = SECONDS) -> Failure:
    """Give the failure that ends a delivery; fail when the server takes the message."""
    with pytest.raises(DeliveryFailed) as caught:
        attempt(session_for(settings, seconds=seconds), envelope or message())
    failure: Failure = caught.value.failure
    return failure
