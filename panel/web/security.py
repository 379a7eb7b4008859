"""What a browser is told to keep to: whose cookie it is, and what a page may do."""

from __future__ import annotations

from flask import Flask, Response, request

from panel.config import SELF
from panel.web.context import services
from panel.web.cookies import SessionCookies
from panel.web.received import may_hold_a_code

_KEPT = ("static", "guides.picture")  # what they send says itself how long it may be kept


def protect(app: Flask) -> None:
    """Give every session a cookie of this host, and every page its bounds."""
    app.session_interface = SessionCookies(app)
    app.after_request(_bound)


def _bound(response: Response) -> Response:
    """Tell the browser what this page may do: nothing but show our own files and send our own forms."""
    named = services().config.frame_ancestors
    ancestors = " ".join("'self'" if each == SELF else each for each in named) or "'none'"
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    )
    if not named:
        response.headers["X-Frame-Options"] = "DENY"
    response.headers["X-Content-Type-Options"] = "nosniff"
    hidden = may_hold_a_code()  # else the CSRF check over HTTPS reads the Referer
    response.headers["Referrer-Policy"] = "no-referrer" if hidden else "same-origin"
    if request.endpoint not in _KEPT:
        response.headers["Cache-Control"] = "no-store"
    return response
