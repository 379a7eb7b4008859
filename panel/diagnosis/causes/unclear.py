"""Causes that the server's words do not tell, so that its code alone sorts them; the words name the stage."""

from __future__ import annotations

from panel.diagnosis.causes.cause import ByHand, Cause, QueueEffect, Whose, Words
from panel.i18n import N_
from panel.mail.smtp.protocol import Stage

_WAIT = (
    ByHand(N_("Try again in a few minutes.")),
    N_("If it continues, the server's answer says where to look."),
)
_READ = (
    N_("Read the server's answer: trying again without a change does not help."),
    N_("If it does not help you, send it to the service's support."),
)

SERVER_TEMPORARY = Cause(
    name="server_temporary",
    whose=Whose.SERVER,
    effect=QueueEffect.DEFER,
    example="451 4.3.0 Temporary local problem",
    what=N_("The server refused for now. Its answer follows as it came."),
    know=N_("A 4xx whose words fit none of the other causes."),
    do=_WAIT,
    at_stage={
        Stage.EHLO: Words(N_("The server did not take our greeting for now. Its answer follows as it came."), _WAIT),
        Stage.AUTH: Words(N_("The server broke the sign-in off for now. Its answer follows as it came."), _WAIT),
        Stage.MAIL: Words(N_("The server did not take the sender for now. Its answer follows as it came."), _WAIT),
        Stage.RCPT: Words(N_("The server did not take the recipient for now. Its answer follows as it came."), _WAIT),
        Stage.DATA: Words(N_("The server did not take the message for now. Its answer follows as it came."), _WAIT),
    },
    generic=True,
)

SERVER_PERMANENT = Cause(
    name="server_permanent",
    whose=Whose.MESSAGE,
    effect=QueueEffect.FAIL,
    example="554 5.0.0 Transaction failed",
    what=N_("The server refused. Its answer follows as it came."),
    know=N_("A 5xx whose words fit none of the other causes."),
    do=_READ,
    at_stage={
        Stage.EHLO: Words(N_("The server did not take our greeting. Its answer follows as it came."), _READ),
        Stage.AUTH: Words(N_("The server broke the sign-in off. Its answer follows as it came."), _READ),
        Stage.MAIL: Words(N_("The server did not take the sender. Its answer follows as it came."), _READ),
        Stage.RCPT: Words(N_("The server did not take the recipient. Its answer follows as it came."), _READ),
        Stage.DATA: Words(N_("The server did not take the message. Its answer follows as it came."), _READ),
    },
    generic=True,
)

CLIENT_REFUSED = Cause(
    name="client_refused",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    example='Error: Options "privateKey" and "user" are required for service account!',
    what=N_("The program itself refused, before any server was asked."),
    know=N_(
        "There is no number of a server in it, no connection was made, and the words name settings of the program."
    ),
    do=(
        N_("Look at the setting that its words name: two that exclude each other, an empty one, or a misspelt one."),
        N_("Port 465 goes with implicit TLS, 587 with STARTTLS; a user name goes with a password."),
        N_("The mail server was not asked: to see whether it takes these values, run a test here without sending."),
    ),
)
