"""Signing in at the mail service: begun from the form, carried on in a tab of its own, and seen in the form again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.errors import PanelError
from panel.i18n import N_
from panel.mail.message.address import BadValue
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import SessionError
from panel.mail.net.policy import Policy
from panel.settings.login import TICKET_USED, UNKNOWN_ANSWER, Flow, Login
from panel.settings.model import Settings
from panel.web import cookies
from panel.web.access.step_up import ProofNeeded, prove
from panel.web.context import actor, asker, services
from panel.web.received import number_in_query
from panel.web.render import render, wants_fragment
from panel.web.settings.edit import edit_page, edit_parts
from panel.web.settings.forms import ServerForm, form_of
from panel.web.text import gettext

bp = Blueprint("oauth", __name__)

COOKIE_LIFE = timedelta(minutes=15)
_ONCE = ("code", "state", "iss", "error", "error_description")  # RFC 6749 section 3.1


# From the form


@bp.post("/settings/oauth/begin")
def begin() -> ResponseReturnValue:
    """Keep what is typed until somebody has signed in, and give the link that leads to the service."""
    form = _form()
    settings = _valid(form, Flow.CODE)
    if settings is None:
        return _wrong(form)
    from panel.settings.oauth.client import Client
    from panel.web.settings.sign_in.part import begin_address

    redirect_uri = services().config.redirect_uri
    begun = services().sign_ins.begin(
        Client.of(settings), actor(), redirect_uri=redirect_uri, at=clock.instant(), server=form.server
    )
    return _part(form, link=begin_address(begun.ticket))


@bp.post("/settings/oauth/device")
def device() -> ResponseReturnValue:
    """Ask the service for a code that is typed into another device."""
    form = _form()
    settings = _valid(form, Flow.DEVICE)
    if settings is None:
        return _wrong(form)
    from panel.settings.oauth.client import Client

    by, at, policy, deadline = actor(), clock.instant(), _policy(), _deadline()
    try:
        services().sign_ins.begin_device(
            Client.of(settings), by, at=at, policy=policy, deadline=deadline, server=form.server
        )
    except SessionError as fault:
        return _part(form, failed=fault)
    return _part(form)


@bp.post("/settings/oauth/paste")
def paste() -> ResponseReturnValue:
    """End a sign-in with the address that the browser shows, where it could not come back to the panel by itself."""
    form = _form()
    try:
        services().sign_ins.pasted(
            request.form.get("address", ""), asker().name, at=clock.instant(), policy=_policy(), deadline=_deadline()
        )
    except PanelError as fault:
        return _part(form, 422, refused=gettext(str(fault)))
    return _part(form)


@bp.post("/settings/oauth/find")
def find() -> ResponseReturnValue:
    """Find the addresses of a server of one's own by its issuer."""
    form = _form()
    from panel.settings.fields.token_fields import url
    from panel.settings.oauth.discovery import discover

    try:
        issuer = url(form.oauth_issuer.data or "")
        found = discover(issuer, ca_certificate=form.ca_certificate.data or "", policy=_policy(), deadline=_deadline())
    except BadValue as fault:
        form.oauth_issuer.errors = [fault.text.translated(gettext)]
    except SessionError as fault:
        from panel.web.settings.sign_in.status import words

        form.oauth_issuer.errors = list(words(fault))
    else:
        for name, address in found.by_field().items():
            form[name].data = address
        said = gettext(N_("The addresses are filled in."))
        return edit_parts("settings/parts/auth", form, say=said)
    return edit_parts("settings/parts/auth", form, 422)


@bp.post("/settings/oauth/forget")
def forget() -> ResponseReturnValue:
    """End the sign-in of the saved settings, here and at the service."""
    form = _form()
    settings = services().settings.current().of(form.server).settings
    if not settings.by_token:
        abort(400)
    prove(N_("The saved sign-in would end."), form="settings-form", button="oauth/_forget.html", anchor="grant")
    told = services().forget_grant(settings, actor())
    form.grant.data = ""
    return _part(form, say=gettext(_FORGOTTEN if told else _FORGOTTEN_HERE))


@bp.errorhandler(ProofNeeded)
def ask_password(fault: ProofNeeded) -> ResponseReturnValue:
    """Ask for the password above the form, and keep what was entered."""
    return edit_page(_form(), services().settings.current(), 422, step_up=fault)


_FORGOTTEN = N_("The sign-in has ended, here and at the service.")
_FORGOTTEN_HERE = N_(
    "The sign-in has ended here. The service could not be told: remove the access in the security settings of the "
    "account there, too."
)


# How it stands


@bp.get("/settings/oauth/pending")
def pending() -> ResponseReturnValue:
    """Show what became of the last sign-in; 204 while nothing is new."""
    from panel.web.settings.sign_in.status import latest

    return _became(latest(_server_asked()) is None)


@bp.get("/settings/oauth/device/<int:number>")
def waiting(number: int) -> ResponseReturnValue:
    """Show what became of a sign-in on another device; 204 while nothing is new."""
    from panel.web.settings.sign_in.status import latest

    newest = latest(_server_asked())
    if newest is None or newest.number != number:
        abort(404)
    return _became(nothing=False)


def _became(nothing: bool) -> ResponseReturnValue:
    from panel.web.settings.sign_in.status import status_of

    server = _server_asked()
    stored = services().settings.current().of(server).settings
    status = status_of(request.args.get("flow", Flow.CODE), number_in_query("grant") or stored.grant, server)
    if nothing or status.under_way:
        return "", 204
    if not wants_fragment():
        return redirect(url_for("second.edit" if server == "second" else "settings.edit", _anchor="grant"))
    return render("oauth/sign_in", sign_in=status, say=gettext(_SAID[bool(status.failure)]))


def _server_asked() -> str:
    return "second" if request.args.get("server") == "second" else "first"


_SAID = {False: N_("You have signed in. Go on in the form."), True: N_("The sign-in has failed.")}


# In a tab of its own, open to whoever has the ticket, then the cookie


@bp.get("/oauth2/begin")
def way() -> ResponseReturnValue:
    """Take the ticket, give this browser its cookie, and lead it to the service."""
    if request.method == "HEAD":
        abort(405)  # a ticket is good once
    if not services().has_sign_ins:
        return _ended(400, failure=(gettext(TICKET_USED),))
    try:
        opened = services().sign_ins.opened(request.args.get("ticket", ""), clock.instant())
    except PanelError as fault:
        return _ended(400, failure=(gettext(str(fault)),))
    response = make_response(redirect(opened.address, 303))
    cookies.keep_in_tab(response, cookies.SIGN_IN, opened.cookie, life=COOKIE_LIFE)
    return response


@bp.get("/oauth2/callback")
def callback() -> ResponseReturnValue:
    """Take what the service sends back with the browser that began there."""
    arguments = request.args.to_dict()
    if request.method == "HEAD" or any(len(request.args.getlist(name)) > 1 for name in _ONCE):
        abort(400)
    if not services().has_sign_ins:
        return _ended(400, failure=(gettext(UNKNOWN_ANSWER),))
    try:
        ended = services().sign_ins.finished(
            arguments,
            cookies.brought(cookies.SIGN_IN) or "",
            at=clock.instant(),
            policy=_policy(),
            deadline=_deadline(),
        )
    except PanelError as fault:
        return _ended(400, failure=(gettext(str(fault)),))
    from panel.web.settings.sign_in.status import words

    grant = services().grants.get(ended.grant) if ended.grant else None
    response = make_response(_ended(done=True, account=grant.account) if grant else _ended(failure=words(ended)))
    cookies.drop_in_tab(response, cookies.SIGN_IN)
    return response


def _ended(code: int = 200, **ended: object) -> ResponseReturnValue:
    """Show how a sign-in has ended, in a page without a menu: who sees it need not be signed in here."""
    return render_template("oauth/ended.html", ended=ended, account=None, fragment=False, say=None), code


# Steps


def _form() -> ServerForm:
    return form_of(Login.OAUTH2)


def _valid(form: ServerForm, flow: Flow) -> Settings | None:
    """Give what is typed as settings of a login in which somebody signs in this way."""
    if not form.validate_over(services().settings.current().settings):
        return None
    if not form.meant.by_token or form.meant.oauth_flow is not flow:
        abort(400)
    return form.meant


def _wrong(form: ServerForm) -> ResponseReturnValue:
    return edit_page(form, services().settings.current(), 422)


def _part(
    form: ServerForm,
    code: int = 200,
    *,
    link: str = "",
    refused: str = "",
    failed: SessionError | None = None,
    say: str | None = None,
) -> ResponseReturnValue:
    """Show the form's part about the sign-in, or the whole form where there is no htmx."""
    from panel.web.settings.sign_in.status import named, status_of, words

    status = status_of(form.oauth_flow.data or Flow.CODE, named(form), form.server, link=link)
    if refused or failed:
        status = replace(status, address_error=refused, failure=words(failed) if failed else ())
    form.grant.data = str(status.number or "")
    return edit_parts("oauth/sign_in", form, code, sign_in=status, say=say)


def _policy() -> Policy:
    return services().config.policy


def _deadline() -> Deadline:
    from panel.web.settings.sign_in.status import SIGN_IN_SECONDS

    return Deadline(SIGN_IN_SECONDS)
