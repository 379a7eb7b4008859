"""How outgoing mail stands, as the frame of every page tells it: in the menu, in the title and in the icon."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from flask import g

from panel import clock
from panel.checks.verdict import Kind, Verdict, glance
from panel.errors import DatabaseError
from panel.i18n import N_
from panel.outbox.pace.pace import Terms
from panel.outbox.pace.store import PaceState
from panel.outbox.state import State
from panel.web.context import in_force, services
from panel.web.text import gettext


@dataclass(frozen=True, slots=True)
class Standing:
    """The mark in the menu with its words, and what stands before each title; blank where mail may leave."""

    tone: str
    words: str
    before_title: str
    icon: str


_SIGNS: Mapping[Kind, tuple[str, str]] = {
    Kind.PAUSED: ("warn", "⏸"),
    Kind.SECOND: ("warn", "⚠"),
    Kind.STOPPED: ("bad", "⛔"),
    Kind.BAD: ("bad", "⛔"),
}
_WORDS: Mapping[Kind, str] = {
    Kind.NONE: N_("Not set up"),
    Kind.PAUSED: N_("Paused"),
    Kind.SECOND: N_("By the second server"),
    Kind.STOPPED: N_("Stopped"),
    Kind.BAD: N_("Not going out"),
}


def standing() -> Standing:
    """Say how mail stands; looked up once for a page, also where that fails."""
    if "standing" not in g:
        g.standing = Standing("idle", "", "", "icon.svg")
        with suppress(DatabaseError):  # which the page itself tells of
            version, at = in_force(), clock.instant()
            pace = g.get("pace_state") or services().pace.state(Terms.of(version), at)
            g.standing = _standing(glance(services().database, version, pace, at), pace)
    found: Standing = g.standing
    return found


def withheld_now() -> int:
    """Count what is withheld, where the settings may do that; none where the data does not answer."""
    if in_force().settings.allowed_recipients:
        with suppress(DatabaseError):
            return services().outbox.number_of(State.WITHHELD)
    return 0


def note_pace(state: PaceState) -> None:
    """Hand on the clock that a view has looked at, so that it is read once for a page."""
    g.pace_state = state


def note_verdict(verdict: Verdict) -> None:
    """Have the frame of the page that gives the verdict say what it says."""
    g.standing = _standing(verdict.kind, verdict.facts.pace)


def _standing(kind: Kind, pace: PaceState) -> Standing:
    tone, sign = _SIGNS.get(kind, ("idle" if kind is Kind.NONE else "ok", ""))
    held = kind is Kind.BAD and pace.hold is not None
    words = gettext(N_("On hold") if held else _WORDS.get(kind, N_("Not stopped")))
    return Standing(tone, words, f"{sign} {words} | " if sign else "", "stopped.svg" if tone == "bad" else "icon.svg")
