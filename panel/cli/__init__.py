"""The shell's door: every command, its exit codes (sysexits.h), and faults as one sentence on standard error."""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from panel.cli.account_commands import user
from panel.cli.key_commands import keys
from panel.cli.outbox_commands import outbox
from panel.cli.run_commands import demo, serve, worker
from panel.cli.settings_commands import settings
from panel.cli.test_command import test
from panel.errors import ConfigError, DatabaseBusy, DatabaseError, PanelError, VaultError

EX_USAGE = 64
EX_DATAERR = 65
EX_TEMPFAIL = 75
EX_CONFIG = 78

_CODES: tuple[tuple[type[PanelError], int], ...] = (
    (DatabaseBusy, EX_TEMPFAIL),
    (DatabaseError, EX_CONFIG),
    (ConfigError, EX_CONFIG),
    (VaultError, EX_CONFIG),
    (PanelError, EX_DATAERR),
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="mail-panel")
def panel() -> None:
    """Set up an application's outgoing mail, prove that it works, and see that it still does.

    Configuration comes from environment variables that begin with MAIL_PANEL_.
    A password is never an argument: it is read from a prompt, a file or standard input.
    """


for _command in (serve, worker, demo, settings, test, outbox, keys, user):
    panel.add_command(_command)


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    try:
        code = panel.main(standalone_mode=False)
    except click.exceptions.Abort:
        _leave("Stopped.", 130)
    except click.UsageError as fault:
        fault.show()
        sys.exit(EX_USAGE)
    except click.ClickException as fault:
        _leave(fault.format_message(), fault.exit_code if fault.exit_code > 2 else EX_USAGE)
    except PanelError as fault:
        _leave(str(fault), next(code for kind, code in _CODES if isinstance(fault, kind)))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)


def _leave(text: str, code: int) -> NoReturn:
    print(f"mail-panel: {text}", file=sys.stderr)
    sys.exit(code)
