"""Which programs may pass: each by a token in its Authorization header; a cookie counts for nothing."""

from __future__ import annotations

import re

from flask import g, request

from panel import clock
from panel.access.rights import Scope, scopes_with
from panel.access.tokens import Token
from panel.storage.actor import Actor
from panel.storage.journal import Action
from panel.web.api import RIGHTS
from panel.web.api.problems import MISSING_SCOPE, ApiProblem, ProblemType
from panel.web.context import actor_at, client_address, request_name, services


def is_api() -> bool:
    """Say whether a request came to the door of programs."""
    return request.path.startswith("/api/")


def ask_for_token() -> None:
    """Refuse who shows no valid token, and who shows one that is not good for what is asked."""
    bearer = re.fullmatch(r"bearer +(\S+) *", request.headers.get("Authorization", ""), re.IGNORECASE)
    token = services().tokens.accept(bearer[1], clock.now()) if bearer else None
    if token is None:
        raise _unauthorized(was_sent=bool(bearer))
    g.token = token
    rights = RIGHTS.get(request.endpoint or "", ())
    if request.endpoint and not any(map(token.may, rights)):
        what, needed = request.endpoint, " ".join(rights)
        services().refusals.note(api_actor(), Action.NOT_ALLOWED, object=what, told={"right": needed}, now=clock.now())
        raise _missing(scopes_with(rights))


def token() -> Token:
    """Give whose token the request carries, where nobody gets this far without one."""
    found: Token = g.token
    return found


def api_actor() -> Actor:
    """Give the application that asks."""
    shown = token()
    return Actor(
        shown.account, "api", client_address(), shown.created_by, request=request_name(), limited=shown.limited
    )


def _unauthorized(*, was_sent: bool) -> ApiProblem:
    if not was_sent:
        challenge, detail = "Bearer", "Show a token: Authorization: Bearer mp_… (mail-panel token create)."
    else:
        services().refusals.note(actor_at("api"), Action.TOKEN_REFUSED, now=clock.now())
        challenge, detail = 'Bearer error="invalid_token"', "The token is unknown, has expired or was revoked."
    return ApiProblem(ProblemType(401), detail, headers={"WWW-Authenticate": challenge})


def _missing(needed: tuple[Scope, ...]) -> ApiProblem:
    scopes = " ".join(needed)
    challenge = f'Bearer error="insufficient_scope", scope="{scopes}"'
    detail = f"This needs a token with the scope {' or '.join(needed)}."
    return ApiProblem(MISSING_SCOPE, detail, headers={"WWW-Authenticate": challenge})
