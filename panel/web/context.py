"""What a request works with: the services of this application, and the account that asks."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING, Protocol, Self, TypeVar

from flask import current_app, g, request, session
from markupsafe import Markup

from panel import clock
from panel.access.accounts import Account
from panel.access.rights import Right
from panel.access.tokens import Token
from panel.services import Services
from panel.settings.store import UNSAVED, Version
from panel.storage.actor import Actor

if TYPE_CHECKING:  # few panels stand behind a login
    from panel.access.proxy_config import ProxyLogin

VISIT = "mail-panel.visit"  # in the WSGI environment, where no header can write
SHOWN = "mail-panel.shown"  # likewise
_TOKEN = "token"  # noqa: S105 - where the session holds it, not what it is
_DOORS = {"local": "session", "proxy": "proxy", "mounted": "mounted"}  # by who knows the account
_FOLLOWED = "followed"  # whose session it is behind a proxy
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
    parts: dict[str, Markup] | None = None  # of the page, where the application shows it within its own template


def visit() -> Visit | None:
    """Give how the application around us leads here; None where the panel stands alone."""
    found: Visit | None = request.environ.get(VISIT)
    return found


def in_force() -> Version:
    """Give the settings in force; looked up once for a request that saves none, also where that fails."""
    if "in_force" not in g:
        g.in_force = UNSAVED
        g.in_force = services().settings.current()
    found: Version = g.in_force
    return found


def is_inside() -> bool:
    """Say whether the page stands within the template of the application around us."""
    visiting = visit()
    return visiting is not None and visiting.parts is not None


def leave_parts(**parts: Markup) -> str:
    """Leave the parts of a page to the application around us; the panel itself writes nothing then."""
    visiting = visit()
    assert visiting
    assert visiting.parts is not None
    visiting.parts.update(parts)
    return ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the proxy says of who asks, as WSGI hands it on."""

    user: str
    groups: str


def account() -> Account | None:
    """Give who asks; looked up once for a request, also where that fails."""
    if "account" not in g:
        g.account = None
        g.account = _who_asks()
    found: Account | None = g.account
    return found


def _who_asks() -> Account | None:
    """Find who asks by the application around us, by the proxy, or by the session's token: each knows its own alone."""
    visiting, login = visit(), services().config.proxy_login
    if visiting:
        return visiting.account
    return _account_of_proxy(login) if login else _account_of_session()


def _account_of_proxy(login: ProxyLogin) -> Account | None:
    shown: Shown | None = request.environ.get(SHOWN)
    if shown is None:
        return None
    from panel.access.proxy_login import proxy_name

    name = proxy_name(shown.user, login.user_header)
    by = actor_at("proxy", name)
    found = services().proxy_accounts.enter(by, shown.groups, login, clock.now())
    if session.get(_FOLLOWED) != name:
        _begin_to_follow(by._replace(role=found.role))
    return found


def _begin_to_follow(by: Actor) -> None:
    """End another one's session before this one's begins; a page of theirs is out of date, with its form token."""
    services().sessions.note_entry(by, now=clock.now())
    end_session()
    session.pop(_FORM_TOKEN, None)
    session[_FOLLOWED] = by.name
    g.followed_anew = True


def began_now() -> bool:
    """Say whether a session behind a proxy began with this request, so that a form in it is another one's."""
    account()
    return "followed_anew" in g


def _account_of_session() -> Account | None:
    token = session_token()
    return services().sessions.account(token, clock.now()) if token else None


def session_token() -> str:
    """Give what the browser shows of its session here; empty where it shows nothing."""
    token = session.get(_TOKEN)
    return token if isinstance(token, str) else ""


def begin_session(who: Account) -> None:
    """Begin a new session for somebody who has proven who they are."""
    end_session()
    by = actor_at("session", who.name, role=who.role)
    agent = request.user_agent.string
    session[_TOKEN] = services().sessions.open(who, by=by, agent=agent, now=clock.now())
    g.account = who


def end_session(*, by: Actor | None = None) -> None:
    """End the session, here and in the browser; by who signs out, unless another one takes its place.

    The form token stays the browser's: a page that was open when its session ended can be sent after signing in again.
    """
    if by or session_token():
        services().sessions.close(session_token(), by=by, now=clock.now())
    for name in session.keys() - {_FORM_TOKEN}:
        del session[name]
    g.account = None


def signs_out() -> bool:
    """Say whether there is a way out: our own, or the proxy's where it has named one."""
    login = services().config.proxy_login
    return login is None or bool(login.logout_url)


def asker() -> Account:
    """Give who asks, where nobody gets this far without an account."""
    who = account()
    assert who
    return who


def actor() -> Actor:
    """Give who asks as what is written knows them."""
    who = asker()
    door, step_up = _DOORS[who.via], g.get("step_up", "")
    return Actor(who.name, door, client_address(), role=who.role, request=request_name(), step_up=step_up)


def actor_at(door: str, name: str = "", *, role: str = "") -> Actor:
    """Give who comes to a door that no account has opened yet; without a name it is nobody who is known."""
    return Actor(name, door, client_address(), role=role, request=request_name())


def may(right: Right) -> bool:
    """Say whether who asks has a right: a program by its token, else an account by its role."""
    program: Token | None = g.get("token")
    if program:
        return program.may(right)
    who = account()
    return who is not None and who.role.may(right)


class Quoting(Protocol):
    """What holds a server's own words, and says the rest without them."""

    def without_replies(self) -> Self: ...


Q = TypeVar("Q", bound=Quoting)


def permitted(quoting: Q) -> Q:
    """Give all of it to who may read what servers say, and the rest of it to everybody else."""
    return quoting if may(Right.READ_REPLIES) else quoting.without_replies()


def request_name() -> str:
    """Name this request, by chance, so that what it did can be put together again."""
    if "request" not in g:
        g.request = token_hex(8)
    name: str = g.request
    return name


def client_address() -> str:
    """Give where the request comes from, as far as the proxies that are trusted say."""
    return request.remote_addr or ""
