"""The cookies that a browser keeps for the panel: what each is called, and what a browser is told of it.

Over HTTPS each is bound to the host (`__Host-`, RFC 6265bis section 4.1.3.2), under a prefix, too: its path is `/`.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TypedDict

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode, int_to_bytes, want_bytes

from panel import clock
from panel.errors import DatabaseError
from panel.storage.vault import Vault
from panel.web.api.gate import is_api
from panel.web.context import services

SESSION, LANGUAGE, ZONE, SIGN_IN = "mail-panel", "mail-panel-language", "mail-panel-zone", "mail-panel-oauth"


class _Attributes(TypedDict):
    path: str
    secure: bool
    httponly: bool
    samesite: str
    partitioned: bool


class _Signer(TimestampSigner):
    """Dates what it signs by the clock that all machines share, which none of them knows to the millisecond.

    A date that is ahead would be refused by the next machine that a browser comes to.
    """

    def get_timestamp(self) -> int:
        return int(clock.now().timestamp())

    def sign(self, value: str | bytes) -> bytes:
        value = want_bytes(value) + b"." + base64_encode(int_to_bytes(self.get_timestamp() - _APART_SECONDS))
        return value + b"." + self.get_signature(value)


_APART_SECONDS = 2


class SessionCookies(SecureCookieSessionInterface):
    """Flask's session in a cookie that follows how the panel is reached, signed by what is derived from its keys."""

    def __init__(self, app: Flask) -> None:
        self._vault: Vault = app.extensions["mail-panel"].vault
        self._keys: list[str] = []
        self._serializer: URLSafeTimedSerializer | None = None
        self._has_new_keys(app)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Give what was made when the keys were seen to have changed."""
        return self._serializer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Leave a program's cookie unread, for it counts for nothing; its session can hold nothing.

        One that our keys have not signed may come from a machine that goes by a key which came to this one later.
        """
        if is_api():
            return self.make_null_session(app)
        session = super().open_session(app, request)
        if session or not brought(SESSION):
            return session
        with suppress(DatabaseError):  # which the page asks next, and tells of what is wrong with it
            self._vault.look()
        return super().open_session(app, request) if self._has_new_keys(app) else session

    def _has_new_keys(self, app: Flask) -> bool:
        """Sign cookies and forms by the keys as they are now, and say whether they are other ones than before."""
        keys = [key.hex() for key in self._vault.derive("session")]
        if keys == self._keys:
            return False
        app.config.update(SECRET_KEY=keys[0], SECRET_KEY_FALLBACKS=keys[1:])
        serializer = super().get_signing_serializer(app)
        assert serializer, "there is a key"
        serializer.signer = _Signer
        self._keys, self._serializer = keys, serializer
        return True

    def get_cookie_name(self, app: Flask) -> str:
        return _name(SESSION)

    def get_cookie_path(self, app: Flask) -> str:
        return _attributes()["path"]

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure

    def get_cookie_httponly(self, app: Flask) -> bool:
        return _attributes()["httponly"]

    def get_cookie_samesite(self, app: Flask) -> str:
        return _attributes()["samesite"]

    def get_cookie_partitioned(self, app: Flask) -> bool:
        return _attributes()["partitioned"]


def brought(cookie: str) -> str | None:
    """Give what the browser has brought back in a cookie."""
    return request.cookies.get(_name(cookie))


def keep(response: Response, cookie: str, value: str, *, life: timedelta) -> None:
    """Have the browser keep a value, wherever the panel is shown."""
    response.set_cookie(_name(cookie), value, max_age=life, **_attributes())


def keep_or_drop(response: Response, cookie: str, value: str, *, life: timedelta) -> None:
    """Have the browser keep a value, or forget the one before where there is none."""
    if value:
        keep(response, cookie, value, life=life)
    else:
        response.delete_cookie(_name(cookie), **_attributes())


def keep_in_tab(response: Response, cookie: str, value: str, *, life: timedelta) -> None:
    """Have the browser keep a value for pages that stand in no frame, and come back there from another site."""
    response.set_cookie(_name(cookie), value, max_age=life, **_in_tab())


def drop_in_tab(response: Response, cookie: str) -> None:
    """Have the browser forget what `keep_in_tab` gave it."""
    response.delete_cookie(_name(cookie), **_in_tab())


def _name(cookie: str) -> str:
    return f"__Host-{cookie}" if request.is_secure else cookie


def _in_tab() -> _Attributes:
    return _Attributes(path="/", secure=request.is_secure, httponly=True, samesite="Lax", partitioned=False)


def _attributes() -> _Attributes:
    """Let a cookie into the frames of other sites where they may show the panel, in a jar for each of them (CHIPS)."""
    abroad = request.is_secure and services().config.framed_by_others
    return _Attributes({**_in_tab(), "samesite": "None", "partitioned": True}) if abroad else _in_tab()
