"""The browser's door: the application and what hangs on it."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface
from flask.templating import Environment
from flask_wtf import CSRFProtect

from panel import clock, logs
from panel.config import Config
from panel.i18n import LOCALES, N_
from panel.outbox.enqueue import State
from panel.services import Services, open_services
from panel.settings.model import LABELS
from panel.web import api, context, guard, text
from panel.web.access import login, tokens
from panel.web.assets import Assets, folder
from panel.web.checks import causes, doctor, explain, trial
from panel.web.context import LANGUAGE_COOKIE
from panel.web.monitoring import health, metrics
from panel.web.outbox import views as outbox_views
from panel.web.overview import views as overview_views
from panel.web.proxy import TrustedProxies
from panel.web.received import FormRequest, Number
from panel.web.settings import assist, history
from panel.web.settings import views as settings_views
from panel.web.settings.facts import own_name

BODY_BYTES = 256 * 1024  # a form with a CA certificate in it needs less
ONE_YEAR = timedelta(days=365)


_VIEWS = (
    overview_views,
    settings_views,
    assist,
    trial,
    outbox_views,
    history,
    causes,
    doctor,
    explain,
    login,
    tokens,
    health,
    metrics,
    api,
)


_NOT_MOUNTED = (login, metrics)  # who signs in, and where from, is the application's to know


class _Templates(Environment):
    """Jinja with the names that every template knows in one plain dict: each import of a macro compares them."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}


class _Panel(Flask):
    jinja_environment = _Templates
    request_class = FormRequest

    def log_exception(self, exc_info: Any) -> None:
        """Log a fault of ours as one event; the query stays out, it may hold the one-time link."""
        logs.error("request_failed", exc_info[1], method=request.method, path=request.path)


def create_app(config: Config, services: Services | None = None, *, mounted: bool = False) -> Flask:
    """Make the application; `services` are given by who has opened them already.

    A mounted one has no login and no metrics, and judges neither proxies nor names: the application around it does.
    """
    opened = services or open_services(config)
    if opened.config != config:
        opened = replace(opened, config=config)
    app = _Panel(__name__, template_folder=str(folder("templates")), static_folder=None)
    app.extensions["mail-panel"] = opened
    app.url_map.converters["int"] = Number
    _configure(app, opened)
    _prepare_templates(app)
    CSRFProtect(app).exempt(api.bp)  # a token in a header is nothing that a browser sends by itself
    guard.stand_before(app)
    for views in _VIEWS:
        if not (mounted and views in _NOT_MOUNTED):
            app.register_blueprint(views.bp)
    app.after_request(_keep_language)
    app.after_request(_protect)
    if not mounted:
        app.wsgi_app = TrustedProxies(app.wsgi_app, config)  # type: ignore[method-assign]
    return app


class _Cookies(SecureCookieSessionInterface):
    """Session cookies that follow how the panel is reached: bound to its host over HTTPS (`__Host-`)."""

    def get_cookie_name(self, app: Flask) -> str:
        return "__Host-mail-panel" if request.is_secure else "mail-panel"

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure

    def get_cookie_path(self, app: Flask) -> str:
        return "/"

    def get_cookie_samesite(self, app: Flask) -> str:
        framed = bool(context.services().config.frame_ancestors)
        return "None" if framed and request.is_secure else "Lax"


def _configure(app: Flask, opened: Services) -> None:
    keys = [key.hex() for key in opened.vault.derive("session")]
    app.config.update(
        SECRET_KEY=keys[0],
        SECRET_KEY_FALLBACKS=keys[1:],
        MAX_CONTENT_LENGTH=BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=BODY_BYTES,
        MAX_FORM_PARTS=100,
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session
        SESSION_COOKIE_HTTPONLY=True,
    )
    app.session_interface = _Cookies()
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _prepare_templates(app: Flask) -> None:
    assets = Assets(folder("static"))
    app.add_url_rule("/static/<path:filename>", "static", assets.serve)
    app.extensions["mail-panel-links"] = {}
    names = {
        "_": context.translated,
        "joined": context.translated_joined,
        "pgettext": context.translated_in,
        "ngettext": context.translated_of,
        "url_for": context.link,
    }
    app.jinja_env.globals.update(names)
    app.jinja_env.globals.update(asset=assets.url, ehlo_default=own_name)
    app.jinja_env.filters.update(when=text.when, at=text.at, seconds=_seconds, size=_size)
    app.context_processor(_page_context)


JAPAN = N_("UTC+09:00")  # a zone with a name of its own in a catalogue; the others are told as they are


def _page_context() -> dict[str, object]:
    """Give every page who asks, its language, and the way back to the application around it."""
    return {
        "account": context.account(),
        "own_login": context.visit() is None,
        "locale": context.locale(),
        "other_locale": next(each for each in LOCALES if each != context.locale()),
        "language_url": context.language_url(),
        "back_url": context.services().config.back_url,
        "failed": context.services().outbox.counts().by_state[State.FAILED] if context.account() else 0,
        "zone": context.gettext(f"UTC{clock.now().astimezone().isoformat()[-6:]}"),
        "label": lambda name: context.gettext(LABELS[name]),
    }


def _seconds(ms: float) -> str:
    return f"{ms / 1000:.2f}"


def _size(octets: int) -> str:
    """Say how large a message is, in the largest unit that it fills."""
    if octets < 1000:
        return context.ngettext("%(num)d byte", "%(num)d bytes", octets) % {"num": octets}
    return f"{octets / 1e3:.1f} kB" if octets < 1e6 else f"{octets / 1e6:.1f} MB"


def _keep_language(response: Response) -> Response:
    """Remember the language that was asked for."""
    asked = request.args.get("lang")
    if asked in LOCALES and request.blueprint != "api":
        response.set_cookie(
            LANGUAGE_COOKIE, asked, max_age=ONE_YEAR, samesite="Lax", secure=request.is_secure, httponly=True
        )
    return response


def _protect(response: Response) -> Response:
    """Tell the browser what this page may do: nothing but show our own files and send our own forms."""
    ancestors = " ".join(context.services().config.frame_ancestors)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors {ancestors or chr(39) + 'none' + chr(39)}"
    )
    if not ancestors:
        response.headers["X-Frame-Options"] = "DENY"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"  # the CSRF check over HTTPS reads the Referer
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
