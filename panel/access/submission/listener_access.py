"""The variables that open the SMTP listener beyond this machine, read and judged at the start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from pathlib import Path

from panel.errors import ConfigError
from panel.home import PREFIX, beyond_this_machine, smtp_address
from panel.mail.net.peers import Network

MOST_OPEN = 2**16  # addresses that need no login, together

_PRIVATE = tuple(  # RFC 1918, RFC 4193
    ip_network(text) for text in ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


@dataclass(frozen=True, slots=True)
class ListenerAccess:
    """Who may connect from beyond this machine, who of them without a login, and the certificate of the listener."""

    networks: tuple[Network, ...] = ()
    open_networks: tuple[Network, ...] = ()
    certificate: Path | None = None
    key: Path | None = None  # in the certificate's own file where it is None
    tls_listen: tuple[str, int] | None = None  # where TLS begins with the first byte (RFC 8314)


def read_listener_access(
    given: Mapping[str, str], networks: Sequence[Network], open_networks: Sequence[Network]
) -> ListenerAccess:
    """Read our variables, or raise `ConfigError` with one sentence that names the one that is wrong."""
    access = ListenerAccess(
        tuple(networks),
        tuple(open_networks),
        _path(given.get("SMTP_CERTIFICATE", "")),
        _path(given.get("SMTP_KEY", "")),
        smtp_address(given, "SMTP_LISTEN_TLS"),
    )
    _check_open(access)
    in_clear = beyond_this_machine(smtp_address(given, "SMTP_LISTEN"))
    _check_certificate(access, in_clear=in_clear, must_log_in=given.get("SMTP_LISTEN_AUTH") == "required")
    return access


def _check_open(access: ListenerAccess) -> None:
    for network in access.open_networks:
        if not _is_within(network, _PRIVATE):
            raise ConfigError(
                f"{PREFIX}SMTP_OPEN_NETWORKS holds private networks alone, such as 172.18.0.0/16, and not {network}: "
                "whoever is there sends without a login."
            )
        if not _is_within(network, access.networks):
            raise ConfigError(f"{PREFIX}SMTP_OPEN_NETWORKS holds {network}, which {PREFIX}SMTP_NETWORKS does not.")
    if _size(access.open_networks) > MOST_OPEN:
        raise ConfigError(f"{PREFIX}SMTP_OPEN_NETWORKS holds at most {MOST_OPEN:,} addresses together.")


def _check_certificate(access: ListenerAccess, *, in_clear: bool, must_log_in: bool) -> None:
    """Want one wherever somebody must log in: `in_clear` others than this machine may connect without TLS."""
    if access.key and not access.certificate:
        raise ConfigError(f"{PREFIX}SMTP_KEY belongs to a certificate: set {PREFIX}SMTP_CERTIFICATE, too.")
    if access.certificate:
        return
    if access.tls_listen:
        raise ConfigError(f"{PREFIX}SMTP_LISTEN_TLS needs a certificate: set {PREFIX}SMTP_CERTIFICATE.")
    open_networks = () if must_log_in else access.open_networks
    if in_clear and not all(_is_within(each, open_networks) for each in access.networks):
        otherwise = "" if must_log_in else f", or name private ones in {PREFIX}SMTP_OPEN_NETWORKS"
        raise ConfigError(
            f"{PREFIX}SMTP_NETWORKS holds networks whose programs must log in, which they do under TLS alone: set "
            f"{PREFIX}SMTP_CERTIFICATE{otherwise}."
        )


def _is_within(network: Network, others: Iterable[Network]) -> bool:
    return any(network.version == each.version and network.subnet_of(each) for each in others)  # type: ignore[arg-type]  # of one version


def _size(networks: Sequence[Network]) -> int:
    """Count the addresses, each once."""
    of_four = collapse_addresses(each for each in networks if isinstance(each, IPv4Network))
    of_six = collapse_addresses(each for each in networks if isinstance(each, IPv6Network))
    return sum(each.num_addresses for each in of_four) + sum(each.num_addresses for each in of_six)


def _path(text: str) -> Path | None:
    return Path(text).expanduser() if text else None
