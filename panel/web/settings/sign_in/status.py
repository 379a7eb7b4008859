"""Who has signed in at the mail service, what is under way, and whether a form may use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from panel import clock
from panel.diagnosis.diagnose import diagnose, kept
from panel.i18n import N_
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import SessionError
from panel.mail.smtp.protocol import Stage
from panel.settings import parsing
from panel.web.context import account, asker, services
from panel.web.settings.forms import ServerForm
from panel.web.text import gettext

if TYPE_CHECKING:  # a page of a login with a password needs nothing of it
    from panel.settings.oauth.grant import Grant
    from panel.settings.oauth.sign_in import SignIn

SIGN_IN_SECONDS = 10.0  # for one request to a token server


@dataclass(frozen=True, slots=True)
class SignInStatus:
    """What the form's part about the sign-in shows; `link` opens a sign-in that has just been begun.

    `over` says that there was one for these values, which has ended.
    """

    flow: str
    grant: Grant | None = None
    under_way: SignIn | None = None
    link: str = ""
    failure: tuple[str, ...] = ()
    address_error: str = ""
    over: bool = False
    server: str = "first"

    @property
    def number(self) -> int:
        """Give the number of the sign-in that a save would name."""
        return self.grant.number if self.grant else 0

    @property
    def refusal(self) -> tuple[str, ...]:
        """Say why the service does not take the sign-in any more, and what to do; nothing where it does."""
        if self.grant is None or self.grant.state != "refused":
            return ()
        return words(self.grant, services().settings.current().of(self.server).settings.smtp_host)


def status_of(flow: str, number: int, server: str, *, link: str = "") -> SignInStatus:
    """Tell of the sign-in with a number, or of a newer one of this account for the server; a service may be asked."""
    newest = latest(server)
    grant = _grant(number_of(number, newest))
    if newest is None or newest.outcome == "done":
        was = number or (newest and newest.grant)
        return SignInStatus(flow, grant, link=link, over=bool(was and not grant), server=server)
    if newest.outcome == "waiting":
        return SignInStatus(flow, grant, newest, link=link, server=server)
    over = (gettext(N_("The sign-in has taken too long. Begin it again.")),)
    return SignInStatus(flow, grant, failure=words(newest) if newest.cause else over, server=server)


def latest(server: str) -> SignIn | None:
    """Give the last sign-in for a server that this account has begun, after a look at a service that is to be asked."""
    who, at, sign_ins = asker(), clock.instant(), services().sign_ins
    newest = sign_ins.newest(who.name, at, server)
    if newest is None:
        return None
    policy = services().config.policy
    return sign_ins.look(newest.number, who.name, policy=policy, deadline=Deadline(SIGN_IN_SECONDS), at=at)


def number_of(number: int, newest: SignIn | None) -> int:
    """Give the sign-in that a form means: the one that it names, unless its account has a newer one to save."""
    newer = (newest.grant or 0) if newest and newest.outcome == "done" else 0
    return newer if newer > number and _grant(newer) else number


def words(failed: SignIn | SessionError | Grant, host: str = "") -> tuple[str, ...]:
    """Say what went wrong with a sign-in, or with one request for it, and what to do, at the service of a host."""
    found = diagnose(kept(Stage.TOKEN, failed.cause or "", None, failed.detail), host=host)
    return tuple(each.translated(gettext) for each in (found.what, *found.do))


def named(form: ServerForm) -> int:
    """Give the number of the sign-in that a form names; 0 for none."""
    return parsing.number(form.grant.data or "") or 0


def take_sign_in(form: ServerForm) -> bool:
    """Put the sign-in that a form means into its settings, or say at it that they may not use it."""
    if form.settings is None or not form.meant.by_token or not form.meant.oauth_flow.by_person:
        return True
    number, stored = number_of(named(form), latest(form.server)), services().settings.current()
    in_use = stored.of(form.server).settings.grant if _grant(number) else 0  # it is for other values, perhaps
    for each in (number, in_use):
        form.name_sign_in(each)
        found = services().grants.of(form.meant)
        if found and _grant(found.number):
            return True
    form.name_sign_in(number)
    form.grant.errors = [gettext((_AGAIN if _grant(number) else _OVER) if number else _FIRST)]
    return False


_FIRST = N_("Sign in at the service first: nobody has done so yet with these values.")
_OVER = N_("Sign in again: the sign-in that these values had is over.")
_AGAIN = N_("Sign in again: what was given is for another client, mailbox or server.")


def _grant(number: int) -> Grant | None:
    grant, who = services().grants.get(number) if number else None, account()
    return grant if grant and who and grant.is_open_to(who.name, clock.instant()) else None
