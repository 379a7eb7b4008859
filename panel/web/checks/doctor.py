"""What can be checked without sending, when somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from panel.i18n import N_
from panel.web.context import services
from panel.web.render import announce, render
from panel.web.text import gettext, translated

if TYPE_CHECKING:  # whose libraries are read when somebody asks
    from panel.checks.doctor.finding import Finding

bp = Blueprint("doctor", __name__)

_LOOKS = {"ok": "ok", "warning": "warn", "problem": "bad", "unknown": "idle"}
_ICONS = {"ok": "ok", "warning": "warn", "problem": "bad", "unknown": "info"}


@bp.get("/settings/doctor")
def findings() -> ResponseReturnValue:
    """Examine the machine, the mail servers, the sender's domain, and who hears of it when mail stops."""
    address, selectors = request.args.get("address", "").strip(), request.args.get("selectors", "").split()
    if address and not _is_address(address):
        error = gettext(N_("Enter an IP address like 192.0.2.7."))
        return render("checks/doctor", 422, address=address, selectors=selectors, error=error)
    from panel.alerts.seen.examination import MOST_SELECTORS, examine_all  # its libraries are read when somebody asks

    opened = services()
    found = told_findings(
        examine_all(
            opened, address=address or None, selectors=selectors[:MOST_SELECTORS], resolver=opened.config.resolver
        )
    )
    problems = sum(each["status"] in ("problem", "warning") for each in found)
    announce(translated(N_("Checked. Things to look at: %(count)d."), count=problems))
    return render("checks/doctor", findings=found, address=address, selectors=selectors)


def told_findings(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """Give findings in the reader's words, each with its tone and its sign."""
    from panel.checks.doctor.examine import finding_to_json

    return [
        {**finding_to_json(each, gettext), "tone": _LOOKS[each.status], "icon": _ICONS[each.status]} for each in found
    ]


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
