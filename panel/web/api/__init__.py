"""The programs' door: JSON over HTTP, by token. What an address needs is loaded when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from flask import Blueprint
from flask.typing import ResponseReturnValue

from panel.access.rights import API, Scope, scopes_with
from panel.errors import PanelError
from panel.web.api import problems


@dataclass(frozen=True, slots=True)
class Route:
    """One address: its method, and its operation as `module.name`."""

    method: str
    path: str
    operation: str

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """Give the scopes of which a token needs one."""
        return scopes_with(API[self.operation])

    @property
    def endpoint(self) -> str:
        return self.operation.replace(".", "_")

    def view(self) -> Callable[..., ResponseReturnValue]:
        module, _, name = self.operation.partition(".")

        def load_and_run(**path: int) -> ResponseReturnValue:
            answer: ResponseReturnValue = getattr(import_module(f"panel.web.api.{module}"), name)(**path)
            return answer

        return load_and_run


ROUTES = (
    Route("POST", "/messages", "messages.submit"),
    Route("POST", "/messages/batch", "batch.submit"),
    Route("GET", "/messages", "messages.index"),
    Route("GET", "/messages/<int:number>", "messages.show"),
    Route("POST", "/messages/<int:number>/retry", "messages.retry"),
    Route("POST", "/messages/<int:number>/cancel", "messages.cancel"),
    Route("POST", "/messages/<int:number>/undo", "messages.undo"),
    Route("POST", "/messages/<int:number>/seen", "messages.seen"),
    Route("GET", "/messages/<int:number>/content", "messages.content"),
    Route("POST", "/messages/<int:number>/resend", "messages.send_as_new"),
    Route("POST", "/bounces", "bounces.take"),
    Route("GET", "/settings", "settings.show"),
    Route("PUT", "/settings", "settings.save"),
    Route("GET", "/oauth", "status.sign_in"),
    Route("POST", "/test", "trials.run"),
    Route("POST", "/tests/<int:number>/arrived", "trials.tell_arrival"),
    Route("POST", "/outbox/try-now", "status.try_now"),
    Route("POST", "/outbox/server", "status.choose_server"),
    Route("GET", "/status", "status.show"),
    Route("GET", "/alerts", "alerts.index"),
    Route("POST", "/alerts/<int:number>/acknowledge", "alerts.acknowledge"),
    Route("GET", "/doctor", "status.examined"),
    Route("POST", "/doctor", "status.examine"),
    Route("GET", "/openapi.json", "openapi.show"),
)
RIGHTS = {f"api.{route.endpoint}": API[route.operation] for route in ROUTES}

bp = Blueprint("api", __name__, url_prefix="/api/v1")
bp.register_error_handler(PanelError, problems.of_fault)
for route in ROUTES:
    bp.add_url_rule(route.path, route.endpoint, route.view(), methods=[route.method])
