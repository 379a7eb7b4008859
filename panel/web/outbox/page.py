"""The page of one message: what its templates are told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from secrets import token_hex

from flask import request, url_for
from flask.typing import ResponseReturnValue

from panel import clock
from panel.access.rights import Right
from panel.clock import Instant
from panel.diagnosis.causes.table import CAUSES
from panel.outbox.delivery.binding import FREE, Binding, binding_of
from panel.outbox.delivery.watching.stage_times import stage_times_of
from panel.outbox.entry import Entry
from panel.outbox.estimate import Forecast, forecast
from panel.outbox.state import WAITING, State
from panel.web.checks.stages import stages_told
from panel.web.context import in_force, may, permitted, services
from panel.web.message.content import content_of
from panel.web.outbox.asked import ListingQuery, asked_now
from panel.web.outbox.correction import Correction, correction
from panel.web.outbox.halt import words_of_hold
from panel.web.outbox.leaving import Leaving, leaving, settings_in_use, waits_for
from panel.web.outbox.listing import (
    LOOKS,
    Look,
    MessageRow,
    cancelled_by,
    door,
    mark,
    message_row,
    name_of_listed,
    sent_again,
)
from panel.web.outbox.tries import (
    MessageAct,
    Past,
    Refusal,
    Try,
    acts,
    came_back,
    refusal,
    tries,
    who_is_kept_out,
    withholding,
)
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
        **_shown(entry, row),
        row=row,
        again=again,
        bound=bound,
        leaving=_leaving_now(expected),
        seen=seen,
        correct=form or correction(entry),
        problem=problem,
        focus=not polled and "live" not in request.args,
    )


def _shown(entry: Entry, row: MessageRow) -> dict[str, object]:
    """Give what a page shows whatever became of a message: what it holds, its recipients, and the way back."""
    return {
        "held": content_of(entry),
        "looks": _looks(entry),
        "replies": frozenset(each.reply for each in row.entry.recipients if each.reply),
        "asked": asked_now(),  # the list that this page was opened from, which all on it leads back to
        "back": _back(asked_now()),
        "key": token_hex(8),
        "live": asked_now().live,
        "at": clock.now(),
    }


def row_of(entry: Entry, expected: Forecast) -> MessageRow:
    """Put a message into the reader's words, with when it leaves, or why it does not."""
    state, settings = expected.state, in_force().settings
    held = words_of_hold(state.server, settings_in_use(state.route, settings)) if state else None
    return message_row(entry, expected, held, cancelled_by([entry]))


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


def _course(entry: Entry, past: Past, why: Refusal) -> list[Try | MessageAct]:
    """Give what was tried, and what somebody did who is told to those who may do it, the newest first."""
    done = acts(services().audit.of(f"message/{entry.number}", MOST_ACTS)) if may(Right.RUN) else []
    tried = tries(entry, past)
    last = next((place for place, each in enumerate(tried) if not each.recipient), None)
    if last is not None:
        tried[last] = _last_try(entry, tried[last], why)
    return sorted([*tried, *done, *withholding(entry)], key=lambda each: each.at, reverse=True)


def _last_try(entry: Entry, last: Try, why: Refusal) -> Try:
    """Tell of the last try how long its stages took, and not once more what stands above: the reply and the reason."""
    said = {each.reply for each in permitted(entry).recipients}
    stages = stage_times_of(services().database, entry.number)
    return replace(
        last,
        reply="" if last.reply in said else last.reply,
        what="" if last.what == why.what else last.what,
        stages=tuple(stages_told(stages)),
    )


def _history(entry: Entry) -> dict[str, object]:
    """Give what a message's page says about what was tried: how it came in, and what each server said."""
    settings = services().settings
    past = cache(settings.past)
    cause = CAUSES.get(entry.cause or "")
    why = refusal(entry, past)
    return {
        "door": door(entry),
        "refusal": why,
        "returned": came_back(entry, past),
        "course": _course(entry, past, why),
        "kept_out": who_is_kept_out(entry) if entry.state is State.WITHHELD else "",
        "sender": past(entry.tried[-1].version) if entry.tried and entry.tried[-1].version else in_force().settings,
        "main": cause is not None and cause.field == "recipient",
    }


def _looks(entry: Entry) -> dict[str, Look]:
    """Say how the state of a recipient is shown: who waits, waits as the message does."""
    waiting = LOOKS[entry.state if entry.state in (*WAITING, State.SENDING, State.WITHHELD) else State.QUEUED]
    others = {str(each): LOOKS[each] for each in (State.SENT, State.FAILED, State.CANCELLED)}
    return {"waiting": waiting, **others}


def _back(asked: ListingQuery) -> tuple[str, str]:
    """Give the address of the list that this page was opened from, with its filters, and what it is called."""
    words = [word for word in (name_of_listed(asked.state) if asked.state else "", asked.q) if word]
    return asked.address(url_for("outbox.index")), " · ".join(words)


MOST_ACTS = 200  # that are told of one message
