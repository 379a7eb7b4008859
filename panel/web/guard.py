"""Who may pass: every route is closed unless it is named here, and every fault is answered in one place."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from flask import Flask, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadHost, HTTPException

from panel import clock, logs
from panel.access.rights import PAGES, Right, Role, roles_with
from panel.errors import DatabaseError, OutcomeUnknown, VaultError
from panel.i18n import N_
from panel.settings.store import SettingsFromFile
from panel.storage.journal import Action
from panel.web import cookies
from panel.web.access import login
from panel.web.api import problems
from panel.web.api.gate import ask_for_token, is_api
from panel.web.context import account, actor, actor_at, began_now, may, services, visit
from panel.web.received import in_frame, may_hold_a_code
from panel.web.render import render, wants_fragment
from panel.web.text import choose_zone, gettext, leave_zone

OPEN = frozenset(endpoint for endpoint, right in PAGES.items() if right is Right.ENTER)
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def stand_before(app: Flask) -> None:
    """Check every request, and answer what goes wrong."""
    app.before_request(_refuse_no_host)
    app.before_request(_refuse_compressed)
    app.before_request(_refuse_other_sites)
    app.before_request(_ask_to_sign_in)
    app.before_request(choose_zone)
    app.before_request(_ask_for_right)
    app.before_request(_pass_over_role)
    app.teardown_request(leave_zone)
    app.register_error_handler(CSRFError, _expired_form)
    app.register_error_handler(HTTPException, _http_fault)
    app.register_error_handler(DatabaseError, _database_fault)
    app.register_error_handler(VaultError, _key_fault)
    app.register_error_handler(SettingsFromFile, _not_own)
    app.register_error_handler(problems.ApiProblem, problems.response_of)


def _refuse_no_host() -> ResponseReturnValue | None:
    """Answer without a page who asks for a host that is none: nothing can be linked under it."""
    if not isinstance(request.routing_exception, BadHost):
        return None
    return _NO_HOST, 400, {"Content-Type": "text/plain; charset=utf-8"}


_NO_HOST = "The Host of this request is no name.\n"


def _refuse_compressed() -> None:
    """A small compressed body can be a large one."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
        abort(415)


def _refuse_other_sites() -> None:
    """Take a change from our own pages only, beside its CSRF token: a browser says where a request began."""
    if request.method in SAFE_METHODS:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    origin = request.headers.get("Origin")
    if origin and origin != "null" and origin.partition("://")[2] != request.host:
        abort(403)


def _ask_to_sign_in() -> ResponseReturnValue | None:
    """Let through who is signed in; what somebody typed stays on their page. Programs show a token instead."""
    if is_api():
        ask_for_token()
        return None
    if request.endpoint in OPEN:
        return None
    if who := account():
        return _begin_behind_a_proxy(who.name) if began_now() else None
    if request.method not in SAFE_METHODS:
        return _session_ended()
    return _go_and_sign_in(_login(_here()))


def _begin_behind_a_proxy(name: str) -> ResponseReturnValue | None:
    login.keep_language_of(name)
    return None if request.method in SAFE_METHODS else _expired_page()


def _go_and_sign_in(address: str) -> ResponseReturnValue:
    if not address:
        abort(403)
    if not wants_fragment():
        behind = services().config.proxy_login
        return error_page(401, gettext(_TEXTS[401]), leads_on=False) if behind else redirect(address)
    response = make_response("", 401)
    response.headers["HX-Redirect"] = address
    return response


def _ask_for_right() -> ResponseReturnValue | None:
    """Refuse what is not in the table of rights, and what the role of the account has no right to."""
    if request.endpoint is None or request.endpoint in OPEN or is_api():
        return None
    right = PAGES.get(request.endpoint)
    if right is None:
        abort(403)
    return None if may(right) else not_allowed(right)


def _pass_over_role() -> None:
    """Note a role that somebody sends who may give none: no form of theirs has such a field, and nothing reads it."""
    if request.method in SAFE_METHODS or is_api() or "role" not in request.form or may(Right.ADMINISTER):
        return
    who = actor() if account() else actor_at("session")
    services().refusals.note(who, Action.ROLE_REFUSED, object=request.endpoint or "", now=clock.now())


def not_allowed(right: Right) -> ResponseReturnValue:
    """Answer 403 with who may, which is nothing about who asks."""
    what = request.endpoint or ""
    services().refusals.note(actor(), Action.NOT_ALLOWED, object=what, told={"right": right}, now=clock.now())
    least = roles_with(right)[0]
    return error_page(403, gettext(_WHO_MAY[least]))


def _login(then: str | None = None) -> str:
    """Give the address of the login, ours or that of the application around us; nothing where it has named none."""
    visiting = visit()
    if services().config.proxy_login:
        return then or url_for("overview.detail")  # the proxy asks on the way there
    if visiting is None:
        return url_for("access.login", next=then)
    if not (visiting.login and then):
        return visiting.login
    return f"{visiting.login}{'&' if '?' in visiting.login else '?'}{urlencode({'next': then})}"


def _here() -> str:
    """Give the address that the browser shows, without the host."""
    current = request.headers.get("HX-Current-URL") if wants_fragment() else None
    if current is None:
        return request.script_root + request.path
    return re.sub(r"\A[a-z]+://[^/?#]*|#.*", "", current)


def _session_ended() -> ResponseReturnValue:
    """Say that the session has ended without taking the form's place."""
    message = gettext(N_("Your session has ended. Your values are still here. Sign in and press the button again."))
    config = services().config
    own = visit() is None and not config.proxy_login
    here = own and config.framed_by_others  # a session of another tab does not count in a frame
    response = make_response(render("session_ended", 401, text=message, login=_login(), here=here, framed=in_frame()))
    if wants_fragment():
        response.headers["HX-Reswap"] = "none"
    return response


def _expired_form(_fault: CSRFError) -> ResponseReturnValue:
    """A token of another session: the page was opened before somebody signed in again."""
    if request.endpoint == "access.sign_in" and cookies.brought(cookies.SESSION) is None:
        return login.without_cookie()
    if not account() and request.endpoint not in OPEN:
        return _session_ended()
    return _expired_page()


def _expired_page() -> ResponseReturnValue:
    return error_page(400, gettext(N_("This page is out of date. Reload it and press the button again.")))


def _http_fault(fault: HTTPException) -> ResponseReturnValue:
    if is_api():
        return problems.of_http(fault)
    code = fault.code or 500
    if code in (301, 302, 303, 307, 308):
        return fault
    return error_page(code, gettext(_TEXTS.get(code, _TEXTS[500])))


def _database_fault(fault: DatabaseError) -> ResponseReturnValue:
    if is_api():
        return problems.of_database(fault)
    logs.error("database_failed", text=fault)
    if isinstance(fault, OutcomeUnknown):
        return error_page(503, gettext(_UNKNOWN))
    return error_page(503, str(fault) if account_known() else gettext(_TEXTS[503]))


def _key_fault(fault: VaultError) -> ResponseReturnValue:
    logs.error("key_failed", text=fault)
    return error_page(503, gettext(str(fault) if account_known() else _TEXTS[503]))


def _not_own(fault: SettingsFromFile) -> ResponseReturnValue:
    return error_page(409, fault.text.translated(gettext))


def account_known() -> bool:
    """Say whether somebody is signed in, even where the database does not answer."""
    try:
        return account() is not None
    except DatabaseError:
        return False


def error_page(code: int, text: str, *, leads_on: bool = True) -> ResponseReturnValue:
    """Show what is wrong, as a page or within one, with a way on unless every page would be refused."""
    if wants_fragment():
        return make_response(render_template("_error.html", code=code, text=text, fragment=True), code)
    menu = {"account": None} if may_hold_a_code() else {}  # whose forms need the Referer that is not sent then
    shown = {"code": code, "text": text, "fragment": False, "say": None, "leads_on": leads_on, **menu}
    return make_response(render_template("error.html", **shown), code)


_UNKNOWN = N_("The database was lost meanwhile, and nobody can say whether this was done. Look before you do it again.")
_WHO_MAY = {
    Role.OPERATOR: N_("An operator or an administrator may do this."),
    Role.ADMINISTRATOR: N_("An administrator may do this."),
}
_TEXTS = {
    400: N_("The request cannot be understood. Go back, reload the page and try again."),
    401: N_("The sign-in in front of the panel did not say who you are. Open the panel at its own address."),
    403: N_("This is not allowed from here."),
    404: N_("There is no such page."),
    405: N_("This cannot be done at this address."),
    413: N_("That is more than this form takes."),
    415: N_("That kind of content is not taken here."),
    429: N_("Too many requests. Wait a little, then try again."),
    500: N_("Something went wrong here. The log of the panel says what."),
    503: N_("The panel cannot reach its data. Try again in a moment."),
}
