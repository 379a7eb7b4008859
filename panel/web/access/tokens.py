"""The tokens of applications: see them, make one, which is shown this once, and revoke it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.access.rights import Right, Scope
from panel.access.submission.token_limits import TokenLimits
from panel.access.tokens import MOST_LIMIT, NoSuchToken, Token, TokenRefused, expiry, limits_in
from panel.i18n import N_
from panel.outbox.listing.by_account import LATELY_DAYS, HandedIn, handed_in_since
from panel.web.access.made_token import MadeToken, made_token
from panel.web.access.step_up import ProofNeeded, prove
from panel.web.context import actor, services
from panel.web.render import confirm, render
from panel.web.text import gettext, translated

bp = Blueprint("tokens", __name__)

SCOPE_LABELS = {
    Scope.SEND: N_("Send, and see its own messages"),
    Scope.READ: N_("See all messages, the settings and the status"),
    Scope.ADMIN: N_("All of this, and change and test the settings"),
    Scope.CONTENT: N_("See all messages, read what they hold, and send them again as new ones"),
}
LIMIT_LABELS = {
    "messages_per_minute": N_("Messages a minute"),
    "recipients_per_day": N_("Recipients a day (UTC)"),
}
LIVES = {"30d": N_("30 days"), "90d": N_("90 days"), "365d": N_("one year"), "": N_("never")}
_STATES = {
    "used": ("ok", N_("In use")),
    "valid": ("idle", N_("Not used yet")),
    "expired": ("idle", N_("Expired")),
    "revoked": ("idle", N_("Revoked")),
}


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One token in the reader's words."""

    token: Token
    tone: str
    state: str
    scopes: str
    valid: bool  # good for anything now
    messages: int  # that it has handed in lately
    may_send: bool
    limits: tuple[tuple[str, str], ...]
    recipients: str  # of today, that count towards its limits


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody entered for a new token."""

    name: str = ""
    scopes: frozenset[str] = frozenset({"send"})
    life: str = "365d"
    limits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TypedLimits:
    """What somebody entered as the limits of a token, with what is wrong."""

    token: str
    texts: Mapping[str, str]
    errors: Mapping[str, str]


@bp.get("/access")
def index() -> ResponseReturnValue:
    """Show the tokens, and the form for a new one."""
    return _page()


@bp.post("/access/tokens")
def create() -> ResponseReturnValue:
    """Make a token and show it, this once: no redirect, because nothing keeps it."""
    prove(N_("A new token would let a program in."), form="new-token")
    typed, now = _typed(), clock.now()
    scopes = [scope for scope in Scope if scope in typed.scopes]
    ends = expiry(typed.life, now) if typed.life else None
    limits = TokenLimits(**limits_in(typed.limits))
    made = services().tokens.create(typed.name, scopes, by=actor(), expires_at=ends, limits=limits, now=now)
    confirm(gettext(N_("The token is made. Copy it now: it is not shown again.")))
    return _page(made=made_token(made))


@bp.post("/access/tokens/<token>/revoke")
def revoke(token: str) -> ResponseReturnValue:
    """End a token at once."""
    prove(N_("A program would lose its access."), form=f"revoke-{token}")
    revoked = services().tokens.revoke(token, by=actor(), now=clock.now())
    confirm(translated(N_("%(name)s is revoked."), name=revoked.name))
    return redirect(url_for(".index"), 303)


@bp.post("/access/tokens/<token>/limits")
def limit(token: str) -> ResponseReturnValue:
    """Say how much may be handed in with a token, from the next message on."""
    prove(N_("A program could send more, or less."), form=f"limits-{token}")
    limited = services().tokens.limit(token, limits_in(_typed_limits()), by=actor(), now=clock.now())
    confirm(translated(N_("The limits of %(name)s are saved."), name=limited.name))
    return redirect(url_for(".index"), 303)


@bp.errorhandler(TokenRefused)
def refused(fault: TokenRefused) -> ResponseReturnValue:
    """Show the form again with what is wrong."""
    return _again({fault.field: fault.text.translated(gettext)})


@bp.errorhandler(ProofNeeded)
def ask_password(fault: ProofNeeded) -> ResponseReturnValue:
    """Ask for the password above the tokens, and keep what was typed."""
    return _again({}, step_up=fault)


@bp.errorhandler(NoSuchToken)
def ended_already(_fault: NoSuchToken) -> ResponseReturnValue:
    """Show the tokens: one that has ended already stays as it is."""
    return redirect(url_for(".index"), 303)


def _again(errors: Mapping[str, str], *, step_up: ProofNeeded | None = None) -> ResponseReturnValue:
    """Show the page with what was typed in the form that was sent."""
    if request.endpoint == "tokens.create":
        return _page(422, typed=_typed(), errors=errors, step_up=step_up)
    token = (request.view_args or {})["token"]
    return _page(422, limiting=TypedLimits(token, _typed_limits(), errors), step_up=step_up)


def _typed() -> Typed:
    form = request.form
    return Typed(form.get("name", ""), frozenset(form.getlist("scope")), form.get("expires", ""), _typed_limits())


def _typed_limits() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in TokenLimits._fields}


def _page(
    status: int = 200,
    *,
    made: MadeToken | None = None,
    typed: Typed | None = None,
    errors: Mapping[str, str] | None = None,
    limiting: TypedLimits | None = None,
    step_up: ProofNeeded | None = None,
) -> ResponseReturnValue:
    opened, now = services(), clock.now()
    lately = handed_in_since(opened.database, now - timedelta(days=LATELY_DAYS))
    recipients = {each.id: each.use.recipients for each in opened.tokens.limited(now)}
    rows = [_row(each, lately, recipients.get(each.id, 0)) for each in opened.tokens.list()]
    return render(
        "access/tokens",
        status,
        rows=rows,
        more=lately.more,
        days=LATELY_DAYS,
        made=made,
        typed=typed or Typed(),
        errors=errors or {},
        limiting=limiting,
        limit_labels=LIMIT_LABELS,
        most=MOST_LIMIT,
        step_up=step_up,
        scopes=SCOPE_LABELS,
        lives=LIVES,
    )


def _row(token: Token, lately: HandedIn, recipients: int) -> TokenRow:
    found = token.state(clock.now())
    valid = found == "valid"
    tone, state = _STATES["used" if valid and token.last_used_at else found]
    return TokenRow(
        token,
        tone,
        gettext(state),
        ", ".join(scope for scope in Scope if scope in token.scopes),
        valid,
        lately.by.get(token.account, 0),
        token.may(Right.SUBMIT),
        tuple(_told_limits(token.limits)) if valid else (),
        f"{recipients:,}",
    )


def _told_limits(limits: TokenLimits) -> Iterator[tuple[str, str]]:
    """Give the name and the number of each limit that there is."""
    for name, most in limits._asdict().items():
        if most is not None:
            yield gettext(LIMIT_LABELS[name]), f"{most:,}"
