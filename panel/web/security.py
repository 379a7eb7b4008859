"""What a browser is told to keep to: whose cookie it is, and what a page may do."""

from __future__ import annotations

from flask import Flask, Response, g, request

from panel.config import SELF
from panel.web.context import services
from panel.web.cookies import SessionCookies
from panel.web.received import may_hold_a_code

_KEPT = ("static", "guides.picture")  # what they send says itself how long it may be kept


def protect(app: Flask) -> None:
    """Give every session a cookie of this host, and every page its bounds."""
    app.session_interface = SessionCookies(app)
    app.after_request(_bound)


def show_a_frame() -> None:
    """Let the page that is being made show one of our own answers in a frame."""
    g.shows_a_frame = True


def bind_stranger(response: Response) -> Response:
    """Bind what a stranger wrote: it neither runs nor loads, sends or opens anything, and is no page of ours.

    It may be shown in a frame of ours, and in that of whoever shows us.
    """
    ancestors = " ".join(dict.fromkeys(["'self'", *_ancestors()]))
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
        f"frame-ancestors {ancestors}; sandbox"
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-DNS-Prefetch-Control"] = "off"
    g.of_a_stranger = True
    return response


def _ancestors() -> list[str]:
    """Name who may show us in a frame."""
    return ["'self'" if each == SELF else each for each in services().config.frame_ancestors]


def _bound(response: Response) -> Response:
    """Tell the browser what this page may do: nothing but show our own files and send our own forms."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    if request.endpoint == "static" and response.mimetype != "text/html":  # it is no page, and runs nothing
        return response
    named, of_a_stranger = _ancestors(), "of_a_stranger" in g
    if not of_a_stranger:
        frames = "frame-src 'self'; " if "shows_a_frame" in g else ""
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
            f"{frames}form-action 'self'; base-uri 'none'; frame-ancestors {' '.join(named) or _NOBODY}"
        )
        response.headers["Referrer-Policy"] = _referrer_policy()
    if not named:
        response.headers["X-Frame-Options"] = "SAMEORIGIN" if of_a_stranger else "DENY"
    if request.endpoint not in _KEPT:
        response.headers["Cache-Control"] = "no-store"
    return response


def _referrer_policy() -> str:
    """Hide an address that may hold a code; else the CSRF check over HTTPS reads the Referer."""
    return "no-referrer" if may_hold_a_code() else "same-origin"


_NOBODY = "'none'"
