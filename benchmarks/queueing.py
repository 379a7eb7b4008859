"""The outbox: durable enqueueing against bare commits, and what its operations cost at a million rows."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median

from benchmarks.filled import fill
from benchmarks.pairs import Act, compare, timed
from panel import clock
from panel.checks.verdict import gather, judge
from panel.config import Config
from panel.mail.message.submission import Submission
from panel.mail.smtp.protocol import Failure, Reply, Stage
from panel.outbox.delivery.claims import Claims
from panel.outbox.delivery.result import accepted, refused
from panel.outbox.pace.pace import Terms
from panel.outbox.state import State
from panel.services import Services, open_services
from tests.support.actors import actor

BATCH = 100
SIZES = (1_000, 10_000, 100_000, 1_000_000)
TEXT = b"Your report is ready.\r\n" * 44  # 1 KB
TERMS = Terms(version=1)


def run() -> None:
    """Measure both, on the disk where temporary files are."""
    with tempfile.TemporaryDirectory() as folder:
        _enqueue(Path(folder))
        _defer(Path(folder))
        _grow(Path(folder))


def _enqueue(folder: Path) -> None:
    services, numbers = open_services(Config(home=folder / "home")), count(1)
    with closing(bare(folder)) as floor:

        def one() -> None:
            services.outbox.enqueue(mail(next(numbers)), by=actor("app", "http"), now=clock.now())

        def together() -> None:
            mails = [mail(next(numbers)) for _ in range(BATCH)]
            services.outbox.enqueue_all(mails, by=actor("app", "http"), now=clock.now())

        def commit() -> None:
            floor.execute("INSERT INTO messages (content) VALUES (?)", (mail(1).message,))

        many, commits = _times(one, BATCH), _times(commit, BATCH)
        compare("enqueue 100, against bare commits, rate", many, commits, rounds=60, target="≥ 0.85", per_second=True)
        compare("the same in one batch, against one by one", together, many, rounds=40, target="≥ 12", per_second=True)


def _defer(folder: Path) -> None:
    """Tell what deferring a message with a large attachment writes to the log: its body must not be among it."""
    services = open_services(Config(home=folder / "large"))
    database, claims = services.database, Claims(services.database)
    large = mail(1)._replace(message=b"x" * 76 + b"\r\n" + (b"y" * 76 + b"\r\n") * 176_000)
    services.outbox.enqueue(large, by=actor("app", "http"), now=clock.now())
    got = claims.claim_window("benchmark", TERMS, clock.instant(), most=1)
    assert isinstance(got, list), got
    database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    later = Failure(Stage.DATA, "", Reply(451, ("4.3.0 Later",)))
    result = refused(later, {}, got[0].submission.rcpt_to, host="smtp.example.org", logged_in=True)
    claims.settle_window(got, [result], None, clock.instant())
    assert services.outbox.counts().by_state[State.DEFERRED] == 1
    written = Path(f"{database.path}-wal").stat().st_size
    print(f"{'log written when 13.7 MB is deferred':<44} {written / 1024:>9.1f} KiB  target ≤ 16 KiB", flush=True)


def bare(folder: Path) -> sqlite3.Connection:
    """Open the floor: one row a commit, as durable as ours."""
    opened = sqlite3.connect(folder / "bare.db", isolation_level=None)
    opened.execute("PRAGMA journal_mode = WAL")
    opened.execute("PRAGMA synchronous = FULL")
    opened.execute("CREATE TABLE messages (number INTEGER PRIMARY KEY, content BLOB NOT NULL)")
    return opened


def mail(number: int) -> Submission:
    message_id = f"<{number * 2_654_435_761 % 2**32:08x}@app.example.org>"
    head = f"Message-ID: {message_id}\r\nDate: Wed, 25 Nov 2026 09:00:00 +0000\r\n\r\n".encode()
    return Submission((f"user{number}@example.net",), head + TEXT, message_id, f"Report {number}")


def _times(act: Act, often: int) -> Act:
    def acts() -> None:
        for _ in range(often):
            act()

    return acts


@dataclass(frozen=True, slots=True)
class _Queue:
    """One filled outbox, and what is asked of it."""

    size: int
    services: Services
    claims: Claims

    def acts(self) -> dict[str, Act]:
        outbox, store = self.services.outbox, self.services.settings
        middle = self.size // 2
        return {
            "enqueue": lambda: outbox.enqueue(mail(1), by=actor(via="http"), now=clock.now()),
            "claim and settle": self._send,
            "list, the first page": outbox.list,
            "list, the failed": lambda: outbox.list(state=State.FAILED),
            "list, a page in the middle": lambda: outbox.list(before=middle),
            "one message": lambda: outbox.get(middle),
            "search, an address": lambda: outbox.list(q=f"user{middle}@example.net"),
            "search, a word that is nowhere": lambda: outbox.list(q="nowhere"),
            "numbers by state": outbox.counts,
            "verdict": lambda: judge(
                store.current(),
                self.services.trials,
                gather(self.services.database, store.current(), clock.instant()),
                clock.now(),
            ),
            "purge 50 messages": self._purge,
        }

    def _send(self) -> None:
        claims = self.claims.claim_window("benchmark", TERMS, clock.instant(), most=1)
        assert isinstance(claims, list), claims
        results = accepted(Reply(250, ("2.0.0 Ok",)), {}, claims[0].submission.rcpt_to, "smtp.example.org")
        self.claims.settle_window(claims, [results], None, clock.instant())

    def _purge(self) -> None:
        long_ago, now = clock.moment("2000-01-01T00:00:00Z"), clock.now()
        assert self.services.outbox.purge(bodies_before=long_ago, log_before=now, most=50) == (0, 50)


def _grow(folder: Path) -> None:
    queues = [_queue(folder, size) for size in SIZES]
    print(f"{'ms at so many rows':<34}" + "".join(f"{size:>11,}" for size in SIZES) + "    last / first, target ≤ 1.5")
    acts = [queue.acts() for queue in queues]
    for name in acts[0]:
        rounds = 10 if name.startswith("purge") else 200
        times = [[timed(each[name]) for each in acts] for _ in range(rounds // 10 + rounds)][rounds // 10 :]
        medians = [median(each) for each in zip(*times, strict=True)]
        print(
            f"{name:<34}" + "".join(f"{each:>11.3f}" for each in medians) + f"{medians[-1] / medians[0]:>10.2f}",
            flush=True,
        )


def _queue(folder: Path, size: int) -> _Queue:
    services = open_services(Config(home=folder / str(size)))
    fill(services.database, size, clock.instant())
    return _Queue(size, services, Claims(services.database))
