"""Until when the certificates hold that were added to those of the system."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache


def authority_ends(pem: str, now: datetime) -> datetime | None:
    """Say when the first of added certificates ends; those that have ended already are missed by nobody but the last.

    Nothing is said of what cannot be read: the server's own check of it decides.
    """
    ends = _ends_of(pem)
    return min((each for each in ends if each > now), default=max(ends, default=None))


@lru_cache(maxsize=4)
def _ends_of(pem: str) -> tuple[datetime, ...]:
    from cryptography.x509 import load_pem_x509_certificates  # slow to load, and few add a certificate

    try:
        return tuple(each.not_valid_after_utc for each in load_pem_x509_certificates(pem.encode()))
    except ValueError:
        return ()
