"""Causes about the sender, and about whom the server passes mail on for."""

from __future__ import annotations

from panel.diagnosis.causes.cause import Cause, QueueEffect, Whose, Words
from panel.i18n import N_
from panel.mail.smtp.protocol import Stage

SENDER_NOT_ALLOWED = Cause(
    name="sender_not_allowed",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="from_address",
    usual_stage=Stage.MAIL,
    example="553 5.7.1 <info@example.jp>: Sender address rejected: not owned by user tanaka@example.jp",
    what=N_("This sender is not allowed."),
    know=N_(
        "The sender exists, and the answer names the user, the owner or a verification; with the SMTP user's own "
        "address it goes through."
    ),
    do=(
        N_("Use the SMTP user's own address as from address."),
        N_("Or register the sender with the service."),
    ),
    at_service={
        "amazon": Words(
            N_("Amazon SES has not verified this sender, or may not send for this account."),
            (
                N_("Verify the from address or its domain in SES, in the region of this host."),
                N_("In the sandbox the recipient must be verified, too."),
            ),
        ),
    },
    takes_effect_late=True,
)

SENDER_REJECTED = Cause(
    name="sender_rejected",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="from_address",
    usual_stage=Stage.MAIL,
    example="450 4.1.8 <info@no-such-domain.example>: Sender address rejected: Domain not found",
    what=N_("The sender's address is not accepted."),
    know=N_(
        "The answer to MAIL FROM names the sender's address or domain itself (“domain not found”), whoever signs in."
    ),
    do=(N_("Check the from address, above all what stands after the @: that domain must exist."),),
)

RELAY_DENIED = Cause(
    name="relay_denied",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_auth",
    example="554 5.7.1 <someone@example.com>: Relay access denied",
    what=N_("The server will not pass mail to the outside."),
    know=N_("The answer to RCPT TO says “relay”, and a recipient in the server's own domain is taken."),
    do=(
        N_("Turn SMTP authentication on."),
        N_(
            "For an internal server, ask it to relay for this machine; some services want this "
            "machine's address registered, or a POP sign-in first."
        ),
    ),
)
