"""The demo's button that pours sample messages through the outbox; no other panel has it."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.i18n import N_
from panel.settings.sender import message_host
from panel.web.context import actor, services
from panel.web.render import confirm
from panel.web.text import translated

bp = Blueprint("samples", __name__)


@bp.post("/outbox/samples")
def pour() -> ResponseReturnValue:
    """Hand in one message of every fate, and then some."""
    opened = services()
    if opened.config.demo is None:
        abort(404)
    from panel.checks.samples import samples  # the demo alone has them
    from panel.mail.message.compose import compose

    drafts, now, host = [*samples()], clock.now(), message_host(opened.database)
    for draft in drafts:
        opened.outbox.enqueue(compose(draft, now=now, host=host), by=actor(), now=now)
    confirm(translated(N_("Samples handed in: %(count)d. Watch what becomes of them."), count=len(drafts)))
    return redirect(url_for("outbox.index"), 303)
