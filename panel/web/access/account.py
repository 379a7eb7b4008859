"""One's own account: language, time zone, password, and the browsers that are signed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from flask import Blueprint, abort, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.access.accounts import Account
from panel.access.logins import LoginRefused, TooManyFailures
from panel.access.passwords import AccountRefused
from panel.access.sessions import OpenSession
from panel.i18n import N_
from panel.storage.journal import Action
from panel.web import cookies
from panel.web.access.browsers import in_words
from panel.web.access.roles import ROLE_LABELS
from panel.web.access.step_up import wrong_password
from panel.web.context import actor, asker, services, session_token
from panel.web.render import confirm, render, tell
from panel.web.text import ONE_YEAR, chosen_zone, gettext, locale, translated

bp = Blueprint("account", __name__)

LANGUAGES = {"": N_("As the browser asks for"), "ja": "日本語", "en": "English"}


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session in the reader's words."""

    session: OpenSession
    browser: str


@bp.get("/account")
def show() -> ResponseReturnValue:
    """Show what is one's own."""
    return _page()


@bp.post("/account")
def save() -> ResponseReturnValue:
    """Keep language and time zone; the page comes back in them."""
    who, language, zone = asker(), request.form.get("locale", ""), request.form.get("timezone", "").strip()
    if language not in LANGUAGES or zone not in {"", *zones()}:
        return _page(422, zone=zone, errors={"timezone": gettext(_NO_ZONE)})
    confirm(gettext(N_("Saved.")))
    response = make_response(redirect(url_for(".show"), 303))
    cookies.keep_or_drop(response, cookies.LANGUAGE, language, life=ONE_YEAR)
    if who.via == "mounted":  # whose name may be that of one of ours
        cookies.keep_or_drop(response, cookies.ZONE, zone, life=ONE_YEAR)
    else:
        services().accounts.remember(who.name, locale=language, timezone=zone)
    return response


@bp.post("/account/password")
def change_password() -> ResponseReturnValue:
    """Change the password of who knows the old one; every other session ends."""
    form = request.form
    services().logins.change_password(
        _local(), form.get("old", ""), form.get("new", ""), by=actor(), keep=session_token(), now=clock.now()
    )
    confirm(gettext(N_("The password is changed. Every other session has ended.")))
    return redirect(url_for(".show"), 303)


@bp.post("/account/sessions/<session>/end")
def end(session: str) -> ResponseReturnValue:
    """End one of one's own sessions."""
    if services().sessions.end(_local().name, session, by=actor(), now=clock.now()):
        confirm(gettext(N_("The session has ended.")))
    return redirect(url_for(".show"), 303)


@bp.post("/account/sessions/end-others")
def end_others() -> ResponseReturnValue:
    """End all of one's own sessions but this one."""
    if services().sessions.end_others(_local().name, session_token(), by=actor(), now=clock.now()):
        confirm(gettext(N_("Every other session has ended.")))
    else:
        tell(gettext(N_("There is no other session.")))
    return redirect(url_for(".show"), 303)


@bp.errorhandler(LoginRefused)
@bp.errorhandler(TooManyFailures)
def refuse_old(fault: LoginRefused | TooManyFailures) -> ResponseReturnValue:
    """Show the page again with what is wrong with the old password."""
    services().refusals.note(actor(), Action.SIGN_IN_REFUSED, now=clock.now())
    return _page(422, errors={"old": wrong_password(fault)})


@bp.errorhandler(AccountRefused)
def refuse_new(fault: AccountRefused) -> ResponseReturnValue:
    """Show the page again with what is wrong with the new password."""
    return _page(422, errors={"new": fault.text.translated(gettext)})


@cache
def zones() -> tuple[str, ...]:
    """List the time zones of places, and UTC, as this machine knows them."""
    others = ("Etc/", "SystemV/", "US/", "posix/", "right/")
    places = {name for name in available_timezones() if "/" in name and not name.startswith(others)}
    return tuple(sorted(places | {"UTC"}))


def _local() -> Account:
    """Give who asks where the panel itself knows them; elsewhere there are no passwords and no sessions of ours."""
    who = asker()
    if not who.local:
        abort(404)
    return who


def _page(
    status: int = 200, *, zone: str | None = None, errors: Mapping[str, str] | None = None
) -> ResponseReturnValue:
    who = asker()
    sessions = services().sessions.of(who.name, session_token(), clock.now()) if who.local else []
    return render(
        "access/account/show",
        status,
        who=who,
        zone_typed=chosen_zone() if zone is None else zone,
        zones=zones(),
        zone_hint=_zone_hint(),
        languages=LANGUAGES,
        role_labels=ROLE_LABELS,
        sessions=[SessionRow(each, in_words(each.agent)) for each in sessions],
        errors=errors or {},
    )


def _zone_hint() -> str:
    """Say what is typed, and the zone of who types nothing."""
    unchosen = clock.zone_for("", services().config.timezone, locale())
    if unchosen is None:
        return gettext(N_("Type a city, such as Asia/Tokyo. If empty: the server's zone."))
    return translated(N_("Type a city, such as Asia/Tokyo. If empty: %(zone)s."), zone=unchosen.key)


_NO_ZONE = N_("Choose a time zone from the list, such as Asia/Tokyo, or leave it empty.")
