"""The messages that the filters of the list leave, as a file to take away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from panel import clock
from panel.access.rights import Right
from panel.outbox.entry import Entry
from panel.outbox.listing.export import messages_to_csv, messages_to_json, name_of_file
from panel.storage.journal import Action, append
from panel.web.context import actor, may, services
from panel.web.outbox.asked import asked_now

bp = Blueprint("outbox_export", __name__)


@bp.get("/outbox.csv")
def as_csv() -> ResponseReturnValue:
    """Give the messages for a spreadsheet."""
    return _file(messages_to_csv, "text/csv", "csv")


@bp.get("/outbox.json")
def as_json() -> ResponseReturnValue:
    """Give the messages for a program."""
    return _file(messages_to_json, "application/json", "json")


def _file(lines: Callable[[Iterable[Entry]], Iterator[str]], kind: str, ending: str) -> ResponseReturnValue:
    """Note that somebody takes the list away, and write it as it is read."""
    asked, now = asked_now(), clock.now()
    with services().database.writing() as write:
        what = {"filter": asked.begin("").lstrip("?")}
        append(write, actor(), Action.MESSAGES_EXPORTED, changed=what, told={"kind": ending}, now=now)
    whole, found = may(Right.READ_REPLIES), services().outbox.every(asked.filters)
    response = Response(lines(each if whole else each.without_replies() for each in found), mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name_of_file(ending)}"'
    return response
