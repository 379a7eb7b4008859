"""Two machines with clocks of their own, 20 ms from their server and from whoever takes the mail, are one panel."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from panel import clock
from tests.support.actors import actor
from tests.support.apart import AHEAD, HOST, PANEL_PORT, Apart, apart, hand_in
from tests.support.machines import Site
from tests.support.visitor import Visitor

INTERVAL_MS = 300
NAME, PASSWORD = "hanako", "correct horse battery"


@pytest.fixture(scope="module")
def there() -> Iterator[Apart]:
    """Two panels, and four workers on their machines."""
    with apart(interval_ms=INTERVAL_MS) as there, there.panels(), there.fleet.working(*there.sites):
        yield there


def test_four_workers_on_two_machines_keep_one_pace(there: Apart) -> None:
    there.fleet.supply(12)

    there.fleet.finish()

    toll = there.fleet.toll("none")
    assert toll.bearable, toll
    assert not toll.twice
    senders = there.fleet.services.database.rows("SELECT name FROM workers")
    assert len({row["name"] for row in senders}) == 4


def test_what_is_saved_on_one_machine_is_in_force_on_the_other_at_once(there: Apart) -> None:
    before, after = there.mail, there.other
    there.fleet.supply(8)
    before.wait_for(len(before.messages) + 2)

    run(there.sites[0], "settings", "set", f"smtp_port={after.port}")
    came = len(before.messages)
    there.fleet.finish()

    assert len(before.messages) <= came + 1  # which was in hand
    assert after.messages
    run(there.sites[1], "settings", "set", f"smtp_port={before.port}")


def test_a_pause_on_one_machine_stops_the_other_until_that_one_resumes(there: Apart) -> None:
    there.fleet.supply(8)
    there.mail.wait_for(len(there.mail.messages) + 2)

    run(there.sites[0], "outbox", "pause")
    came = len(there.mail.messages)
    run(there.sites[1], "test", "hanako@example.org")  # which takes a slot, and a while

    assert there.fleet.services.outbox.counts().waiting
    assert len(there.mail.messages) <= came + 2  # the test, and what was in hand
    run(there.sites[1], "outbox", "resume")
    there.fleet.finish()


def test_a_test_on_one_machine_takes_its_slot_between_the_mail_of_both(there: Apart) -> None:
    there.fleet.supply(8)
    there.mail.wait_for(len(there.mail.messages) + 2)

    run(there.sites[0], "test", "hanako@example.org")
    assert there.fleet.services.outbox.counts().waiting
    there.fleet.finish()

    assert not there.fleet.toll("test").too_soon


def test_a_session_begun_at_one_panel_holds_at_the_other(there: Apart) -> None:
    services = there.fleet.services
    services.accounts.add(NAME, PASSWORD, by=actor("test"), now=clock.now())
    hanako, a, b = Visitor(HOST, PANEL_PORT), there.a.address, there.b.address

    hanako.get(a, "/login")
    assert hanako.post(a, "/login", {"name": NAME, "password": PASSWORD}).status == 303
    hanako.get(b, "/access")
    made = hanako.post(b, "/access/tokens", {"name": "shop", "scope": "send"})

    key = re.search(r"mp_[a-z0-9]{8}_[a-z0-9]{32}", made.text)
    assert key, made.text  # the password is not asked for again, whatever the machines' clocks say
    assert hand_in(there.a, key[0], "1")
    there.fleet.finish()


def test_a_program_that_is_killed_leaves_nothing_of_its_clock_behind(there: Apart) -> None:
    [ahead] = [site for site in there.sites if "FAKETIME" in site.variables]
    before = clocks_in_memory()

    with ahead.running("-c", "import time; print(time.time(), flush=True); time.sleep(60)") as program:
        assert program.stdout
        differs = float(program.stdout.readline()) - time.time()
        program.kill()

    assert abs(differs - AHEAD) < 1
    assert clocks_in_memory() == before


def clocks_in_memory() -> set[str]:
    """Give the names of what libfaketime has there for the programs that live, and for those that were killed."""
    return {each.name for each in Path("/dev/shm").glob("*faketime*")}


def run(site: Site, *words: str) -> str:
    """Run a command of the panel on a machine."""
    command = site.words(sys.executable, "-m", "panel", *words)
    done = subprocess.run(command, env=site.environment, capture_output=True, text=True, check=False)
    assert not done.returncode, done
    return done.stdout
