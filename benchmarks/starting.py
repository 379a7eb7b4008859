"""The start of `serve` against an import of Flask; what a first visit weighs; and what a panel holds in memory."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.draining import settings_for, sinking, submission
from benchmarks.filled import fill
from benchmarks.pairs import compare
from panel import clock
from panel.config import Config
from panel.services import open_services
from tests.support.actors import actor
from tests.support.needs import find
from tests.support.serving import Serving

ACCOUNT, PASSWORD = "benchmark", "correct horse battery"
LOGINS, SENT = 50, 100_000
MESSAGES = 1_000_000


def run() -> None:
    """Measure all three, from a home where an account is."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        open_services(Config(home=home)).accounts.add(ACCOUNT, PASSWORD, by=actor(), now=clock.now())
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
        if program := find("smtp-sink"):
            _use(Path(folder) / "used", program)
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
    """Print what comes over the wire for a page and its files, heads and bodies, as to a browser without a cache."""
    stranger = urllib.request.build_opener()
    for visitor, name, target in ((stranger, "/login", "≤ 20 KB, 4 requests"), (opener, "/settings/edit", "≤ 28 KB")):
        for accepted in ("gzip, deflate, br", "gzip, deflate", ""):
            visitor.addheaders = [("Accept-Encoding", accepted)]
            page, size = _fetched(visitor, address + name)
            files = re.findall(rb'(?:href|src)="(/static/[^"]+)"', page)
            size += sum(_fetched(visitor, address + path.decode())[1] for path in files)
            print(
                f"first visit, {name:<15} {accepted or 'plain':<18} {size / 1000:>9.1f} KB"
                f"  {1 + len(files)} requests  target {target}"
            )


def _fetched(opener: urllib.request.OpenerDirector, address: str) -> tuple[bytes, int]:
    """Give the body as it comes, and its size with the head."""
    with opener.open(address) as answer:
        head = f"HTTP/1.1 {answer.status} {answer.reason}\r\n\r\n"
        fields = sum(len(name) + len(value) + 4 for name, value in answer.headers.items())
        body: bytes = answer.read()
    return body, len(head) + fields + len(body)


def _use(home: Path, program: str) -> None:
    """Let a panel send many messages while many sign in, and print what it holds afterwards."""
    services = open_services(Config(home=home))
    services.accounts.add(ACCOUNT, PASSWORD, by=actor(), now=clock.now())
    with sinking(program) as port:
        services.settings.save(settings_for(port), base=0, by=actor("benchmark"), now=clock.now())
        for batch in range(0, SENT, 1000):
            services.outbox.enqueue_all(
                [submission(batch + each) for each in range(1000)], by=actor(via="benchmark"), now=clock.now()
            )
        with Serving(home) as serving:
            with ThreadPoolExecutor(4) as threads:  # of one account and address, five at once would be too many
                for opener in threads.map(_signed_in, [serving] * LOGINS):
                    opener.open(f"{serving.address}/outbox").read()
            while services.outbox.counts().waiting:
                time.sleep(1)
            _remember(f"{LOGINS} logins, {SENT:,} sent", serving)


def _remember(name: str, serving: Serving) -> None:
    """Print what its processes hold, by all of their pages, and with those that they share counted once."""
    held, shared = serving.resident_bytes / 2**20, serving.proportional_bytes / 2**20
    what = f"memory of serve and its worker, {name}"
    print(f"{what:<56} {held:>6.1f} MiB  (shared pages once: {shared:.1f})  target ≤ 115 MiB")
