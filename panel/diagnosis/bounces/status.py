"""Reads the fields of a delivery status (RFC 3464 section 2): first those of the message, then each recipient's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from panel.diagnosis.bounces.report import MOST_REPORTED, Fate, Reported
from panel.diagnosis.explain.bounce import without_type
from panel.mail.dsn.xtext import original_recipient
from panel.mail.message import header
from panel.mail.message.envelope import Malformed
from panel.mail.patterns import pattern_of

MOST_SAID = 4_000  # characters of what is said about one recipient
_MOST_GROUPS = MOST_REPORTED + 20  # of fields: some leave blank lines beside the recipients'
_GROUP = pattern_of(rb"(?>(?:[^\r\n][^\n]*+\n)+)")
_FATES = {
    "failed": Fate.BOUNCED,
    "delayed": Fate.DELAYED,
    "delivered": Fate.DELIVERED,
    "relayed": Fate.RELAYED,
    "expanded": Fate.EXPANDED,
}
_BY_CLASS = {"5": Fate.BOUNCED, "4": Fate.DELAYED, "2": Fate.DELIVERED}  # where the action is missing
_ACTION = pattern_of(r"[a-z]{1,20}", re.IGNORECASE)
_STATUS = pattern_of(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")


class Statuses(NamedTuple):
    """What a delivery status says: the recipients, the ENVID, and when the message came to who reports."""

    recipients: tuple[Reported, ...] = ()
    envelope_id: str = ""
    arrival_date: str = ""


def statuses(content: bytes) -> Statuses:
    """Read a delivery status; what cannot be read of it is left out."""
    groups = list(_groups(content))
    recipients = tuple(filter(None, map(_recipient, groups)))[:MOST_REPORTED]
    return Statuses(recipients, _any(groups, "original-envelope-id"), _any(groups, "arrival-date"))


def _groups(content: bytes) -> Iterator[Mapping[str, str]]:
    """Give each group of fields by their names in small letters; of two of a name the first counts."""
    for each in islice(_GROUP.finditer(content), _MOST_GROUPS):
        try:
            fields, _ = header.split(each[0])
        except (header.HeaderTooLong, Malformed):
            continue
        yield {field.key: field.text[:MOST_SAID] for field in reversed(fields)}


def _any(groups: list[Mapping[str, str]], name: str) -> str:
    return next((each[name] for each in groups if name in each), "")


def _recipient(fields: Mapping[str, str]) -> Reported | None:
    """Read a recipient's group of fields; none of the message's own, or of an action that nobody knows."""
    final, original = _address(fields.get("final-recipient", "")), _address(fields.get("original-recipient", ""))
    status = _first(_STATUS, fields.get("status", ""))
    fate = _fate(fields.get("action", ""), status)
    if fate is None or not (final or original):
        return None
    said, server = without_type(fields.get("diagnostic-code", "")), without_type(fields.get("remote-mta", "")).strip()
    return Reported(final, original, fate, status, said, server)


def _fate(action: str, status: str) -> Fate | None:
    named = _first(_ACTION, action).lower()
    return _FATES.get(named) if named else _BY_CLASS.get(status[:1])


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[0] if found else ""


def _address(field: str) -> str:
    """Read an address with its type; some servers leave the type out, or write brackets."""
    if not field:
        return ""
    address = original_recipient(field) if ";" in field else field
    return (address or without_type(field)).strip().removeprefix("<").removesuffix(">")
