"""The table of causes: every way in which a session fails, gathered from its topics in the order of a session."""

from __future__ import annotations

from collections.abc import Mapping

from panel.diagnosis.causes import connection, content, login, oauth, pace, recipient, reputation, sender, tls, unclear
from panel.diagnosis.causes.cause import Cause
from panel.i18n import N_

TOPICS = (connection, tls, login, oauth, sender, recipient, pace, content, reputation, unclear)
CAUSES: Mapping[str, Cause] = {
    each.name: each for topic in TOPICS for each in vars(topic).values() if isinstance(each, Cause)
}

# Told beside a refusal of the recipient's side.
SETTINGS_WORK = N_("Your settings work: the server took the session up to here.")
# Told before what to do, of a login by OAuth2.
SAID_OF_TOKEN = N_("What the server said: %(reason)s")
