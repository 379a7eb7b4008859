"""Where a one-time link leads: who holds it sets a password, and is signed in."""

from __future__ import annotations

from flask import Blueprint, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.access.accounts import Account
from panel.access.links import Link, LinkKind
from panel.access.passwords import AccountRefused
from panel.web.context import actor_at, begin_session, services
from panel.web.render import render
from panel.web.text import gettext

bp = Blueprint("invitation", __name__)

_KEPT = "invitation"  # where the session holds the token, which so leaves the address


@bp.get("/invitation")
def show() -> ResponseReturnValue:
    """Show the form to who holds a link that works; the token goes from the address into the session first."""
    if (token := request.args.get("token")) is not None:
        session[_KEPT] = token[:100]
        return redirect(url_for(".show"), 303)
    return _page(200)


@bp.post("/invitation")
def accept() -> ResponseReturnValue:
    """Set the password, and sign in."""
    link = _link()
    who = _use(link) if link else None
    if who is None:
        return _page(403)
    begin_session(who)
    return redirect(url_for("overview.detail"), 303)


@bp.errorhandler(AccountRefused)
def refuse_password(fault: AccountRefused) -> ResponseReturnValue:
    """Show the form again with what is wrong."""
    return _page(422, error=fault.text.translated(gettext))


def _token() -> str:
    kept = session.get(_KEPT)
    return kept if isinstance(kept, str) else ""


def _link() -> Link | None:
    return services().links.find(_token(), clock.now())


def _use(link: Link) -> Account | None:
    by = actor_at("link", link.account, role=link.role)
    return services().links.use(_token(), request.form.get("password", ""), by=by, now=clock.now())


def _page(status: int, *, error: str = "") -> ResponseReturnValue:
    """Show the form; that a link does not work says nothing of why."""
    link = _link()
    fresh = link is not None and link.kind is LinkKind.INVITATION
    return render("access/invitation/show", status if link else 403, link=link, fresh=fresh, error=error)
