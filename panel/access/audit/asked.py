"""What somebody asks of the audit: whose rows, of which action, from when until when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple
from unicodedata import category

from panel import clock
from panel.access.field_refused import FieldRefused
from panel.i18n import N_, Text
from panel.storage.database import Value
from panel.storage.journal import Action

MOST_NUMBER = 2**63 - 1
_MOST_ACCOUNT = 320


class NoSuchFilter(FieldRefused):
    """A value that no row can have; `field` names which."""


class AuditFilter(NamedTuple):
    """The rows that are asked for; what is None leaves out none."""

    account: str | None = None
    action: Action | None = None
    since: datetime | None = None
    until: datetime | None = None

    def condition(self) -> tuple[str, tuple[Value, ...]]:
        """Give the words of SQL behind WHERE, and their values; the order of the numbers is the one to read in."""
        found = {
            "account = ?": self.account,
            "action = ?": self.action,
            "at || '' >= ?": clock.stamp_or_none(self.since),  # which no index is read by
            "at || '' <= ?": clock.stamp_or_none(self.until),
        }
        kept = {words: value for words, value in found.items() if value is not None}
        return " AND ".join(["1 = 1", *kept]), tuple(kept.values())


def read_asked(given: Mapping[str, str], zone: tzinfo | None = None) -> AuditFilter:
    """Read the filters of an address, a form or a command, or raise `NoSuchFilter`; a blank one leaves out none.

    A time without a zone is one of `zone`, or of this machine.
    """
    texts = {name: given.get(name, "").strip() for name in AuditFilter._fields}
    return AuditFilter(
        _account(texts["account"]),
        _action(texts["action"]),
        _moment("since", texts["since"], zone),
        _moment("until", texts["until"], zone, to_its_end=True),
    )


def read_number(given: Mapping[str, str], name: str) -> int | None:
    """Read the number of a row to go on from, None where there is none; raise `NoSuchFilter` where it is no number."""
    text = given.get(name, "").strip()
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,19}", text) or int(text) > MOST_NUMBER:
        raise NoSuchFilter(name, Text(N_("Go on from the number of a row, such as 812.")))
    return int(text)


def _account(text: str) -> str | None:
    if len(text) > _MOST_ACCOUNT or any(category(each) in ("Cc", "Cs") for each in text):
        raise NoSuchFilter("account", Text(N_("An account has no such name.")))
    return text or None


def _action(text: str) -> Action | None:
    try:
        return Action(text) if text else None
    except ValueError:
        said = Text(N_("There is no such action. The actions are: %(known)s."), {"known": ", ".join(sorted(Action))})
        raise NoSuchFilter("action", said) from None


def _moment(field: str, text: str, zone: tzinfo | None, *, to_its_end: bool = False) -> datetime | None:
    """Read a day or a moment (RFC 3339); a day is its beginning, or its last millisecond."""
    if not text:
        return None
    try:
        if not _MOMENT.fullmatch(text) or not "1970" <= text[:4] <= "9998":
            raise ValueError
        found = datetime.fromisoformat(text)
        if to_its_end and len(text) == len("2026-11-25"):
            found += timedelta(days=1, milliseconds=-1)
        return found if found.tzinfo else found.replace(tzinfo=zone) if zone else found.astimezone()
    except (ValueError, OverflowError):
        said = Text(N_("Enter a day such as 2026-11-25, or a moment such as 2026-11-25T09:00:00Z."))
        raise NoSuchFilter(field, said) from None


_TIME = r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
_MOMENT = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}({_TIME})?")
