"""The replies to what cannot be done: to a message that was not kept, and the codes of those of aiosmtpd."""

from __future__ import annotations

import re

from panel import logs
from panel.errors import DatabaseBusy, DatabaseError, OutboxFull
from panel.mail.message.normalize import Circle, Unacceptable
from panel.outbox.enqueue import KeyReused

_ENHANCED = {"221": "2.0.0", "250": "2.0.0", "454": "4.7.0", "500": "5.5.1", "501": "5.5.4", "503": "5.5.1"}
_REFUSALS: tuple[tuple[type[Exception], str], ...] = (
    (Circle, "554 5.4.6 {fault}"),
    (Unacceptable, "554 5.6.0 {fault}"),
    (KeyReused, "554 5.5.0 {fault}"),
    (OutboxFull, "452 4.3.1 {fault}"),
    (DatabaseBusy, "451 4.3.2 The outbox is busy. Try again in a moment."),
    (DatabaseError, "451 4.3.0 The outbox cannot be written to. Ask the administrator, and try again later."),
    (Exception, "451 4.3.0 The panel has made a mistake, and its log says which. Try again later."),
)


def enhanced(reply: str) -> str:
    """Give a reply of aiosmtpd's an enhanced code (RFC 2034), where it has none."""
    code = _ENHANCED.get(reply[:3])
    return f"{reply[:3]} {code}{reply[3:]}" if code and not re.match(r"\d{3} \d\.\d", reply) else reply


def refusal_of(fault: Exception) -> str:
    """Give the reply to a final dot whose message was not kept; what the operator should know goes to the log."""
    reply = next(reply for kind, reply in _REFUSALS if isinstance(fault, kind))
    if isinstance(fault, DatabaseError):
        logs.error("database_failed", text=fault)
    elif not isinstance(fault, (Unacceptable, KeyReused, OutboxFull)):
        logs.error("submission_failed", fault)
    return reply.format(fault=fault)
