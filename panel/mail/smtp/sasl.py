"""The login mechanisms of SASL that a password or a token can do: which of those on offer, and what each says."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Generator, Iterable, Mapping

from panel.mail.patterns import pattern_of

# RFC 5321 section 4.5.3.1.4, and RFC 4954 section 4: an initial response never makes the line of AUTH longer than that.
MAX_COMMAND = 512
MAX_RESPONSE = 12_288  # octets of a line within AUTH, RFC 4954 section 4
B64TOKEN = pattern_of(r"[A-Za-z0-9._~+/-]+=*")  # an access token, RFC 6750 section 2.1

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


def xoauth2(user: str, token: str, _host: str, _port: int) -> bytes:
    """Give what Google made before there was a standard, and Microsoft has alone."""
    return f"user={user}\1auth=Bearer {token}\1\1".encode()


def oauthbearer(user: str, token: str, host: str, port: int) -> bytes:
    """RFC 7628 section 3.1; the name is a saslname (RFC 5801 section 4)."""
    name = user.replace("=", "=3D").replace(",", "=2C")
    return f"n,a={name},\1host={host}\1port={port}\1auth=Bearer {token}\1\1".encode()


# In the order in which they are tried, each with what answers the reason of a refusal (RFC 7628 section 3.2.3).
OF_TOKENS: dict[str, tuple[Callable[[str, str, str, int], bytes], bytes]] = {
    "XOAUTH2": (xoauth2, b""),
    "OAUTHBEARER": (oauthbearer, b"\1"),
}


def choose_for_token(offered: Iterable[str]) -> list[str]:
    """List what a token can do of an offer: nothing that is meant for passwords."""
    names = {name.upper() for name in offered}
    return [name for name in OF_TOKENS if name in names]


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
    """Write what AUTH sends."""
    return base64.b64encode(data).decode("ascii")


def initial(mechanism: str, first: bytes) -> str | None:
    """Give the line that begins with an initial response, an empty one as `=`; None where it is too long for that."""
    line = f"AUTH {mechanism} {encoded(first) or '='}"
    return line if len(line) + 2 <= MAX_COMMAND else None


def decoded_challenge(text: str) -> bytes:
    """Read a challenge; one that is no base64 counts as empty, as some servers ask in plain words."""
    try:
        return base64.b64decode(text.encode("ascii", "ignore"), validate=True)
    except ValueError:
        return b""
