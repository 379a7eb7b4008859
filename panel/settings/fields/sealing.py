"""How a secret is sealed: bound to the field and the servers that it may go to, so that it opens for no other."""

from __future__ import annotations

from panel.errors import VaultError
from panel.settings.fields.secret import SECRETS
from panel.settings.model import Settings
from panel.storage.database import Database, Row
from panel.storage.vault import Vault


def bound_grant(name: str, binding: str) -> str:
    """Say what a sealed token is for: the field, and the servers that it may go to."""
    return f"grant/{name}/{binding}"


def keeps_secrets(database: Database) -> bool:
    """Say whether any version has a secret, or anybody who is told of alerts, which a key is needed for."""
    return database.row(_KEPT) is not None or database.row(_KEPT_BESIDE) is not None


def bound_secret(settings: Settings, name: str) -> str:
    """Say what a sealed secret is for: the record, the field and the destination."""
    return f"settings/{name}/{SECRETS[name].destination(settings)}"


def seal_secret(vault: Vault, settings: Settings, name: str, secret: str) -> bytes:
    """Seal a secret of these settings with the newest key."""
    return vault.seal(secret, bound_secret(settings, name))


def opened_secrets(row: Row, settings: Settings, vault: Vault) -> dict[str, str]:
    """Open the secrets of a version that can be opened, with its other settings."""
    opened = {}
    for name in SECRETS:
        if row[name] is None:
            continue
        try:
            opened[name] = vault.open(row[name], bound_secret(settings, name))
        except VaultError:
            continue
    return opened


_KEPT = f"SELECT 1 FROM settings WHERE {' OR '.join(f'{name} NOTNULL' for name in SECRETS)}"  # noqa: S608 - our fields
_KEPT_BESIDE = "SELECT 1 FROM destinations WHERE secrets NOTNULL"
