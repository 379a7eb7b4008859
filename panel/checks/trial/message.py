"""The message that a test send delivers."""

from __future__ import annotations

from datetime import datetime

from panel.checks.trial.order import Order
from panel.i18n import N_, catalogue
from panel.mail.message.envelope import Envelope, compose
from panel.mail.smtp.protocol import Security

_SUBJECT = N_("Test email: the mail settings work")
_TEXT = N_("""This message was sent by mail-panel to test the settings of an application's outgoing mail.
If you can read it, mail sent with these settings arrives.

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


def message_of(order: Order, now: datetime) -> Envelope:
    """Compose a message that names the panel, the time, the version and the settings, and no secret."""
    translate = catalogue(order.locale).gettext
    settings = order.settings
    version = translate(N_("version %(number)d")) % {"number": order.version} if order.version else None
    text = translate(_TEXT) % {
        "time": now.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "version": version or translate(N_("not saved yet")),
        "host": settings.smtp_host,
        "port": settings.smtp_port,
        "security": translate(_SECURITY[settings.smtp_security]),
        "auth": settings.smtp_user if settings.smtp_auth else translate(N_("none")),
        "sender": settings.from_address,
    }
    return compose(
        from_address=settings.from_address,
        from_name=settings.from_name,
        to=order.recipient,
        subject=translate(_SUBJECT),
        text=text,
        date=now,
    )
