"""Mounts the panel in another Flask application, which says who asks: one call, at a prefix.

Behind the prefix stands the whole panel as an application of its own, so that neither's hooks, error pages, templates
and cookies meet the other's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Flask, render_template_string, request
from flask.blueprints import BlueprintSetupState
from markupsafe import Markup
from werkzeug import Response

from panel.access.accounts import Account
from panel.access.proxy_login import MOST_NAME, why_no_account
from panel.access.rights import Role
from panel.config import Config
from panel.services import Services
from panel.web import create_app
from panel.web.context import VISIT, Visit

METHODS = ("GET", "POST", "PUT", "DELETE")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody whom the application around the panel knows, and what they may do here."""

    name: str
    role: Role | str


Asker = Callable[[], Visitor | str | None]
RoleOf = Role | str | Callable[[], Role | str | None]


def blueprint(
    config: Config,
    *,
    who: Asker,
    role: RoleOf | None = None,
    login: Callable[[], str] | None = None,
    frame: str = "",
    services: Services | None = None,
    name: str = "mail_panel",
) -> Blueprint:
    """Give what is registered at a prefix: `app.register_blueprint(blueprint(…), url_prefix="/mail")`.

    `who` gives the `Visitor` of the request; where it gives a bare name, `role` is that person's, or tells it. None, of
    the one or the other, keeps the panel closed; `login` gives the address to sign in at then, to which `next` is
    added. They are called in the application's request. `frame` is a template of the application with the blocks
    `title`, `head` and `content`, within which the pages stand.
    """
    if isinstance(role, str):
        role = _role(role)
    panel = create_app(config, services, mounted=True)
    show = _Door(panel, who, role, login, frame).show
    mounted = Blueprint(name, __name__)
    mounted.record_once(_leave_forms_to_the_panel)
    mounted.add_url_rule("/", "show", show, methods=METHODS, provide_automatic_options=False, defaults={"path": ""})
    mounted.add_url_rule("/<path:path>", "show", show, methods=METHODS, provide_automatic_options=False)
    return mounted


@dataclass(frozen=True, slots=True)
class _Door:
    """Where the application hands a request to the panel, and gets the answer."""

    panel: Flask
    who: Asker
    role: RoleOf | None
    login: Callable[[], str] | None
    frame: str

    def show(self, path: str) -> Response:
        """Ask the panel for what stands behind the prefix, as a WSGI server would (PEP 3333)."""
        parts: dict[str, Markup] | None = {} if self.frame else None
        visit = Visit(self._account(), self.login() if self.login else "", parts)
        root, full = request.environ.get("SCRIPT_NAME", ""), request.environ["PATH_INFO"]
        prefix = full.rsplit("/", path.count("/") + 1)[0]
        moved = {"SCRIPT_NAME": root + prefix, "PATH_INFO": full[len(prefix) :], VISIT: visit}
        answer = Response.from_app(self.panel, {**request.environ, **moved})
        return _framed(answer, self.frame, parts) if parts else answer

    def _account(self) -> Account | None:
        given = self.who()
        if not given:
            return None
        name, role = (given.name, given.role) if isinstance(given, Visitor) else (given, self._role_of(given))
        return Account(_name(name), _role(role), via="mounted") if name and role is not None else None

    def _role_of(self, name: str) -> Role | str | None:
        if self.role is None:
            raise TypeError(_NO_ROLE.format(name=name))
        return self.role() if callable(self.role) else self.role


_NO_ROLE = (
    "who() gave the name {name!r} without a role. Either tell blueprint() the role of everybody whom who() names, as "
    'in role="administrator", or let who() return Visitor({name!r}, "administrator"), of panel.web.mount.'
)


def _name(given: object) -> str:
    name = str(given)
    if why := why_no_account(name):
        raise ValueError(f"The panel cannot know anybody as {name[:MOST_NAME]!a}: {why}.")
    return name


def _role(text: str) -> Role:
    if text not in tuple(Role):
        raise ValueError(f"A role in the panel is one of {', '.join(Role)}, not {text!r}.")
    return Role(text)


_WITHIN = """{% extends frame %}
{% block title %}{{ title }}{% endblock %}
{% block head %}{{ super() }}{{ head }}{% endblock %}
{% block content %}{{ content }}{% endblock %}
"""


def _framed(answer: Response, frame: str, parts: dict[str, Markup]) -> Response:
    """Put a page into the application's own template; what else that may load is the application's to say."""
    page = render_template_string(_WITHIN, frame=frame, **parts)
    for block, part in parts.items():
        if part not in page:
            raise LookupError(f"The template {frame!r} has no block {block!r}, in which it would show the panel.")
    answer.set_data(page)
    for name in ("Content-Security-Policy", "X-Frame-Options"):
        answer.headers.pop(name, None)
    return answer


def _leave_forms_to_the_panel(state: BlueprintSetupState) -> None:
    """The panel checks the token of its own forms; that of the application is not in them."""
    csrf = state.app.extensions.get("csrf")
    if csrf is not None:
        csrf.exempt(state.blueprint)
