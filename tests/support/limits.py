"""What a machine may run out of, made scarce for a test."""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = 65534
SENDMAIL_AS_NOBODY = (  # who may not read where this Python lies: what is needed is loaded before
    "import encodings.idna, os, sqlite3, panel.cli.sendmail.command, panel.cli.sendmail.relay\n"
    f"os.setgid({NOBODY})\nos.setuid({NOBODY})\n"
    "from panel.__main__ import sendmail; sendmail()"
)
BOUNCE_AS_NOBODY = (  # likewise
    "import encodings.idna, os, sqlite3, panel.cli.bounce.command, panel.cli.sendmail.relay\n"
    f"os.setgid({NOBODY})\nos.setuid({NOBODY})\n"
    "from panel.cli.bounce import command; command.main()"
)


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes: writing more fails (EFBIG), as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def no_more_files() -> Iterator[None]:
    """Let every open fail (EMFILE)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    # Below the three that stay open, too: a higher one of the test before may be closed meanwhile, and be free then.
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(free, 3), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def a_disk_of(kilobytes: int) -> Iterator[Path]:
    """Give a folder on a disk of its own, so small that it can be filled (ENOSPC)."""
    folder = Path(tempfile.mkdtemp(prefix="mail-panel-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=0700", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        folder.rmdir()
        pytest.skip("only root may make a disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


@contextmanager
def without_root_rights(folder: Path) -> Iterator[None]:
    """Give the folder and what is in it to nobody, and be nobody: root may write what is read-only."""
    if os.geteuid() != 0:
        yield
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
