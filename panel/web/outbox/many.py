"""What is done with many messages at once: which they are, what sending them again would do, and what was left out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import request, url_for

from panel import clock
from panel.i18n import N_, joined
from panel.outbox.steering.retry_plan import MOST_OF_AN_ACT, RetryPlan, failed_to_retry, plan_retry
from panel.web.context import actor, request_name, services
from panel.web.outbox.asked import ListingQuery
from panel.web.render import confirm, refuse, tell
from panel.web.text import gettext, ngettext


@dataclass(frozen=True, slots=True)
class RetryOffer:
    """What sending many again would do, and the form that says yes to it: where it goes, and which they are."""

    plan: RetryPlan
    action: str
    numbers: tuple[int, ...]
    back: str


def chosen(asked: ListingQuery) -> list[int]:
    """Give the messages that were ticked, or the newest that the filters leave where all of them were."""
    if "all" in request.form:
        return [*services().outbox.matching(asked.filters, MOST_OF_AN_ACT)]
    ticked = [int(text) for text in request.form.getlist("m") if re.fullmatch("[0-9]{1,18}", text)]
    return [*dict.fromkeys(ticked)][:MOST_OF_AN_ACT]


def offer_of(numbers: list[int], asked: ListingQuery) -> RetryOffer:
    """Say what sending these again would do."""
    plan, base = plan_retry(services().database, numbers), url_for(".index")
    return RetryOffer(plan, asked.address(base), tuple(numbers), asked.address(base))


def offer_of_failed(asked: ListingQuery) -> RetryOffer:
    """Say what sending all failed messages again would do."""
    database = services().database
    plan = plan_retry(database, failed_to_retry(database, refused=True))
    return RetryOffer(plan, asked.address(url_for(".retry_failed")), (), asked.address(url_for(".index")))


def retry_chosen(numbers: list[int], asked: ListingQuery) -> None:
    """Send these again, what was refused for good only where that was ticked, and say so."""
    outbox, now = services().outbox, clock.now()
    plan = plan_retry(services().database, numbers)
    done = outbox.retry_many(plan.numbers(refused="refused" in request.form), by=actor(), now=now)
    _say(_PUT_BACK, len(done), len(numbers), asked)


def retry_all_failed(plan: RetryPlan, asked: ListingQuery) -> None:
    """Send the failed ones again, what was refused for good only where that was ticked, and say so."""
    refused = "refused" in request.form
    count = services().outbox.retry_failed(by=actor(), now=clock.now(), refused=refused)
    left = 0 if refused else len(plan.refused)
    if count or left:
        _say(_PUT_BACK, count, count + left, asked)
    else:
        tell(gettext(N_("No message has failed.")))


def cancel_chosen(numbers: list[int], asked: ListingQuery) -> None:
    """Take these back, and say so."""
    done = services().outbox.cancel_many(numbers, by=actor(), now=clock.now())
    _say(_CANCELLED, len(done), len(numbers), asked)


def see_chosen(numbers: list[int], asked: ListingQuery) -> None:
    """Mark these as seen, and say so."""
    done = services().outbox.see_many(numbers, by=actor(), now=clock.now())
    _say(_SEEN, len(done), len(numbers), asked, undo=False)


_PUT_BACK, _CANCELLED, _SEEN = range(3)


def _said(kind: int, done: int) -> str:
    texts = (
        ngettext("%(num)d message is queued again.", "%(num)d messages are queued again.", done),
        ngettext("%(num)d message is cancelled.", "%(num)d messages are cancelled.", done),
        ngettext("%(num)d failure is marked as seen.", "%(num)d failures are marked as seen.", done),
    )
    return texts[kind] % {"num": done}


def _left(kind: int, left: int) -> str:
    texts = (
        ngettext(
            "%(num)d is left out: it was refused for good, has left, or nothing of it is left to send.",
            "%(num)d are left out: they were refused for good, have left, or nothing of them is left to send.",
            left,
        ),
        ngettext("%(num)d is left out: it waits no more.", "%(num)d are left out: they wait no more.", left),
        ngettext(
            "%(num)d is left out: it has not failed, or was seen already.",
            "%(num)d are left out: they have not failed, or were seen already.",
            left,
        ),
    )
    return texts[kind] % {"num": left}


def _say(kind: int, done: int, asked_for: int, asked: ListingQuery, *, undo: bool = True) -> None:
    left = asked_for - done
    said = joined(filter(None, (_said(kind, done) if done else "", _left(kind, left) if left else "")))
    if not done:
        refuse(said)
        return
    confirm(said, undo=asked.address(url_for(".undo", event=request_name())) if undo else "")
