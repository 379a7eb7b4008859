"""The command `mail-panel`, also as `python -m panel`; `sendmail` begins without what the others need."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line, and leave with its exit code."""
    if sys.argv[1:2] == ["sendmail"]:
        del sys.argv[1]
        from panel.sendmail import main as run
    else:
        from panel.cli import main as run
    run()


if __name__ == "__main__":
    main()
