"""The shell's door: every command, its exit codes (sysexits.h), and faults as one sentence on standard error."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from panel.errors import ConfigError, DatabaseBusy, DatabaseError, PanelError, VaultError

_CODES: tuple[tuple[type[PanelError], int], ...] = (
    (DatabaseBusy, os.EX_TEMPFAIL),
    (DatabaseError, os.EX_CONFIG),
    (ConfigError, os.EX_CONFIG),
    (VaultError, os.EX_CONFIG),
    (PanelError, os.EX_DATAERR),
)


_COMMANDS = {
    "serve": "run_commands",
    "worker": "run_commands",
    "demo": "run_commands",
    "settings": "settings_commands",
    "test": "test_command",
    "explain": "explain_command",
    "sendmail": "sendmail_command",
    "outbox": "outbox_commands",
    "doctor": "doctor_command",
    "backup": "run_commands",
    "keys": "key_commands",
    "user": "account_commands",
    "token": "token_commands",
}


class _Commands(click.Group):
    """Loads a command when it is asked for: the others would cost it half of its start."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"panel.cli.{_COMMANDS[cmd_name]}"), cmd_name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="mail-panel")
def panel() -> None:
    """Set up an application's outgoing mail, prove that it works, and see that it still does.

    Configuration comes from environment variables that begin with MAIL_PANEL_.
    A password is never an argument: it is read from a prompt, a file or standard input.
    """


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    try:
        code = panel.main(standalone_mode=False)
    except click.exceptions.Abort:
        _leave("Stopped.", 130)
    except click.UsageError as fault:
        fault.show()
        sys.exit(os.EX_USAGE)
    except click.ClickException as fault:
        _leave(fault.format_message(), fault.exit_code if fault.exit_code > 2 else os.EX_USAGE)
    except PanelError as fault:
        _leave(str(fault), next(code for kind, code in _CODES if isinstance(fault, kind)))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)


def _leave(text: str, code: int) -> NoReturn:
    print(f"mail-panel: {text}", file=sys.stderr)
    sys.exit(code)
