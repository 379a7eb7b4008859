"""What it takes to find a reply's cause, against one search for its words in the same text."""

from __future__ import annotations

from pathlib import Path

from benchmarks.pairs import timed
from panel.diagnosis.match import cause_of_reply
from panel.mail.smtp.protocol import Reply, Stage

REPLIES = Path(__file__).parents[1] / "tests" / "data"


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
