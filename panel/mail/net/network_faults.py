"""Which cause an error of the operating system is: while a connection is made, and while it is used."""

from __future__ import annotations

import errno
import os
import ssl
from collections.abc import Iterable

# The rest of `errno`, told by its words beside "no route": nothing there says anything of the server.
_UNKNOWN = "network_unreachable"
# In the order in which they count where several addresses failed: who was met says more than a rule or a lack of this
# machine, and that more than silence, and a family without a route the least.
_CAUSES = (
    ("connection_refused", {errno.ECONNREFUSED}),
    (
        "connection_lost",
        {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED, errno.ENOTCONN, errno.ESHUTDOWN, errno.EPROTO},
    ),
    ("connection_forbidden", {errno.EACCES, errno.EPERM}),  # SELinux, a firewall, a container's policy; WSAEACCES, too
    (
        "local_resources",
        {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EAGAIN, errno.EADDRINUSE},
    ),
    ("connect_timeout", {errno.ETIMEDOUT}),
    (
        _UNKNOWN,
        {
            errno.ENETUNREACH,
            errno.EHOSTUNREACH,
            errno.ENETDOWN,
            errno.EHOSTDOWN,
            errno.ENETRESET,
            errno.EADDRNOTAVAIL,
            errno.EAFNOSUPPORT,
            errno.EPROTONOSUPPORT,
        },
    ),
)
_ORDER = [cause for cause, _ in _CAUSES]
_CAUSE_OF = {code: cause for cause, codes in _CAUSES for code in codes}
_WITH_DETAIL = {"connection_forbidden", "local_resources", _UNKNOWN}  # whose words tell what this machine said
_IN_SESSION = {"connect_timeout": "reply_timeout", "connection_refused": "connection_lost"}


def cause_of_errno(code: int) -> str:
    """Name the cause of an error that came while connecting."""
    return _CAUSE_OF.get(code, _UNKNOWN)


def decisive(faults: Iterable[tuple[str, int]]) -> tuple[str, str]:
    """Name one cause for all addresses that failed, and what the system said of those that failed by it."""
    by_cause: dict[str, list[str]] = {}
    for ip, code in faults:
        by_cause.setdefault(cause_of_errno(code), []).append(f"{ip} ({os.strerror(code)})")
    cause = next(each for each in _ORDER if each in by_cause)
    return cause, ", ".join(by_cause[cause]) if cause in _WITH_DETAIL else ""


def in_session(fault: OSError) -> tuple[str, str]:
    """Name the cause of an error on a connection that stood, and what the system said where it is about us."""
    if isinstance(fault, ssl.SSLError) or fault.errno not in _CAUSE_OF:  # whose number is one of OpenSSL's
        return "connection_lost", ""
    cause = cause_of_errno(fault.errno)
    return _IN_SESSION.get(cause, cause), os.strerror(fault.errno) if cause in _WITH_DETAIL else ""
