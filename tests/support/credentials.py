"""Keys as they come to a machine: laid down by a system's store, or put back by somebody who has a copy."""

from __future__ import annotations

from pathlib import Path

from panel.config import CREDENTIAL_NAME
from panel.storage import vault


def lay_down(folder: Path, *keys: bytes) -> Path:
    """Put keys, or a new one, among the credentials of a service, in place of those that are there.

    Nobody may write to the file, nor to its folder.
    """
    path = folder / CREDENTIAL_NAME
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    path.unlink(missing_ok=True)
    vault.store_keys(path, keys or [vault.new_key()])
    path.chmod(0o400)
    folder.chmod(0o500)
    return path


def append(path: Path, lines: bytes) -> None:
    """Put keys back behind those of a key file, or as one where a start on a server has made none."""
    path.touch(0o600)
    with path.open("ab") as file:
        file.write(lines)
