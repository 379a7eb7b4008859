"""Finds causes in the reference: by their group, and by a code or a word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from types import ModuleType

from panel.diagnosis.causes import connection, content, login, oauth, pace, recipient, reputation, sender, tls, unclear
from panel.diagnosis.causes.table import CAUSES
from panel.diagnosis.reference import CauseEntry
from panel.diagnosis.rules.rules import RULES
from panel.i18n import Text, Translate


class CauseGroup(StrEnum):
    """Where in a session, or about what, a failure comes up."""

    CONNECTION = "connection"
    ENCRYPTION = "encryption"
    LOGIN = "login"
    ADDRESSES = "addresses"
    LIMITS = "limits"
    OTHER = "other"


_TOPICS: Mapping[CauseGroup, tuple[ModuleType, ...]] = {
    CauseGroup.CONNECTION: (connection,),
    CauseGroup.ENCRYPTION: (tls,),
    CauseGroup.LOGIN: (login, oauth),
    CauseGroup.ADDRESSES: (sender, recipient),
    CauseGroup.LIMITS: (pace,),
    CauseGroup.OTHER: (content, reputation, unclear),
}
_CODE = re.compile(r"[245]\d\d")
_ENHANCED = re.compile(r"[245](\.\d{1,3}\.\d{1,3})", re.ASCII)


@cache
def group_of(name: str) -> CauseGroup:
    """Give the group of a cause."""
    cause = CAUSES[name]
    return next(group for group, topics in _TOPICS.items() if any(cause in vars(each).values() for each in topics))


def matching(entries: Iterable[CauseEntry], asked: str, translate: Translate) -> list[CauseEntry]:
    """Give those that hold every word that is asked for, in English or in the reader's language, or mean its code."""
    words = _folded(asked).split()
    return [each for each in entries if all(_holds(each, word, translate) for word in words)]


def _holds(entry: CauseEntry, word: str, translate: Translate) -> bool:
    texts = _texts(entry)
    told = [*map(str, texts), *(each.translated(translate) for each in texts)]
    plain = (entry.name, entry.example, translate(entry.field or ""))
    return any(word in _folded(each) for each in (*plain, *told)) or _is_meant(entry.name, word)


def _texts(entry: CauseEntry) -> list[Text]:
    cases = (text for case in entry.cases for text in (case.label, case.what, *case.do))
    return [entry.what, entry.know, *entry.do, *cases]


def _is_meant(name: str, word: str) -> bool:
    """Say whether a code can mean a cause, where the words of the reply say nothing else."""
    if _CODE.fullmatch(word):
        return word in _codes_of(name)
    enhanced = _ENHANCED.fullmatch(word)
    return enhanced is not None and not {word, f"x{enhanced[1]}"}.isdisjoint(_codes_of(name))


@cache
def _codes_of(name: str) -> frozenset[str]:
    return frozenset(_codes(name))


def _codes(name: str) -> Iterator[str]:
    for rule in RULES:
        if rule.cause.name == name:
            yield from f"{rule.codes} {rule.enhanced}".lower().split()


def _folded(text: str) -> str:
    """Write a text as it is compared: half and full width, small and large are one."""
    return unicodedata.normalize("NFKC", text).casefold()
