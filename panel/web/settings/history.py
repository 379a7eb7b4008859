"""Who changed what and when, and the way back through the form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from panel import clock
from panel.settings.fields.secret import SECRETS
from panel.settings.model import OF_RULES
from panel.settings.store import UNSAVED, Version
from panel.web.context import in_force, services
from panel.web.received import number_in_query
from panel.web.render import render
from panel.web.settings.facts import Change, ChangedField, change, differences
from panel.web.text import actor_name, month

bp = Blueprint("history", __name__)
VERSIONS = 30  # on a page


@dataclass(frozen=True, slots=True)
class Difference:
    """What one version changed, and the version to go back to: the one before it, or itself where it is an old one."""

    number: int
    who: str
    at: datetime | None
    tested: bool
    rows: list[ChangedField]
    back: int | None
    asks_password: bool
    pages: tuple[str, ...]  # of the forms that show what it changed


@dataclass(frozen=True, slots=True)
class Month:
    """The versions that were saved in one month, the newest first."""

    name: str
    versions: tuple[Change, ...]


@bp.get("/history")
def index() -> ResponseReturnValue:
    """Show the versions, the newest one open."""
    current = in_force()
    return _page(current if current.number else None)


@bp.get("/history/<int:number>")
def show(number: int) -> ResponseReturnValue:
    """Show what one version changed."""
    version = services().settings.version(number)
    if version is None:
        abort(404)
    return _page(version)


def _page(version: Version | None) -> ResponseReturnValue:
    store, current, before = services().settings, in_force(), number_in_query("before")
    found = store.history(before=before, limit=VERSIONS + 1)
    changes = (change(each, current=each.number == current.number) for each in found[:VERSIONS])
    return render(
        "settings/history",
        months=[Month(name, tuple(each)) for name, each in groupby(changes, _month)],
        before=before,
        older=found[VERSIONS - 1].number if len(found) > VERSIONS else None,
        difference=_difference(version, current) if version else None,
    )


def _month(change: Change) -> str:
    return month(change.at) if change.at else ""


def _difference(version: Version, current: Version) -> Difference:
    store = services().settings
    before = store.version(version.number - 1) or UNSAVED
    back = version if version.number < current.number else before
    tested = services().trials.latest_success(version.fingerprint, version.number, clock.now())
    return Difference(
        version.number,
        actor_name(version.saved_by),
        version.saved_at,
        tested is not None,
        differences(before.settings, version.settings, version.changed),
        back.number or None,
        _asks_password(back, current),
        _pages(version.changed),
    )


def _pages(changed: tuple[str, ...]) -> tuple[str, ...]:
    """Name the pages on which what was changed is edited."""
    pages = {_page_of(name) for name in changed} or {"settings.edit"}
    return tuple(page for page in ("settings.edit", "second.edit", "rules.edit") if page in pages)


def _page_of(name: str) -> str:
    if name in OF_RULES:
        return "rules.edit"
    return "second.edit" if name.startswith("second") else "settings.edit"


def _asks_password(back: Version, current: Version) -> bool:
    """Say whether the saved password does not fit the old version's destination."""
    return any(
        not secret.destination(back.settings).accepts_secret_of(secret.destination(current.settings))
        for name, secret in SECRETS.items()
        if name in back.secrets_set
    )
