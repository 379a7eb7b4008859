"""The key of a service account: what it signs for a token, without anybody signing in (RFC 7523)."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

LIFE_SECONDS = 3_600  # the most that Google takes


def client_email(document: str) -> str:
    """Give the address of the service account, empty where this is no key."""
    return _members(document).get("client_email", "")


def assertion(document: str, *, subject: str, audience: str, scope: str, issued_at: int) -> str:
    """Sign, RS256, that the account may have a token for a user; raise `ValueError` where this is no key for it."""
    # oauthlib signs without naming the key, and takes a package more for that
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    members = _members(document)
    try:
        key = load_pem_private_key(members.get("private_key", "").encode(), password=None)
    except Exception:  # what a library says of a key is nobody's to read
        raise ValueError("no private key") from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("no RSA key")
    head = {"alg": "RS256", "typ": "JWT", "kid": members.get("private_key_id", "")}
    claims = {
        **{"iss": members.get("client_email", ""), "sub": subject, "aud": audience, "scope": scope},
        **{"iat": issued_at, "exp": issued_at + LIFE_SECONDS},
    }
    signed = ".".join(_encoded(json.dumps(each).encode()) for each in (head, claims))
    return f"{signed}.{_encoded(key.sign(signed.encode('ascii'), PKCS1v15(), SHA256()))}"


def _members(document: str) -> dict[str, str]:
    try:
        members = json.loads(document)
    except (ValueError, RecursionError):
        return {}
    kept = members.items() if isinstance(members, dict) else ()
    return {name: value for name, value in kept if isinstance(value, str)}


def _encoded(octets: bytes) -> str:
    """RFC 7515 section 2: base64url without padding."""
    return urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")
