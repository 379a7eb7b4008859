"""What can be checked without sending, when somebody asks for it."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from panel import clock
from panel.language import N_, Text
from panel.web.context import gettext, services
from panel.web.fragments import announce, render

bp = Blueprint("doctor", __name__)

_LOOKS = {"ok": "ok", "warning": "warn", "problem": "bad", "unknown": "idle"}
_ICONS = {"ok": "ok", "warning": "warn", "problem": "bad", "unknown": "info"}


@bp.get("/settings/doctor")
def findings() -> ResponseReturnValue:
    """Examine the machine, the mail server and the sender's domain."""
    from panel.doctor import as_json, examine  # its libraries are read when somebody asks

    found = [as_json(each, gettext) for each in examine(services(), clock.now(), resolver=services().config.resolver)]
    problems = sum(each["status"] in ("problem", "warning") for each in found)
    announce(Text(N_("Checked: %(count)d things to look at."), {"count": problems}).told(gettext))
    return render("settings/doctor", findings=found, tones=_LOOKS, icons=_ICONS)
