"""Passwords of accounts: how long they are, and Argon2id to keep and to verify them."""

from __future__ import annotations

from threading import Lock

from panel.access.field_refused import FieldRefused
from panel.i18n import N_, Text

MIN_PASSWORD = 12  # characters
MAX_PASSWORD = 256
# The digest of a password that nobody knows: an unknown name costs as much as a known one.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

_PASSES, _BYTES = 2, 19 * 1024 * 1024
_alone = Lock()  # so many at once would hold as many times these bytes


class AccountRefused(FieldRefused):
    """A name or a password that cannot be an account's; `field` is `name` or `password`."""


def hashed(password: str) -> str:
    """Hash a new password with Argon2id, 19 MiB and 2 passes (OWASP's first choice), in the PHC string format.

    Raise `AccountRefused` if it is too short or too long.
    """
    from nacl.pwhash import argon2id  # slow to load, and used at a login only

    _check(password)
    with _alone:
        return argon2id.str(_encoded(password), opslimit=_PASSES, memlimit=_BYTES).decode("ascii")


def verify(password: str, digest: str) -> bool:
    """Say whether a typed password is the one that was hashed; nothing past four times the longest is looked at."""
    from nacl.exceptions import InvalidkeyError
    from nacl.pwhash import argon2id

    try:
        with _alone:
            return argon2id.verify(digest.encode("ascii"), _encoded(password)[: 4 * MAX_PASSWORD])
    except (InvalidkeyError, ValueError):  # also of what is longer than any digest of ours, or no ASCII
        return False


def _encoded(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _check(password: str) -> None:
    if len(password) < MIN_PASSWORD:
        raise AccountRefused("password", Text(N_("Use at least %(least)d characters."), {"least": MIN_PASSWORD}))
    if len(password) > MAX_PASSWORD:
        raise AccountRefused("password", Text(N_("Use at most %(most)d characters."), {"most": MAX_PASSWORD}))
