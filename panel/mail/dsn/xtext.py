"""Parameters of MAIL and RCPT in ASCII: xtext (RFC 3461 section 4), and an address as ORCPT writes it."""

from __future__ import annotations

import re

from panel.mail.patterns import pattern_of

MOST_ORCPT = 500  # characters that every server takes (RFC 3461 section 5.4)
_PLAIN = pattern_of(r"[!-*,-<>-~]*", 0)  # what xtext leaves as it is
_OTHER = pattern_of(r"[^!-*,-<>-~]")
_OTHER_OF_UTF8 = pattern_of(r"[^!-*,-<>-\[\]-~]")
_HEXCHAR = pattern_of(r"\+([0-9A-Fa-f]{2})")
_EMBEDDED = pattern_of(r"\\x\{([0-9A-Fa-f]{2,6})\}")


def xtext(text: str) -> str:
    """Write ASCII text as xtext."""
    return text if _PLAIN.fullmatch(text) else _OTHER.sub(lambda found: f"+{ord(found[0]):02X}", text)


def text_of_xtext(written: str) -> str:
    """Read xtext; what is none is left as it stands."""
    return _HEXCHAR.sub(lambda found: chr(int(found[1], 16)), written)


def orcpt_of(address: str) -> str | None:
    """Write an address as ORCPT takes it, or say that it is too long for that.

    One beyond ASCII has a type of its own, in the form that no server can misread (RFC 6533 section 3):
    `utf-8;\\x{82B1}\\x{5B50}@example.jp`.
    """
    if address.isascii():
        written = f"rfc822;{xtext(address)}"
    else:
        written = "utf-8;" + _OTHER_OF_UTF8.sub(lambda found: f"\\x{{{ord(found[0]):02X}}}", address)
    return written if len(written) <= MOST_ORCPT else None


def original_recipient(field: str) -> str | None:
    """Read the address of an Original-Recipient in a report; None for that of another kind of network.

    A server has undone the xtext by then (RFC 3464 section 2.3.1), Exim 4 has not; nobody undoes what stands for
    letters beyond ASCII.
    """
    kind, _, address = (part.strip() for part in field.partition(";"))
    match kind.lower():
        case "rfc822":
            return address or None
        case "utf-8":
            return _EMBEDDED.sub(_embedded, address) or None
    return None


def _embedded(found: re.Match[str]) -> str:
    point = int(found[1], 16)
    return found[0] if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF else chr(point)
