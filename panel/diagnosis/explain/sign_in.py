"""A sign-in by OAuth2 in a text: what the server that gives tokens said, and whether a login was made with a token."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable

from panel.diagnosis.causes import connection, login, oauth, tls
from panel.diagnosis.causes.cause import Cause
from panel.diagnosis.clients.oauth import causes_of_entra
from panel.diagnosis.explain.client_errors import Fault
from panel.diagnosis.needed import has_any
from panel.diagnosis.oauth import OF_LOGINS, said_at_sign_in
from panel.mail.smtp.protocol import Stage

_OF_PASSWORDS = (login.LOGIN_REFUSED, login.APP_PASSWORD_REQUIRED)
_OF_NETWORKS = (
    *(connection.DNS_NOT_FOUND, connection.DNS_UNAVAILABLE, connection.CONNECTION_REFUSED, connection.CONNECT_TIMEOUT),
    *(connection.NETWORK_UNREACHABLE, connection.CONNECTION_FORBIDDEN, connection.CONNECTION_LOST),
    *(connection.REPLY_TIMEOUT, tls.TLS_HANDSHAKE, tls.CERTIFICATE_UNTRUSTED),
)
_TOKEN_SERVER = re.compile(
    r"\b(?:login\.(?:microsoftonline|live)\.com|oauth2\.googleapis\.com|accounts\.google\.com"
    r"|api\.login\.(?:yahoo|aol)\.com|oauth\.yandex\.(?:com|ru))\b"
)
_WENT_WRONG = re.compile(
    r"time?d? ?-?out|refused|reset|unreachable|no such host|resol|enotfound|eai_|econn|fail|error|misbehav|unable"
)
_METHOD = r"[\"']?(?:xoauth2?|oauth-?bearer)\b"
_BY_TOKEN = re.compile(
    rf"(?<!250[ -])\bauth(?:[ :=]{{1,2}}|[\"'], ?){_METHOD}"
    rf"|\b(?:authenticator|auth_?type|auth_?method|mech|method|mechanisms?|using|selected|trying|requested)\b"
    rf"[ =:>\[(]{{0,4}}{_METHOD}(?![ ,]{{1,2}}[a-z0-9-]{{4,12}}[,\]])"
    rf"|{_METHOD} (?:auth|login|sasl|command|returned|failed|mechanism)"
    r"|saslmechanismoauth|\btype[\"']?: ?[\"']oauth2[\"']"
)
_BY_PASSWORD = re.compile(r"(?<!250[ -])\bauth[ :]{1,2}[\"']?(?:plain|login|cram-md5)\b")
_CHALLENGE = re.compile(r"334(?<!\w334)(?:[ -]{1,3}|, ?b?)[\"']?(ey[A-Za-z0-9+/]{8,4000}={0,2})")
_OPEN_CHALLENGE = re.compile(r"\{ ?\"status\": ?\"\w+\", ?\"schemes\":|\"schemes\": ?\"bearer\"")


def fault_at_sign_in(text: str, fault: Fault | None) -> Fault | None:
    """Read the fault of a program anew where it is one of the sign-in: by Entra's number, or on the way there."""
    if number := next(causes_of_entra(text.lower()), None):
        return Fault(number, Stage.AUTH)
    if fault and fault.cause in _OF_NETWORKS and _failed_at_token_server(text.lower()):
        return Fault(oauth.OAUTH_SERVER_UNREACHABLE, Stage.AUTH)
    if (fault is None and _tells_why(text)) or (fault and fault.cause in _OF_PASSWORDS and is_by_token(text)):
        return Fault(login.OAUTH_TOKEN_REFUSED, Stage.AUTH)
    return fault


def _failed_at_token_server(text: str) -> bool:
    lines = text.split("\n") if has_any(("login.", "oauth", "accounts.google"), text) else ()
    return any(_TOKEN_SERVER.search(line) and _WENT_WRONG.search(line) for line in lines)


def cause_with_token(refused: Cause, texts: Iterable[str]) -> Cause:
    """Give the cause of a refused login, where what stands around it tells that it was one by OAuth2."""
    if refused not in OF_LOGINS:
        return refused
    whole = "\n".join(texts)
    if told := said_at_sign_in(whole):
        return told
    return login.OAUTH_TOKEN_REFUSED if refused in _OF_PASSWORDS and is_by_token(whole) else refused


def is_by_token(text: str) -> bool:
    """Say whether the last login that a text tells of was made with a token: by its method, or by the challenge."""
    lower = text.lower()
    return _tells_why(text) or ("oauth" in lower and _last(_BY_TOKEN, lower) > _last(_BY_PASSWORD, lower))


def _tells_why(text: str) -> bool:
    """Say whether a server's challenge is in it that gives the reason for which it refuses a token."""
    if "334" in text and any(map(_is_refusal, _CHALLENGE.findall(text))):
        return True
    lower = text.lower()
    return '"schemes"' in lower and _OPEN_CHALLENGE.search(lower) is not None


def _last(pattern: re.Pattern[str], text: str) -> int:
    return max((found.start() for found in pattern.finditer(text)), default=-1)


def _is_refusal(encoded: str) -> bool:
    """Read what stands behind 334: the reason of a refusal is an object with a status (RFC 7628 section 3.2.2)."""
    try:
        return b'"status"' in base64.b64decode(encoded + "=" * (-len(encoded) % 4))
    except binascii.Error:
        return False
