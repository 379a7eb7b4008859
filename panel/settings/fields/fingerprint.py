"""A digest that tells whether these very settings were tested."""

from __future__ import annotations

from dataclasses import asdict
from hashlib import blake2b

from panel.settings.fields.use import OF_SIGN_IN
from panel.settings.model import OF_RULES, OF_SECOND, PACE_FIELDS, Settings


def fingerprint(settings: Settings, key: bytes) -> str:
    """Give a digest of all that decides whether a session works, to tell whether these very settings were tested.

    The passwords are part of it; the key keeps the digest from helping to guess one.
    """
    idle = PACE_FIELDS if settings.by_token else PACE_FIELDS | OF_SIGN_IN | {"smtp_login"}  # as before there were any
    idle |= _BESIDE if settings.bounce_address else _BESIDE | {"bounce_address"}
    decisive = {name: str(value) for name, value in asdict(settings).items() if name not in idle}
    return blake2b(repr(sorted(decisive.items())).encode(), key=key, digest_size=16).hexdigest()


_BESIDE = frozenset({"second", "second_after_minutes", *OF_RULES, *OF_SECOND})
