"""All mail is held by a fault of the settings, or by a server that is away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from panel.alerts.conditions.sign import AT_ONCE, Sign
from panel.alerts.conditions.view import View
from panel.alerts.incident import Incident, IncidentState
from panel.clock import moment
from panel.outbox.pace.hold import Hold
from panel.outbox.pace.route import Which


def is_mail_held(view: View, incident: Incident | None) -> Sign | None:
    """Look whether the first server's mail is held, also while it leaves by the second; or that of a chosen second.

    A hold that was let go is over when a message or a test was accepted: until then nothing has shown that it is.
    """
    state = view.clock
    if hold := state.pace.held:
        return _sign(view, hold, Which.FIRST, state.first_again_at)
    if hold := state.hold:
        return _sign(view, hold, Which.SECOND, state.again_at)
    if incident is None or incident.state is not IncidentState.FIRING:
        return None
    before = incident.facts or {}
    if any(view.was_taken_since(incident.since, each) for each in _who_may_show(view, before)):
        return None
    return Sign(incident.since, incident.cause, {**before, **view.queue, "let_go": True, "by_second": False})


def _who_may_show(view: View, before: Mapping[str, object]) -> set[Which]:
    """Say which server's yes ends it: of the first its own, of a chosen second that of whichever is in use by now."""
    if before.get("server") != Which.SECOND:
        return {Which.FIRST}
    return {Which.SECOND, view.clock.route.which}


def _sign(view: View, hold: Hold, which: Which, again_at: datetime | None) -> Sign:
    settings, state = view.settings if which is Which.FIRST else view.settings.by_second, view.clock
    facts = {
        **view.queue,
        "server": str(which),
        "stage": hold.stage,
        "reply": hold.reply,
        "detail": hold.detail,
        "mail_host": settings.smtp_host,
        "mail_port": settings.smtp_port,
        "has_worked": state.pace.of(which).has_worked,
        "by_second": state.route.which is not which and state.hold is None,
        "both": state.route.which is not which and state.hold is not None,
    }
    return Sign(moment(hold.at), hold.cause, facts, view.thresholds.held if again_at else AT_ONCE)
