"""What a request works with: the services of this application, the account that asks, and its language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flask import current_app, g, request, session, url_for
from markupsafe import Markup, escape

from panel import clock, logs
from panel.access.accounts import Account
from panel.i18n import LOCALES, catalogue, joined
from panel.services import Services

VISIT = "mail-panel.visit"  # in the WSGI environment, where no header can write
LANGUAGE_COOKIE = "mail-panel-language"
_TOKEN = "token"  # noqa: S105 - where the session holds it, not what it is
_FORM_TOKEN = "csrf_token"  # noqa: S105 - where Flask-WTF keeps it


def services() -> Services:
    opened: Services = current_app.extensions["mail-panel"]
    return opened


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that comes through the application in which the panel is mounted: who asks, and where its login is."""

    account: Account | None
    login: str


def visit() -> Visit | None:
    found: Visit | None = request.environ.get(VISIT)
    return found


def account() -> Account | None:
    """Give who asks, by the application around us or by the session's token; looked up once for a request."""
    if "account" not in g:
        visiting = visit()
        g.account = visiting.account if visiting else _account_of_session()
    found: Account | None = g.account
    return found


def _account_of_session() -> Account | None:
    token = session.get(_TOKEN)
    return services().accounts.session(token, clock.now()) if isinstance(token, str) else None


def enter(who: Account) -> None:
    """Begin a new session for somebody who has proven who they are."""
    leave()
    session[_TOKEN] = services().accounts.open_session(who, address=client_address(), now=clock.now())
    g.account = who


def leave() -> None:
    """End the session, here and in the browser.

    The form token stays the browser's: a page that was open when its session ended can be sent after signing in again.
    """
    token = session.get(_TOKEN)
    if isinstance(token, str):
        services().accounts.close_session(token)
    for name in session.keys() - {_FORM_TOKEN}:
        del session[name]
    g.account = None


def client_address() -> str:
    return request.remote_addr or ""


def note(event: str, /, **fields: object) -> None:
    """Log an event with the account that caused it, and from where."""
    who = account()
    logs.info(event, account=who.name if who else None, address=client_address(), **fields)


def locale() -> str:
    """Choose the language: asked for now, chosen before, of the account, of the browser, of the panel."""
    if (known := g.get("locale")) is None:
        who = account()
        asked = request.args.get("lang"), request.cookies.get(LANGUAGE_COOKIE), who.locale if who else None
        chosen = next((each for each in asked if each in LOCALES), None)
        known = g.locale = chosen or request.accept_languages.best_match(LOCALES) or services().config.locale
    found: str = known
    return found


def gettext(message: str) -> str:
    return catalogue(locale()).gettext(message)


def translated(message: str, **values: object) -> Markup:
    """Tell a template's sentence in the reader's language; the sentence is ours, the values in it are escaped."""
    text = _markup(locale(), message)
    return text % values if values else text


def translated_of(singular: str, plural: str, num: int, **values: object) -> Markup:
    """Tell a template's sentence about so many."""
    return Markup(ngettext(singular, plural, num)) % {"num": num, **values}  # noqa: S704


def translated_in(context: str, message: str) -> Markup:
    """Tell a template's sentence that reads otherwise in another place."""
    return Markup(catalogue(locale()).pgettext(context, message))  # noqa: S704


def translated_joined(*sentences: str) -> Markup:
    """Write a template's sentences one after the other; what is no markup yet is escaped."""
    return Markup(joined(map(escape, sentences)))  # noqa: S704 - each is escaped, or markup already


@cache
def _markup(language: str, message: str) -> Markup:
    return Markup(catalogue(language).gettext(message))  # noqa: S704 - from our templates and their catalogue


def link(endpoint: str, **values: Any) -> str:
    """Give an address as `url_for` does; one of a page or file that is always the same is worked out once."""
    if values and endpoint != "static":
        return url_for(endpoint, **values)
    links: dict[tuple[str, ...], str] = current_app.extensions["mail-panel-links"]
    place = (request.script_root, endpoint, *values.values())
    if place not in links:
        links[place] = url_for(endpoint, **values)
    return links[place]


def ngettext(singular: str, plural: str, count: int) -> str:
    return catalogue(locale()).ngettext(singular, plural, count)


def language_url() -> str:
    """Give the address of this page in the other language."""
    other = next(each for each in LOCALES if each != locale())
    query = {**request.args.to_dict(), "lang": other}
    return f"{request.script_root}{request.path}?{urlencode(query)}"
