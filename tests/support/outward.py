"""What this process asks of others: connections, datagrams and look-ups of names, as Python itself notes them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_OUTWARD = frozenset(
    {"socket.connect", "socket.sendto", "socket.sendmsg"}
    | {f"socket.{each}" for each in ("getaddrinfo", "gethostbyname", "gethostbyaddr", "getnameinfo")}
)
_noting: list[list[str]] = []


def _note(event: str, _given: tuple[object, ...]) -> None:
    if _noting and event in _OUTWARD:
        for each in _noting:
            each.append(event)


@contextmanager
def noting_traffic() -> Iterator[list[str]]:
    """Note what is asked of others as long as this lasts, by any thread."""
    noted: list[str] = []
    if not _hooked:  # for good: Python takes no such hook away again
        sys.addaudithook(_note)
        _hooked.append(True)
    _noting.append(noted)
    try:
        yield noted
    finally:
        _noting.remove(noted)


_hooked: list[bool] = []
