"""Believes forwarded headers from the configured proxies only, and answers only to names that are ours.

Bare ProxyFix believes whoever connects; here the peer's network is checked first, and what comes from elsewhere is
dropped. A name that is neither ours nor an address may be an attacker's that resolves to this machine (DNS rebinding).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.middleware.proxy_fix import ProxyFix

from panel.config import Config
from panel.mail.net.peers import is_among, plain_address

if TYPE_CHECKING:  # few panels stand behind a login
    from panel.web.proxied import ProxyHeaders

_FORWARDED = tuple(f"HTTP_X_FORWARDED_{name}" for name in ("FOR", "PROTO", "HOST", "PORT", "PREFIX"))
_DISBELIEVED = "mail-panel.disbelieved"  # where the environment of a request says that it was forwarded
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*/?\Z")


def came_directly(environ: WSGIEnvironment) -> bool:
    """Say whether the address of the request is its sender's: no proxy stands between, or one that says whose it is."""
    return not environ.get(_DISBELIEVED)


class TrustedProxies:
    """WSGI middleware in front of the application."""

    def __init__(self, app: WSGIApplication, config: Config) -> None:
        self._direct = _with_plain_address(app)
        self._proxied = ProxyFix(self._direct, x_for=1, x_proto=1, x_host=1, x_prefix=1)
        self._config = config
        self._headers = _headers(config)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        trusted = is_among(environ.get("REMOTE_ADDR", ""), self._config.trusted_proxies)
        if self._headers:
            trusted = self._headers.take(environ, trusted=trusted)
        if trusted:
            if not _PREFIX.match(environ.get("HTTP_X_FORWARDED_PREFIX", "")):
                return _refuse(start_response, b"X-Forwarded-Prefix is not a path.\n")
            environ[_DISBELIEVED] = _is_forwarded(environ) and not environ.get("HTTP_X_FORWARDED_FOR")
            return self._proxied(environ, start_response)
        environ[_DISBELIEVED] = _is_forwarded(environ)
        for name in _FORWARDED:
            environ.pop(name, None)
        if not self._is_ours(environ.get("HTTP_HOST", "")):
            return _refuse(start_response, b"This name is not known here. Add it to MAIL_PANEL_HOSTS.\n")
        return self._direct(environ, start_response)

    def _is_ours(self, host: str) -> bool:
        name = re.sub(r":[0-9]*\Z", "", host).strip("[]").lower()
        if not name or name in ("localhost", self._config.listen[0], *self._config.hosts):
            return True
        if name.endswith(".localhost"):  # a browser finds it on this machine alone (RFC 6761 section 6.3)
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True  # an address cannot be pointed elsewhere


def _headers(config: Config) -> ProxyHeaders | None:
    if config.proxy_login is None:
        return None
    from panel.web.proxied import ProxyHeaders

    return ProxyHeaders(config.proxy_login)


def _with_plain_address(app: WSGIApplication) -> WSGIApplication:
    """Tell an application one address of each client, whoever says it: the socket or a proxy."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["REMOTE_ADDR"] = plain_address(environ.get("REMOTE_ADDR", ""))
        return app(environ, start_response)

    return answer


def _is_forwarded(environ: WSGIEnvironment) -> bool:
    return any(environ.get(name) for name in (*_FORWARDED, "HTTP_FORWARDED", "HTTP_VIA"))


def _refuse(start_response: StartResponse, text: bytes) -> Iterable[bytes]:
    start_response("400 Bad Request", [("Content-Type", "text/plain; charset=utf-8")])
    return [text]
