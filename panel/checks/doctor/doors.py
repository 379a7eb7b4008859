"""What of the doors for programs can be checked: the SMTP listener's certificate on its disk, and the drop folder."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from panel.access.submission.certificate import certificate_ends, server_context
from panel.checks.doctor.finding import Finding, ok, problem, warning
from panel.checks.doctor.server import SOON_DAYS
from panel.errors import ConfigError
from panel.i18n import N_
from panel.outbox.drop.standing import look_into

LISTENER_CERTIFICATE = "listener_certificate"
DROP_FOLDER = "drop"
LEFT_BORNE_SECONDS = 600.0  # for which a running worker leaves nothing in the folder


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


def examine_drop(folder: Path, home: Path, now: datetime) -> Finding:
    """Look whether mail can be left in the folder and is taken in, and whether some of it could not be."""
    standing = look_into(folder, home)
    if standing.fault:
        said = N_("Nobody can leave mail while the panel is down: MAIL_PANEL_DROP is %(path)s, %(fault)s")
        return problem(DROP_FOLDER, said, path=folder, fault=standing.fault)
    if standing.rejected:
        return warning(
            DROP_FOLDER,
            N_("Mail that was left in the drop folder could not be taken in. Messages: %(number)d."),
            N_("Run: mail-panel drop status"),
            number=len(standing.rejected),
        )
    if standing.oldest is not None and now.timestamp() - standing.oldest > LEFT_BORNE_SECONDS:
        return problem(
            DROP_FOLDER,
            N_("Mail waits in %(path)s and is not taken in. Messages: %(number)d."),
            N_("Look for drop_failed and drop_waits in the log of the panel or its worker."),
            path=folder,
            number=standing.waiting,
        )
    if standing.strangers:
        return warning(
            DROP_FOLDER,
            N_("In %(path)s is something that no sendmail has left: %(number)d."),
            N_("Look with: ls -la %(path)s. Take away what nobody needs."),
            path=folder,
            number=standing.strangers,
        )
    return ok(DROP_FOLDER, N_("Other users can leave mail in %(path)s while the panel is down."), path=folder)


_RENEW = N_("Renew it at %(path)s; it is read again by itself.")
