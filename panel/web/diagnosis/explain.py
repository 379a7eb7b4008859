"""The page that reads a pasted reply, log or bounce, and notes a bounce with its message when that is asked for."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.i18n import N_
from panel.web.context import actor, services
from panel.web.diagnosis.explanation import MOST_CHARACTERS, Explained, explained
from panel.web.diagnosis.links import with_links
from panel.web.diagnosis.reported import NOT_NOTED, NOT_OURS, reported_in
from panel.web.render import confirm, refuse, render
from panel.web.text import gettext, translated

bp = Blueprint("explain", __name__)


@bp.route("/diagnosis/explain", methods=["GET", "POST"])
def show() -> ResponseReturnValue:
    """Say what a pasted refusal means, and on which message it reports; nothing of it is kept."""
    if request.method == "GET":
        return render("diagnosis/explain", explained=Explained(), linked=with_links)
    text = request.form.get("text", "")
    found = explained(text, request.form.get("host", ""))
    if found.error:
        return render("diagnosis/explain", 422, explained=found, linked=with_links)
    return render("diagnosis/explain", explained=replace(found, reports=reported_in(text)), linked=with_links)


@bp.post("/diagnosis/explain/note")
def note() -> ResponseReturnValue:
    """Note a pasted bounce with the message that it is about."""
    text = request.form.get("text", "")[:MOST_CHARACTERS]
    taken = services().bounces.take(text.encode(errors="replace"), by=actor(), now=clock.now())
    if not taken.noted:
        refuse(gettext(NOT_NOTED.get(taken.reason or "", NOT_OURS)))
        return redirect(url_for(".show"), 303)
    confirm(translated(N_("Noted with the message: %(recipient)s."), recipient=taken.noted[0].recipient))
    return redirect(url_for("outbox.show", number=taken.noted[0].message), 303)
