"""What of the SMTP listener can be checked: the certificate that it shows, as it lies on the disk."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from panel.access.submission.certificate import certificate_ends, server_context
from panel.checks.doctor.finding import Finding, ok, problem, warning
from panel.checks.doctor.server import SOON_DAYS
from panel.errors import ConfigError
from panel.i18n import N_

LISTENER_CERTIFICATE = "listener_certificate"


def examine_listener(certificate: Path, key: Path | None, now: datetime) -> Finding:
    """Look whether the certificate could be used, and for how long."""
    try:
        server_context(certificate, key)
        ends = certificate_ends(certificate)
    except (ConfigError, ValueError) as fault:
        return problem(
            LISTENER_CERTIFICATE,
            N_("The SMTP listener goes on with the certificate it has read before, if any: %(fault)s"),
            N_("Put the certificate and its key in their places again."),
            fault=fault,
        )
    days = (ends - now).days
    if ends <= now:
        found = problem(
            LISTENER_CERTIFICATE, N_("The certificate of the SMTP listener has ended."), _RENEW, path=certificate
        )
    elif days < SOON_DAYS:
        said = N_("The certificate of the SMTP listener ends soon. Days left: %(days)d.")
        found = warning(LISTENER_CERTIFICATE, said, _RENEW, days=days, path=certificate)
    else:
        found = ok(
            LISTENER_CERTIFICATE, N_("The SMTP listener has a certificate. Days left on it: %(days)d."), days=days
        )
    return replace(found, ends=ends.isoformat())


_RENEW = N_("Renew it at %(path)s; it is read again by itself.")
