"""All rules from a server's refusal to its cause, in their order: the first that fits wins.

The order is by specificity, the narrow before the wide: "relaying denied: authentication required" is about relaying,
"sender verify failed: no such user" about the sender. Gaps in patterns are bounded (`.{0,40}`), so no reply can make a
rule slow.
"""

from __future__ import annotations

from panel.diagnosis.rules import codes, connection, content, login, pace, providers, recipient, reputation, sender

RULES = (
    *codes.STARTTLS,
    *login.LOGIN_LATER,
    *providers.OF_PROVIDERS,
    # Words that say the cause
    *sender.OWN_MAILBOX,
    *connection.CONNECTION,
    *login.ABROAD,
    *login.FIRST,
    *reputation.ABUSED,  # before "too many …": what a blocked address did is not what this message did
    *pace.PACE,
    *content.FORM,
    *reputation.UNPROVEN,
    *sender.RELAYING,  # before addresses and logins, whose words it borrows ("Relaying denied. IP name lookup failed")
    *reputation.LISTED,
    *login.LOGIN,
    *sender.SENDER,
    *recipient.RECIPIENT,
    *content.JUDGED,
    *recipient.OTHER,
    *login.ENCRYPTION,  # in whatever language
    # Where the words say nothing
    *codes.ENHANCED,
    *codes.PLAIN,
)
