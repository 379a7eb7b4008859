"""Where to mend what the doctor has found: the place it belongs to, and the field of the form."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from panel.checks.doctor.finding import Finding
from panel.settings.model import OF_SECOND, SECOND


class Place(StrEnum):
    """Whose affair a finding is."""

    MACHINE = "machine"
    SETTINGS = "settings"
    SERVER = "server"
    CERTIFICATE = "certificate"
    SIGN_IN = "sign_in"
    DNS = "dns"
    ALERTS = "alerts"


class Where(NamedTuple):
    """A place, and the field of the form that findings of one name usually ask to change."""

    place: Place
    field: str = ""


_WHERE: Mapping[str, Where] = {
    "home": Where(Place.MACHINE),
    "settings": Where(Place.MACHINE),
    "key": Where(Place.MACHINE),
    "database": Where(Place.MACHINE),
    "encryption": Where(Place.MACHINE),
    "replication": Where(Place.MACHINE),
    "connections": Where(Place.MACHINE),
    "workers": Where(Place.MACHINE),
    "file_system": Where(Place.MACHINE),
    "space": Where(Place.MACHINE),
    "clock": Where(Place.MACHINE),
    "listener_certificate": Where(Place.MACHINE),
    "drop": Where(Place.MACHINE),
    "local_hostname": Where(Place.SETTINGS, "local_hostname"),
    "interval": Where(Place.SETTINGS, "send_interval_ms"),
    "caps": Where(Place.SETTINGS),
    "message_size": Where(Place.SETTINGS, "max_message_bytes"),
    "staging": Where(Place.SETTINGS),
    "login": Where(Place.SETTINGS, "smtp_login"),
    "second": Where(Place.SETTINGS, "smtp_host"),
    "certificate": Where(Place.CERTIFICATE),
    "ca_certificate": Where(Place.CERTIFICATE, "ca_certificate"),
    "oauth_grant": Where(Place.SIGN_IN, "grant"),
    "oauth_age": Where(Place.SIGN_IN),
    "oauth_secret": Where(Place.SIGN_IN, "oauth_secret_expires"),
    "oauth_redirect": Where(Place.SIGN_IN),
    "oauth_server": Where(Place.SIGN_IN),
    "alerts": Where(Place.ALERTS),
}
_PUBLISHED = Where(Place.DNS)
_OF_ADDRESS = {"mx": "from_address", "bounce_address": "bounce_address"}


def place_of(finding: Finding) -> Where:
    """Say where a finding belongs; what has no row is published by the DNS."""
    return _WHERE.get(finding.name, _PUBLISHED._replace(field=_OF_ADDRESS.get(finding.name, "")))


def field_to_change(finding: Finding) -> str:
    """Name the field to change by what was found, that of the second server where it is about that one."""
    if not finding.do and not finding.field:
        return ""
    name = finding.field or place_of(finding).field
    of_second = f"{SECOND}{name}"
    return of_second if finding.server == "second" and of_second in OF_SECOND else name
