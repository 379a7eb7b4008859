"""One markup, two bodies: a fragment for htmx, the same template inside its frame for everyone else."""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_hex
from typing import Any

from flask import current_app, flash, get_flashed_messages, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from panel.web.context import services

_TONES = {"done": "ok", "told": "info", "refused": "warn"}  # of a notice, by how what was asked for ended


def wants_fragment() -> bool:
    """Say whether htmx asks; when it restores history it needs the page."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def render(name: str, /, status: int = 200, **context: object) -> ResponseReturnValue:
    """Render 'settings/edit' as settings/edit.html or settings/_edit.html."""
    folder, _, leaf = name.rpartition("/")
    fragment = wants_fragment()
    template = f"{folder}/_{leaf}.html".lstrip("/") if fragment else f"{name}.html"
    kind, said = next(iter(get_flashed_messages(with_categories=True)), ("", None))
    text, undo = said if isinstance(said, list) else (said, "")
    if "say" not in context:
        context["say"], context["tone"], context["undo"] = text, _TONES.get(kind, ""), undo
        context["notice"] = token_hex(4) if kind in _TONES else ""  # each act is another one
    response = make_response(render_template(template, fragment=fragment, **context), status)
    response.vary.add("HX-Request")  # one address, two bodies: caches must know
    return response


def link(endpoint: str, **values: Any) -> str:
    """Give an address as `url_for` does; one of a page or file that is always the same is worked out once."""
    return linking()(endpoint, **values)


def linking() -> Callable[..., str]:
    """Give `link` for all addresses of one page, which are under one root."""
    links: dict[tuple[str, ...], str] = current_app.extensions["mail-panel-links"].setdefault(request.script_root, {})

    def link(endpoint: str, **values: Any) -> str:
        if values and endpoint != "static":
            return url_for(endpoint, **values)
        key = (endpoint, *values.values())
        if key not in links:
            links[key] = url_for(endpoint, **values)
        return links[key]

    return link


def whole_url(endpoint: str, **values: Any) -> str:
    """Give a whole address as browsers know the panel; a name that is not ours is answered nowhere."""
    base = services().config.public_url or request.url_root.rstrip("/")
    return f"{base}{url_for(endpoint, **values).removeprefix(request.script_root)}"


def announce(text: str) -> None:
    """Have something heard with the next page or fragment that is shown."""
    flash(text)


def whole_page(address: str) -> ResponseReturnValue:
    """Lead to a page of which the frame has changed, too."""
    if not wants_fragment():
        return redirect(address, 303)
    response = make_response("", 200)
    response.headers["HX-Redirect"] = address
    return response


def confirm(text: str, *, undo: str = "") -> None:
    """Say what was done, to the eye as well, with the next page or fragment that is shown.

    `undo` is the address of a form that takes it back, offered beside it for a while.
    """
    flash([text, undo] if undo else text, "done")  # type: ignore[arg-type]  # anything that a session keeps


def tell(text: str) -> None:
    """Say in the same place that there was nothing to do."""
    flash(text, "told")


def refuse(text: str) -> None:
    """Say in the same place why nothing was done."""
    flash(text, "refused")
