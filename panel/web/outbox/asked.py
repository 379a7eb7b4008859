"""What of the outbox an address asks for: read strictly, and written again by itself alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote_plus

from flask import request

from panel import clock
from panel.outbox.course import Span
from panel.outbox.listing.filters import Filters, Sorting
from panel.outbox.listing.look import PAGE
from panel.outbox.state import Listed
from panel.web.text import own_zone

SIZES = (25, 50, 100)
_IN_ORDER = (Listed.QUEUED, Listed.DEFERRED)  # what waits can be shown as it leaves


@dataclass(frozen=True, slots=True)
class ListingQuery:
    """One state or all, words to find, days, and how it is shown: `before` and `after` are where a page begins."""

    state: Listed | None = None
    q: str = ""
    before: int | None = None
    live: bool = True
    span: Span = Span.HOUR  # of the chart
    since: str = ""  # a day
    until: str = ""
    order: Sorting | None = None
    size: int = PAGE
    after: str = ""
    tried: tuple[str, str] | None = None  # stamps

    def address(self, base: str, **changed: object) -> str:
        """Give the address of the list with these filters."""
        tried_from, tried_to = self.tried or (None, None)
        asked = {
            "state": self.state,
            "q": self.q,
            "since": self.since,
            "until": self.until,
            "tried_from": tried_from,
            "tried_to": tried_to,
            "order": self.order,
            "size": self.size if self.size != PAGE else None,
            "before": self.before,
            "after": self.after,
            "live": None if self.live else "0",
            "range": None if self.span is Span.HOUR else self.span,
            **changed,
        }
        query = "&".join(f"{name}={quote_plus(str(value))}" for name, value in asked.items() if value)
        return f"{base}{'&' if '?' in base else '?'}{query}" if query else base

    def begin(self, base: str, **changed: object) -> str:
        """Give the address of its first page."""
        return self.address(base, before=None, after=None, **changed)

    @property
    def can_be_in_order(self) -> bool:
        return self.state in _IN_ORDER

    @property
    def in_order(self) -> bool:
        """Say whether what waits is shown as it leaves: it is, unless the newest are to come first."""
        return self.can_be_in_order and self.order is not Sorting.NEWEST

    @property
    def turned(self) -> bool:
        return bool(self.before or self.after)

    @property
    def filters(self) -> Filters:
        """Give what is asked for with moments, which are those of the reader's days."""
        tried = (clock.moment(self.tried[0]), clock.moment(self.tried[1])) if self.tried else None
        return Filters(self.state, self.q, _midnight(self.since), _midnight(self.until, days=1), tried)


def read_listing_query(given: Mapping[str, str]) -> ListingQuery:
    """Read an address; what is no filter of ours, or no value of one, is left out."""
    state = next((each for each in Listed if each == given.get("state")), None)
    size = given.get("size", "")
    before = given.get("before", "")
    return ListingQuery(
        state=state,
        q=given.get("q", "")[:200],
        before=int(before) if re.fullmatch("[0-9]{1,18}", before) else None,
        live=given.get("live") != "0",
        span=next((each for each in Span if each == given.get("range")), Span.HOUR),
        since=_day(given.get("since", "")),
        until=_day(given.get("until", "")),
        order=next((each for each in Sorting if each == given.get("order")), None),
        size=int(size) if size in map(str, SIZES) else PAGE,
        after=given.get("after", "")[:60],
        tried=_moments(given.get("tried_from", ""), given.get("tried_to", "")),
    )


def asked_now() -> ListingQuery:
    """Read what this request asks for."""
    return read_listing_query(request.args)


def _day(text: str) -> str:
    with suppress(ValueError):
        return date.fromisoformat(text).isoformat() if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else ""
    return ""


def _midnight(day: str, *, days: int = 0) -> datetime | None:
    """Give the moment at which a day begins for the reader, or so many days later; None of no day."""
    return clock.midnight(date.fromisoformat(day), own_zone(), days=days) if day else None


def _moments(start: str, end: str) -> tuple[str, str] | None:
    with suppress(ValueError, OverflowError):  # no such moment, or none in UTC
        return clock.stamp(clock.moment(start)), clock.stamp(clock.moment(end))
    return None
