"""Settings as a file to carry elsewhere: plain without the passwords, or sealed to a passphrase with them."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

from panel.errors import PanelError
from panel.settings.fields.secret import SECRETS
from panel.settings.model import FIELDS, Settings

FORMAT = "mail-panel settings 1"
SEALED_FORMAT = "mail-panel sealed settings 1"
_SALT_BYTES = 16
_NONCE_BYTES = 12


class ExportUnreadable(PanelError):
    """A file that is no export, or that the passphrase does not open."""


def exported(settings: Settings) -> str:
    """Write every field but the passwords."""
    return json.dumps({"format": FORMAT, "settings": settings.public()}, ensure_ascii=False, indent=2)


def sealed(settings: Settings, passphrase: str) -> str:
    """Write every field, encrypted to a passphrase (Argon2id, AES-256-GCM)."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    values = {**settings.public(), **{name: getattr(settings, name) for name in SECRETS}}
    content = json.dumps({"format": FORMAT, "settings": values}, ensure_ascii=False).encode()
    ciphertext = AESGCM(_key(passphrase, salt)).encrypt(nonce, content, SEALED_FORMAT.encode())
    data = base64.b64encode(salt + nonce + ciphertext).decode("ascii")
    return json.dumps({"format": SEALED_FORMAT, "data": data}, indent=2)


def is_sealed(text: str) -> bool:
    """Say whether a file needs a passphrase to be opened."""
    return _document(text).get("format") == SEALED_FORMAT


def read_export(text: str, passphrase: str = "") -> dict[str, str]:
    """Give the fields as they would be typed, or raise `ExportUnreadable`."""
    document = _document(text)
    if document.get("format") == SEALED_FORMAT:
        document = _document(_opened(document, passphrase))
    values = document.get("settings")
    if document.get("format") != FORMAT or not isinstance(values, dict):
        raise ExportUnreadable("That is not a file that mail-panel exported.")
    return {name: _typed(values[name]) for name in FIELDS if name in values}


def _opened(document: dict[str, Any], passphrase: str) -> str:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        data = base64.b64decode(document["data"], validate=True)
        salt, rest = data[:_SALT_BYTES], data[_SALT_BYTES:]
        key = _key(passphrase, salt)
        return AESGCM(key).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], SEALED_FORMAT.encode()).decode()
    except (InvalidTag, KeyError, ValueError, TypeError):
        raise ExportUnreadable("The passphrase does not open this file, or the file is damaged.") from None


def _key(passphrase: str, salt: bytes) -> bytes:
    """Stretch a passphrase: 64 MiB and 3 passes, because a file can be tried for ever."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    return Argon2id(salt=salt, length=32, iterations=3, lanes=1, memory_cost=64 * 1024).derive(passphrase.encode())


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    return document if isinstance(document, dict) else {}


def _typed(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
