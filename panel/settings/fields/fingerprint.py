"""A digest that tells whether these very settings were tested."""

from __future__ import annotations

from dataclasses import asdict
from hashlib import blake2b

from panel.settings.fields.use import OF_SIGN_IN
from panel.settings.model import OF_MESSAGES, OF_SECOND, PACE_FIELDS, Settings


def fingerprint(settings: Settings, key: bytes) -> str:
    """Give a digest of all that decides whether a session works, to tell whether these very settings were tested.

    The passwords are part of it; the key keeps the digest from helping to guess one.
    """
    idle = PACE_FIELDS if settings.by_token else PACE_FIELDS | OF_SIGN_IN | {"smtp_login"}  # as before there were any
    idle |= _BESIDE | {name for name in _LATER if not getattr(settings, name)}
    decisive = {name: str(value) for name, value in asdict(settings).items() if name not in idle}
    return blake2b(repr(sorted(decisive.items())).encode(), key=key, digest_size=16).hexdigest()


_LATER = ("bounce_address", "source_address")  # blank, they leave a digest as it was before there were any
_BESIDE = frozenset({"second", "second_after_minutes", *OF_MESSAGES, *OF_SECOND})
