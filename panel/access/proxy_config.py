"""The variables of `MAIL_PANEL_AUTH=proxy`, read and judged at the start: which headers say who asks, in what role."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from panel.access.rights import Role
from panel.errors import ConfigError
from panel.home import PREFIX
from panel.mail.net.peers import Network

SECRET_HEADER = "X-Mail-Panel-Proxy"  # noqa: S105 - where the secret stands, not what it is

LEAST_SECRET, MOST_SECRET = 32, 256  # characters
_SHORTEST = {4: 16, 6: 64}  # of a network that holds nothing but proxies

_HEADER = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")
# What the panel, HTTP itself or another proxy says there, and what holds no plain name.
_TAKEN = re.compile(
    r"x-mail-panel-.*|hx-.*|sec-.*|content-.*|accept.*|if-.*|access-control-.*|proxy-.*|.*-jwt-assertion"
    r"|x-forwarded-(for|host|proto|port|prefix|server)|forwarded|via|x-real-ip|x-csrf-?token|idempotency-key"
    r"|authorization|cookie|host|origin|referer|user-agent|date|range|te|trailer|transfer-encoding|connection"
    r"|keep-alive|upgrade|expect|from|max-forwards|cache-control|pragma|priority|dnt"
)
_ROLE = re.compile(rf"(?:\A|[\s,|]+)({'|'.join(Role)})=")


@dataclass(frozen=True, slots=True)
class ProxyLogin:
    """Who enters by a proxy: the headers that it writes, and which role a group has."""

    user_header: str
    role_header: str = ""
    roles: tuple[tuple[str, Role], ...] = ()  # by group
    default_role: Role | None = None  # of somebody whom nothing gives one; None keeps them out
    secret: str = field(default="", repr=False)
    logout_url: str = ""

    @property
    def headers(self) -> tuple[str, ...]:
        """Name what says who asks: each may be there once."""
        return tuple(filter(None, (self.user_header, self.role_header)))

    @property
    def has_administrators(self) -> bool:
        """Say whether a group makes administrators."""
        return any(role is Role.ADMINISTRATOR for _, role in self.roles)


def read_proxy_login(given: Mapping[str, str], proxies: Sequence[Network]) -> ProxyLogin:
    """Read our variables, or raise `ConfigError` with one sentence that names the one that is wrong."""
    read = ProxyLogin(
        user_header=_header(given, "PROXY_USER_HEADER"),
        role_header=_header(given, "PROXY_ROLE_HEADER") if given.get("PROXY_ROLE_HEADER") else "",
        roles=_roles(given.get("PROXY_ROLES", "")),
        default_role=_default_role(given.get("PROXY_DEFAULT_ROLE", "")),
        secret=_secret(given.get("PROXY_SECRET_FILE", "")),
        logout_url=_logout_url(given.get("PROXY_LOGOUT_URL", "")),
    )
    _refuse_contradictions(read)
    _refuse_crowds(proxies, has_secret=bool(read.secret))
    return read


def _header(given: Mapping[str, str], name: str) -> str:
    header = given.get(name, "")
    if not header:
        raise ConfigError(f"{PREFIX}AUTH=proxy needs {PREFIX}{name}, such as Remote-User.")
    if not _HEADER.fullmatch(header) or len(header) > 64:
        raise ConfigError(f"{PREFIX}{name} is the name of a header in letters, digits and -, not {header!r}.")
    if _TAKEN.fullmatch(header.lower()):
        raise ConfigError(f"{PREFIX}{name} is {header}, which says something else. Name one of the proxy's own.")
    return header


def _roles(text: str) -> tuple[tuple[str, Role], ...]:
    """Read `administrator=GROUP, GROUP operator=GROUP`; a group may hold blanks, as it may in a directory."""
    before, *pairs = _ROLE.split(text.strip())
    roles = [
        (group.strip(), Role(role))
        for role, groups in zip(pairs[::2], pairs[1::2], strict=True)
        for group in re.split(r"[,|]", groups)
    ]
    if before or any(not group or "=" in group for group, _ in roles):
        raise ConfigError(
            f"{PREFIX}PROXY_ROLES is a list such as administrator=mail-admins operator=helpdesk, not {text!r}."
        )
    return tuple(roles)


def _default_role(text: str) -> Role | None:
    if text not in ("", "none", Role.VIEWER):
        raise ConfigError(f"{PREFIX}PROXY_DEFAULT_ROLE is one of none, viewer, not {text!r}.")
    return Role.VIEWER if text == Role.VIEWER else None


def _secret(path: str) -> str:
    if not path:
        return ""
    try:
        if Path(path).stat().st_mode & stat.S_IRWXO:
            raise ConfigError(f"{PREFIX}PROXY_SECRET_FILE: others may read {path}. Run: chmod o= {path}")
        secret = Path(path).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError, ValueError) as fault:
        why = getattr(fault, "strerror", None) or "it is no text in ASCII"
        raise ConfigError(f"{PREFIX}PROXY_SECRET_FILE: {path} cannot be read: {why}.") from None
    if not re.fullmatch(rf"[!-~]{{{LEAST_SECRET},{MOST_SECRET}}}", secret):
        raise ConfigError(
            f"{PREFIX}PROXY_SECRET_FILE: {path} holds one line of {LEAST_SECRET} to {MOST_SECRET} letters, digits and "
            f"signs, without a blank. Make one with: openssl rand -hex 32"
        )
    return secret


def _logout_url(text: str) -> str:
    if text and not re.fullmatch(r"(https://[A-Za-z0-9.\[\]:-]+(/[!-~]*)?|/(?![/\\])[!-~]*)", text):
        raise ConfigError(f"{PREFIX}PROXY_LOGOUT_URL is an address that begins with https://, or a path, not {text!r}.")
    return text


def _refuse_contradictions(read: ProxyLogin) -> None:
    if read.role_header.lower() == read.user_header.lower():
        raise ConfigError(f"{PREFIX}PROXY_ROLE_HEADER is {PREFIX}PROXY_USER_HEADER. Name the header of the groups.")
    if read.role_header and not read.roles:
        raise ConfigError(f"{PREFIX}PROXY_ROLE_HEADER needs {PREFIX}PROXY_ROLES, such as administrator=mail-admins.")
    if read.roles and not read.role_header:
        raise ConfigError(f"{PREFIX}PROXY_ROLES needs {PREFIX}PROXY_ROLE_HEADER, such as Remote-Groups.")


def _refuse_crowds(proxies: Sequence[Network], *, has_secret: bool) -> None:
    """Refuse networks in which others than proxies are: whoever is in them may say who asks."""
    if not proxies:
        raise ConfigError(f"{PREFIX}AUTH=proxy needs {PREFIX}TRUSTED_PROXIES, such as 127.0.0.1/32.")
    for network in proxies:
        if network.prefixlen == 0:
            raise ConfigError(
                f"{PREFIX}TRUSTED_PROXIES is {network}: everybody. With AUTH=proxy, name the proxy alone."
            )
        if network.prefixlen < _SHORTEST[network.version] and not has_secret:
            raise ConfigError(
                f"{PREFIX}TRUSTED_PROXIES is {network}, a large network. With AUTH=proxy, name the proxy alone, or "
                f"have it send a secret ({PREFIX}PROXY_SECRET_FILE)."
            )
