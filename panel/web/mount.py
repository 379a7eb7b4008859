"""Mounts the panel in another Flask application, which says who asks: one call, at a prefix.

Behind the prefix stands the whole panel as an application of its own, so that neither's hooks, error pages, templates
and cookies meet the other's.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Flask, request
from flask.blueprints import BlueprintSetupState
from werkzeug import Response

from panel.access.accounts import Account
from panel.access.rights import Role
from panel.config import Config
from panel.services import Services
from panel.web import create_app
from panel.web.context import VISIT, Visit

METHODS = ("GET", "POST", "PUT", "DELETE")

Asker = Callable[[], str | None]


def blueprint(
    config: Config,
    *,
    who: Asker,
    login: Callable[[], str] | None = None,
    services: Services | None = None,
    name: str = "mail_panel",
) -> Blueprint:
    """Give what is registered at a prefix: `app.register_blueprint(blueprint(…), url_prefix="/mail")`.

    `who` names the account of the request, as it stands in the panel's history; None keeps the panel closed, and then
    `login` gives the address to sign in at, to which `next` is added. Both are called in the application's request.
    """
    panel = create_app(config, services, mounted=True)
    mounted = Blueprint(name, __name__)
    mounted.record_once(_leave_forms_to_the_panel)

    @mounted.route("/", methods=METHODS, provide_automatic_options=False, defaults={"path": ""})
    @mounted.route("/<path:path>", methods=METHODS, provide_automatic_options=False)
    def show(path: str) -> Response:
        account = who()
        visit = Visit(
            Account(str(account), Role.ADMINISTRATOR, via="mounted") if account else None, login() if login else ""
        )
        return _answer(panel, path, visit)

    return mounted


def _leave_forms_to_the_panel(state: BlueprintSetupState) -> None:
    """The panel checks the token of its own forms; that of the application is not in them."""
    csrf = state.app.extensions.get("csrf")
    if csrf is not None:
        csrf.exempt(state.blueprint)


def _answer(panel: Flask, path: str, visit: Visit) -> Response:
    """Ask the panel for what stands behind the prefix, as a WSGI server would (PEP 3333)."""
    root, full = request.environ.get("SCRIPT_NAME", ""), request.environ["PATH_INFO"]
    prefix = full.rsplit("/", path.count("/") + 1)[0]
    moved = {"SCRIPT_NAME": root + prefix, "PATH_INFO": full[len(prefix) :], VISIT: visit}
    return Response.from_app(panel, {**request.environ, **moved})
