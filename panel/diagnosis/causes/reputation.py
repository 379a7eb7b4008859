"""Causes about what others think of the sender's domain and of this machine's address."""

from __future__ import annotations

from panel.diagnosis.causes.cause import Cause, QueueEffect, Whose
from panel.i18n import N_
from panel.mail.smtp.protocol import Stage

SENDER_AUTHENTICATION = Cause(
    name="sender_authentication",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="from_address",
    usual_stage=Stage.DATA,
    example=(
        "550 5.7.26 This mail has been blocked because the sender is unauthenticated. Gmail requires all senders to "
        "authenticate with either SPF or DKIM. - gsmtp"
    ),
    what=N_("The other side cannot verify the sender (SPF/DKIM/DMARC)."),
    know=N_(
        "The words name SPF, DKIM, DMARC or authentication of the sender's domain, after the sign-in has succeeded."
    ),
    do=(
        N_("Add this service's SPF and DKIM records to the sender domain's DNS."),
        N_("mail-panel doctor shows what is there and what is missing."),
    ),
    takes_effect_late=True,
)

PTR_MISSING = Cause(
    name="ptr_missing",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_host",
    example="450 4.7.1 Client host rejected: cannot find your reverse hostname, [203.0.113.9]",
    what=N_("This machine's address has no matching reverse name."),
    know=N_("The words name a reverse name, PTR or rDNS of the machine's address, not its reputation."),
    do=(
        N_("Send through your provider's submission host (port 587 or 465)."),
        N_("Or have the reverse name (PTR) of this machine's address set."),
    ),
)

ADDRESS_BLOCKED = Cause(
    name="address_blocked",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_host",
    usual_stage=Stage.GREETING,
    example="554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using zen.spamhaus.org",
    what=N_("This machine's address is on a block list."),
    know=N_(
        "The words name a list (Spamhaus, RBL, “blocked using”) or this machine's address, and the same mail goes "
        "through from elsewhere."
    ),
    do=(
        N_("Send through your mail service's submission host (port 587 or 465), with SMTP authentication."),
        N_("Or allow the address in the service's console, or ask the list that the answer names to take it off."),
    ),
)
