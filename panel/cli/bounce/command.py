"""The `bounce` command: a mail server hands over what came to the bounce address, as an alias's pipe.

It ends with 0 whatever the text is, for a mail server would send a bounce of it otherwise; with 75 while it cannot be
stored, and then the mail server tries again.
"""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from panel import clock, home
from panel.errors import NoAccess, PanelError, name_mistake
from panel.home import Home
from panel.storage.actor import Actor
from panel.storage.opening import open_database

if TYPE_CHECKING:  # slow to load, and not needed where the listener takes the report
    from panel.outbox.bounces.store import Taken

PATIENCE_MS = 30_000  # for a data file that others write to
MOST_BOUNCE_BYTES = 1024 * 1024  # of a text that are kept: a report stands at its beginning, and the rest is left
_CHUNK = 64 * 1024

BOUNCE_HELP = """Usage: mail-panel bounce -

Take in what came to the bounce address: read it on standard input, and note a report with the message it is about.
A mail server calls this, as the pipe of an alias:

  panel-bounce: "|mail-panel bounce -"

Any other text is dropped, and nobody is answered. It ends with 0 whatever the text is, and with 75 while it cannot be
stored. Who may not write to the data file needs MAIL_PANEL_SMTP_LISTEN: the running panel then takes it.

Examples:
  mail-panel bounce - < bounce.eml
"""


def main() -> None:
    """Be the command: run, and end at once."""
    code = run(sys.argv[1:])
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.flush()
    os._exit(code)


def run(words: Sequence[str]) -> int:
    """Take the text, and give the exit code; what became of it is said in one line."""
    if [*words] in (["--help"], ["-h"]):
        print(BOUNCE_HELP, end="")
        return os.EX_OK
    if [*words] != ["-"]:
        return _fail("Give - to read standard input. Run: mail-panel bounce --help", os.EX_USAGE)
    try:
        print(_take(_read()))
    except (PanelError, OSError, MemoryError) as fault:
        return _fail(str(fault) or type(fault).__name__, os.EX_TEMPFAIL)
    except Exception as fault:  # of the text: it would be the same at each try
        return _fail(f"This is a mistake of mail-panel, please report it. {name_mistake(fault)[:300]}", os.EX_OK)
    return os.EX_OK


def _read() -> bytes:
    """Read to the end, for whoever writes would take a closed pipe for a failure; keep the beginning."""
    kept = bytearray()
    while sys.stdin and (chunk := sys.stdin.buffer.read(_CHUNK)):
        kept += chunk[: MOST_BOUNCE_BYTES - len(kept)]
    return bytes(kept)


def _take(data: bytes) -> str:
    where = home.read_home()
    database = open_database(*where.place, busy_ms=PATIENCE_MS)
    try:
        database.require()
    except NoAccess as fault:
        return _relay(where, data, fault)
    from panel.outbox.bounces.store import Bounces

    taken = Bounces(database).take(data, by=Actor(_user(), "cli"), now=clock.now())
    database.close()
    return _told(taken)


def _relay(where: Home, data: bytes, fault: NoAccess) -> str:
    """Give the text to the panel's listener."""
    if where.smtp_listen is None:
        raise NoAccess(
            f"{fault} Or set MAIL_PANEL_SMTP_LISTEN, here and for the panel: it then takes it while it runs."
        )
    from panel.cli.sendmail.relay import relay_report

    return f"{relay_report(data, to=home.reached_here(where.smtp_listen))}."


def _told(taken: "Taken") -> str:
    """Say what became of it; what a stranger wrote is not repeated."""
    if not taken.noted:
        return f"{taken.outcome} ({taken.reason})." if taken.reason else f"{taken.outcome}."
    lines = (f"message {each.message}, {each.recipient}: {each.fate}" for each in taken.noted)
    return f"{taken.outcome}: {'; '.join(lines)}."


def _user() -> str:
    """Name who runs this, as the audit shows it."""
    import pwd

    try:
        return f"{pwd.getpwuid(os.getuid()).pw_name} (command line)"
    except KeyError:
        return f"{os.getuid()} (command line)"


def _fail(text: str, code: int) -> int:
    if sys.stderr:
        print(f"mail-panel: {text}", file=sys.stderr)
    return code
