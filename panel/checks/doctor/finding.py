"""One finding of the doctor: what was looked at, how it stands, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from panel.i18n import Text

OF_SENDER = ("spf", "dkim", "dmarc")  # the findings on what a receiver asks the sender's domain


class FindingStatus(StrEnum):
    """How a thing stands; `UNKNOWN` where nobody could be asked."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """`record` is a DNS record to publish, as `name TYPE value`, ready to copy.

    `server` is `first` or `second` where there are two and the finding is about one of them. `field` is the one to
    change, where that is another one than findings of this name usually ask for. `ends` is the day or the moment, in
    ISO 8601, at which a certificate or a secret ends.
    """

    name: str
    status: FindingStatus
    what: Text
    do: Text | None = None
    record: str = ""
    server: str = ""
    field: str = ""
    ends: str = ""

    def days_left(self, now: datetime) -> int | None:
        """Count the days to its end, 0 where that is over; None where nothing ends."""
        if not self.ends:
            return None
        by_day = len(self.ends) == len("2026-12-15")
        left = date.fromisoformat(self.ends) - now.date() if by_day else datetime.fromisoformat(self.ends) - now
        return max(left.days, 0)

    def counted(self, now: datetime) -> Finding:
        """Give it with the days that are left at a moment, which may be long after it was found."""
        days = self.days_left(now)
        if days is None or "days" not in self.what.values:
            return self
        return replace(self, what=_with_days(self.what, days), do=_with_days(self.do, days) if self.do else None)


def ok(name: str, message: str, /, **values: object) -> Finding:
    return Finding(name, FindingStatus.OK, Text(message, values))


def warning(name: str, message: str, do: str = "", /, *, record: str = "", **values: object) -> Finding:
    return Finding(name, FindingStatus.WARNING, Text(message, values), Text(do, values) if do else None, record)


def problem(name: str, message: str, do: str = "", /, *, record: str = "", **values: object) -> Finding:
    return Finding(name, FindingStatus.PROBLEM, Text(message, values), Text(do, values) if do else None, record)


def unknown(name: str, message: str, /, **values: object) -> Finding:
    return Finding(name, FindingStatus.UNKNOWN, Text(message, values))


def _with_days(text: Text, days: int) -> Text:
    return Text(text.message, {**text.values, "days": days})
