"""One finding of the doctor: what was looked at, how it stands, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from panel.i18n import Text


class FindingStatus(StrEnum):
    """How a thing stands; `UNKNOWN` where nobody could be asked."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """`record` is a DNS record to publish, as `name TYPE value`, ready to copy.

    `server` is `first` or `second` where there are two and the finding is about one of them.
    """

    name: str
    status: FindingStatus
    what: Text
    do: Text | None = None
    record: str = ""
    server: str = ""


def ok(name: str, message: str, /, **values: object) -> Finding:
    return Finding(name, FindingStatus.OK, Text(message, values))


def warning(name: str, message: str, do: str = "", /, *, record: str = "", **values: object) -> Finding:
    return Finding(name, FindingStatus.WARNING, Text(message, values), Text(do, values) if do else None, record)


def problem(name: str, message: str, do: str = "", /, *, record: str = "", **values: object) -> Finding:
    return Finding(name, FindingStatus.PROBLEM, Text(message, values), Text(do, values) if do else None, record)


def unknown(name: str, message: str, /, **values: object) -> Finding:
    return Finding(name, FindingStatus.UNKNOWN, Text(message, values))
