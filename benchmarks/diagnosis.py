"""What it takes to find the cause of a reply, and of 64 KiB of text against one pattern in each of its lines."""

from __future__ import annotations

import re
import time
from pathlib import Path

from benchmarks.pairs import compare, timed
from panel.diagnosis.explain.bounce import MOST_PASTED_BYTES
from panel.diagnosis.explain.explain import explain
from panel.diagnosis.match import cause_of_reply
from panel.mail.smtp.protocol import Reply, Stage

REPLIES = Path(__file__).parents[1] / "tests" / "data"

PROSE = "We would like to know whether the parcel that was sent on Monday has arrived, and who took it in.\n"
POSTFIX = (
    "Nov 23 10:00:00 m postfix/smtp[1]: 4F1A2B: to=<c@a.example>, relay=mx.a.example[192.0.2.1]:25, delay=1.2, "
    "delays=0.1/0/0.5/0.6, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 7C0D)\n"
)
_PEER = re.compile(r"([45]\d\d)[ -]([45]\.\d{1,3}\.\d{1,3})")  # what somebody would look for by hand


def run() -> None:
    """Diagnose the tests' replies, and the longest that is read."""
    lines = [
        line.split("\t") for path in REPLIES.glob("replies_*.tsv") for line in path.read_text("utf-8").splitlines()
    ]
    rows = [line for line in lines if line[-1][:3].isdigit()]
    asked = [(Stage(stage), Reply(int(text[:3]), (text[4:],)), host) for _, host, stage, text in rows]
    long = Reply(550, tuple("lorem ipsum dolor sit amet " * 36 for _ in range(128)))
    spent = min(timed(lambda: [cause_of_reply(*each) for each in asked]) for _ in range(5))
    longest = min(timed(lambda: cause_of_reply(Stage.DATA, long, "")) for _ in range(5))
    print(f"{'diagnosis, a reply':<44} {spent / len(asked) * 1000:>9.1f} µs  ({len(asked)} replies)")
    print(f"{'diagnosis, the longest reply':<44} {longest:>9.2f} ms")
    for name, unit in (("prose", PROSE), ("a Postfix log", POSTFIX), ("one line without a blank", "x1.")):
        _pasted(name, (unit * MOST_PASTED_BYTES)[:MOST_PASTED_BYTES])


def _pasted(name: str, text: str) -> None:
    """Explain a text in which nothing failed, as long as one is read, beside a search in each of its lines."""

    def by_hand() -> None:
        for line in text.lower().split("\n"):
            _PEER.search(line)

    compare(
        f"diagnosis, 64 KiB: {name}", lambda: explain(text), by_hand, rounds=9, target="≤ 20 ms", clock=time.thread_time
    )
