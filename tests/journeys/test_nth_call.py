"""Each write and each sync fails once, and from then on: what was acknowledged is there, and the file is whole.

strace lets the n-th call of SQLite's fail. TRY_CALLS says how many calls; the suite takes a few of them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from panel.storage.opening import open_database
from tests.support.nth_call import run_injected
from tests.support.rows import bodies

pytestmark = pytest.mark.data_file("the calls of the system that write it")

CALLS = int(os.environ.get("TRY_CALLS", "0"))
SOME = range(1, CALLS + 1) if CALLS else (1, 2, 5)
CLIENT = """
from pathlib import Path
import sys
from panel import clock
from panel.storage.opening import open_database
from panel.errors import DatabaseError
from panel.outbox.outbox import Outbox
from tests.support.actors import actor
from tests.support.mail import mail
outbox = Outbox(open_database(Path(sys.argv[1])))
for number in range(6):
    try:
        print("told", outbox.enqueue(mail(number=number, lines=100), by=actor(), now=clock.now()).number)
    except DatabaseError as fault:
        print("refused", fault)
"""


def enqueue(path: Path, injection: str) -> list[str]:
    """Hand in six messages while a call fails, and give what was said to each."""
    told = run_injected(injection, "-c", CLIENT, str(path))
    assert told.returncode == 0, told.stderr
    return told.stdout.splitlines()


@pytest.mark.parametrize("when", SOME)
@pytest.mark.parametrize(("call", "error"), [("pwrite64", "ENOSPC"), ("fdatasync", "EIO")])
@pytest.mark.parametrize("lasting", ["", "+"], ids=["once", "for good"])
def test_what_was_acknowledged_is_there(tmp_path: Path, call: str, error: str, when: int, lasting: str) -> None:
    path = tmp_path / "panel.db"
    open_database(path).prepare()

    said = enqueue(path, f"{call}:error={error}:when={when}{lasting}")

    database = open_database(path)
    assert [row[0] for row in database.rows("PRAGMA integrity_check")] == ["ok"]
    kept = bodies(database).keys()
    told = {int(line.split()[1]) for line in said if line.startswith("told")}
    assert told <= kept
    assert len(said) == 6
    assert len(told) >= (0 if lasting else 5)
    assert not lasting or when > 5 or len(told) < 6
