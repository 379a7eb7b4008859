"""Roles in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping

from panel.access.rights import Role
from panel.i18n import N_

ROLE_LABELS: Mapping[str, str] = {
    Role.VIEWER: N_("Viewer"),
    Role.OPERATOR: N_("Operator"),
    Role.ADMINISTRATOR: N_("Administrator"),
}
ROLE_RIGHTS = {
    Role.VIEWER: N_("Sees the settings, the outbox and what became of mail"),
    Role.OPERATOR: N_("Also tests, retries, cancels and pauses"),
    Role.ADMINISTRATOR: N_("Also changes the settings, accounts and tokens"),
}

VIAS = {
    "local": N_("With a password"),
    "proxy": N_("Through the proxy"),
    "mounted": N_("Through the application"),
}
