"""The address of a request: https, or http on this machine alone; no user in it, no fragment, nothing to end a line."""

from __future__ import annotations

import re
from typing import NamedTuple

from panel.mail.net.policy import is_loopback
from panel.mail.patterns import pattern_of

MAX_URL = 2_000  # characters

_PARTS = pattern_of(r"(https?)://(\[[0-9a-f:.]+\]|[^/?#@:\\\[\]%]+)(?::([0-9]{1,5}))?([/?][^#]*)?", re.IGNORECASE)
_NAME = pattern_of(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}")


class Url(NamedTuple):
    """Where a request goes, and what it asks for there."""

    secure: bool
    host: str  # a name as A-labels, or an IP address without brackets
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Give host and port as the header field has them (RFC 9110 section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _usual_port(self.secure) else f"{host}:{self.port}"


def parse_url(text: str) -> Url:
    """Take an address apart, or raise `ValueError` with nothing of it, for it may hold a secret."""
    found = _PARTS.fullmatch(text) if len(text) <= MAX_URL and text.isprintable() and " " not in text else None
    if found is None:
        raise ValueError("no address of a page")
    secure, host = found[1].lower() == "https", _host(found[2])
    port = int(found[3] or _usual_port(secure))
    if port > 65_535 or not (secure or _is_here(host)):
        raise ValueError("no address that may be asked")
    target = found[4] or "/"
    return Url(secure, host, port, _ascii(f"/{target}" if target.startswith("?") else target))


def _usual_port(secure: bool) -> int:
    return 443 if secure else 80


def _host(text: str) -> str:
    if text.startswith("["):
        return text[1:-1]
    if not text.isascii():
        import idna  # only for the names that need it

        try:
            text = idna.encode(text, uts46=True).decode("ascii")
        except UnicodeError:
            text = ""
    if not _NAME.fullmatch(text):
        raise ValueError("no name of a host")
    return text.lower().removesuffix(".")


def _is_here(host: str) -> bool:
    """Say whether a host is this machine by its name alone (RFC 6761 section 6.3)."""
    try:
        return is_loopback(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _ascii(target: str) -> str:
    if target.isascii():
        return target
    from urllib.parse import quote  # only for what people typed

    return re.sub(r"[^\x00-\x7f]+", lambda found: quote(found[0]), target)
