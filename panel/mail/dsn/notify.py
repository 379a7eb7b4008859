"""When a report is asked for (RFC 3461 section 4.1): `never`, or any of `failure`, `delay` and `success`.

It is kept, and taken at each door, as these words with commas between them, in this order.
"""

from __future__ import annotations

from collections.abc import Iterable

from panel.i18n import N_
from panel.mail.message.address import BadValue
from panel.mail.message.normalize import Unacceptable
from panel.mail.message.submission import Submission

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


def notified(submission: Submission, words: str | Iterable[str] | None) -> Submission:
    """Give a message with what whoever submits it wants; raise `Unacceptable` for other words than there are."""
    if not words:
        return submission
    try:
        return submission._replace(notify=parse_notify(words))
    except BadValue as fault:
        raise Unacceptable("notify", str(fault.text)) from None


def for_all(each_wants: Iterable[str | None]) -> str | None:
    """Give what asks for all that is wanted for any recipient of a message; None where nobody says anything."""
    wanted = [*each_wants]
    if not any(wanted):
        return None
    named = {word for each in wanted for word in (each or DEFAULT).split(",")} - {NEVER}
    return parse_notify(named or {NEVER})
