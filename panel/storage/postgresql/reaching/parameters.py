"""What a URL may say to libpq: what libpq would refuse only later, or leave to chance, is a fault of the URL.

`address.py` puts them together; what the environment says (`PGHOST`, `PGSSLMODE`, …) counts as said.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address

from psycopg import pq

from panel.errors import ConfigError

WEAK = ("disable", "require", "verify-ca")  # which the operator may choose, and is warned of
_LEFT_TO_CHANCE = ("prefer", "allow")  # libpq's own, of which the server or whoever is on the way chooses
_REFUSED = ("options", "service", "servicefile", "replication", "sslkeylogfile")
_PROTOCOLS = ("TLSv1.2", "TLSv1.3")
_WORDS = {
    "sslmode": (*_LEFT_TO_CHANCE, *WEAK, "verify-full"),
    "sslnegotiation": ("postgres", "direct"),
    "sslcertmode": ("disable", "allow", "require"),
    "ssl_min_protocol_version": _PROTOCOLS,
    "ssl_max_protocol_version": _PROTOCOLS,
    "gssencmode": ("disable", "prefer", "require"),
    "channel_binding": ("disable", "prefer", "require"),
    "load_balance_hosts": ("disable", "random"),
    "target_session_attrs": ("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
}
_NUMBERS = (
    "connect_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
)
_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
_SYSTEM = "system"  # in the place of a file: the authorities that this machine trusts
_USUAL_AUTHORITY = "~/.postgresql/root.crt"


def refuse_unfit_parameters(said: Mapping[str, object]) -> None:
    """Raise `ConfigError` with the first that does not do; none of a value, which may be a secret in a wrong place."""
    for name in _REFUSED:
        if name in said:
            raise ConfigError(f"MAIL_PANEL_DATABASE says {name}=, which mail-panel decides itself. Take it out.")
    given = with_environment(said)
    for name, words in _WORDS.items():
        if name in given and given[name] not in words:
            raise ConfigError(f"{name} of the database server is one of {', '.join(words)}.")
    for name in _NUMBERS:
        if not re.fullmatch(r"[0-9]{1,9}", given.get(name, "0")):
            raise ConfigError(f"{name} of the database server is a whole number, such as 10.")
    _refuse_unfit_hosts(given)
    _refuse_unencrypted_by_chance(given)
    _refuse_missing_files(given)


def with_environment(said: Mapping[str, object]) -> dict[str, str]:
    """Give what libpq will go by: what is said, and what it takes from the environment where that is silent."""
    usual = {each.keyword.decode(): each.val.decode() for each in pq.Conninfo.get_defaults() if each.val is not None}
    return {**usual, **{name: str(value) for name, value in said.items()}}


def mode_to_another_machine(given: Mapping[str, str]) -> str:
    """Give the sslmode by which another machine is spoken to; nothing where none is."""
    return given.get("sslmode", "") if any(not _is_here(each) for each in _places(given)) else ""


def _refuse_unfit_hosts(given: Mapping[str, str]) -> None:
    hosts, ports = (given.get(name, "").split(",") for name in ("host", "port"))
    addresses = given["hostaddr"].split(",") if given.get("hostaddr") else []
    most = len(addresses or hosts)
    if len(ports) not in (1, most) or (addresses and given.get("host") and len(hosts) != most):
        raise ConfigError(
            "The database server has as many of port, and of hostaddr, as of host; one port may serve all."
        )
    if not all(re.fullmatch(r"|0*[1-9][0-9]{0,4}", each) and int(each or "1") < 1 << 16 for each in ports):
        raise ConfigError("The port of the database server is a number from 1 to 65535.")
    if not all(_is_address(each) for each in addresses if each):
        raise ConfigError("hostaddr of the database server is an IP address; a name is host.")


def _refuse_unencrypted_by_chance(given: Mapping[str, str]) -> None:
    if mode_to_another_machine(given) in _LEFT_TO_CHANCE:
        raise ConfigError(
            "MAIL_PANEL_DATABASE leads to another machine and leaves it to chance whether the way there is encrypted. "
            "Write sslmode=verify-full, with sslrootcert= and the file of your own CA, or sslrootcert=system for a "
            "public one; sslmode=disable only where nobody else is on the network between."
        )


def _refuse_missing_files(given: Mapping[str, str]) -> None:
    for name in _FILES:
        file = given.get(name, "")
        if not file or file == _SYSTEM or (name == "sslkey" and ":" in file):  # of a security device
            continue
        if not (os.path.isfile(file) and os.access(file, os.R_OK)):
            raise ConfigError(f"{name} of the database server names a file that is not there, or cannot be read.")
    mode = mode_to_another_machine(given)
    if mode.startswith("verify-") and not given.get("sslrootcert") and not os.path.isfile(_usual_authority()):
        raise ConfigError(
            f"sslmode={mode} of the database server has no CA to go by. "
            "Write sslrootcert= and the file of your own CA, or sslrootcert=system for a public one."
        )


def _usual_authority() -> str:
    return os.path.expanduser(_USUAL_AUTHORITY)


def _places(given: Mapping[str, str]) -> Iterator[str]:
    """Give where each of the servers is: the address where one is said, whatever the name."""
    hosts, addresses = (given.get(name, "").split(",") for name in ("host", "hostaddr"))
    for number in range(max(len(hosts), len(addresses))):
        address, host = (each[number] if number < len(each) else "" for each in (addresses, hosts))
        yield address or host


def _is_here(place: str) -> bool:
    """Say whether it is this machine: the socket's folder, or an address that does not leave it."""
    if place in ("", "localhost") or place.startswith(("/", "@")):
        return True
    return _is_address(place) and ip_address(place).is_loopback


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
