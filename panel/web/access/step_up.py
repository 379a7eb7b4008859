"""Step-up: before some changes, who asks types the password again on the same page, and presses the same button."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from secrets import token_hex

from flask import g, request

from panel import clock, logs
from panel.access.accounts import Account
from panel.access.logins import LoginRefused, TooManyFailures
from panel.errors import PanelError
from panel.i18n import N_, joined
from panel.storage.journal import Action
from panel.web.context import actor, asker, client_address, services, session_token
from panel.web.render import wants_fragment
from panel.web.text import gettext


class ProofNeeded(PanelError):
    """The password is to be typed again before this change; the page shows `access/_step_up.html` with this.

    `form` is the id of the form that was sent, and `button` the template of the button to press where that is not the
    form's own. `anchor` is the id to which that button leads a browser without scripting: the field has it then.
    """

    def __init__(self, reason: str, error: str = "", *, form: str, button: str = "", anchor: str = "") -> None:
        super().__init__(error or reason)
        self.reason = reason
        self.error = error
        self.form = form
        self.button = button
        # Else each time another one, so that a wrong password does not stay in it.
        self.id = anchor if anchor and not wants_fragment() else f"step-up-{token_hex(4)}"


def prove(*reasons: str, form: str, button: str = "", anchor: str = "") -> None:
    """Go on where there is no reason, or the password was typed lately or comes along; else raise `ProofNeeded`.

    Where a proxy or the application around us knows who asks, nothing is asked: what is written says so.
    """
    who, now = asker(), clock.now()
    if not reasons:
        return
    if not who.local:
        g.step_up = "host"
    elif not _proven_lately(now):
        needed = partial(ProofNeeded, joined(map(gettext, reasons)), form=form, button=button, anchor=anchor)
        _take_password(who, now, needed)


def _proven_lately(now: datetime) -> bool:
    minutes = services().config.step_up_minutes
    proven_at = services().sessions.last_proof(session_token()) if minutes else None
    return proven_at is not None and timedelta() <= now - proven_at <= timedelta(minutes=minutes)


def _take_password(who: Account, now: datetime, needed: Callable[..., ProofNeeded]) -> None:
    typed = request.form.get("step_up_password")
    if not typed:
        raise needed() if typed is None else needed(gettext(N_("Enter your password.")))
    try:
        services().logins.log_in(who.name, typed, address=client_address(), now=now)
    except (LoginRefused, TooManyFailures) as fault:
        logs.warning("sign_in_refused", account=who.name, address=client_address())
        services().refusals.note(actor(), Action.STEP_UP_REFUSED, object=request.endpoint or "", now=now)
        raise needed(wrong_password(fault)) from None
    services().sessions.prove(session_token(), now)


def wrong_password(fault: LoginRefused | TooManyFailures) -> str:
    """Say what is wrong to somebody who is signed in: of whom the name is known."""
    return gettext(N_("The password is wrong.") if isinstance(fault, LoginRefused) else str(fault))
