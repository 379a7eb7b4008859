"""The page of one message: what its templates are told."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from flask import request
from flask.typing import ResponseReturnValue

from panel import clock
from panel.access.rights import Right
from panel.clock import Instant
from panel.diagnosis.causes.table import CAUSES
from panel.outbox.delivery.binding import FREE, Binding, binding_of
from panel.outbox.entry import Entry
from panel.outbox.estimate import Forecast, forecast
from panel.outbox.state import WAITING
from panel.web.context import in_force, may, services
from panel.web.outbox.correction import Correction, correction
from panel.web.outbox.halt import words_of_hold
from panel.web.outbox.leaving import Leaving, leaving, settings_in_use, waits_for
from panel.web.outbox.listing import MessageRow, door, mark, message_row, sent_again
from panel.web.outbox.tries import MessageAct, Past, Try, acts, came_back, refusal, tries
from panel.web.render import announce, render
from panel.web.text import gettext


def message_page(
    entry: Entry, status: int = 200, *, problem: str = "", form: Correction | None = None, polled: str = ""
) -> ResponseReturnValue:
    """Show one message as it is now; what a poll finds changed is announced, and nothing is said of what is not."""
    expected = forecast_of([entry], clock.instant())
    row = row_of(entry, expected)
    again = sent_again(entry, expected.leaves.get(entry.number))
    bound = waits_for(_binding(entry))
    seen = f"{row.seen}-{mark((row.plan, again, bound))}"
    if polled == seen:
        return "", 204
    if polled and polled.partition("-")[0] != row.seen:
        announce(gettext(row.look.name))
    return render(
        "message/show",
        status,
        **_history(entry),
        row=row,
        again=again,
        bound=bound,
        leaving=_leaving_now(expected),
        seen=seen,
        correct=form or correction(entry),
        problem=problem,
        live=request.args.get("live") != "0",
        focus=not polled and "live" not in request.args,
        at=clock.now(),
    )


def row_of(entry: Entry, expected: Forecast) -> MessageRow:
    """Put a message into the reader's words, with when it leaves, or why it does not."""
    state, settings = expected.state, in_force().settings
    held = words_of_hold(state.server, settings_in_use(state.route, settings)) if state else None
    return message_row(entry, expected, held)


def forecast_of(entries: Iterable[Entry], at: Instant) -> Forecast:
    """Say when messages leave by the settings in force."""
    opened = services()
    return forecast(opened.database, in_force(), entries, at)


def _binding(entry: Entry) -> Binding:
    """Give the server that a message waits for: only one that may be there already does."""
    return binding_of(services().database, entry.number) if entry.uncertain and entry.state in WAITING else FREE


def _leaving_now(expected: Forecast) -> Leaving | None:
    """Say by which server mail leaves, beside a message that has yet to."""
    settings = in_force().settings
    found = leaving(expected.state, settings, clock.now()) if expected.state else None
    return found if found and found.tone == "warn" else None


def _course(entry: Entry, past: Past) -> list[Try | MessageAct]:
    """Give what was tried, and what somebody did who is told to those who may do it, the newest first."""
    done = acts(services().audit.of(f"message/{entry.number}")) if may(Right.RUN) else []
    return sorted([*tries(entry, past), *done], key=lambda each: each.at, reverse=True)


def _history(entry: Entry) -> dict[str, object]:
    """Give what a message's page says about what was tried: how it came in, and what each server said."""
    settings = services().settings
    past = cache(settings.past)
    cause = CAUSES.get(entry.cause or "")
    return {
        "door": door(entry),
        "refusal": refusal(entry, past),
        "returned": came_back(entry, past),
        "course": _course(entry, past),
        "settings": in_force().settings,
        "main": cause is not None and cause.field == "recipient",
    }
