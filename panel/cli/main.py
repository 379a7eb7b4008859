"""The shell's door: every command, its exit codes (sysexits.h), and faults as one sentence on standard error."""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

import click

from panel.cli.typed.group import CommandGroup
from panel.cli.typed.misuse import asks_for_help, misuse_of
from panel.errors import (
    CannotConnect,
    CannotCreate,
    CannotListen,
    CannotRead,
    ConfigError,
    DatabaseBusy,
    DatabaseError,
    PanelError,
    VaultError,
    name_mistake,
)
from panel.home import unknown_variables

_CODES: tuple[tuple[type[PanelError], int], ...] = (
    (DatabaseBusy, os.EX_TEMPFAIL),
    (DatabaseError, os.EX_CONFIG),
    (CannotConnect, os.EX_UNAVAILABLE),
    (CannotListen, os.EX_UNAVAILABLE),
    (CannotRead, os.EX_NOINPUT),
    (CannotCreate, os.EX_CANTCREAT),
    (ConfigError, os.EX_CONFIG),
    (VaultError, os.EX_CONFIG),
    (PanelError, os.EX_DATAERR),
)


_LASTING = ("serve", "worker", "demo")  # which keep a log
_COMMANDS = {
    "serve": "run",
    "worker": "run",
    "demo": "run",
    "ready": "ready",
    "settings": "settings",
    "test": "trial",
    "arrived": "arrival",
    "explain": "explain",
    "sendmail": "sendmail.listed",
    "bounce": "bounce.listed",
    "drop": "drop",
    "outbox": "outbox.command",
    "doctor": "doctor",
    "alert": "alert",
    "database": "database",
    "backup": "backup",
    "restore": "backup",
    "keys": "keys",
    "user": "users",
    "token": "tokens",
    "oauth": "oauth",
    "audit": "audit",
    "completion": "completion",
}


class _Commands(CommandGroup):
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
    """Run the command line and leave with its exit code; a fault is one sentence, whatever it is."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a file, as Python opens it
    try:
        code = _run()
    except click.exceptions.Abort:
        _leave("Stopped.", 130)
    except click.UsageError as fault:
        _leave_misused(fault)
    except click.ClickException as fault:
        _leave(fault.format_message(), fault.exit_code if fault.exit_code > 2 else os.EX_USAGE)
    except PanelError as fault:
        _leave(_in_shell_language(fault), next(code for kind, code in _CODES if isinstance(fault, kind)))
    except BrokenPipeError:
        _stop_writing()
        sys.exit(0)
    except OSError as fault:
        _stop_writing()
        _leave(_of_system(fault), os.EX_NOPERM if isinstance(fault, PermissionError) else os.EX_IOERR)
    except Exception as fault:
        from panel import logs  # few commands need it

        if logs.are_kept():
            raise  # it is told there, with the traceback
        _leave(_mistake(fault), os.EX_SOFTWARE)
    sys.exit(code)


def _run() -> int:
    """Run a command, and have all written that it says: at the end of the process nobody could tell of a full disk."""
    out = sys.stdout
    if sys.argv[1:2] and sys.argv[1] not in _LASTING:
        _warn_of_unknown_variables()
    try:
        code = panel.main(prog_name="mail-panel", standalone_mode=False)
    except SystemExit as left:
        code = left.code
    if sys.stdout is not out:  # click has put its own there, for nobody reads on
        raise BrokenPipeError
    sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _warn_of_unknown_variables() -> None:
    for name, meant in unknown_variables().items():
        did_you_mean = f" Did you mean {meant}?" if meant else ""
        print(f"mail-panel: {name} is no variable of this program, and has no effect.{did_you_mean}", file=sys.stderr)


def _in_shell_language(fault: PanelError) -> str:
    """Give a sentence that the pages say, too, in the language of this shell; any other stays as it is."""
    from panel.cli.terminal.say import worded  # few commands fail
    from panel.i18n import Text

    text = getattr(fault, "text", None)
    return worded(text.message, **text.values) if isinstance(text, Text) else worded(str(fault))


def _leave_misused(fault: click.UsageError) -> NoReturn:
    if not asks_for_help(fault):
        _leave(misuse_of(fault), os.EX_USAGE)
    print(fault.format_message(), file=sys.stderr)
    sys.exit(os.EX_USAGE)


def _stop_writing() -> None:
    """Throw away what nobody reads, or nothing takes: it would be tried again at the end of the process."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _of_system(fault: OSError) -> str:
    """Say what the system refused, and where."""
    what = fault.strerror or type(fault).__name__
    path = f"{fault.filename}: " if fault.filename else ""
    do = " Run this as the user of the panel." if isinstance(fault, PermissionError) else ""
    return f"{path}{what}.{do}"


def _mistake(fault: Exception) -> str:
    """Tell of a fault that nobody expected: which it is, and where, so that a report of it helps."""
    last = traceback.extract_tb(fault.__traceback__)[-1]
    at = f"{os.path.basename(last.filename)}, line {last.lineno}"
    return f"This is a mistake of mail-panel, please report it. {name_mistake(fault)} ({at})"[:400]


def _leave(text: str, code: int) -> NoReturn:
    print(f"mail-panel: {text}", file=sys.stderr)
    sys.exit(code)
