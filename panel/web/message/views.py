"""What a message holds, to see and to save; and the same message sent again as a new one."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import escape

from panel import clock
from panel.i18n import N_
from panel.mail.reading.content import Content
from panel.mail.reading.names import disposition
from panel.mail.reading.preview import preview
from panel.outbox.content.held import held_message
from panel.outbox.content.reading_noted import note_reading
from panel.outbox.content.resend import CannotResend, resend
from panel.settings.sender import door_terms
from panel.web.context import actor, services
from panel.web.render import confirm, refuse
from panel.web.security import bind_stranger
from panel.web.text import gettext, locale, ngettext, translated

bp = Blueprint("message", __name__)

_SHOWN_ELSEWHERE = (  # types that a program for them opens; all others are octets
    *("application/pdf", "application/zip", "text/plain", "text/csv", "text/calendar", "message/rfc822"),
    *("image/png", "image/jpeg", "image/gif", "image/webp"),
)


@bp.get("/outbox/<int:number>/html")
def html(number: int) -> ResponseReturnValue:
    """Give the HTML of a message as a document that can do nothing, for a frame."""
    content = Content(_whole(number))
    if not content.has_html:
        abort(404)
    _note(number, "html")
    shown = preview(content.html, lambda content_id: _picture(content, content_id))
    return bind_stranger(Response(_document(shown.html, shown.left_out), content_type="text/html; charset=utf-8"))


@bp.get("/outbox/<int:number>/attachments/<int:part>")
def attachment(number: int, part: int) -> ResponseReturnValue:
    """Give a file of a message to be saved."""
    content = Content(_whole(number))
    file = next((each for each in content.files if each.part == part), None)
    octets = content.octets(part) if file else None
    if file is None or octets is None:
        abort(404)
    _note(number, file.name)
    kind = file.kind if file.kind in _SHOWN_ELSEWHERE else "application/octet-stream"
    return _saved(octets, kind, file.name)


@bp.get("/outbox/<int:number>/raw")
def raw(number: int) -> ResponseReturnValue:
    """Give the whole message, as it leaves, to be saved."""
    whole = _whole(number)
    _note(number, "raw")
    return _saved(whole, "message/rfc822", f"message-{number}.eml")


@bp.post("/outbox/<int:number>/resend")
def send_as_new(number: int) -> ResponseReturnValue:
    """Queue a message once more as a new one, for those of its recipients who are chosen."""
    opened = services()
    to, key = request.form.getlist("to"), request.form.get("key", "")[:100] or None
    host, limits = door_terms(opened.database)
    try:
        ticket = resend(opened.database, number, to=to, host=host, by=actor(), key=key, now=clock.now(), limits=limits)
    except CannotResend as fault:
        refuse(fault.text.translated(gettext))
        return _to_message(number)
    confirm(translated(N_("Put into the outbox as the new message %(number)d."), number=ticket.number))
    return _to_message(ticket.number)


def _to_message(number: int) -> ResponseReturnValue:
    """Show a message with the query of the list that this one was opened from."""
    query = request.query_string.decode("ascii", "ignore")
    return redirect(f"{url_for('outbox.show', number=number)}{'?' if query else ''}{query}", 303)


def _whole(number: int) -> bytes:
    """Give a message as it leaves; there is nothing at this address where its text has gone."""
    opened = services()
    found = held_message(opened.database, number)
    whole = found.as_it_leaves(found.sender(opened.settings)) if found else None
    if whole is None:
        abort(404)
    return whole


def _note(number: int, part: str) -> None:
    note_reading(services().database, number, part, by=actor(), now=clock.now())


def _picture(content: Content, content_id: str) -> tuple[str, bytes] | None:
    found = content.image(content_id)
    octets = content.octets(found.part) if found else None
    return (found.kind, octets) if found and octets is not None else None


def _saved(octets: bytes, kind: str, name: str) -> Response:
    response = bind_stranger(Response(octets, content_type=kind))
    response.headers["Content-Disposition"] = disposition(name)
    return response


_STYLE = (
    "html{color-scheme:light}body{margin:.75rem;background:#fff;color:#000;font:14px/1.5 sans-serif}"
    "img{max-width:100%;height:auto}a{color:#0645ad;text-decoration:underline}"
    ".mail-panel-note{padding:.25rem .5rem;border:1px solid #999;background:#f3f3f3;color:#222;font-size:12px}"
)


def _document(markup: str, left_out: int) -> str:
    """Write a document of its own; the note is ours, the markup behind it was written anew."""
    note = ngettext(
        "%(num)d picture from elsewhere is not loaded.", "%(num)d pictures from elsewhere are not loaded.", left_out
    )
    said = f'<p class="mail-panel-note">{escape(note % {"num": left_out})}</p>' if left_out else ""
    return (
        f'<!doctype html><html lang="{locale()}"><head><meta charset="utf-8"><title>HTML</title>'
        f"<style>{_STYLE}</style></head><body>{said}{markup}</body></html>"
    )
