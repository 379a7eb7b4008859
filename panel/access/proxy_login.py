"""Reads what the proxy in front says of who asks: a name that can be nobody else's, and the role of their groups."""

from __future__ import annotations

import re
import unicodedata
from quopri import decodestring

from panel.access.proxy_config import ProxyLogin
from panel.access.rights import Role
from panel.errors import PanelError
from panel.storage.actor import passes_for_program

MOST_NAME = 254  # characters, as many as an address of mail may have
_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")  # controls, what turns or joins unseen, halves, ends of lines
_ENCODED = re.compile(r"=\?utf-8\?q\?([!->@-~]*)\?=", re.IGNORECASE)  # RFC 2047, as Go writes it


class HeaderRefused(PanelError):
    """A header of the proxy that says nothing that can be true; `header` is its name."""

    def __init__(self, header: str, why: str) -> None:
        super().__init__(why)
        self.header = header


def proxy_name(raw: str, header: str) -> str:
    """Give the name in a header as WSGI has it, or raise `HeaderRefused` where it can be nobody's."""
    name = _utf8(raw, header)
    if header.lower().startswith("tailscale-"):
        name = _decoded(name, header)
    if why := why_no_name(name):
        raise HeaderRefused(header, why)
    return name


def why_no_name(name: str) -> str:
    """Say what is wrong with the name of an account that enters by a proxy; nothing where it may be one."""
    if "," in name:
        return "a comma: the header came twice, or the name holds one"
    return why_no_account(name)


def why_no_account(name: str) -> str:
    """Say what is wrong with a name by which others than the panel know somebody; nothing where all is well."""
    if not 1 <= len(name) <= MOST_NAME:
        return f"no name of 1 to {MOST_NAME} characters"
    if name != name.strip():
        return "a blank at an end"
    if any(unicodedata.category(each) in _INVISIBLE for each in name):
        return "a control character, or one that is not seen"
    return "the name of a program" if passes_for_program(name) else ""


def role_by_groups(raw: str, login: ProxyLogin) -> Role | None:
    """Give the highest role of the groups in a header, else the default one; a header that is missing holds none."""
    listed = _utf8(raw, login.role_header)
    if "\n" in listed:  # so `serve` marks it
        raise HeaderRefused(login.role_header, "the header came twice")
    groups = {group.strip() for group in re.split(_separator(login.role_header), listed)}
    ranks = [*Role]
    found = [role for group, role in login.roles if group in groups]
    return max(found, key=ranks.index) if found else login.default_role


def _separator(header: str) -> str:
    """authentik parts groups by | alone, and lets a comma stand in the name of one."""
    return r"\|" if header.lower().startswith("x-authentik-") else "[,|]"


def _utf8(raw: str, header: str) -> str:
    """Read as UTF-8 what WSGI hands on as Latin-1 (PEP 3333)."""
    try:
        return raw.encode("latin-1").decode("utf-8")
    except UnicodeError:
        raise HeaderRefused(header, "bytes that are no UTF-8") from None


def _decoded(text: str, header: str) -> str:
    """Decode a name that stands in encoded words from its beginning to its end."""
    words = text.split(" ")
    if not all(found := [_ENCODED.fullmatch(word) for word in words]):
        return text
    data = b"".join(decodestring(word[1].encode("ascii"), header=True) for word in found if word)
    return _utf8(data.decode("latin-1"), header)
