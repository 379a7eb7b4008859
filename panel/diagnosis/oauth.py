"""A login by OAuth2 that failed: what the server that gives tokens said, or the mail server of the token."""

from __future__ import annotations

import re

from panel.diagnosis.causes import login, oauth, unclear
from panel.diagnosis.causes.cause import Cause
from panel.diagnosis.clients.oauth import OAUTH, causes_of_entra
from panel.diagnosis.wording import Sentences

# Refusals that say less than the sign-in server does, or that mean a token where a login was made with one.
OF_LOGINS = (
    *(login.LOGIN_REFUSED, login.APP_PASSWORD_REQUIRED, login.OAUTH_TOKEN_REFUSED, login.OAUTH_REQUIRED),
    *(login.AUTH_REQUIRED, unclear.SERVER_PERMANENT, unclear.SERVER_TEMPORARY),
)
_BY_ITS_ERROR = (  # RFC 6749 section 5.2: a few names for all that may be wrong
    *(oauth.OAUTH_SIGNIN_REQUIRED, oauth.OAUTH_CLIENT_REFUSED, oauth.OAUTH_CONSENT_MISSING, oauth.OAUTH_SCOPE_WRONG),
    *(oauth.OAUTH_FLOW_BLOCKED, oauth.OAUTH_REDIRECT_MISMATCH),
)
_INNER = Sentences(row for row in OAUTH if not row.around)
_OF_TOKEN = re.compile(r"\"status\": ?\"?(?:4\d\d|in[a-z]+_[a-z]+)\b")  # RFC 7628 section 3.2.2: that, or HTTP's
_FOR_ELSE = re.compile(r"\"status\": ?\"?(?:403|insufficient_scope)\b")  # RFC 6750 section 3.1
# Dovecot, where it could not ask about a token: of one that it refuses it gives a reason.
_NOT_ASKED = "reason unavailable"


def said_at_sign_in(text: str) -> Cause | None:
    """Find what the server that gives tokens said: a number of Entra's tells most, then the longest sentence."""
    text = text.lower()
    if number := next(causes_of_entra(text), None):
        return number
    said = _INNER.longest_in(text)
    return said.cause if said else None


def cause_without_token(known: Cause, said: str) -> Cause:
    """Give the cause for which no token was given: where the answer had a name for it, its words tell more."""
    if known in (unclear.SERVER_TEMPORARY, unclear.SERVER_PERMANENT):
        return said_at_sign_in(said) or oauth.OAUTH_SERVER_UNREACHABLE
    return said_at_sign_in(said) or known if known in _BY_ITS_ERROR else known


def cause_of_refused_token(refused: Cause, reason: str, reply: str, *, of_another: bool = False) -> Cause:
    """Give the cause of a login that was refused with a token, by the reason that was given and the final reply.

    A token that is known to be `of_another` account than the user is refused for that, where nothing else is told.
    """
    found = _by_its_words(refused, reason, reply)
    return oauth.OAUTH_WRONG_ACCOUNT if of_another and found is _REFUSED else found


def _by_its_words(refused: Cause, reason: str, reply: str) -> Cause:
    judged = bool(_OF_TOKEN.search(reason))
    if refused not in OF_LOGINS and not (judged and refused is login.LOGIN_UNAVAILABLE):
        return refused
    if reason:
        return oauth.OAUTH_SCOPE_WRONG if _FOR_ELSE.search(reason) else said_at_sign_in(reason) or _REFUSED
    if _NOT_ASKED in reply.lower():
        return login.LOGIN_UNAVAILABLE
    return refused if refused is unclear.SERVER_TEMPORARY else _REFUSED


_REFUSED = login.OAUTH_TOKEN_REFUSED
