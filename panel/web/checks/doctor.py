"""What can be checked without sending, when somebody asks for it."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from panel import clock
from panel.i18n import N_
from panel.web.context import services
from panel.web.render import announce, render
from panel.web.text import gettext, translated

bp = Blueprint("doctor", __name__)

MOST_SELECTORS = 10
_LOOKS = {"ok": "ok", "warning": "warn", "problem": "bad", "unknown": "idle"}
_ICONS = {"ok": "ok", "warning": "warn", "problem": "bad", "unknown": "info"}


@bp.get("/settings/doctor")
def findings() -> ResponseReturnValue:
    """Examine the machine, the mail server and the sender's domain."""
    address, selectors = request.args.get("address", "").strip(), request.args.get("selectors", "").split()
    if address and not _is_address(address):
        error = gettext(N_("Enter an IP address like 192.0.2.7."))
        return render("checks/doctor", 422, address=address, selectors=selectors, error=error)
    found = _examined(address or None, selectors[:MOST_SELECTORS])
    problems = sum(each["status"] in ("problem", "warning") for each in found)
    announce(translated(N_("Checked. Things to look at: %(count)d."), count=problems))
    context = {"findings": found, "tones": _LOOKS, "icons": _ICONS}
    return render("checks/doctor", 200, **context, address=address, selectors=selectors)


def _examined(address: str | None, selectors: list[str]) -> list[dict[str, Any]]:
    from panel.checks.doctor.examine import examine, finding_to_json  # its libraries are read when somebody asks

    opened = services()
    version = opened.settings.current()
    found = examine(
        opened.config,
        opened.database,
        version,
        clock.now(),
        address=address,
        selectors=selectors,
        grant=opened.grant_of(version.settings),
        resolver=opened.config.resolver,
    )
    return [finding_to_json(each, gettext) for each in found]


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
