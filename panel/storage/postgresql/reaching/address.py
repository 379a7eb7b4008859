"""Where the server is and how it is spoken to: the URL, the password beside it, and what we ask of each connection."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import unquote

from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import ProgrammingError

from panel.errors import ConfigError
from panel.storage.postgresql.reaching.parameters import (
    mode_to_another_machine,
    refuse_unfit_parameters,
    with_environment,
)

SCHEMA_NAME = "mail_panel"
# The URL may say otherwise. A host that is gone is found after 15 s at most, one that never answers after 5.
_USUAL = {
    "application_name": "mail-panel",
    "connect_timeout": "5",
    "target_session_attrs": "read-write",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
_ALWAYS = {"client_encoding": "utf8"}  # whatever the URL says: our texts come from and go to this one


class ServerAddress(NamedTuple):
    """A database on a server: what libpq takes, the schema of our tables in it, and the URL as sentences show it."""

    parameters: dict[str, Any]
    schema: str
    name: str

    @classmethod
    def of(cls, url: str, password_file: Path | None) -> Self:
        """Read the URL, or raise `ConfigError`; it may name several hosts, and the schema by `schema=`."""
        schema, plain = schema_and_url(url)
        if not re.fullmatch(r"(?!pg_)[a-z_][a-z0-9_]{0,62}", schema):
            raise ConfigError(f"The schema in MAIL_PANEL_DATABASE is a name of small letters, not {schema!r}.")
        try:
            parsed = conninfo_to_dict(plain)
        except ProgrammingError as fault:
            raise ConfigError(f"MAIL_PANEL_DATABASE cannot be read: {_said(fault)}.") from None
        refuse_unfit_parameters(parsed)
        parameters = {**_USUAL, **parsed, **_ALWAYS, **_password(password_file)}
        return cls(parameters, schema, url)

    @property
    def encryption(self) -> str:
        """Give the sslmode by which another machine is spoken to; nothing where the server is on this one."""
        return mode_to_another_machine(with_environment(self.parameters))

    def without(self, host: str, port: int) -> Self | None:
        """Give the same but for one host; None where there is no other."""
        hosts = str(self.parameters.get("host", "")).split(",")
        ports = str(self.parameters.get("port", "")).split(",")
        ports = ports * len(hosts) if len(ports) == 1 else ports
        others = [
            (each, at) for each, at in zip(hosts, ports, strict=False) if (each, at or "5432") != (host, str(port))
        ]
        if not others or len(others) == len(hosts):
            return None
        given = {"host": ",".join(each for each, _ in others), "port": ",".join(at for _, at in others)}
        return self._replace(parameters={**self.parameters, **given})


def schema_and_url(url: str) -> tuple[str, str]:
    """Give the schema of our tables, and the URL without it: libpq and the server's own programs do not know it."""
    base, _, query = url.partition("?")
    given = [(unquote(each.partition("=")[0]), each) for each in query.split("&")] if query else []
    schema = next((unquote(each.partition("=")[2]) for name, each in given if name == "schema"), SCHEMA_NAME)
    rest = "&".join(each for name, each in given if name != "schema")
    return schema, f"{base}?{rest}" if rest else base


def _said(fault: ProgrammingError) -> str:
    """Give what libpq finds wrong; of what it has found, the name of a parameter alone: the rest may be a secret."""
    what, _, found = str(fault).strip().partition(":")
    return f"{what}:{found}" if what == "invalid URI query parameter" else what


def _password(file: Path | None) -> dict[str, str]:
    if file is None:
        return {}
    try:
        return {"password": file.read_text("utf-8").removesuffix("\n").removesuffix("\r")}
    except (OSError, UnicodeDecodeError) as fault:
        why = fault.strerror if isinstance(fault, OSError) else "it is no text"
        raise ConfigError(f"MAIL_PANEL_DATABASE_PASSWORD_FILE is {file}, which cannot be read: {why}.") from None
