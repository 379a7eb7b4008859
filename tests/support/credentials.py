"""Keys as a system's store lays them down: nobody may write to the file, nor to its folder."""

from __future__ import annotations

from pathlib import Path

from panel.config import CREDENTIAL_NAME
from panel.storage import vault


def lay_down(folder: Path, *keys: bytes) -> Path:
    """Put keys, or a new one, among the credentials of a service, in place of those that are there."""
    path = folder / CREDENTIAL_NAME
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    path.unlink(missing_ok=True)
    vault.store_keys(path, keys or [vault.new_key()])
    path.chmod(0o400)
    folder.chmod(0o500)
    return path
