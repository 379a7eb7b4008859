"""Signing in and out, and the first administrator."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import Blueprint, abort, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.access.logins import LoginRefused, TooManyFailures
from panel.access.passwords import AccountRefused
from panel.access.rights import Role
from panel.i18n import LOCALES, N_
from panel.storage.journal import Action
from panel.web import cookies
from panel.web.access.forms import LoginForm, SetupForm
from panel.web.context import (
    account,
    actor,
    actor_at,
    begin_session,
    client_address,
    end_session,
    services,
    signs_out,
)
from panel.web.render import confirm, render, wants_fragment
from panel.web.text import gettext

bp = Blueprint("access", __name__)

_SAME_SITE_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*\Z")


@bp.get("/login")
def login() -> ResponseReturnValue:
    """Show the login; who is signed in goes on at once."""
    if account():
        return redirect(_next_address(request.args.get("next", "")))
    return _login_page(next_address=request.args.get("next", ""))


@bp.post("/login")
def sign_in() -> ResponseReturnValue:
    """Begin a session, or say that name or password is wrong: not which of them."""
    form = LoginForm()
    name, password = form.name.data or "", form.password.data or ""
    who = services().logins.log_in(name, password, address=client_address(), now=clock.now())
    begin_session(who)
    keep_language_of(who.name)
    if wants_fragment():  # the form that a page shows whose session has ended
        confirm(gettext(N_("You have signed in. Press the button again.")))
        return render("access/again")
    return redirect(_next_address(form.next.data or ""), 303)


def keep_language_of(name: str) -> None:
    """Keep for an account the language that was chosen in this browser before it was known whose it is."""
    chosen = cookies.brought(cookies.LANGUAGE)
    if chosen in LOCALES:
        services().accounts.remember(name, locale=chosen)


@bp.errorhandler(LoginRefused)
@bp.errorhandler(TooManyFailures)
def refuse_login(fault: LoginRefused | TooManyFailures) -> ResponseReturnValue:
    """Show the login again with what is wrong, and note it."""
    form = LoginForm()
    name = form.name.data or ""
    known = name if services().accounts.knows(name) else None  # what else was typed may be a password
    who = actor_at("session", known or "")
    services().refusals.note(who, Action.SIGN_IN_REFUSED, now=clock.now())
    status = 429 if isinstance(fault, TooManyFailures) else 422
    return _login_page(status, name=name, error=gettext(str(fault)), next_address=form.next.data or "")


def without_cookie() -> ResponseReturnValue:
    """Show the login again to a browser that has not sent its cookie back, and where it can keep one."""
    form = LoginForm()
    apart = services().config.framed_by_others and request.headers.get("Sec-Fetch-Dest") != "document"
    error = gettext(_NO_COOKIE_IN_FRAME if apart else _NO_COOKIE)
    return _login_page(400, name=form.name.data or "", error=error, next_address=form.next.data or "", apart=apart)


_NO_COOKIE = N_("Your browser has sent no cookie back, so nobody can be signed in. Allow cookies here, then try again.")
_NO_COOKIE_IN_FRAME = N_(
    "Your browser keeps no cookie of the panel inside this page, so nobody can be signed in here. Open the panel in a "
    "tab of its own."
)


@bp.post("/logout")
def logout() -> ResponseReturnValue:
    """End the session and show the login, ours or the proxy's."""
    if not signs_out():
        abort(404)
    end_session(by=actor())
    if behind := services().config.proxy_login:
        return _leave(behind.logout_url)
    confirm(gettext(N_("You have signed out.")))
    return redirect(url_for(".login"), 303)


def _leave(url: str) -> ResponseReturnValue:
    """Go on to the proxy by a page: a browser lets no form be redirected to another origin (CSP form-action)."""
    response = make_response(render("access/left", url=url))
    response.headers["Refresh"] = f"0; url={url}"
    return response


@bp.get("/setup")
def setup() -> ResponseReturnValue:
    """Show the form of the first administrator to who holds the one-time link."""
    if account():  # whose link is used up
        return redirect(url_for("overview.detail"))
    token = request.args.get("token", "")
    return _setup_page(200, token=token)


@bp.post("/setup")
def set_up() -> ResponseReturnValue:
    """Make the first administrator, and sign in."""
    form = SetupForm()
    token, name = form.token.data or "", form.name.data or ""
    by = actor_at("setup", name.strip(), role=Role.ADMINISTRATOR)
    who = services().setup.finish(token, name, form.password.data or "", by=by, now=clock.now())
    if who is None:
        return render("access/setup", 403, known=False, token="", name="", errors={})
    begin_session(who)
    return redirect(url_for("overview.detail"), 303)


@bp.errorhandler(AccountRefused)
def refuse_account(fault: AccountRefused) -> ResponseReturnValue:
    """Show the form of the first administrator again with what is wrong."""
    form = SetupForm()
    errors = {fault.field: fault.text.translated(gettext)}
    return _setup_page(422, token=form.token.data or "", name=form.name.data or "", errors=errors)


def _setup_page(
    status: int, *, token: str, name: str = "", errors: Mapping[str, str] | None = None
) -> ResponseReturnValue:
    """Show the form to who holds the one-time link; what is wrong with an entry is nobody else's to know."""
    known = services().setup.knows(token, clock.now())
    errors = errors if errors and known else {}
    return render("access/setup", status if known else 403, known=known, token=token, name=name, errors=errors)


def _login_page(
    status: int = 200, *, name: str = "", error: str = "", next_address: str = "", apart: bool = False
) -> ResponseReturnValue:
    """Show the login, or the small one of a page whose session has ended, which alone is sent by htmx."""
    page = "access/again" if wants_fragment() else "access/login"
    first = not services().accounts.any()
    return render(page, status, name=name, error=error, next=next_address, first=first, apart=apart)


def _next_address(text: str) -> str:
    """Go on to a path of this site, and to nothing else: `//`, a scheme or a backslash lead elsewhere."""
    return text if _SAME_SITE_PATH.match(text) else url_for("overview.detail")
