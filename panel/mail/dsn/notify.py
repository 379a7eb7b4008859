"""When a report is asked for (RFC 3461 section 4.1): `never`, or any of `failure`, `delay` and `success`.

It is kept, and taken at each door, as these words with commas between them, in this order.
"""

from __future__ import annotations

from collections.abc import Iterable

from panel.i18n import N_
from panel.mail.message.address import BadValue

DEFAULT = "failure,delay"
NEVER = "never"
EVENTS = ("failure", "delay", "success")
_MOST = 60  # characters of it as somebody types it


def parse_notify(words: str | Iterable[str]) -> str:
    """Read one text, or each word by itself, in any order and case; raise `BadValue` for another."""
    given = words[: _MOST + 1].split(",") if isinstance(words, str) else words
    named = {word.strip().lower() for word in given}
    if named == {NEVER}:
        return NEVER
    if not named or not named <= {*EVENTS}:
        raise BadValue(N_("Enter never alone, or any of failure, delay and success with commas between them."))
    return ",".join(each for each in EVENTS if each in named)


def either(one: str | None, other: str | None) -> str | None:
    """Give what asks for all that either asks for; None where neither says anything."""
    if one is None or other is None:
        return one or other
    named = {*one.split(","), *other.split(",")} - {NEVER}
    return parse_notify(named or {NEVER})
