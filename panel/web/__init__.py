"""The browser's door: the application and what hangs on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

from flask import Flask, request

from panel import logs
from panel.config import Config
from panel.errors import ConfigError
from panel.services import Services, open_services
from panel.web import api, guard, security, templating, text
from panel.web.access import account, audit, invitation, login, tokens, users
from panel.web.alerts import destinations
from panel.web.alerts import views as alerts_views
from panel.web.assets import folder
from panel.web.checks import arrival, trial
from panel.web.diagnosis import causes, explain, moved
from panel.web.diagnosis import page as diagnosis_page
from panel.web.guides import views as guides_views
from panel.web.message import views as message_views
from panel.web.monitoring import health, metrics
from panel.web.oauth import views as oauth_views
from panel.web.outbox import export as outbox_export
from panel.web.outbox import views as outbox_views
from panel.web.overview import samples
from panel.web.overview import views as overview_views
from panel.web.proxy import TrustedProxies
from panel.web.received import FormRequest, NumberConverter
from panel.web.rules import views as rules
from panel.web.settings import assist, history, second
from panel.web.settings import views as settings_views
from panel.web.wire.compression import compress_pages
from panel.web.wire.form_token import MaskedTokens

BODY_BYTES = 256 * 1024  # a form with a CA certificate in it needs less


_VIEWS = (
    overview_views,
    samples,
    settings_views,
    second,
    rules,
    assist,
    oauth_views,
    trial,
    arrival,
    outbox_export,
    outbox_views,
    message_views,
    history,
    diagnosis_page,
    causes,
    explain,
    guides_views,
    moved,
    login,
    invitation,
    account,
    users,
    tokens,
    audit,
    alerts_views,
    destinations,
    health,
    metrics,
    api,
)


_NOT_MOUNTED = (login, invitation, users, metrics)  # who signs in, and where from, is the application's to know


class _Panel(Flask):
    jinja_environment = templating.Templates
    request_class = FormRequest

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Take each view and what is called around it as it is: none of them is a coroutine."""
        return func

    def handle_user_exception(self, e: Exception) -> Any:
        """Answer a fault by its handler; what goes wrong within one is answered by its own, as in a view."""
        try:
            return super().handle_user_exception(e)
        except Exception as fault:
            if fault is e:  # there is no handler
                raise
            return super().handle_user_exception(fault)

    def log_exception(self, exc_info: Any) -> None:
        """Log a fault of ours as one event; the query stays out, it may hold the one-time link."""
        logs.error("request_failed", exc_info[1], method=request.method, path=request.path)


def create_app(
    config: Config, services: Services | None = None, *, mounted: bool = False, strict_names: bool = False
) -> Flask:
    """Make the application; `services` are given by who has opened them already.

    A mounted one has no login and no metrics, and judges neither proxies nor names: the application around it does.
    `strict_names` is for a server that hands on no header with an underscore in its name.
    """
    config = replace(config, proxy_login=None) if mounted else _refuse_loose_names(config, strict_names)
    opened = services or open_services(config)
    if opened.config != config:
        opened = replace(opened, config=config)
    app = _Panel(__name__, template_folder=str(folder("templates")), static_folder=None)
    app.extensions["mail-panel"] = opened
    app.url_map.converters["int"] = NumberConverter
    _configure(app)
    templating.prepare_templates(app)
    if config.proxy_login:
        import_module("panel.web.proxied").stand_behind(app)  # by name: few panels stand behind a login
    MaskedTokens(app).exempt(api.bp)  # a token in a header is nothing that a browser sends by itself
    guard.stand_before(app)
    for views in _VIEWS:
        if not (mounted and views in _NOT_MOUNTED):
            app.register_blueprint(views.bp)
    app.after_request(text.keep_language)
    security.protect(app)
    if not mounted:
        compress_pages(app)
        app.wsgi_app = TrustedProxies(app.wsgi_app, config)  # type: ignore[method-assign]  # as Flask says
    return app


def _refuse_loose_names(config: Config, strict_names: bool) -> Config:
    if config.proxy_login and not (strict_names or config.proxy_login.secret):
        raise ConfigError(_OTHER_SERVER)
    return config


_OTHER_SERVER = (
    "MAIL_PANEL_AUTH=proxy needs MAIL_PANEL_PROXY_SECRET_FILE under another server than mail-panel serve: it may take "
    "Remote_User for Remote-User."
)


def _configure(app: Flask) -> None:
    app.config.update(
        MAX_CONTENT_LENGTH=BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=BODY_BYTES,
        MAX_FORM_PARTS=100,
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
