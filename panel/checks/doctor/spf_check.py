"""Evaluates SPF by the library `spf`, whose look-ups are ours: under one deadline, each asked once."""

from __future__ import annotations

import threading
from typing import Any

import spf

from panel.mail.net.resolver import Resolver

_asking = threading.local()


def evaluate(names: Resolver, address: str, sender: str, hello: str) -> tuple[str, str]:
    """Give the result of RFC 7208 section 2.6, such as `pass` or `softfail`, and the library's explanation."""
    _asking.names = names
    try:
        result, _, why = spf.query(i=address, s=sender, h=hello or "localhost").check()
    finally:
        del _asking.names
    return result, why


def _look_up(name: str, kind: str, _tcp: bool = True, _timeout: float = 0) -> list[tuple[tuple[str, str], Any]]:
    answer = _asking.names.look_up(name, kind)
    if not answer.known:
        raise spf.TempError(f"DNS {name}")
    return [((name, kind), _as_spf_wants(value, kind)) for value in answer.values]


def _as_spf_wants(value: str, kind: str) -> Any:
    if kind == "TXT":
        return (value.encode(),)
    if kind == "MX":
        preference, _, host = value.partition(" ")  # without a host it takes no mail (RFC 7505)
        return int(preference), host
    return value


spf.DNSLookup = _look_up  # the library's own hook
