"""What a browser is told to keep to: whose cookie it is, and what a page may do."""

from __future__ import annotations

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from panel.web.api.gate import is_api
from panel.web.context import services
from panel.web.received import may_hold_a_code


def protect(app: Flask) -> None:
    """Give every session a cookie of this host, and every page its bounds."""
    app.session_interface = _Cookies(app)
    app.after_request(_bound)


class _Cookies(SecureCookieSessionInterface):
    """Session cookies that follow how the panel is reached: bound to its host over HTTPS (`__Host-`)."""

    def __init__(self, app: Flask) -> None:
        self._serializer = super().get_signing_serializer(app)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Give what was made once: an application's keys stay as they are."""
        return self._serializer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Leave a program's cookie unread, for it counts for nothing; its session can hold nothing."""
        return self.make_null_session(app) if is_api() else super().open_session(app, request)

    def get_cookie_name(self, app: Flask) -> str:
        return "__Host-mail-panel" if request.is_secure else "mail-panel"

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure

    def get_cookie_path(self, app: Flask) -> str:
        return "/"

    def get_cookie_samesite(self, app: Flask) -> str:
        framed = bool(services().config.frame_ancestors)
        return "None" if framed and request.is_secure else "Lax"


def _bound(response: Response) -> Response:
    """Tell the browser what this page may do: nothing but show our own files and send our own forms."""
    ancestors = " ".join(services().config.frame_ancestors)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors {ancestors or chr(39) + 'none' + chr(39)}"
    )
    if not ancestors:
        response.headers["X-Frame-Options"] = "DENY"
    response.headers["X-Content-Type-Options"] = "nosniff"
    hidden = may_hold_a_code()  # else the CSRF check over HTTPS reads the Referer
    response.headers["Referrer-Policy"] = "no-referrer" if hidden else "same-origin"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
