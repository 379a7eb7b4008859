"""Causes about the message itself."""

from __future__ import annotations

from panel.diagnosis.causes.cause import Cause, QueueEffect, Whose
from panel.i18n import N_
from panel.mail.smtp.protocol import Stage

MESSAGE_TOO_LARGE = Cause(
    name="message_too_large",
    whose=Whose.MESSAGE,
    effect=QueueEffect.FAIL,
    usual_stage=Stage.DATA,
    example="552 5.3.4 Message size exceeds fixed limit",
    what=N_("The message is too large."),
    know=N_("The words name the size (5.3.4, 552), and a short message without attachments goes through."),
    do=(N_("Make attachments smaller. The server's limit is the SIZE in the transcript."),),
)

MESSAGE_MALFORMED = Cause(
    name="message_malformed",
    whose=Whose.MESSAGE,
    effect=QueueEffect.FAIL,
    usual_stage=Stage.DATA,
    example="550 5.7.1 Messages with multiple From headers are not accepted",
    what=N_("The message breaks a rule of form."),
    know=N_("The words name a header, an RFC or the form of the message, and a test message from here goes through."),
    do=(
        N_("Read the server's answer, and report it to whoever makes the application: the settings are not at fault."),
    ),
)

CONTENT_REJECTED = Cause(
    name="content_rejected",
    whose=Whose.MESSAGE,
    effect=QueueEffect.FAIL,
    usual_stage=Stage.DATA,
    example="554 5.6.0 Message content rejected",
    what=N_("It was judged to be spam or a virus."),
    know=N_(
        "The refusal comes after the text (DATA) and names spam, a virus or content; a plain test message goes through."
    ),
    do=(
        N_("Review name and text."),
        N_("Check SPF, DKIM and DMARC of the sender's domain."),
        N_("If it continues, contact the service."),
    ),
    works=True,
)
