"""Rate as arithmetic: what an interval allows, and which interval a limit asks for."""

from __future__ import annotations

MINUTE_MS = 60_000


def interval_for(per_minute: int, margin: int = 0) -> int:
    """Give the interval in ms that keeps a limit of mails a minute with a margin in percent, rounded up."""
    return -(-MINUTE_MS * (100 + margin) // (per_minute * 100))


def per_minute(interval_ms: int) -> int:
    """Give the mails a minute that an interval allows, an upper bound: sending takes time as well."""
    return MINUTE_MS // interval_ms
