"""Deliverers die at any moment: no notice is lost, and who is told twice can see that by its name."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from panel.alerts.delivery.deliverer import Deliverer
from panel.alerts.delivery.schedule import LEASE
from panel.alerts.destinations import DestinationStore
from panel.mail.net.policy import Policy
from panel.storage import vault
from panel.storage.database import Database
from panel.storage.vault import Vault
from tests.support.actors import actor
from tests.support.alerts import NOW, incident, tell
from tests.support.paths import ROOT
from tests.support.places import variables_of_database
from tests.support.receiver import receiving

NOTICES = 24
ROUND = LEASE + timedelta(seconds=1)  # the last of a round is claimed a moment after the first
DELIVER = """
import sys
from datetime import datetime
from panel.alerts.delivery.deliverer import Deliverer
from panel.mail.net.policy import Policy
from panel.storage.vault import Vault
from tests.support.places import told_database
deliverer = Deliverer(told_database(), Vault([bytes.fromhex(sys.argv[1])]), Policy())
print("ready", flush=True)
for line in sys.stdin:
    deliverer.deliver_due(datetime.fromisoformat(line.strip()))
"""


@pytest.mark.parametrize("seed", range(2))
def test_killed_deliverers_lose_no_notice(database: Database, tmp_path: Path, seed: int, is_long: bool) -> None:
    key, chance = vault.new_key(), random.Random(seed)
    store = DestinationStore(database, Vault([key]))
    kills = 40 if is_long else 5
    with receiving() as receiver:
        store.add("webhook", {"url": receiver.url}, actor(), NOW)
        for number in range(NOTICES):
            tell(database, incident(number + 1))
        at = NOW
        for _ in range(kills):
            before = len(receiver.heard)
            receiver.may_answer.set()
            with started(database, key) as victim:
                victim.stdin.write(f"{at.isoformat()}\n")
                victim.stdin.flush()
                if waiting := len(left(database)):
                    receiver.wait_for(before + min(chance.randint(1, 2), waiting))
                victim.send_signal(signal.SIGKILL)
                victim.wait(20)
            at += ROUND
        survivor = Deliverer(database, Vault([key]), Policy())
        for _ in range(kills):
            survivor.deliver_due(at)
            assert survivor.wait(30)
            at += ROUND

        ids = [each.headers["webhook-id"] for each in receiver.heard]
    assert left(database) == []
    assert len(set(ids)) == NOTICES
    assert len(ids) <= NOTICES + kills  # no more than the one in hand came twice


def test_one_that_is_killed_in_the_middle_is_followed_when_its_lease_is_over(database: Database) -> None:
    key = vault.new_key()
    DestinationStore(database, Vault([key]))
    with receiving() as receiver:
        DestinationStore(database, Vault([key])).add("webhook", {"url": receiver.url}, actor(), NOW)
        tell(database)
        receiver.may_answer.clear()
        with started(database, key) as victim:
            victim.stdin.write(f"{NOW.isoformat()}\n")
            victim.stdin.flush()
            receiver.wait_for(1)
            victim.send_signal(signal.SIGKILL)
            victim.wait(20)
        receiver.may_answer.set()
        follower = Deliverer(database, Vault([key]), Policy())

        assert follower.deliver_due(NOW + timedelta(seconds=30)) == NOW + LEASE
        assert follower.wait(20)
        assert len(receiver.heard) == 1
        follower.deliver_due(NOW + LEASE)
        assert follower.wait(20)

        assert len({each.headers["webhook-id"] for each in receiver.heard}) == 1
        assert len(receiver.heard) == 2
    assert left(database) == []


def started(database: Database, key: bytes) -> subprocess.Popen[str]:
    """Start a deliverer that is told when to deliver."""
    started = subprocess.Popen(
        [sys.executable, "-c", DELIVER, key.hex()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **variables_of_database(database)},
    )
    assert started.stdout.readline() == "ready\n"
    return started


def left(database: Database) -> list[int]:
    rows = database.rows("SELECT number FROM notices WHERE outcome = 'waiting'")
    return [row["number"] for row in rows]
