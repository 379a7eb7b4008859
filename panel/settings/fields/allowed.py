"""The recipients that mail of a staging system may go to: whole addresses, and domains with everybody in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from panel.i18n import N_
from panel.mail.message.address import MAX_ADDRESS, BadValue, parse_host, parse_recipient

MOST_ALLOWED = 200
_BETWEEN = re.compile(r"[\s,;\u3001\uff0c\uff1b]+")


def parse_allowed(text: str) -> str:
    """Read addresses and domains with blanks, commas or line ends between them; give them with a comma and a blank."""
    words = [word for word in _BETWEEN.split(text[: MOST_ALLOWED * MAX_ADDRESS * 4]) if word]
    if len(words) > MOST_ALLOWED:
        raise BadValue(N_("Enter at most %(most)d addresses and domains."), most=MOST_ALLOWED)
    if not words:
        raise BadValue(_NEITHER, word=text.strip()[:MAX_ADDRESS])
    return ", ".join(dict.fromkeys(map(_one, words)))


def may_reach(allowed: str, rcpt_to: Iterable[str]) -> bool:
    """Say whether all of these are among the allowed, which `parse_allowed` gave, or none are named."""
    known = _known(allowed)
    return not known or all(each in known or each.rpartition("@")[2] in known for each in map(str.lower, rcpt_to))


def in_short(allowed: str, most: int = 3) -> str:
    """Give the first of them, and how many more there are."""
    first, more = allowed.split(", ")[:most], len(_known(allowed)) - most
    return f"{', '.join(first)} (+{more})" if more > 0 else ", ".join(first)


_NEITHER = N_("%(word)s is neither a mail address nor a domain. Enter one like taro@example.co.jp, or example.co.jp.")


def _one(word: str) -> str:
    local, _, domain = word.rpartition("@")
    try:
        if local:
            return parse_recipient(word).lower()
        host = parse_host(domain)
    except BadValue:
        host = ""
    if "." not in host or ":" in host or host.rpartition(".")[2].isdigit():
        raise BadValue(_NEITHER, word=word[:MAX_ADDRESS])
    return host


@lru_cache(maxsize=4)
def _known(allowed: str) -> frozenset[str]:
    return frozenset(filter(None, allowed.split(", ")))
