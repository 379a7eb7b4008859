"""What a request works with: the services of this application, and the account that asks."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import token_hex

from flask import current_app, g, request, session

from panel import clock, logs
from panel.access.accounts import Account
from panel.access.rights import Right
from panel.services import Services
from panel.storage.actor import Actor

VISIT = "mail-panel.visit"  # in the WSGI environment, where no header can write
_TOKEN = "token"  # noqa: S105 - where the session holds it, not what it is
_DOORS = {"local": "session", "proxy": "proxy", "mounted": "mounted"}  # by who knows the account
_FORM_TOKEN = "csrf_token"  # noqa: S105 - where Flask-WTF keeps it


def services() -> Services:
    """Give what this application has opened."""
    opened: Services = current_app.extensions["mail-panel"]
    return opened


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that comes through the application in which the panel is mounted: who asks, and where its login is."""

    account: Account | None
    login: str


def visit() -> Visit | None:
    """Give how the application around us leads here; None where the panel stands alone."""
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


def begin_session(who: Account) -> None:
    """Begin a new session for somebody who has proven who they are."""
    end_session()
    session[_TOKEN] = services().accounts.open_session(who, address=client_address(), now=clock.now())
    g.account = who


def end_session() -> None:
    """End the session, here and in the browser.

    The form token stays the browser's: a page that was open when its session ended can be sent after signing in again.
    """
    token = session.get(_TOKEN)
    if isinstance(token, str):
        services().accounts.close_session(token)
    for name in session.keys() - {_FORM_TOKEN}:
        del session[name]
    g.account = None


def actor() -> Actor:
    """Give who asks, where nobody gets this far without an account."""
    who = account()
    assert who
    return Actor(who.name, _DOORS[who.via], client_address(), role=who.role, request=request_name())


def may(right: Right) -> bool:
    """Say whether who asks has a right."""
    who = account()
    return who is not None and who.role.may(right)


def request_name() -> str:
    """Name this request, by chance, so that what it did can be put together again."""
    if "request" not in g:
        g.request = token_hex(8)
    name: str = g.request
    return name


def client_address() -> str:
    """Give where the request comes from, as far as the proxies that are trusted say."""
    return request.remote_addr or ""


def note(event: str, /, **fields: object) -> None:
    """Log an event with the account that caused it, and from where."""
    who = account()
    logs.info(event, account=who.name if who else None, address=client_address(), **fields)
