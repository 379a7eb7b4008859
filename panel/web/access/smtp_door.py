"""Where programs find the SMTP listener, as the pages tell it."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from panel.config import Config
from panel.home import EVERY_ADDRESS, address_text, beyond_this_machine
from panel.i18n import N_


class SmtpDoor(NamedTuple):
    """What a program is told of it; `encryption` is a sentence for people, to be translated."""

    host: str
    port: int
    encryption: str

    @property
    def address(self) -> str:
        return address_text(self.host, self.port)


def smtp_door(config: Config) -> SmtpDoor | None:
    """Give where it listens, in clear if anywhere; on all addresses it is known by the panel's name."""
    found = config.smtp_listen or (config.smtp_access and config.smtp_access.tls_listen)
    if not found:
        return None
    host, port = found
    if host in EVERY_ADDRESS:
        host = urlsplit(f"//{config.panel_name}").hostname or host
    return SmtpDoor(host, port, _encryption(config))


def _encryption(config: Config) -> str:
    if config.smtp_listen is None:
        return N_("TLS from the first byte")
    if not beyond_this_machine(config.smtp_listen):
        return N_("TLS off, for this machine alone")
    if config.smtp_access and config.smtp_access.certificate:
        return N_("STARTTLS on")
    return N_("TLS off, for the networks that may connect")
