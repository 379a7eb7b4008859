"""Where the panel's data is, and where it takes mail: all that a command for one message reads of the environment."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, TypedDict

from panel.errors import ConfigError

PREFIX = "MAIL_PANEL_"
DATABASE_NAME = "mail-panel.db"
_LISTEN = "127.0.0.1:5870"
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - it is read here; who listens there answers at each of this machine's
VARIABLES = {  # all that this program reads of the environment, without the prefix
    *("ALERTS", "AUTH", "BACK_URL", "DATABASE", "DATABASE_PASSWORD_FILE", "DENY_NETWORKS", "DROP"),
    *("FRAME_ANCESTORS", "HOME", "HOSTS", "KEEP_AUDIT", "KEEP_BODIES"),
    *("KEEP_LOG", "KEYS", "KEY_FILE", "LISTEN", "LOCALE"),
    *("LOG_FORMAT", "METRICS", "PROXY_DEFAULT_ROLE", "PROXY_LOGOUT_URL", "PROXY_ROLES"),
    *("PROXY_ROLE_HEADER", "PROXY_SECRET_FILE", "PROXY_USER_HEADER", "PUBLIC_URL", "SMTP_LISTEN"),
    *("RESOLVER", "SETTINGS", "SMTP_CERTIFICATE", "SMTP_KEY", "SMTP_LISTEN_AUTH", "SMTP_LISTEN_TLS", "SMTP_NETWORKS"),
    *("SMTP_OPEN_NETWORKS", "STEP_UP_MINUTES", "TIMEZONE", "TRUSTED_PROXIES"),
    "WINDOW",
}


class Home(NamedTuple):
    """The home with its data file, the listener's address, and the folder for mail while nothing listens."""

    home: Path
    database: Path | None = None
    database_url: str = ""  # of a PostgreSQL server, without its password
    database_password_file: Path | None = None
    smtp_listen: tuple[str, int] | None = None
    drop: Path | None = None

    @property
    def place(self) -> tuple[Path, str, Path | None]:
        """Give what a database is opened with: its path, the URL of its server, and the file of that one's password."""
        return self.database_path, self.database_url, self.database_password_file

    @property
    def database_path(self) -> Path:
        """Give where the data file is, by its own variable or in the home; beside it, what is of this machine alone."""
        return self.database or self.home / DATABASE_NAME


def read_home(environment: Mapping[str, str] = os.environ) -> Home:
    """Read the environment, or raise `ConfigError` with one sentence that names the variable."""
    given = variables(environment)
    return Home(
        home=Path(given.get("HOME") or _default_home(environment)).expanduser(),
        **_database(given.get("DATABASE", "")),
        database_password_file=_path(given.get("DATABASE_PASSWORD_FILE", "")),
        smtp_listen=smtp_address(given, "SMTP_LISTEN"),
        drop=_path(given.get("DROP", "")),
    )


def panel_address(environment: Mapping[str, str] = os.environ) -> tuple[str, int]:
    """Give where the panel listens, or raise `ConfigError`."""
    given = variables(environment)
    return listen_address(given.get("LISTEN") or _LISTEN)


def machine_name() -> str:
    """Give what this machine calls itself, as it is known without asking the DNS."""
    return os.uname().nodename


def variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Give our variables by their names without the prefix."""
    return {name.removeprefix(PREFIX): value for name, value in environment.items() if name.startswith(PREFIX)}


def unknown_variables(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Give the variables that bear our prefix and that nothing reads, each with the one that was meant, or blank."""
    unknown = [name for name in variables(environment) if name not in VARIABLES]
    if not unknown:
        return {}
    from difflib import get_close_matches  # slow to load

    meant = {name: get_close_matches(name.upper(), VARIABLES, n=1) for name in sorted(unknown)}
    return {f"{PREFIX}{name}": f"{PREFIX}{found[0]}" if found else "" for name, found in meant.items()}


def listen_address(text: str, name: str = "LISTEN", example: str = _LISTEN) -> tuple[str, int]:
    """Read HOST:PORT; an IPv6 address stands in brackets."""
    host, _, port = text.rpartition(":")
    if not host or not re.fullmatch("[0-9]{1,5}", port) or int(port) > 65535:
        raise ConfigError(f"{PREFIX}{name} is HOST:PORT, such as {example}, not {text!r}.")
    return host.removeprefix("[").removesuffix("]"), int(port)


def address_text(host: str, port: int) -> str:
    """Write what `listen_address` reads."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def smtp_address(given: Mapping[str, str], name: str) -> tuple[str, int] | None:
    """Read where mail is handed over; beyond this machine only where something says who may connect."""
    text = given.get(name, "")
    if not text:
        return None
    host, port = listen_address(text, name, "127.0.0.1:2525")
    host = "127.0.0.1" if host == "localhost" else host
    if not beyond_this_machine((host, port)):
        return host, port
    if not _is_address(host):
        raise ConfigError(f"{PREFIX}{name} begins with an address such as 127.0.0.1 or 0.0.0.0, not {text!r}.")
    if not given.get("SMTP_NETWORKS", "").strip():
        raise ConfigError(
            f"{PREFIX}{name} is {text}, which others reach, too: set {PREFIX}SMTP_NETWORKS to the networks that may "
            "connect, such as 10.0.0.0/8, or take an address of this machine alone, such as 127.0.0.1:2525."
        )
    return host, port


def beyond_this_machine(address: tuple[str, int] | None) -> bool:
    """Say whether others than this machine reach what listens there."""
    return address is not None and not re.fullmatch(r"127(\.[0-9]{1,3}){3}|::1", address[0])


def reached_here(address: tuple[str, int]) -> tuple[str, int]:
    """Give where programs of this machine find what listens there, on all addresses perhaps."""
    return dict(zip(EVERY_ADDRESS, ("127.0.0.1", "localhost"), strict=True)).get(address[0], address[0]), address[1]


def _is_address(host: str) -> bool:
    import socket  # a listener for this machine alone needs no look

    try:
        socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
    except OSError:
        return False
    return True


def _default_home(environment: Mapping[str, str]) -> Path:
    """Follow the XDG base directories, as other programs of a user do."""
    data = environment.get("XDG_DATA_HOME")
    try:
        return (Path(data) if data else Path.home() / ".local" / "share") / "mail-panel"
    except RuntimeError:
        raise ConfigError("This user has no home. Set MAIL_PANEL_HOME to the folder of the panel's data.") from None


def _path(text: str) -> Path | None:
    return Path(text).expanduser() if text else None


class _Place(TypedDict):
    database: Path | None
    database_url: str


def _database(text: str) -> _Place:
    """Read where the data is: the path of a file, or the URL of a PostgreSQL server without its password."""
    if "://" not in text:
        return {"database": _path(text), "database_url": ""}
    scheme, _, rest = text.partition("://")
    if scheme not in ("postgresql", "postgres"):
        raise ConfigError(
            "MAIL_PANEL_DATABASE is the path of a SQLite file, or the URL of a PostgreSQL server such as "
            "postgresql://mail_panel@db.example.org/mail_panel?sslmode=verify-full."
        )
    from urllib.parse import unquote  # slow to load, and most panels have a file

    # The last @, whatever is before it: a password may hold what parts an address.
    if ":" in rest.rpartition("@")[0] or any(f"{name}=" in unquote(rest) for name in ("password", "secret", "_key")):
        raise ConfigError(
            "MAIL_PANEL_DATABASE holds a password, which every list of processes would show. Take it out, and name a "
            "file with it in MAIL_PANEL_DATABASE_PASSWORD_FILE or PGPASSFILE. An @ in a name is written %40, a : %3A."
        )
    return {"database": None, "database_url": text}
