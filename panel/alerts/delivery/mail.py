"""An alert mail: plain text by a server of its own and never by the outbox, so that nothing holds it back."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from typing import NamedTuple

from panel.alerts.delivery.answered import Answered
from panel.alerts.delivery.requests import Dispatch, title_of
from panel.alerts.destination import Destination
from panel.alerts.kinds.mail_server import has_own_server, server_settings
from panel.i18n import N_, catalogue
from panel.mail.message.encoded_words import unstructured
from panel.mail.message.envelope import Envelope
from panel.mail.message.header import mailbox, write_field
from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.mail.smtp.errors import DeliveryFailed
from panel.mail.smtp.protocol import Failure
from panel.mail.smtp.server import Server
from panel.mail.smtp.session import Session

_REPLY = N_("The mail server's reply: %(reply)s")
_SENDER = "mail-panel"


class MailRoute(NamedTuple):
    """How an alert mail leaves: by which server, and from which address."""

    server: Server
    from_address: str


SecondRoute = Callable[[], MailRoute | None]  # the second server of the settings, where there is one


def send_alert_mail(
    destination: Destination,
    dispatch: Dispatch,
    at: datetime,
    *,
    second: SecondRoute,
    policy: Policy,
    deadline: Deadline,
) -> Answered:
    """Send one mail to all recipients; that one of them is taken is a success."""
    route = _route(destination, second)
    if route is None:
        return Answered(told=False, status="no_second_server")
    envelope = alert_envelope(destination, dispatch, at, route.from_address)
    try:
        with Session(route.server, policy=policy, deadline=deadline, transcribed=False) as session:
            session.open()
            receipt = session.deliver(envelope)
    except DeliveryFailed as fault:
        return Answered(told=False, status=_status(fault.failure))
    return Answered(told=True, status=f"{receipt.reply.code}")


def alert_envelope(destination: Destination, dispatch: Dispatch, at: datetime, from_address: str) -> Envelope:
    """Compose the mail; all of one incident are one conversation, and none of them is answered (RFC 3834)."""
    notice, domain = dispatch.notice, from_address.rpartition("@")[2]
    rcpt_to = tuple(each.strip() for each in destination.values["recipients"].split(","))
    thread = f"<{notice.id}.{_mark(destination, dispatch)}@{domain}>"
    later = [] if dispatch.first else [("In-Reply-To", thread), ("References", thread)]
    headers = [
        ("From", mailbox(from_address, _SENDER)),
        ("To", ", ".join(rcpt_to)),
        ("Subject", unstructured(title_of(notice)[:200])),
        ("Date", format_datetime(at)),
        ("Message-ID", thread if dispatch.first else f"<{dispatch.webhook_id}@{domain}>"),
        *later,
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "base64"),
    ]
    head = "".join(write_field(name, value) for name, value in headers)
    body = base64.encodebytes(_text(destination, dispatch).replace("\n", "\r\n").encode()).replace(b"\n", b"\r\n")
    return Envelope("", rcpt_to, head.encode("ascii") + b"\r\n" + body)


def _route(destination: Destination, second: SecondRoute) -> MailRoute | None:
    if not has_own_server(destination.values):
        return second()
    settings = server_settings(destination.values, destination.secrets.get("password", ""))
    return MailRoute(settings.server, settings.from_address)


def _mark(destination: Destination, dispatch: Dispatch) -> str:
    """Tell the incidents of several panels, and of a panel that was set up anew, apart."""
    told = f"{destination.number}/{dispatch.notice.panel}/{dispatch.notice.since.isoformat()}"
    return hashlib.blake2b(told.encode(), digest_size=6).hexdigest()


def _text(destination: Destination, dispatch: Dispatch) -> str:
    notice, translate = dispatch.notice, catalogue(destination.locale).gettext
    lines = [notice.what, "", *(f"- {each}" for each in notice.do)]
    if notice.reply:
        lines += ["", translate(_REPLY) % {"reply": notice.reply}]
    if notice.url:
        lines += ["", notice.url]
    lines += ["", f"-- {notice.panel} {notice.id}".rstrip()]
    return "\n".join(lines) + "\n"


def _status(failure: Failure) -> str:
    """Give the code and the cause; a server's words are not shown."""
    return f"{failure.reply.code} {failure.cause}" if failure.reply else failure.cause
