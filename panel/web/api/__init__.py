"""The programs' door: JSON over HTTP, by token. What an address needs is loaded when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from flask import Blueprint
from flask.typing import ResponseReturnValue

from panel.access.tokens import Scope
from panel.errors import PanelError
from panel.web.api import problems


@dataclass(frozen=True, slots=True)
class Route:
    """One address: its method, its operation as `module.name`, and the scopes of which a token needs one."""

    method: str
    path: str
    operation: str
    scopes: tuple[Scope, ...]

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
    Route("POST", "/messages", "messages.submit", (Scope.SEND,)),
    Route("POST", "/messages/batch", "batch.submit", (Scope.SEND,)),
    Route("GET", "/messages", "messages.index", (Scope.READ,)),
    Route("GET", "/messages/<int:number>", "messages.show", (Scope.READ, Scope.SEND)),
    Route("POST", "/messages/<int:number>/retry", "messages.retry", (Scope.SEND,)),
    Route("POST", "/messages/<int:number>/cancel", "messages.cancel", (Scope.SEND,)),
    Route("GET", "/settings", "settings.show", (Scope.READ,)),
    Route("PUT", "/settings", "settings.save", (Scope.ADMIN,)),
    Route("GET", "/oauth", "status.sign_in", (Scope.READ,)),
    Route("POST", "/test", "trials.run", (Scope.ADMIN,)),
    Route("POST", "/outbox/try-now", "status.try_now", (Scope.ADMIN,)),
    Route("GET", "/status", "status.show", (Scope.READ,)),
    Route("GET", "/openapi.json", "openapi.show", tuple(Scope)),
)
SCOPES = {f"api.{route.endpoint}": route.scopes for route in ROUTES}

bp = Blueprint("api", __name__, url_prefix="/api/v1")
bp.register_error_handler(PanelError, problems.of_fault)
for route in ROUTES:
    bp.add_url_rule(route.path, route.endpoint, route.view(), methods=[route.method])
