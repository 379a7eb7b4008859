"""The start of `serve` against an import of Flask; what a first visit weighs; and what a panel holds in memory."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import ExitStack
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import brotli

from benchmarks.filled import fill
from benchmarks.pairs import compare
from panel import clock
from panel.config import Config
from panel.services import open_services
from tests.support.serving import Serving

ACCOUNT, PASSWORD = "benchmark", "correct horse battery"
MESSAGES = 1_000_000


def run() -> None:
    """Measure all three, from a home where an account is."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        open_services(Config(home=home)).accounts.add(ACCOUNT, PASSWORD, now=clock.now())
        flask = [sys.executable, "-c", "import flask"]
        running = ExitStack()
        compare(
            "start of serve to the first 200",
            lambda: _start(home, running),
            lambda: subprocess.run(flask, check=True),
            rounds=10,
            target="≤ 1.6",
            after=running.close,
        )
        with Serving(home) as serving:
            _weigh(_signed_in(serving), serving.address)
            _remember("idle", serving)
        fill(open_services(Config(home=home)).database, MESSAGES, clock.instant())
        with Serving(home) as serving:
            opener = _signed_in(serving)
            for path in ("/settings", "/outbox", "/outbox?q=nowhere", f"/outbox/{MESSAGES // 2}"):
                opener.open(serving.address + path).read()
            _remember(f"with {MESSAGES:,} messages", serving)


def _start(home: Path, running: ExitStack) -> None:
    serving = running.enter_context(Serving(home))
    with urllib.request.urlopen(f"{serving.address}/login"):
        pass


def _signed_in(serving: Serving) -> urllib.request.OpenerDirector:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    login = opener.open(f"{serving.address}/login").read().decode()
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', login)[0]
    sent = urlencode({"name": ACCOUNT, "password": PASSWORD, "csrf_token": token}).encode()
    opener.open(f"{serving.address}/login", sent).read()
    return opener


def _weigh(opener: urllib.request.OpenerDirector, address: str) -> None:
    for name in ("/settings", "/settings/edit"):
        page = opener.open(address + name).read()
        assets = re.findall(rb'(?:href|src)="(/static/[^"]+)"', page)
        files = [page, *(opener.open(address + path.decode()).read() for path in assets)]
        small, common = (sum(map(len, map(squeeze, files))) for squeeze in (brotli.compress, gzip.compress))
        print(
            f"first visit, {name:<31} {small / 1000:>9.1f} KB brotli  {common / 1000:.1f} KB gzip"
            f"  {len(files)} requests  target ≤ 20 KB, 3 requests"
        )


def _remember(name: str, serving: Serving) -> None:
    """Print what its processes hold, by all of their pages, and with those that they share counted once."""
    held, shared = serving.resident_bytes / 2**20, serving.proportional_bytes / 2**20
    what = f"memory of serve and its worker, {name}"
    print(f"{what:<56} {held:>6.1f} MiB  (shared pages once: {shared:.1f})  target ≤ 110 MiB")
