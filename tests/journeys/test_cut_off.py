"""The way between two machines and their server breaks, or that does: no mail is lost, and none comes twice unmarked.

The common run takes two accidents in small, the long one prints the table of all:
`pytest -s --long tests/journeys/test_cut_off.py`.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import psycopg
import pytest

from panel.outbox.state import State
from tests.support.apart import HOST, PANEL_PORT, Apart, apart
from tests.support.distant_server import DistantServer
from tests.support.machines import COLUMNS, Toll, message_id_of
from tests.support.visitor import Visitor
from tests.support.waiting import wait_until

INTERVAL_MS = 100
HELD_SECONDS = 60.0
BEHIND_SECONDS = 10.0
Accident = Callable[[Apart], None]


def test_a_worker_that_is_cut_off_after_its_final_dot_records_the_reply_once_it_is_back() -> None:
    with apart(interval_ms=INTERVAL_MS) as there, there.fleet.working(there.sites[0]):
        there.mail.may_answer.clear()
        there.fleet.supply(1)
        assert there.mail.dot_came.wait(20)

        there.network.cut(there.servers[0].machine, there.a)  # half open: what the machine says arrives
        there.mail.may_answer.set()
        hold(5)
        there.network.mend()
        there.fleet.finish()

        toll = there.fleet.toll("half open for 5 s")
        assert toll.bearable, toll
        assert toll.twice == toll.marked == 0


def test_a_standby_that_is_promoted_goes_on_without_loss_where_it_is_synchronous() -> None:
    with apart(interval_ms=INTERVAL_MS, standby="sync") as there:
        there.fleet.supply(12)
        with there.fleet.working(*there.sites):
            there.strike(after=3)
            fail_over(there)
            there.fleet.finish()

        toll = there.fleet.toll("failover, synchronous")
        assert toll.bearable, toll


@pytest.mark.long
def test_a_standby_that_lags_costs_what_it_had_not_heard_of_and_no_more() -> None:
    with apart(interval_ms=INTERVAL_MS, standby="async") as there:
        there.fleet.supply(60)
        with there.fleet.working(*there.sites):
            there.strike()
            there.network.cut(*(server.machine for server in there.servers), both=True)
            there.mail.wait_for(len(there.mail.messages) + 10, 60)
            there.fleet.supply(3)
            known = states_at(there.servers[1])
            fail_over(there)
            there.fleet.finish()
            arrived = Counter(message_id_of(message) for message in there.mail.messages)

            lost, twice = there.fleet.told - arrived.keys(), {each for each, times in arrived.items() if times > 1}
            assert len(lost) == 3
            assert not lost & known.keys()
            assert twice
            assert twice <= {each for each, state in known.items() if state != State.SENT}
            assert {
                each for each, state in states_at(there.servers[1]).items() if state == State.SENT
            } <= arrived.keys()


def states_at(server: DistantServer) -> dict[str, str]:
    """Give the state of each message, as a server has it."""
    with server.connect() as connection:
        return dict(connection.execute("SELECT message_id, state FROM mail_panel.messages").fetchall())


# The table


def cut_off(*, here: bool, back: bool, both_machines: bool = False) -> Accident:
    """Let nothing come from a machine to the server, or back, or neither."""

    def act(there: Apart) -> None:
        database = there.servers[0].machine
        for machine in (there.a, there.b)[: 1 + both_machines]:
            if here:
                there.network.cut(machine, database)
            if back:
                there.network.cut(database, machine)
        hold(HELD_SECONDS)
        there.network.mend()

    return act


def fail_over(there: Apart) -> None:
    """Let the primary break down, and have the standby take its place."""
    there.servers[0].stop(signal.SIGQUIT)
    there.servers[1].promote()


def come_back(there: Apart) -> None:
    """Have the old primary come back after that, as if nothing had happened, while the connections are lost."""
    fail_over(there)
    there.mail.wait_for(len(there.mail.messages) + 5, 60)
    assert there.fleet.services.outbox.counts()  # whoever looks at the end has seen the new one, too
    there.servers[0].start()
    there.servers[1].execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    there.mail.wait_for(len(there.mail.messages) + 5, 60)


def fall_behind(there: Apart) -> None:
    """Have mail taken and sent of which the standby hears nothing, and let that take the primary's place."""
    primary, standby = (server.machine for server in there.servers)
    there.fleet.supply(200)
    there.network.cut(primary, standby, both=True)
    hold(BEHIND_SECONDS)
    fail_over(there)


def restart(there: Apart) -> None:
    """End the server as a crash does, and start it."""
    there.servers[0].stop(signal.SIGQUIT)
    there.servers[0].start()


def restart_pooler(there: Apart) -> None:
    """End a pooler that stands before the server, and start it 5 s later."""
    assert there.pooler
    there.pooler.stop()
    hold(5)
    there.pooler.start()


def exhaust(there: Apart) -> None:
    """Take all connections that the server has for a while, so that nobody else has any, and everybody needs one."""
    server, site = there.servers[0], there.sites[0]
    with ExitStack() as taken:

        def take() -> psycopg.Connection[Any]:
            return taken.enter_context(server.connect(application_name=TAKEN))

        def end_others() -> int:
            [[ended]] = asking.execute(END_OTHERS, (TAKEN,)).fetchall()
            return int(ended)

        def has_all() -> bool:
            others = end_others()
            with suppress(psycopg.OperationalError):
                while True:
                    take()
            return not others

        asking = take()
        wait_until(has_all)
        for _ in range(10):
            hold(2)
            assert not end_others()
        asks = site.words(sys.executable, "-m", "panel", "database", "status")
        told = subprocess.run(asks, env=site.environment, capture_output=True, text=True, check=False)
        assert "takes no more connections" in told.stderr, told
        assert Visitor(HOST, PANEL_PORT).get(there.a.address, "/login").status == 503


TAKEN = "taken"
END_OTHERS = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE backend_type = 'client backend' AND application_name <> %s"
)


def fill_the_disk(there: Apart) -> None:
    """Take all room of the server's disk for a while; where it ends of it, start it again."""
    server = there.servers[0]
    filling = server.folder / "filling"
    with suppress(OSError), filling.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 16))
    hold(20)
    filling.unlink()
    if not server.is_running:
        server.start()


def make_read_only(there: Apart) -> None:
    there.servers[0].set(default_transaction_read_only="on")
    hold(20)
    there.servers[0].execute(
        "SET default_transaction_read_only = off", "ALTER SYSTEM RESET ALL", "SELECT pg_reload_conf()"
    )


def set_clock(seconds: float) -> Accident:
    """Set the clock of the server, which is the one of all."""

    def act(there: Apart) -> None:
        there.servers[0].set_clock(seconds)
        there.mail.wait_for(len(there.mail.messages) + 5, 90)

    return act


ACCIDENTS: dict[str, tuple[Accident, dict[str, Any]]] = {
    "A cut off from the server for 60 s": (cut_off(here=True, back=True), {}),
    "A to the server silent for 60 s": (cut_off(here=True, back=False), {}),
    "server to A silent for 60 s": (cut_off(here=False, back=True), {}),
    "A and B cut off for 60 s": (cut_off(here=True, back=True, both_machines=True), {}),
    "immediate shutdown, started again": (restart, {}),
    "standby promoted, synchronous": (fail_over, {"standby": "sync"}),
    "standby promoted, asynchronous": (fail_over, {"standby": "async"}),
    "standby promoted, asynchronous, 10 s behind": (fall_behind, {"standby": "async"}),
    "old primary back beside the new": (come_back, {"standby": "sync"}),
    "all connections taken for 20 s": (exhaust, {"settings": {"max_connections": "30"}}),
    "PgBouncer gone for 5 s": (restart_pooler, {"pooled": True}),
    "disk full for 20 s": (fill_the_disk, {"disk_kilobytes": 140_000}),
    "read-only for 20 s": (make_read_only, {}),
    "server's clock an hour on": (set_clock(3600), {"settable_clock": True}),
    "server's clock an hour back": (set_clock(-3600), {"settable_clock": True}),
}


@pytest.fixture(scope="module")
def table() -> Iterator[list[Toll]]:
    """Collect what the accidents cost, and print it as a table."""
    tolls: list[Toll] = []
    yield tolls
    print("", f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|", *(toll.row for toll in tolls), sep="\n")


@pytest.mark.long
@pytest.mark.parametrize("name", ACCIDENTS)
def test_an_accident_while_mail_flows(name: str, table: list[Toll]) -> None:
    accident, made = ACCIDENTS[name]
    with apart(interval_ms=INTERVAL_MS, **made) as there:
        toll = cost_of(there, name, accident)
    table.append(toll)

    if made.get("standby") == "async":
        assert not toll.too_soon, toll  # what the standby had not heard of may be lost, or be sent again
    else:
        assert toll.bearable, toll


def cost_of(there: Apart, name: str, accident: Accident) -> Toll:
    """Have an accident while four workers send what two applications hand in."""
    with there.panels(), there.fleet.working(*there.sites):
        with there.handing_in(pause=1.5):
            there.strike()
            accident(there)
            there.mail.wait_for(len(there.mail.messages) + 10, 120)
        there.fleet.finish()
        return there.fleet.toll(name)


def hold(seconds: float) -> None:
    threading.Event().wait(seconds)
