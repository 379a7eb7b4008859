"""Which kind of file system a path is on, and having it keep what was written.

On one that several machines share, SQLite's locks do not hold.
"""

from __future__ import annotations

import os
from pathlib import Path

from panel.errors import ConfigError

SHARED = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre", "gfs2", "ocfs2", "beegfs"}
    | {"fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs", "fuse.rclone", "fuse.davfs", "davfs"}
)
MOUNTS = Path("/proc/self/mounts")


def kind_of(path: Path, mounts: Path = MOUNTS) -> str | None:
    """Give the kind, such as `ext4`; None where the system does not tell."""
    rows, real = _rows(mounts), path.resolve()
    over = [(len(place), number) for number, row in enumerate(rows) if real.is_relative_to(place := _place(row[1]))]
    return rows[max(over)[1]][2] if over else None


def is_mount_point(path: Path, mounts: Path = MOUNTS) -> bool:
    """Say whether something is mounted right there, be it a single file, as a container's secret is."""
    real = str(path.resolve())
    return any(_place(row[1]) == real for row in _rows(mounts))


def refuse_shared(path: Path, mounts: Path = MOUNTS) -> None:
    """Raise where the data file is on a file system of several machines: they would send each other's mail."""
    kind = kind_of(path, mounts)
    if kind in SHARED:
        raise ConfigError(
            f"{path} is on a network file system ({kind}), where locks do not hold and mail would be sent twice. "
            "Choose a folder on a local disk in MAIL_PANEL_HOME."
        )


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _rows(mounts: Path) -> list[list[str]]:
    """Read the list of mounts; it is empty where the system does not tell."""
    try:
        return [line.split(" ") for line in mounts.read_text("utf-8").splitlines()]
    except OSError:
        return []


def _place(escaped: str) -> str:
    r"""Read a place of the list of mounts, where a space is `\040`."""
    return escaped.encode("latin-1", "backslashreplace").decode("unicode_escape")
