"""The accounts: who may enter and as what, invitations, and links for who has forgotten a password."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.access.accounts import Account
from panel.access.links import LINK_LIFE, Link, LinkKind
from panel.access.passwords import AccountRefused
from panel.access.rights import Role
from panel.i18n import N_, Text
from panel.web.access.roles import ROLE_LABELS, ROLE_RIGHTS, VIAS
from panel.web.access.step_up import ProofNeeded, prove
from panel.web.context import account, actor, services
from panel.web.render import confirm, render, whole_url
from panel.web.text import gettext, translated

bp = Blueprint("users", __name__)


@dataclass(frozen=True, slots=True)
class Made:
    """A link, which is shown this once."""

    address: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked for, and what is wrong with it, by field; `beside` is wrong with no field."""

    name: str = ""
    role: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    beside: str = ""
    inviting: bool = False


@dataclass(frozen=True, slots=True)
class UserRow:
    """One account as the list shows it; `id` names its forms."""

    account: Account
    own: bool
    is_set_here: bool  # its role, which a proxy may say
    reset: Link | None  # by which a new password may still be chosen

    @property
    def id(self) -> str:
        """Give what no other account has, and may stand in a page."""
        return _id(self.account.name)


@bp.get("/access/users")
def index() -> ResponseReturnValue:
    """Show the accounts, who is invited, and the form for a new invitation."""
    return _page()


@bp.post("/access/users/invite")
def invite() -> ResponseReturnValue:
    """Make an invitation and show its link, this once: no redirect, because nothing keeps it."""
    _refuse_behind_a_proxy()
    prove(N_("Somebody would get an account."), form="invite-form")
    name = _name().strip()
    token = services().links.invite(name, _role(), by=actor(), now=clock.now())
    confirm(gettext(N_("The invitation is made. Copy its link now: it is not shown again.")))
    return _page(made=Made(_address(token), name, _INVITATION))


@bp.post("/access/users/withdraw")
def withdraw() -> ResponseReturnValue:
    """End an invitation, or a link for a new password."""
    if kind := services().links.withdraw(_name(), by=actor(), now=clock.now()):
        confirm(translated(_WITHDRAWN[kind], name=_name()))
    return redirect(url_for(".index"), 303)


@bp.post("/access/users/reset")
def reset() -> ResponseReturnValue:
    """Make a link that sets a password anew, and show it, this once."""
    _refuse_behind_a_proxy()
    prove(N_("Who has the link can sign in as somebody else."), form=f"reset-{_id(_name())}")
    token = services().links.reset(_name(), by=actor(), now=clock.now())
    confirm(gettext(N_("The link is made. Copy it now: it is not shown again.")))
    return _page(made=Made(_address(token), _name(), _RESET))


@bp.post("/access/users/role")
def set_role() -> ResponseReturnValue:
    """Give an account another role; a lesser one ends its sessions."""
    prove(N_("Somebody may do more than before, or less."), form=f"role-{_id(_name())}")
    role = _role()
    services().accounts.set_role(_name(), role, by=actor(), now=clock.now())
    confirm(translated(N_("%(name)s has the role %(role)s now."), name=_name(), role=Text(ROLE_LABELS[role])))
    return redirect(url_for(".index"), 303)


@bp.post("/access/users/remove")
def remove() -> ResponseReturnValue:
    """Remove an account; its sessions end."""
    prove(N_("Somebody could not sign in any more."), form=f"remove-{_id(_name())}")
    services().accounts.remove(_name(), by=actor(), now=clock.now())
    confirm(translated(N_("%(name)s is removed."), name=_name()))
    return redirect(url_for(".index"), 303)


@bp.errorhandler(AccountRefused)
def refused(fault: AccountRefused) -> ResponseReturnValue:
    """Show the accounts again with what is wrong: at its field, or above all of them."""
    text = fault.text.translated(gettext)
    wrong = {"errors": {fault.field: text}} if _asked().inviting else {"beside": text}
    return _page(422, asked=replace(_asked(), **wrong))


@bp.errorhandler(ProofNeeded)
def ask_password(fault: ProofNeeded) -> ResponseReturnValue:
    """Ask for the password above the accounts, and keep what was typed and chosen."""
    return _page(422, asked=_asked(), step_up=fault)


_WITHDRAWN = {
    LinkKind.INVITATION: N_("The invitation of %(name)s is withdrawn."),
    LinkKind.RESET: N_("The link for %(name)s is withdrawn."),
}
_INVITATION = N_("Send it to %(name)s, who chooses a password there. It works once, until %(end)s.")
_RESET = N_("Send it to %(name)s, who chooses a new password there. It works once, until %(end)s.")


def _refuse_behind_a_proxy() -> None:
    """Make no link there: it would lead to a page that is not there, and work once the panel has its own login."""
    if services().config.proxy_login:
        abort(404)


def _asked() -> Asked:
    return Asked(_name(), request.form.get("role", ""), inviting=request.endpoint == "users.invite")


def _name() -> str:
    return request.form.get("name", "")


def _role() -> Role:
    try:
        return Role(request.form.get("role", ""))
    except ValueError:
        raise AccountRefused("role", Text(N_("Choose a role."))) from None


def _address(token: str) -> str:
    return whole_url("invitation.show", token=token)


def _id(name: str) -> str:
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _page(
    status: int = 200, *, made: Made | None = None, asked: Asked | None = None, step_up: ProofNeeded | None = None
) -> ResponseReturnValue:
    now, behind = clock.now(), services().config.proxy_login
    resets = {each.account: each for each in services().links.resets(now)}
    return render(
        "access/users/index",
        status,
        rows=[_row(each, resets.get(each.name)) for each in services().accounts.list()],
        invitations=services().links.invitations(now),
        made=made,
        ends_at=now + LINK_LIFE,
        asked=asked or Asked(),
        step_up=step_up,
        by_password=behind is None,
        role_labels=ROLE_LABELS,
        role_rights=ROLE_RIGHTS,
        vias=VIAS,
    )


def _row(user: Account, reset: Link | None) -> UserRow:
    who, behind = account(), services().config.proxy_login
    by_groups = behind is not None and bool(behind.role_header) and not user.local
    own = who is not None and who.name == user.name
    return UserRow(user, own=own, is_set_here=not by_groups, reset=reset)
