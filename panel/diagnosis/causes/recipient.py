"""Causes about the recipient, where the settings have proven right."""

from __future__ import annotations

from panel.diagnosis.causes.cause import ByHand, Cause, QueueEffect, Whose
from panel.i18n import N_

RECIPIENT_UNKNOWN = Cause(
    name="recipient_unknown",
    whose=Whose.MESSAGE,
    effect=QueueEffect.FAIL,
    field="recipient",
    example="550 5.1.1 <nobody@example.com>: Recipient address rejected: User unknown",
    what=N_("The recipient does not exist."),
    know=N_(
        "The answer to RCPT TO names the mailbox or user (5.1.1), and other recipients of the same domain are taken."
    ),
    do=(N_("Check the recipient's spelling."),),
    works=True,
)

RECIPIENT_REJECTED = Cause(
    name="recipient_rejected",
    whose=Whose.MESSAGE,
    effect=QueueEffect.FAIL,
    field="recipient",
    example="550 5.7.1 <staff@example.com>: Recipient rejected: only members may post",
    what=N_("The recipient's side refuses this message."),
    know=N_("The recipient exists, but the answer names members, a restriction or a policy of the recipient's side."),
    do=(
        N_("Read the server's answer: it says why."),
        N_("An address with other than ASCII letters needs %(detail)s, which this server does not offer."),
        ByHand(N_("Try another recipient.")),
    ),
    works=True,
)

RECIPIENT_DOMAIN = Cause(
    name="recipient_domain",
    whose=Whose.MESSAGE,
    effect=QueueEffect.FAIL,
    field="recipient",
    example="450 4.1.2 <someone@no-such-domain.example>: Recipient address rejected: Domain not found",
    what=N_("The recipient's domain does not exist or cannot be reached."),
    know=N_("The answer names the domain (5.1.2, “domain not found”), and every address behind this @ fails."),
    do=(N_("Check what stands after the @ of the recipient."),),
    works=True,
)

RECIPIENT_MAILBOX_FULL = Cause(
    name="recipient_mailbox_full",
    whose=Whose.MESSAGE,
    effect=QueueEffect.DEFER,
    field="recipient",
    example="452 4.2.2 The recipient's inbox is out of storage space.",
    what=N_("The recipient's mailbox is full."),
    know=N_(
        "The answer names the recipient's quota or storage (4.2.2, 5.2.2), and others of the same domain are taken."
    ),
    do=(
        ByHand(N_("Use another recipient for the test.")),
        N_("If it continues, tell the recipient in another way."),
    ),
    works=True,
)

TOO_MANY_RECIPIENTS = Cause(
    name="too_many_recipients",
    whose=Whose.MESSAGE,
    effect=QueueEffect.DEFER,
    example="452 4.5.3 Too many recipients",
    what=N_("More recipients than the server takes in one message."),
    know=N_("The first recipients of the message were taken, and the refusal begins at a certain number of them."),
    do=(
        N_("Nothing: the rest is sent in a further message."),
        N_("If you write the list yourself, use fewer recipients in one message."),
    ),
)

GREYLISTED = Cause(
    name="greylisted",
    whose=Whose.MESSAGE,
    effect=QueueEffect.DEFER,
    example="450 4.2.0 <someone@example.com>: Recipient address rejected: Greylisted",
    what=N_("The other side has put this message off."),
    know=N_(
        "A 4xx at a first message to this recipient; the same message is taken after some minutes, without any change."
    ),
    do=(
        N_("A first meeting is often put off for five to fifteen minutes."),
        ByHand(N_("Wait that long and try again.")),
    ),
    works=True,
)
