"""What a server offers in its EHLO (RFC 5321 section 4.1.1.1): its keywords, and the limits among them.

What one session may carry is said in LIMITS (RFC 9422), or in a reply when it is enough.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from panel.mail.net.errors import NoProtocol
from panel.mail.patterns import pattern_of
from panel.mail.smtp.protocol import Reply

MAX_KEYWORDS = 100

_MAIL = r"(?:messages?|mails?|e-?mails?|transactions?|deliver(?:y|ies)|envelopes?)"
_THE = r"(?:(?:this|the|an?|one|each|single|same|your|per) )*"
_SESSION = rf"{_THE}(?:(?:smtp|tcp) )?(?:connection|session)"
_ENOUGH = r"(?:too many|maximum|max|limit|exceed\w*|reached|enough|only|at most|more than)"
_FULL = pattern_of(
    rf"\b{_ENOUGH}\b.{{0,40}}\b{_MAIL}\b.{{0,30}}\b(?:per|in|on|for|over|during|within|this|each|an?)[ -]{_SESSION}\b"
    rf"|\b{_MAIL}\b.{{0,20}}\b(?:per|in|on|for|this)[ -]{_SESSION}\b.{{0,30}}\b{_ENOUGH}"
    r"|\b(?:connection|session)[ -]?(?:message|mail|transaction)s? (?:limit|count|quota|maximum)"
    r"|(?:接続|セッション)(?:あたり|当たり|当り|ごと|毎|で|内)?.{0,10}(?:通数|メール数|送信数|件数)",
    re.IGNORECASE,
)
_FULL_CODES = (421, 450, 451, 452)


def parse_extensions(lines: Sequence[str]) -> dict[str, str]:
    """Read the keywords of EHLO and their parameters (RFC 5321 section 4.1.1.1)."""
    if len(lines) > MAX_KEYWORDS:
        raise NoProtocol
    pairs = (line.strip().partition(" ") for line in lines)
    return {keyword.upper(): parameters.strip() for keyword, _, parameters in pairs if keyword}


@dataclass(frozen=True, slots=True)
class Limits:
    """How many messages a session may carry, to how many recipients each, in how many domains; None is no limit."""

    mail_max: int | None = None
    rcpt_max: int | None = None
    rcpt_domain_max: int | None = None

    @classmethod
    def of(cls, extensions: Mapping[str, str]) -> Limits:
        """Read `MAILMAX=100 RCPTMAX=20`; what is no number above 0 is no limit."""
        pairs = (word.partition("=") for word in extensions.get("LIMITS", "").upper().split())
        limits = {name: int(value) for name, _, value in pairs if re.fullmatch(r"[0-9]{1,6}", value) and int(value)}
        return cls(limits.get("MAILMAX"), limits.get("RCPTMAX"), limits.get("RCPTDOMAINMAX"))

    def within(self, rcpt_to: Sequence[str]) -> tuple[str, ...]:
        """Give those who fit into one message, in their order: at least the first."""
        taken: list[str] = []
        domains: set[str] = set()
        for to in rcpt_to[: self.rcpt_max]:
            domain = to.rpartition("@")[2].lower()
            if self.rcpt_domain_max is None or domain in domains or len(domains) < self.rcpt_domain_max:
                taken.append(to)
                domains.add(domain)
        return tuple(taken)


def size_max(extensions: Mapping[str, str]) -> int | None:
    """Read the bytes a message may have (RFC 1870 section 4); 0, or what is no number, is no limit."""
    return _size(extensions.get("SIZE", ""))


@lru_cache(maxsize=16)  # asked for each message
def _size(size: str) -> int | None:
    return int(size) or None if re.fullmatch(r"[0-9]{1,20}", size) else None


def is_full(reply: Reply | None) -> bool:
    """Say whether a server refuses a message only because this session has carried enough of them."""
    return reply is not None and reply.code in _FULL_CODES and bool(_FULL.search(reply.text[:1_000]))
