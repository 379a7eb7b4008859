"""Roles in the reader's words; and that nobody gives one to themselves."""

from __future__ import annotations

from flask import request

from panel import clock
from panel.access.rights import Role
from panel.i18n import N_
from panel.storage.actor import Actor
from panel.storage.journal import Action
from panel.web.context import account, actor, client_address, request_name, services

ROLE_LABELS = {
    Role.VIEWER: N_("Viewer"),
    Role.OPERATOR: N_("Operator"),
    Role.ADMINISTRATOR: N_("Administrator"),
}
ROLE_RIGHTS = {
    Role.VIEWER: N_("Sees the settings, the outbox and what became of mail"),
    Role.OPERATOR: N_("And tests, retries, cancels and pauses"),
    Role.ADMINISTRATOR: N_("And changes the settings, accounts and tokens"),
}

VIAS = {
    "local": N_("With a password"),
    "proxy": N_("Through the proxy"),
    "mounted": N_("Through the application"),
}


def ignore_role() -> None:
    """Note a role in a form that sets none: it is passed over."""
    if "role" in request.form:
        who = actor() if account() else Actor("", "session", client_address(), request=request_name())
        services().refusals.note(who, Action.ROLE_REFUSED, object=request.endpoint or "", now=clock.now())
