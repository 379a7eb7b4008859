"""Login by a proxy: who it shows is taken out of the headers before other code can read or believe them."""

from __future__ import annotations

from hmac import compare_digest
from wsgiref.types import WSGIEnvironment

from flask import Flask, abort, request
from flask.typing import ResponseReturnValue

from panel import clock, logs
from panel.access.proxy_accounts import NoRole
from panel.access.proxy_config import SECRET_HEADER, ProxyLogin
from panel.access.proxy_login import HeaderRefused
from panel.i18n import N_
from panel.mail.net.peers import plain_address
from panel.storage.journal import Action
from panel.web.context import SHOWN, Shown, actor_at, services
from panel.web.guard import OPEN, error_page
from panel.web.text import gettext

_STAYS_OPEN = ("static", "health.alive", "health.ready", "metrics.show", "oauth.way", "oauth.callback")


class ProxyHeaders:
    """The headers that the proxy writes, with its secret beside them where it has one."""

    def __init__(self, login: ProxyLogin) -> None:
        self._user = _variable(login.user_header)
        self._groups = _variable(login.role_header) if login.role_header else ""
        self._secret = login.secret.encode()
        self._seldom = logs.Seldom()

    def take(self, environ: WSGIEnvironment, *, trusted: bool) -> bool:
        """Say whether a request comes from the proxy, and keep who it shows; from anywhere else nobody is shown."""
        secret = environ.pop(_variable(SECRET_HEADER), "")
        user, groups = environ.pop(self._user, None), environ.pop(self._groups, None)
        is_proxy = trusted and (not self._secret or compare_digest(secret.encode("utf-8", "replace"), self._secret))
        if is_proxy and user:
            environ[SHOWN] = Shown(user, groups or "")
        elif not is_proxy and not (user is groups is None):
            address = plain_address(environ.get("REMOTE_ADDR", ""))
            self._seldom.warning("proxy_header_ignored", address=address, text=_WHY_SECRET if trusted else _WHY_PEER)
        return is_proxy


_WHY_PEER = "This address is not in MAIL_PANEL_TRUSTED_PROXIES."
_WHY_SECRET = f"{SECRET_HEADER} was not what MAIL_PANEL_PROXY_SECRET_FILE holds."


def _variable(header: str) -> str:
    """Name a header as WSGI does."""
    return f"HTTP_{header.upper().replace('-', '_')}"


def stand_behind(app: Flask) -> None:
    """Have no page of the panel's own login, and answer whom the proxy shows wrongly; before a form's token is read."""
    app.before_request(_hide_login)
    app.register_error_handler(HeaderRefused, _refuse_header)
    app.register_error_handler(NoRole, _refuse_stranger)


def _hide_login() -> None:
    if request.endpoint in OPEN and request.endpoint not in _STAYS_OPEN:
        abort(404)


def _refuse_header(fault: HeaderRefused) -> ResponseReturnValue:
    services().refusals.note(
        actor_at("proxy"), Action.PROXY_HEADER_REFUSED, told={"header": fault.header, "text": fault}, now=clock.now()
    )
    return error_page(400, gettext(_NO_NAME), leads_on=False)


def _refuse_stranger(fault: NoRole) -> ResponseReturnValue:
    services().refusals.note(actor_at("proxy", fault.name), Action.SIGN_IN_REFUSED, now=clock.now())
    return error_page(403, gettext(str(fault)), leads_on=False)


_NO_NAME = N_("The sign-in in front of the panel sent what the panel cannot use. The log of the panel says why.")
