"""A drop folder that other users of the machine reach, and what they may put into it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from panel.outbox.drop.folder import prepare_folder
from panel.outbox.drop.slip import Slip
from tests.support.limits import NOBODY

MESSAGE = b"Message-ID: <1@app.example.org>\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nSubject: a\r\n\r\nHello\r\n"


@contextmanager
def drop_folder(home: Path) -> Iterator[Path]:
    """Prepare one for the panel of a home, where every user can come."""
    parent = Path(tempfile.mkdtemp(prefix="mail-panel-drop-", dir="/var/tmp"))
    try:
        parent.chmod(0o755)
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        prepare_folder(parent / "drop", home)
        yield parent / "drop"
    finally:
        shutil.rmtree(parent)


def slip(*rcpt_to: str, message: bytes = MESSAGE, tried: str = "") -> bytes:
    """Give a message as a sendmail lays it down."""
    return Slip(rcpt_to or ("hanako@example.org",), message, tried=tried).written()


def put(folder: Path, data: bytes, *, name: str = "", uid: int = NOBODY, mode: int = 0o644) -> Path:
    """Put a file there as another user does, under a name of our kind where none is said."""
    path = folder / (name or os.urandom(16).hex())
    path.write_bytes(data)
    path.chmod(mode)
    if os.geteuid() == 0:
        os.chown(path, uid, uid)
    return path


def as_user(uid: int, program: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run a program of Python's own modules as another user."""
    if os.geteuid() != 0:
        pytest.skip("only root becomes another user")
    become = f"import os\nos.setgroups([])\nos.setgid({uid})\nos.setuid({uid})\n"
    command = [sys.executable, "-I", "-c", become + program, *words]
    return subprocess.run(command, capture_output=True, check=False, timeout=60)
