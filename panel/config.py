"""What the process starts with, read once from the environment; a wrong value stops the start with one sentence."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from panel import home
from panel.clock import known_zone
from panel.errors import ConfigError
from panel.home import PREFIX, Home
from panel.i18n import LOCALES
from panel.mail.net.peers import Network, plain_network
from panel.mail.net.policy import Policy

if TYPE_CHECKING:  # few panels stand behind a login, or take mail from other machines
    from panel.access.proxy_config import ProxyLogin
    from panel.access.submission.listener_access import ListenerAccess

KEY_NAME = "key"
CREDENTIAL_NAME = "mail-panel.key"
_OF_SMTP_ACCESS = ("SMTP_LISTEN_TLS", "SMTP_NETWORKS", "SMTP_OPEN_NETWORKS", "SMTP_CERTIFICATE", "SMTP_KEY")
SELF = "self"  # the origin of the panel, among those that may frame it


@dataclass(frozen=True, slots=True)
class DemoServer:
    """The demo's own mail server, whose values the first page offers beside the known ones."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    ca_certificate: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """The variables of the environment as values."""

    home: Path
    database: Path | None = None
    database_url: str = ""  # of a PostgreSQL server, without its password
    database_password_file: Path | None = None
    smtp_listen: tuple[str, int] | None = None
    drop: Path | None = None  # the folder where others leave mail while the panel is down
    listen: tuple[str, int] = ("127.0.0.1", 5870)
    smtp_listen_auth: str = "optional"
    smtp_access: ListenerAccess | None = None  # where mail comes from other machines, or under TLS
    key_file: Path | None = None
    credential: Path | None = None  # the key file that systemd lays down for the service alone
    keys: tuple[str, ...] = field(default=(), repr=False)
    trusted_proxies: tuple[Network, ...] = ()
    proxy_login: ProxyLogin | None = None  # where a proxy says who asks
    hosts: tuple[str, ...] = ()
    frame_ancestors: tuple[str, ...] = ()
    back_url: str = ""
    public_url: str = ""
    step_up_minutes: int = 5
    locale: str = "ja"
    timezone: str = ""  # of who has chosen none
    deny_networks: tuple[Network, ...] = ()
    keep_bodies: int = 0
    keep_log: int = 30
    keep_audit: int = 365
    window: int = 20
    log_format: str = "text"
    quiet: bool = False  # the log tells of what is wrong, and of nothing else
    metrics: tuple[Network, ...] = ()
    alerts: bool = True  # else nothing is judged in the background, and no notice leaves
    settings_file: Path | None = None  # which gives the whole record; nothing else saves it then
    demo: DemoServer | None = None
    resolver: tuple[str, int] | None = None  # address and port of the DNS to ask; the machine's own where it is None

    @property
    def database_path(self) -> Path:
        """Give where the data file is, by its own variable or in the home."""
        return Home(self.home, self.database).database_path

    @property
    def place(self) -> tuple[Path, str, Path | None]:
        """Give what a database is opened with, as `Home` says it."""
        return Home(self.home, self.database, self.database_url, self.database_password_file).place

    @property
    def listeners(self) -> tuple[tuple[str, int], ...]:
        """Give where mail is taken by SMTP."""
        under_tls = self.smtp_access.tls_listen if self.smtp_access else None
        return tuple(each for each in (self.smtp_listen, under_tls) if each)

    @property
    def key_path(self) -> Path:
        """Give where the key file is: by its own variable, where systemd has laid it down, or in the home."""
        return self.key_file or self.credential or self.home / KEY_NAME

    @property
    def own_url(self) -> str:
        """Give the panel's address as browsers know it: its own variable, or where it listens on this machine."""
        return self.public_url or f"http://127.0.0.1:{self.listen[1]}"

    @property
    def framed_by_others(self) -> bool:
        """Say whether pages of another origin may show the panel in a frame."""
        return any(each != SELF for each in self.frame_ancestors)

    @property
    def redirect_uri(self) -> str:
        """Give where a token server sends the browser back to; it is registered there to the letter."""
        return f"{self.own_url}/oauth2/callback"

    @property
    def panel_name(self) -> str:
        """Give the name that whoever hears of an alert knows this panel by: its public host, or this machine's."""
        if self.public_url:
            return self.public_url.partition("://")[2].partition("/")[0]
        import socket  # few panels tell anybody

        return socket.gethostname()

    @property
    def policy(self) -> Policy:
        """Give where a connection may go."""
        return Policy(self.deny_networks)


def read(environment: Mapping[str, str] = os.environ) -> Config:
    """Read the environment, or raise `ConfigError` with one sentence that names the variable."""
    given = home.variables(environment)
    return Config(
        **home.read_home(environment)._asdict(),
        listen=home.panel_address(environment),
        smtp_listen_auth=_one_of(given, "SMTP_LISTEN_AUTH", ("optional", "required")),
        smtp_access=_smtp_access(given),
        **_files(given),
        credential=_credential(environment.get("CREDENTIALS_DIRECTORY", "")),
        keys=tuple(_words(given, "KEYS")),
        trusted_proxies=_networks(given, "TRUSTED_PROXIES"),
        proxy_login=_proxy_login(given),
        hosts=tuple(host.lower() for host in _words(given, "HOSTS")),
        frame_ancestors=_origins(given),
        back_url=_back_url(given.get("BACK_URL", "")),
        public_url=_public_url(given.get("PUBLIC_URL", "")),
        step_up_minutes=_minutes(given.get("STEP_UP_MINUTES", "")),
        locale=_one_of(given, "LOCALE", LOCALES),
        timezone=_timezone(given.get("TIMEZONE", "")),
        deny_networks=_networks(given, "DENY_NETWORKS"),
        keep_bodies=_days(given, "KEEP_BODIES", 0),
        keep_log=_days(given, "KEEP_LOG", 30),
        keep_audit=_days(given, "KEEP_AUDIT", 365),
        window=_window(given.get("WINDOW", "")),
        log_format=_one_of(given, "LOG_FORMAT", ("text", "json")),
        metrics=_networks(given, "METRICS"),
        alerts=_one_of(given, "ALERTS", ("on", "off")) == "on",
        resolver=_resolver(given.get("RESOLVER", "")),
    )


def resolver_address(text: str) -> tuple[str, int]:
    """Read IP or IP:PORT of a DNS resolver, 53 where no port is named; raise `ValueError` where it is none."""
    host, _, port = text.rpartition(":") if text.count(":") == 1 else (text, "", "53")
    if not re.fullmatch("[0-9]{1,5}", port) or not 0 < int(port) < 65_536:
        raise ValueError(text)
    return str(ip_address(host)), int(port)


def _resolver(text: str) -> tuple[str, int] | None:
    try:
        return resolver_address(text) if text else None
    except ValueError:
        raise ConfigError(
            f"MAIL_PANEL_RESOLVER is the address of a DNS resolver such as 192.0.2.53 or 192.0.2.53:5353, not {text!r}."
        ) from None


def _proxy_login(given: Mapping[str, str]) -> ProxyLogin | None:
    if _one_of(given, "AUTH", ("local", "proxy")) == "local":
        return None
    from panel.access.proxy_config import read_proxy_login

    return read_proxy_login(given, _networks(given, "TRUSTED_PROXIES"))


def _smtp_access(given: Mapping[str, str]) -> ListenerAccess | None:
    if not any(given.get(name) for name in _OF_SMTP_ACCESS):
        return None
    from panel.access.submission.listener_access import read_listener_access

    return read_listener_access(given, _networks(given, "SMTP_NETWORKS"), _networks(given, "SMTP_OPEN_NETWORKS"))


class _Files(TypedDict):
    key_file: Path | None
    settings_file: Path | None


def _files(given: Mapping[str, str]) -> _Files:
    """Read which files the key and the settings are in; the second is read again later, wherever the process is."""
    return {
        "key_file": Path(given["KEY_FILE"]).expanduser() if given.get("KEY_FILE") else None,
        "settings_file": _settings_file(given["SETTINGS"]) if given.get("SETTINGS") else None,
    }


def _settings_file(text: str) -> Path:
    try:
        text.encode()
    except UnicodeEncodeError:  # each version says where it comes from
        raise ConfigError(f"{PREFIX}SETTINGS is a name that is no UTF-8. Give the file another one.") from None
    return Path(text).expanduser().absolute()


def _credential(folder: str) -> Path | None:
    """Give the key among the credentials of a systemd service, if there is one."""
    path = Path(folder, CREDENTIAL_NAME)
    try:
        return path if folder and path.exists() else None
    except OSError as fault:
        raise ConfigError(
            f"CREDENTIALS_DIRECTORY is {folder}, which this user cannot read: {fault.strerror}. Run this as the user "
            "of the service."
        ) from fault


def _words(given: Mapping[str, str], name: str) -> list[str]:
    return given.get(name, "").replace(",", " ").split()


def _one_of(given: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    value = given.get(name) or known[0]
    if value not in known:
        raise ConfigError(f"{PREFIX}{name} is one of {', '.join(known)}, not {value!r}.")
    return value


def _days(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,5}", text):
        raise ConfigError(f"{PREFIX}{name} is a number of days, not {text!r}.")
    return int(text)


def _timezone(name: str) -> str:
    if name and known_zone(name) is None:
        raise ConfigError(
            f"MAIL_PANEL_TIMEZONE is the name of a time zone such as Asia/Tokyo, not {name!r}. "
            "If that is one, install the package tzdata on this machine."
        )
    return name


def _minutes(text: str) -> int:
    if not re.fullmatch(r"[0-9]{0,2}", text) or int(text or 5) > 60:
        raise ConfigError(f"MAIL_PANEL_STEP_UP_MINUTES is a number of minutes from 0 to 60, not {text!r}.")
    return int(text or 5)


def _window(text: str) -> int:
    if not re.fullmatch(r"[0-9]{0,3}", text) or not 1 <= int(text or 20) <= 100:
        raise ConfigError(f"MAIL_PANEL_WINDOW is a number of messages from 1 to 100, not {text!r}.")
    return int(text or 20)


def _networks(given: Mapping[str, str], name: str) -> tuple[Network, ...]:
    try:
        return tuple(plain_network(word) for word in _words(given, name))
    except ValueError as fault:
        raise ConfigError(f"{PREFIX}{name} is a list of networks such as 10.0.0.0/8: {fault}.") from None


def _origins(given: Mapping[str, str]) -> tuple[str, ...]:
    """Read the exact origins that may frame the panel, `self` for its own; nothing else may go into a header."""
    origins = tuple(_words(given, "FRAME_ANCESTORS"))
    for origin in origins:
        if origin != SELF and not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?", origin):
            raise ConfigError(
                f"MAIL_PANEL_FRAME_ANCESTORS is a list of origins such as https://example.org, or self, not {origin!r}."
            )
    return origins


def _back_url(text: str) -> str:
    if text and not re.match(r"(https?://|/(?![/\\]))[!-~]*\Z", text):
        raise ConfigError(f"MAIL_PANEL_BACK_URL is an address that begins with https://, http:// or /, not {text!r}.")
    return text


def _public_url(text: str) -> str:
    """Read the address under which browsers find the panel, with its prefix; a token server sends them back there."""
    address = text.rstrip("/")
    if address and not re.fullmatch(
        rf"(https://{_AUTHORITY}|http://{_LOOPBACK})(:[0-9]{{1,5}})?(/[A-Za-z0-9._~-]+)*", address
    ):
        raise ConfigError(
            f"MAIL_PANEL_PUBLIC_URL is the panel's whole address, such as https://example.org/mail, not {text!r}."
        )
    return address


_AUTHORITY = r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])"
_LOOPBACK = r"(localhost|127(\.[0-9]{1,3}){3}|\[::1\])"
