"""Causes about how much is sent."""

from __future__ import annotations

from panel.diagnosis.causes.cause import ByHand, Cause, QueueEffect, Whose
from panel.i18n import N_
from panel.mail.smtp.protocol import Stage

RATE_LIMITED = Cause(
    name="rate_limited",
    whose=Whose.PACE,
    effect=QueueEffect.SLOW,
    field="send_interval_ms",
    example="454 Throttling failure: Maximum sending rate exceeded.",
    what=N_("More mail in a short time than the server allows."),
    know=N_(
        "The words name a time (minute, hour, “too fast”) and messages go through again after a rest; a limit of "
        "the day is quota_exceeded."
    ),
    do=(
        N_("Make the interval longer."),
        ByHand(N_("Wait some minutes before you try again.")),
    ),
)

QUOTA_EXCEEDED = Cause(
    name="quota_exceeded",
    whose=Whose.PACE,
    effect=QueueEffect.SLOW,
    field="max_per_day",
    usual_stage=Stage.DATA,
    example="550 5.4.5 Daily user sending limit exceeded.",
    what=N_("The sending limit was reached."),
    know=N_("The words name a day, a month, a quota or credits, and nothing goes through until then."),
    do=(
        ByHand(N_("Wait until the limit starts anew, often 24 hours.")),
        N_("Enter the service's limit as daily limit."),
    ),
)

TOO_MANY_CONNECTIONS = Cause(
    name="too_many_connections",
    whose=Whose.PACE,
    effect=QueueEffect.SLOW,
    usual_stage=Stage.GREETING,
    example="432 4.3.2 Concurrent connections limit exceeded.",
    what=N_("Too many sessions with the server at once."),
    know=N_(
        "The words name connections or sessions at the same time, mostly right at the greeting; with one "
        "connection alone it is gone."
    ),
    do=(
        ByHand(N_("Try again in a few minutes.")),
        N_("If it continues, run fewer workers, and look for other programs that send through this account."),
    ),
)

SENDER_MAILBOX_FULL = Cause(
    name="sender_mailbox_full",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    example="552 5.2.2 The sender's mailbox is full",
    what=N_("The sender's own mailbox is full."),
    know=N_(
        "The answer names quota or storage, but comes at the sign-in or the sender, or names the sender's mailbox."
    ),
    do=(N_("Empty it: the service keeps copies of what is sent there."),),
)

SESSION_FULL = Cause(
    name="session_full",
    whose=Whose.PACE,
    effect=QueueEffect.SLOW,
    usual_stage=Stage.MAIL,
    example="451 4.7.0 Mails per session limit exceeded.",
    what=N_("The server takes only so many messages in one session."),
    know=N_(
        "The first messages of a connection go through, and the refusal comes after always the same number of them."
    ),
    do=(
        N_("In mail-panel nothing: it opens a new session by itself, and keeps to the number from then on."),
        N_("In another program, let each connection carry fewer messages; a longer interval alone does not help."),
    ),
)
