"""The replies that are always the same, and those to a message that was not kept."""

from __future__ import annotations

from panel import logs
from panel.errors import (
    BeyondLimit,
    DatabaseBusy,
    DatabaseError,
    LimitReached,
    OutboxFull,
    OutcomeUnknown,
    OutOfReach,
    TokenLimited,
)
from panel.mail.message.normalize import Circle, TooLarge, TooManyRecipients, Unacceptable
from panel.outbox.enqueue import KeyReused

FULL = "421 4.3.2 Too many connections. Close some, or try again in a moment."
CROWDED = "421 4.3.2 Too many connections, and this one has waited longest. Connect again."
STOPPING = "421 4.3.2 The panel stops. Try again in a moment."
BEHIND_STARTTLS = "503 5.5.1 Nothing comes behind STARTTLS before its reply."  # it would be taken as encrypted
FIXED = {
    "NOOP": "250 2.0.0 OK",
    "VRFY": "252 2.5.2 Send the message: who cannot get it is seen then.",
    "EXPN": "502 5.5.1 There are no lists here.",
    "HELP": "214 2.0.0 EHLO, AUTH, MAIL, RCPT, DATA, RSET, NOOP, QUIT: RFC 5321 tells how.",
}
LAST_WORDS = {
    "QUIT": "221 2.0.0 Bye",
    "BDAT": "502 5.5.1 BDAT is not offered: use DATA.",  # its chunk would be read as commands
    # A web page may have sent a browser here.
    **dict.fromkeys(("GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT"), "521 5.5.1 This is SMTP, not HTTP."),
}
_REFUSALS: tuple[tuple[type[Exception], str], ...] = (
    (Circle, "554 5.4.6 {fault}"),
    (TooLarge, "552 5.3.4 {fault}"),
    (TooManyRecipients, "554 5.5.3 {fault}"),
    (Unacceptable, "554 5.6.0 {fault}"),
    (KeyReused, "554 5.5.0 {fault}"),
    (LimitReached, "450 4.7.1 {fault}"),
    (BeyondLimit, "550 5.7.1 {fault}"),
    (OutboxFull, "452 4.3.1 {fault}"),
    (OutcomeUnknown, "451 4.3.0 Nobody can say whether the message was kept. Send it again with its Message-ID."),
    (OutOfReach, "451 4.3.0 The outbox cannot be reached. Try again in a moment."),
    (DatabaseBusy, "451 4.3.2 The outbox is busy. Try again in a moment."),
    (DatabaseError, "451 4.3.0 The outbox cannot be written to. Ask the administrator, and try again later."),
    (Exception, "451 4.3.0 The panel has made a mistake, and its log says which. Try again later."),
)


def refusal_of(fault: Exception) -> str:
    """Give the reply to a final dot whose message was not kept; what the operator should know goes to the log."""
    reply = next(reply for kind, reply in _REFUSALS if isinstance(fault, kind))
    if isinstance(fault, DatabaseError):
        logs.error("database_failed", text=fault)
    elif not isinstance(fault, (Unacceptable, KeyReused, OutboxFull, TokenLimited)):
        logs.error("submission_failed", fault)
    return reply.format(fault=fault)
