"""The page that lists every cause in groups, each at its anchor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from panel.diagnosis import reference
from panel.diagnosis.index import CauseGroup, group_of, matching
from panel.diagnosis.reference import CauseEntry, entries
from panel.i18n import N_
from panel.web.diagnosis.explanation import field_named_by
from panel.web.diagnosis.links import with_links
from panel.web.render import announce, render, wants_fragment
from panel.web.text import gettext, ngettext

bp = Blueprint("causes", __name__)

MOST_ASKED = 100  # characters
GROUP_LABELS: Mapping[CauseGroup, str] = {
    CauseGroup.CONNECTION: N_("Connection"),
    CauseGroup.ENCRYPTION: N_("Encryption"),
    CauseGroup.LOGIN: N_("Sign-in"),
    CauseGroup.ADDRESSES: N_("Sender and recipients"),
    CauseGroup.LIMITS: N_("Limits"),
    CauseGroup.OTHER: N_("Other"),
}


@dataclass(frozen=True, slots=True)
class GroupTab:
    """A group as a link, with how many of its causes match what is asked for; the first one is of all groups."""

    group: CauseGroup | None
    label: str
    count: int
    address: str
    is_chosen: bool = False


@bp.get("/diagnosis/causes")
def index() -> ResponseReturnValue:
    """Show what every cause means and what to do, or those of a group, or those with a code or a word."""
    asked = request.args.get("q", "").strip()[:MOST_ASKED]
    chosen = next((each for each in CauseGroup if each == request.args.get("group")), None)
    found = matching(entries(), asked, gettext)
    shown = [each for each in found if chosen in (None, group_of(each.name))]
    if wants_fragment():
        announce(ngettext("%(num)d cause", "%(num)d causes", len(shown)) % {"num": len(shown)})
    return render(
        "diagnosis/causes/index",
        reference=reference,
        asked=asked,
        chosen=chosen,
        tabs=group_tabs(found, asked, chosen),
        shown=shown,
        group_label=lambda name: gettext(GROUP_LABELS[group_of(name)]),
        linked=with_links,
        field_named_by=field_named_by,
        tell=gettext,
    )


def group_tabs(found: list[CauseEntry], asked: str = "", chosen: CauseGroup | None = None) -> list[GroupTab]:
    """Give the groups with the number of causes in each."""
    groups = [group_of(each.name) for each in found]
    every = GroupTab(None, gettext(N_("All")), len(groups), url_for("causes.index", q=asked or None), chosen is None)
    return [every, *(_tab(group, groups.count(group), asked, chosen) for group in CauseGroup)]


def _tab(group: CauseGroup, count: int, asked: str, chosen: CauseGroup | None) -> GroupTab:
    address = url_for("causes.index", group=str(group), q=asked or None)
    return GroupTab(group, gettext(GROUP_LABELS[group]), count, address, group == chosen)
