"""An examination for programs: what was found, told in a language, with the days that are left now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from panel import clock
from panel.checks.doctor.examine import finding_to_json
from panel.checks.doctor.finding import FindingStatus
from panel.checks.examinations.examination import Examination
from panel.i18n import Translate


def examination_to_json(
    found: Examination | None, translate: Translate, *, now: datetime, by_itself: bool
) -> Mapping[str, Any]:
    """Give an examination as JSON values; where there was none yet, what is not known is null."""
    if found is None:
        return _NOTHING
    return {
        "at": clock.stamp(found.at),
        "version": found.version,
        "why": str(found.why),
        "asked_by": found.asked_by or None,
        "address": found.conditions.address or None,
        "selectors": [*found.conditions.selectors],
        "next_at": clock.stamp(found.next_at) if by_itself else None,
        "counts": {str(status): count for status, count in found.counts.items()},
        "findings": [finding_to_json(each, translate, now) for each in found.findings],
    }


_NOTHING: Mapping[str, Any] = {
    **dict.fromkeys(("at", "version", "why", "asked_by", "address", "next_at")),
    "selectors": [],
    "counts": {str(status): 0 for status in FindingStatus},
    "findings": [],
}
