"""The login mechanisms of SASL that a password can do: which of those on offer, and what each says."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Generator, Iterable, Mapping

# Gives what to send, takes what the server said, decoded; None first where the server speaks first.
Exchange = Generator[bytes | None, bytes, None]


def plain(user: str, password: str) -> Exchange:
    """RFC 4616: everything at once."""
    yield f"\0{user}\0{password}".encode()


def login(user: str, password: str) -> Exchange:
    """The old LOGIN: the server asks twice."""
    yield None
    yield user.encode()
    yield password.encode()


def cram_md5(user: str, password: str) -> Exchange:
    """RFC 2195: the password stays here, a digest of the challenge goes."""
    challenge = yield None
    digest = hmac.new(password.encode(), challenge, "md5").hexdigest()
    yield f"{user} {digest}".encode()


MECHANISMS: dict[str, Callable[[str, str], Exchange]] = {"PLAIN": plain, "LOGIN": login, "CRAM-MD5": cram_md5}


def choose(offered: Iterable[str], *, encrypted: bool) -> list[str]:
    """List what can be tried of an offer: without encryption the one that hides the password comes first."""
    order = ("PLAIN", "LOGIN", "CRAM-MD5") if encrypted else ("CRAM-MD5", "PLAIN", "LOGIN")
    names = {name.upper() for name in offered}
    return [name for name in order if name in names]


def offered(extensions: Mapping[str, str]) -> list[str]:
    """List the mechanisms on offer, those of the old spelling `AUTH=LOGIN` too."""
    usual = extensions.get("AUTH", "").upper().split()
    old = [
        word
        for keyword, parameters in extensions.items()
        if keyword.startswith("AUTH=")
        for word in (keyword[5:], *parameters.upper().split())
    ]
    return list(dict.fromkeys(filter(None, [*usual, *old])))


def encoded(data: bytes) -> str:
    """Write what AUTH sends; an empty one is `=` (RFC 4954 section 4)."""
    return base64.b64encode(data).decode("ascii") or "="


def decoded_challenge(text: str) -> bytes:
    """Read a challenge; one that is no base64 counts as empty, as some servers ask in plain words."""
    try:
        return base64.b64decode(text.encode("ascii", "ignore"), validate=True)
    except ValueError:
        return b""
