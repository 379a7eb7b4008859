"""The message that a test send delivers: plain text to one recipient, every header field written here."""

from __future__ import annotations

import base64
import os
from datetime import datetime
from email.utils import format_datetime

from panel.checks.trial.order import Order
from panel.i18n import N_, catalogue
from panel.mail.dsn.envid import envid_of_test
from panel.mail.message.encoded_words import unstructured
from panel.mail.message.envelope import Envelope
from panel.mail.message.header import mailbox, write_field
from panel.mail.smtp.protocol import Security
from panel.settings.model import Settings

_SUBJECT = N_("Test email: the mail settings work")
_TEXT = N_("""This message was sent by mail-panel to test the settings of an application's outgoing mail.
If you can read it, mail sent with these settings arrives.

Test: %(mark)s
Time: %(time)s
Settings: %(version)s
Server: %(host)s, port %(port)d, %(security)s
Sign-in: %(auth)s
From: %(sender)s
""")
_SECURITY = {
    Security.IMPLICIT: N_("TLS from the first byte"),
    Security.STARTTLS: N_("STARTTLS"),
    Security.NONE: N_("no encryption"),
}


def mark_of_test(number: int) -> str:
    """Give what a test's subject begins with, such as `[#12]`: a mailbox that has many of them shows which is which."""
    return f"[#{number}]"


def message_of(order: Order, number: int, now: datetime) -> Envelope:
    """Compose a message that names the panel, the test, the time, the version and the settings, and no secret."""
    translate = catalogue(order.locale).gettext
    settings = order.settings
    version = translate(N_("version %(number)d")) % {"number": order.version} if order.version else None
    text = translate(_TEXT) % {
        "mark": mark_of_test(number),
        "time": now.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "version": version or translate(N_("not saved yet")),
        "host": settings.smtp_host,
        "port": settings.smtp_port,
        "security": translate(_SECURITY[settings.smtp_security]),
        "auth": settings.smtp_user if settings.smtp_auth else translate(N_("none")),
        "sender": settings.from_address,
    }
    return plain_envelope(
        from_address=settings.from_address,
        from_name=settings.from_name,
        to=order.recipient,
        subject=f"{mark_of_test(number)} {translate(_SUBJECT)}",
        text=text,
        date=now,
    )


def reported(envelope: Envelope, settings: Settings, number: int) -> Envelope:
    """Have bounces go where those of all mail go, and ask for a report should the test fail beyond the server.

    Of a mere delay nobody who waits for a test hears in time.
    """
    envid = envid_of_test(number, settings.sender_domain)
    return envelope._replace(mail_from=settings.mail_from, notify="failure", envid=envid)


def plain_envelope(
    *,
    from_address: str,
    from_name: str,
    to: str,
    subject: str,
    text: str,
    date: datetime,
    message_id: str | None = None,
) -> Envelope:
    """Compose a plain text message to one recipient, with CR LF line ends only."""
    domain = from_address.rpartition("@")[2] or "localhost"
    headers = [
        ("From", mailbox(from_address, from_name)),
        ("To", to if to.isascii() else "undisclosed-recipients:;"),  # ASCII needs no SMTPUTF8 of the reader's server
        ("Subject", unstructured(subject)),
        ("Date", format_datetime(date)),
        ("Message-ID", message_id or f"<{os.urandom(16).hex()}@{domain}>"),
        ("Auto-Submitted", "auto-generated"),  # RFC 3834: no one replies to a test
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "base64"),
    ]
    head = "".join(write_field(name, value) for name, value in headers)
    body = base64.encodebytes(text.replace("\n", "\r\n").encode()).replace(b"\n", b"\r\n")
    return Envelope(from_address, (to,), head.encode("ascii") + b"\r\n" + body)
