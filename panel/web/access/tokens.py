"""The tokens of applications: see them, make one, which is shown this once, and revoke it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.access.accounts import ADMINISTRATOR
from panel.access.tokens import Scope, Token, TokenRefused, expiry
from panel.i18n import N_
from panel.web.context import account, actor, note, services
from panel.web.render import confirm, render
from panel.web.text import gettext, translated

bp = Blueprint("tokens", __name__)

SCOPES = {
    Scope.SEND: N_("Send, and see its own messages"),
    Scope.READ: N_("See all messages, the settings and the status"),
    Scope.ADMIN: N_("All of this, and change and test the settings"),
}
LIVES = {"30d": N_("30 days"), "90d": N_("90 days"), "365d": N_("one year"), "": N_("never")}
_STATES = {"valid": ("ok", N_("Valid")), "expired": ("idle", N_("Expired")), "revoked": ("idle", N_("Revoked"))}


@dataclass(frozen=True, slots=True)
class Row:
    """One token in the reader's words."""

    token: Token
    tone: str
    state: str
    scopes: str

    @property
    def valid(self) -> bool:
        return self.tone == "ok"


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody entered for a new token."""

    name: str = ""
    scopes: frozenset[str] = frozenset({"send"})
    life: str = "365d"


@bp.before_request
def administrators_only() -> None:
    who = account()
    if who is None or who.role != ADMINISTRATOR:
        abort(403)


@bp.get("/access")
def index() -> ResponseReturnValue:
    """Show the tokens, and the form for a new one."""
    return _page()


@bp.post("/access/tokens")
def create() -> ResponseReturnValue:
    """Make a token and show it, this once: no redirect, because nothing keeps it."""
    typed = Typed(
        request.form.get("name", ""), frozenset(request.form.getlist("scope")), request.form.get("expires", "")
    )
    now = clock.now()
    scopes = [scope for scope in Scope if scope in typed.scopes]
    try:
        ends = expiry(typed.life, now) if typed.life else None
        made = services().tokens.create(typed.name, scopes, by=actor(), expires_at=ends, now=now)
    except TokenRefused as fault:
        return _page(422, typed=typed, errors={fault.field: fault.text.translated(gettext)})
    note("token_created", token=typed.name.strip(), scopes=" ".join(scopes))
    confirm(gettext(N_("The token is made. Copy it now: it is not shown again.")))
    return _page(made=made)


@bp.post("/access/tokens/<token>/revoke")
def revoke(token: str) -> ResponseReturnValue:
    """End a token at once; one that has ended already stays as it is."""
    try:
        revoked = services().tokens.revoke(token, clock.now())
    except TokenRefused:
        return redirect(url_for(".index"), 303)
    note("token_revoked", token=revoked.name)
    confirm(translated(N_("%(name)s is revoked."), name=revoked.name))
    return redirect(url_for(".index"), 303)


def _page(
    status: int = 200, *, made: str = "", typed: Typed | None = None, errors: dict[str, str] | None = None
) -> ResponseReturnValue:
    rows = [_row(each) for each in services().tokens.list()]
    return render(
        "access/tokens",
        status,
        rows=rows,
        made=made,
        typed=typed or Typed(),
        errors=errors or {},
        scopes=SCOPES,
        lives=LIVES,
    )


def _row(token: Token) -> Row:
    tone, state = _STATES[token.state(clock.now())]
    return Row(token, tone, gettext(state), ", ".join(scope for scope in Scope if scope in token.scopes))
