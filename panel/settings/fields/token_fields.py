"""Reads one setting of a sign-in by OAuth2 as people type it, as `panel.settings.parsing` does the others."""

from __future__ import annotations

import json
import re
from datetime import date

from panel.i18n import N_
from panel.mail.message.address import BadValue, parse_line, tidy
from panel.mail.net.url import MAX_URL, parse_url
from panel.settings.token_servers import ANY_TENANT

MAX_CLIENT_ID = 512
MAX_SCOPE = 1_000
MAX_SERVICE_KEY = 16 * 1024
LEAST_RSA_BITS = 2_048
KEPT_OF_KEY = ("client_email", "private_key_id", "private_key")

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*")  # RFC 6749 section 3.3


def client_id(text: str) -> str:
    """The name of an application at the service."""
    return parse_line(tidy(text, at_most=MAX_CLIENT_ID), at_most=MAX_CLIENT_ID)


def tenant(text: str) -> str:
    """A tenant of Entra: one of its three words, a GUID or a domain."""
    word = tidy(text).lower()
    if word in ANY_TENANT or _GUID.fullmatch(word) or _DOMAIN.fullmatch(word):
        return word
    raise BadValue(N_("Enter the tenant as its ID, its domain, or one of: %(known)s."), known=", ".join(ANY_TENANT))


def scope(text: str) -> str:
    """Words that say what a token is good for, as one line."""
    words = " ".join(tidy(text, at_most=MAX_SCOPE).split())
    if not _SCOPE.fullmatch(words):
        raise BadValue(N_("Enter the scope as the service writes it: words with spaces between them."))
    return words


def url(text: str) -> str:
    """An address of a token server: https, or http on this machine; no user, no fragment."""
    address = tidy(text, at_most=MAX_URL)
    try:
        parse_url(address)
    except ValueError:
        raise BadValue(N_("Enter an address that begins with https://, without a user name and without #.")) from None
    return address


def day(text: str) -> str:
    """A day of the calendar, as 2027-03-31."""
    try:
        return date.fromisoformat(tidy(text).replace("/", "-")).isoformat()
    except ValueError:
        raise BadValue(N_("Enter the day as 2027-03-31.")) from None


def service_key(text: str) -> str:
    """The key of a service account, of which only what signs is kept (RFC 7523); where it says to send it is not."""
    found = _members(text)
    if found is None:
        raise BadValue(_NO_KEY)
    address, number, key = found
    try:
        parse_line(address, at_most=320)
        parse_line(number, at_most=200)
    except BadValue:
        raise BadValue(_NO_KEY) from None
    _require_rsa(key)
    return json.dumps(dict(zip(KEPT_OF_KEY, found, strict=True)))


def _members(text: str) -> tuple[str, str, str] | None:
    if len(text) > MAX_SERVICE_KEY:
        return None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    values = [document.get(name) for name in KEPT_OF_KEY] if isinstance(document, dict) else []
    texts = [each for each in values if isinstance(each, str) and each]
    return (texts[0], texts[1], texts[2]) if len(texts) == len(KEPT_OF_KEY) else None


_NO_KEY = N_("That is not the key of a service account: a JSON file with client_email, private_key_id and private_key.")


def _require_rsa(pem: str) -> None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadValue(_NO_KEY) from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < LEAST_RSA_BITS:
        raise BadValue(N_("The key of a service account is RSA with %(least)d bits or more."), least=LEAST_RSA_BITS)
