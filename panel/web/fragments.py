"""One markup, two bodies: a fragment for htmx, the same template inside its frame for everyone else."""

from __future__ import annotations

from flask import flash, get_flashed_messages, make_response, render_template, request
from flask.typing import ResponseReturnValue


def wants_fragment() -> bool:
    """Say whether htmx asks; when it restores history it needs the page."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def render(name: str, /, status: int = 200, **context: object) -> ResponseReturnValue:
    """Render 'settings/edit' as settings/edit.html or settings/_edit.html."""
    folder, _, leaf = name.rpartition("/")
    fragment = wants_fragment()
    template = f"{folder}/_{leaf}.html".lstrip("/") if fragment else f"{name}.html"
    said = get_flashed_messages()
    context.setdefault("say", said[0] if said else None)
    response = make_response(render_template(template, fragment=fragment, **context), status)
    response.vary.add("HX-Request")  # one address, two bodies: caches must know
    return response


def announce(text: str) -> None:
    """Say something on the next page or fragment that is shown."""
    flash(text)
