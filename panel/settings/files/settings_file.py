"""The whole record of the settings from a file of FIELD=VALUE lines, or one sentence about what is wrong there."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from panel.errors import ConfigError
from panel.mail.text import without_bom
from panel.settings.fields.secret import SECRETS
from panel.settings.model import FIELDS, SECOND, Settings
from panel.settings.validation import InvalidSettings, validate

MOST_BYTES = 1024 * 1024  # of the file, and of each that it names
_TRIES = 5  # to read a file that is being replaced together with those that it names
_SHOWN = ("set", "unreadable")  # what `settings show` says of a secret, and no secret
_NONE = "not set"  # what it says where there is none


class WrongSettingsFile(ConfigError):
    """A file that makes no settings: which, where in it, and why; never what a secret is."""


class _Line(NamedTuple):
    number: int
    field: str
    value: str


def read_settings_file(path: Path, *, listeners: tuple[tuple[str, int], ...] = (), shared: bool = False) -> Settings:
    """Give the settings that a file makes, those that it does not name by default, or raise `WrongSettingsFile`.

    A secret that it does not give is blank, whatever is saved. `listeners` and `shared` are those of
    `validate`.
    """
    lines, texts = _read(path)
    try:
        settings = validate(texts, listeners=listeners, shared=shared)
    except InvalidSettings as fault:
        first = fault.problems[0]
        raise _wrong(path, lines, first.field, str(first.text)) from None
    _refuse_person(path, lines, settings)
    return settings


def _read(path: Path) -> tuple[dict[str, _Line], dict[str, str]]:
    """Give the lines and their values, all of one moment: no new secret goes to the server that was named before."""
    lines = {line.field: line for line in _lines(path)}
    for _ in range(_TRIES):
        texts = {name: _value(path, line) for name, line in lines.items()}
        before, lines = lines, {line.field: line for line in _lines(path)}
        if lines == before:
            return lines, texts
    raise WrongSettingsFile(f"{path} was changed again and again while it was read.")


def _lines(path: Path) -> Iterator[_Line]:
    """Give the lines that say something, each field once; blank ones and comments say nothing."""
    text, others_read = _text(path)
    seen: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not (said := line.strip()) or said.startswith("#"):
            continue
        name, equals, value = (part.strip() for part in said.partition("="))
        _refuse_unknown(path, number, name, is_pair=bool(equals))
        if name in seen:
            raise WrongSettingsFile(f"{path}, line {number}: {name} is given in line {seen[name]} already.")
        seen[name] = number
        if others_read and name in SECRETS and _is_secret(value):
            raise WrongSettingsFile(f"{path}, line {number}: {name} stands here, and {_others_read(path)}")
        yield _Line(number, name, value)


def _refuse_unknown(path: Path, number: int, name: str, *, is_pair: bool) -> None:
    """Refuse what is no field; what does not look like one may be a piece of a secret, and is not said."""
    if is_pair and name in FIELDS:
        return
    if not is_pair or not re.fullmatch("[a-z][a-z_]{0,39}", name):
        raise WrongSettingsFile(
            f"{path}, line {number} is not FIELD=VALUE. A value of several lines has a file of its own: FIELD=@FILE."
        )
    from difflib import get_close_matches  # slow to load

    meant = get_close_matches(name, FIELDS, n=1)
    did_you_mean = f" Did you mean {meant[0]}?" if meant else ""
    raise WrongSettingsFile(f"{path}, line {number}: There is no field named {name}.{did_you_mean}")


def _is_secret(value: str) -> bool:
    """Say whether a value is itself one, and not where it stands."""
    if value in ("", _NONE, *_SHOWN):
        return False
    return value.startswith("@@") or not value.startswith("@")


def _value(path: Path, line: _Line) -> str:
    """Give the value of a line as `settings set` reads it: `@FILE` is what a file holds, `@@` begins with an @."""
    if line.value.startswith("@@"):
        return line.value[1:]
    if line.value.startswith("@"):
        return _value_in_file(path, line, path.parent / line.value[1:])
    if line.field in SECRETS:
        return _typed_secret(path, line)
    return line.value


def _typed_secret(path: Path, line: _Line) -> str:
    if line.value in _SHOWN:
        raise WrongSettingsFile(
            f"{path}, line {line.number}: {line.field}: {line.value!r} is what `settings show` says of a secret. "
            f"Write {line.field}=@FILE."
        )
    return "" if line.value == _NONE else line.value


def _value_in_file(path: Path, line: _Line, named: Path) -> str:
    where = f"{path}, line {line.number}: {line.field}: "
    if line.field in SECRETS and not os.path.exists(named):  # what stands there may be the secret itself
        raise WrongSettingsFile(f"{where}there is no such file. A secret that begins with an @ is written with two: @@")
    text, others_read = _text(named, where)
    if line.field in SECRETS and others_read:
        raise WrongSettingsFile(where + _others_read(named))
    if not text.strip():
        raise WrongSettingsFile(f"{where}{named} is empty: there is no value in it.")
    return text


def _text(path: Path, where: str = "") -> tuple[str, bool]:
    """Give what a file holds, without the last line end, and whether every user of the machine can read it."""
    try:
        with open(path, "rb", opener=_opened) as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):  # a pipe may keep us waiting
                raise WrongSettingsFile(f"{where}{path} is no file.")
            data = file.read(MOST_BYTES + 1)
        text = without_bom(data).decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise WrongSettingsFile(f"{where}{path} is no text in UTF-8. Save it as UTF-8.") from None
    except OSError as fault:
        raise WrongSettingsFile(f"{where}{path} cannot be read: {fault.strerror}.") from None
    except ValueError:  # a name with a NUL
        raise WrongSettingsFile(f"{where}that is no name of a file.") from None
    if len(data) > MOST_BYTES:
        raise WrongSettingsFile(f"{where}{path} is too large: it holds more than {MOST_BYTES} bytes.")
    return text.removesuffix("\n"), bool(mode & stat.S_IROTH)


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def _others_read(path: Path) -> str:
    return f"every user of this machine may read {path}. Run: chmod o= {path}, or mount it with mode 0440."


def _refuse_person(path: Path, lines: Mapping[str, _Line], settings: Settings) -> None:
    """Refuse a login for which somebody signs in: that is kept with the settings, and no file can hold it."""
    for prefix, server in (("", settings), (SECOND, settings.by_second)):
        if (not prefix or settings.second) and server.by_token and server.oauth_flow.by_person:
            raise _wrong(path, lines, f"{prefix}oauth_flow", _PERSON.format(flow=server.oauth_flow))


_PERSON = (
    "With {flow} a person signs in, which no file can do. Use client or service_account, or save these settings in the "
    "panel, without MAIL_PANEL_SETTINGS."
)


def _wrong(path: Path, lines: Mapping[str, _Line], field: str, text: str) -> WrongSettingsFile:
    """Say where something is wrong: in a line, or that there is none for a field."""
    line = lines.get(field)
    where = f"{path}, line {line.number}" if line else f"{path} has no line for it"
    return WrongSettingsFile(f"{where}: {field}: {text}")
