"""`python -m benchmarks [NAME …]`: all of them, or those that are named."""

from __future__ import annotations

import platform
import sys

from benchmarks import (
    diagnosis,
    draining,
    hostile,
    pace,
    pages,
    posting,
    queueing,
    sending,
    sendmail,
    several_machines,
    starting,
    submitting,
    tokens,
)
from benchmarks.pairs import on_one_core

ALL = {
    "queueing": queueing.run,
    "draining": draining.run,
    "pace": pace.run,
    "sending": sending.run,
    "tokens": tokens.run,
    "submitting": submitting.run,
    "posting": posting.run,
    "sendmail": sendmail.run,
    "pages": pages.run,
    "starting": starting.run,
    "several_machines": several_machines.run,
    "diagnosis": diagnosis.run,
    "hostile": hostile.run,
}


def main(names: list[str]) -> None:
    unknown = [name for name in names if name not in ALL]
    if unknown:
        raise SystemExit(f"There is no {', '.join(unknown)}. Choose from: {', '.join(ALL)}.")
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, one core\n")
    on_one_core()
    for name in names or ALL:
        ALL[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
