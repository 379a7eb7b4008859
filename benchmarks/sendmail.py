"""The `sendmail` command against Postfix's, each a process that takes one message and leaves it on disk."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.pairs import compare
from panel import clock
from panel.config import Config
from panel.services import open_services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.needs import find

MESSAGE = b"To: taro@example.net\nSubject: Test\n\nHello.\n"
BARE = [sys.executable, "-I", "-c", "import sqlite3, email.message, email.policy"]
MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/log
maillog_file_prefixes = {home}
myhostname = mail.example.org
mydestination =
alias_maps =
alias_database =
"""
SERVICES = "postlog unix-dgram n - n - 1 postlogd\npickup unix n - n 60 1 pickup\n"


def run() -> None:
    """Compare the two, and an interpreter that imports what any such command in Python needs."""
    program = find("sendmail")
    if not (program and find("postfix") and os.geteuid() == 0):
        print("sendmail: needs Debian's postfix, and root for a queue of its own")
        return
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # Postfix's own users must come in
        Path(folder).chmod(0o755)
        services = open_services(Config(home=Path(folder) / "home"))
        services.settings.save(
            Settings(from_address="report@example.org"), base=0, by=actor("benchmark"), now=clock.now()
        )
        services.database.close()
        peer = _taking([program, "-C", str(_postfix(Path(folder))), "-t", "-i"])
        ours = [str(Path(sys.executable).parent / "mail-panel-sendmail"), "-t", "-i"]
        compare(
            "mail-panel sendmail, cold process",
            _taking(ours, MAIL_PANEL_HOME=f"{folder}/home"),
            peer,
            rounds=40,
            target="≤ 6",
        )
        compare("Python with sqlite3 and email alone", _taking(BARE), peer, rounds=40, target="–")


def _taking(command: list[str], **variables: str) -> Callable[[], None]:
    environment = {**os.environ, **variables}

    def take() -> None:
        subprocess.run(command, input=MESSAGE, env=environment, check=True, capture_output=True)

    return take


def _postfix(home: Path) -> Path:
    """Make a queue of Postfix that nobody empties, and give its configuration."""
    for name in ("etc", "queue", "data"):
        (home / name).mkdir()
    shutil.chown(home / "data", "postfix")
    (home / "etc" / "main.cf").write_text(MAIN.format(home=home))
    (home / "etc" / "master.cf").write_text(SERVICES)
    subprocess.run(["postfix", "-c", home / "etc", "check"], check=True, capture_output=True)
    os.mkfifo(home / "queue" / "public" / "pickup")
    return home / "etc"
