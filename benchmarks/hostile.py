"""What the slowest servers cost against the deadline, a thousand bad ones in memory, and a silent resolver."""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from panel import clock
from panel.checks.doctor.examine import EXAMINE_SECONDS, examine
from panel.checks.trial.order import Order
from panel.checks.trial.report import Mode
from panel.checks.trial.run import TrialRun
from panel.config import Config
from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.outbox.pace.pace import Terms
from panel.outbox.pace.slot import Slot
from panel.services import Services, open_services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.dns_server import DnsServer
from tests.support.scripted import (
    MESSAGE,
    ScriptedServer,
    Step,
    drips,
    goes_on_for_ever,
    greets,
    hears,
    is_silent,
    says,
    takes,
)

DEADLINE = 3.0  # a test's own is 30 s; what is over it is the same
TESTS = 1_000
SETTINGS = Settings(
    from_address="report@example.org", smtp_host="localhost", smtp_auth=False, tls=False, local_hostname="a.example.org"
)
SLOW: dict[str, list[Step]] = {
    "silence instead of a greeting": [is_silent],
    "a banner, a byte at a time": [drips(b"220-mail\r\n", seconds=0.01)],
    "a reply, a byte at a time": [*greets(), hears("MAIL"), drips(b"250-x\r\n", seconds=0.01)],
    "silence after the final dot": [*greets(), *MESSAGE, is_silent],
}
BAD: list[list[Step]] = [
    [goes_on_for_ever(b"220-mail.example.org\r\n")],
    [goes_on_for_ever(b"220 " + b"x" * 4096)],
    [says("220 x"), hears("EHLO"), goes_on_for_ever(b"250-X-YES\r\n")],
    [*greets(), hears("MAIL"), goes_on_for_ever(b"550-x\r\n")],
    [*greets(), *takes("MAIL", "550 \x1b[2J<script>")],
]


def run() -> None:
    """Ask for all three; the figures are of this process."""
    with tempfile.TemporaryDirectory() as folder:
        opened = open_services(Config(home=Path(folder)))
        for name, steps in SLOW.items():
            spent = _seconds(opened, steps, name)
            print(f"{name:<44} {spent:>9.2f} s   (deadline {DEADLINE:.0f} s)")
        _thousand(opened)
        _silent_resolver(opened)


def _seconds(opened: Services, steps: Sequence[Step], account: str, seconds: float = DEADLINE) -> float:
    """Run a test against a script under an account of its own, and give how long it took."""
    with ScriptedServer(*steps) as scripted:
        trial = TrialRun(
            Order(replace(SETTINGS, smtp_port=scripted.port), "taro@example.net", Mode.SEND, by=actor(account)),
            store=opened.trials,
            policy=Policy(),
            slot=Slot(opened.pace, Terms(0), "other"),
            fingerprint="x",
            now=clock.now(),
        )
        trial.deadline = Deadline(seconds)
        began = time.perf_counter()
        trial.run()
        return time.perf_counter() - began


def _thousand(opened: Services) -> None:
    for number in range(50):  # what is made once is made
        _seconds(opened, BAD[number % len(BAD)], f"warm {number}")
    before = _resident()
    for number in range(TESTS):
        _seconds(opened, BAD[number % len(BAD)], f"bad {number}")
    grown, most = _resident() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'memory after 1,000 hostile tests':<44} {grown:>+9.1f} MiB (at most {most:.0f} MiB)")


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _silent_resolver(opened: Services) -> None:
    """Examine with a resolver that never answers."""
    opened.settings.save(replace(SETTINGS, smtp_port=9), base=0, by=actor("ken"), now=clock.now())
    names = [f"{each}._domainkey.example.org" for each in ("default", "google", "selector1", "selector2", "s1", "s2")]
    names += [f"{each}._domainkey.example.org" for each in ("k1", "mail", "dkim")]
    names += ["example.org", "a.example.org", "_dmarc.example.org", "_mta-sts.example.org", "_smtp._tls.example.org"]
    with DnsServer({}, silent=[*names, "7.2.0.192.in-addr.arpa"]) as server:
        began = time.perf_counter()
        examine(
            opened.config,
            opened.database,
            opened.settings.current(),
            clock.now(),
            address="192.0.2.7",
            resolver=server.address,
        )
    spent = time.perf_counter() - began
    print(f"{'doctor, a silent resolver':<44} {spent:>9.2f} s   (deadline {EXAMINE_SECONDS:.0f} s)")
