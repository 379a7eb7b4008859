"""The manual as pages: its contents, a search, a guide, and the pictures in it."""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from panel.web.guides.guide import chapters, find_parts, guides_of, html_of, pictures
from panel.web.render import link, render
from panel.web.text import locale

bp = Blueprint("guides", __name__)

MOST_LOOKED_FOR = 200  # characters

_ADDRESS = re.compile(r'(href|src)="(guide|causes|picture):([^"#]*)(#[^"]*)?"')


@bp.get("/help")
def index() -> ResponseReturnValue:
    """Show the contents, or where the words stand that are looked for."""
    asked = request.args.get("q", "").strip()[:MOST_LOOKED_FOR]
    found = list(find_parts(locale(), asked))
    return render("guides/index", chapters=chapters(locale()), asked=asked, found=found, current="")


@bp.get("/help/<name>")
def show(name: str) -> ResponseReturnValue:
    """Show a guide, with the one before and the one after it."""
    known = guides_of(locale())
    at = next((at for at, guide in enumerate(known) if guide.name == name), None)
    if at is None:
        abort(404)
    text = Markup(_ADDRESS.sub(_whole, html_of(locale(), name)))  # noqa: S704 - written by the build from our own documents
    before, after = known[at - 1] if at else None, known[at + 1] if at + 1 < len(known) else None
    return render(
        "guides/show", chapters=chapters(locale()), guide=known[at], text=text, before=before, after=after, current=name
    )


@bp.get("/help/pictures/<filename>")
def picture(filename: str) -> Response:
    """Send a picture that may be kept for ever: when it changes, its name does."""
    return pictures().serve(filename)


def _whole(found: re.Match[str]) -> str:
    """Make an address whole that the build has left to the place where the panel stands."""
    attribute, kind, name, anchor = found.groups("")
    if kind == "picture":
        address = pictures().urls(link, "guides.picture")(name)
    else:
        address = link("causes.index") if kind == "causes" else link("guides.show", name=name)
    return f'{attribute}="{escape(address + anchor)}"'
