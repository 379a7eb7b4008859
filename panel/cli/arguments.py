"""What a command was given: FIELD=VALUE pairs, files, standard input, prompts; and who gave it."""

from __future__ import annotations

import getpass
import logging
import sys
from collections.abc import Collection, Iterable
from contextlib import closing, nullcontext

import click

from panel import config, logs
from panel.access.rights import Role
from panel.cli.typed.nearest import did_you_mean
from panel.errors import CannotDo, CannotRead, ConfigError
from panel.mail.message.envelope import CONTROLS
from panel.mail.text import without_bom
from panel.services import Services, open_services, refuse_lost_home
from panel.settings import parsing
from panel.settings.fields.secret import SECRETS
from panel.settings.model import FIELDS
from panel.storage.actor import Actor
from panel.storage.opening import open_database

VIA = "cli"
MOST_FILE_BYTES = 1024 * 1024  # of a file that is given
NUMBER = click.IntRange(1, parsing.MAX_NUMBER)  # of a message, version or test


class _Name(click.types.StringParamType):
    """A text that may be looked up or kept: bytes that are no UTF-8 come as halves of characters (PEP 383)."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if CONTROLS.search(value):
            self.fail(f"{value!a} holds control characters, or bytes that are no UTF-8.", param, ctx)
        return value


NAME = _Name()


def opened() -> Services:
    """Open the panel's home as the environment names it."""
    return open_home(config.read())


def existing() -> Services:
    """Open a home that is there: what is asked for cannot be in one that would be made now."""
    read = config.read()
    if read.database_url:
        _refuse_without_tables(read)
    else:
        require_home(read)
    return open_home(read)


def require_home(read: config.Config) -> None:
    """Raise where there is no data file."""
    refuse_lost_home(read)
    if not read.database_path.exists():
        raise ConfigError(f"There is no panel in {read.home}. Name its folder in MAIL_PANEL_HOME.")


def _refuse_without_tables(read: config.Config) -> None:
    with closing(open_database(*read.place)) as database:
        database.require()


def open_home(read: config.Config) -> Services:
    """Open a home, and leave it closed at the end of the command; a key is made only to seal the first secret."""
    if logging.lastResort:
        logging.lastResort.setFormatter(logs.Line())  # what goes wrong is told whole, though no log is kept here
    services = open_services(read, starts=False)
    if command := click.get_current_context(silent=True):
        command.call_on_close(services.database.close)  # the last one that closes it leaves no log beside it
    return services


def who() -> Actor:
    """Say who uses this shell, as the history and the limits know them."""
    try:
        return Actor(f"{getpass.getuser()} (command line)", VIA, role=Role.ADMINISTRATOR)
    except (KeyError, OSError):
        return Actor("command line", VIA, role=Role.ADMINISTRATOR)


def given_texts(
    pairs: Iterable[str], fields: Collection[str] = FIELDS, secrets: Collection[str] = SECRETS
) -> dict[str, str]:
    """Read FIELD=VALUE words; a password alone is asked for, and comes from nowhere else than a prompt or a file."""
    read: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if name not in fields:
            meant = did_you_mean(name, fields, f" The fields are: {', '.join(fields)}.")
            raise click.UsageError(f"There is no field named {name}.{meant}")
        is_secret = name in secrets
        read[name] = _value(name, value, is_secret=is_secret) if equals else _asked(name, is_secret=is_secret)
    return read


def file_text(path: str) -> str:
    """Read the value in a file, or in standard input for `-`."""
    text = _file_text(path)
    if not text.strip():
        raise CannotDo(f"{_named(path)} is empty: there is no value in it.")
    return text


def _named(path: str) -> str:
    return "standard input" if path == "-" else path


def _file_text(path: str) -> str:
    """Leave out a byte order mark and the last line end, which are no part of the value."""
    try:
        with nullcontext(sys.stdin.buffer) if path == "-" else open(path, "rb") as file:
            data = file.read(MOST_FILE_BYTES + 1)
        text = without_bom(data).decode("utf-8")
    except UnicodeDecodeError:
        raise CannotDo(f"{_named(path)} is no text in UTF-8. Save it as UTF-8.") from None
    except OSError as fault:
        raise CannotRead(f"{_named(path)} cannot be read: {fault.strerror or fault}.") from None
    except ValueError:  # a name with a NUL, or in no encoding
        raise CannotRead(f"{_named(path)} cannot be read: that is no name of a file.") from None
    if len(data) > MOST_FILE_BYTES:
        raise CannotDo(f"{_named(path)} is too large: it holds more than {MOST_FILE_BYTES} bytes.")
    return text.replace("\r\n", "\n").removesuffix("\n")


def password(path: str | None) -> str:
    """Give a password from a file, standard input, or a prompt that asks twice."""
    if path is not None:
        return file_text(path)
    return _prompted("Password", confirm=True)


def passphrase(path: str | None, *, confirm: bool) -> str:
    """Give a passphrase from a file, standard input, or a prompt, which asks twice where it is to be confirmed."""
    given = _file_text(path) if path is not None else _prompted("Passphrase", confirm=confirm)
    if not given:
        raise CannotDo("The passphrase is empty: it would protect nothing. Give one.")
    return given


def _value(name: str, value: str, *, is_secret: bool) -> str:
    if value.startswith("@@"):
        value = value[1:]
    elif value.startswith("@"):
        return file_text(value[1:])
    if is_secret:
        raise click.UsageError(
            f"{name} is a secret, and no argument: others could read it. Write {name}=@FILE, {name}=@- or {name} alone."
        )
    return value


def _asked(name: str, *, is_secret: bool) -> str:
    if not is_secret:
        raise click.UsageError(f"{name} has no value. Write {name}=VALUE.")
    return _prompted(name, confirm=False)


def _prompted(label: str, *, confirm: bool) -> str:
    if not sys.stdin.isatty():
        raise click.UsageError(f"There is nobody to ask for {label}. Give it in a file, or - for standard input.")
    text: str = click.prompt(label, hide_input=True, confirmation_prompt=confirm, err=True)
    return text
