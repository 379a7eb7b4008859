"""Reads what stands in an address, and on one line, as people type it: an addr-spec, a host, the name for EHLO.

Every function takes text and gives the value, or raises `BadValue` with a sentence that says what to enter.
Full-width letters and digits are normalised (NFKC), blanks around a value are dropped.
No function lets a control character through: what comes out may stand on a protocol line.
"""

from __future__ import annotations

import re
import unicodedata

from panel.i18n import N_, Text
from panel.mail.message.encoded_words import hides_controls
from panel.mail.patterns import pattern_of

MAX_NAME = 200  # characters of a display name
MAX_LOCAL_PART = 64  # RFC 5321 section 4.5.3.1.1
MAX_ADDRESS = 253  # a path of 256 with its brackets and the @ (RFC 5321 section 4.5.3.1.3)
MAX_HOST = 255  # a name of 253 (RFC 1035 section 2.3.4) with its last dot, or an address in brackets
TYPED = 4  # characters that are normalised to one, at most: Hangul in three letters, and some to spare
_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~-"  # RFC 5322 section 3.2.3
_DOT_STRING = pattern_of(rf"[{_ATEXT}]+(\.[{_ATEXT}]+)*")  # RFC 5321 section 4.1.2
_PLAIN = pattern_of(  # what nearly all addresses are: there is nothing to normalise
    rf"([{_ATEXT}]+(?:\.[{_ATEXT}]+)*)@((?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{{2,63}})"
)
_DOTS_ANYWHERE = pattern_of(rf"[.{_ATEXT}]+")
_OLD_TELEPHONES = ("docomo.ne.jp", "ezweb.ne.jp")  # gave out addresses with dots side by side, or before the @
_NOT_ASCII = pattern_of(r"[^\x00-\x7f]")
_LABEL = pattern_of(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)\Z")
_CONTROLS = pattern_of(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NO_ADDRESS = N_("That is not a mail address. Enter one like report@example.co.jp.")
_VALUE = N_("The value")  # where nobody says which


class BadValue(ValueError):
    """A value that cannot be taken; `text` says what to enter instead, `%(label)s` stands for the field's name."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.text = Text(message, {"label": Text(_VALUE), **values})


def tidy(text: str, *, at_most: int = MAX_HOST) -> str:
    """Normalise what an input method may have left: full-width forms and surrounding blanks.

    Raise for a text that is too long before that: to order its marks takes the square of their number.
    """
    text = text.strip()
    if len(text) <= TYPED * at_most:
        text = unicodedata.normalize("NFKC", text).strip()
    if len(text) > at_most:
        raise BadValue(N_("%(label)s is too long. Use at most %(most)d characters."), most=at_most)
    return text


def has_controls(text: str) -> bool:
    """Say whether a text holds a control character."""
    return not text.isprintable() and bool(_CONTROLS.search(text))


def parse_line(text: str, *, at_most: int) -> str:
    """One line of text; a display name keeps its full-width letters."""
    text = text.strip()
    if has_controls(text):
        raise BadValue(N_("%(label)s cannot contain a line break or a control character. Enter it on one line."))
    if len(text) > at_most:
        raise BadValue(N_("%(label)s is too long. Use at most %(most)d characters."), most=at_most)
    if not is_encodable(text):
        raise BadValue(N_("%(label)s contains a character that cannot be sent. Type it again."))
    return text


def parse_header_text(text: str, *, at_most: int) -> str:
    """One line of text for a header field; nor may a line break be there for whoever decodes it."""
    text = parse_line(text, at_most=at_most)
    if hides_controls(text):
        raise BadValue(N_("%(label)s hides a line break or a control character in an encoded word. Enter plain text."))
    return text


def parse_address(text: str) -> str:
    """One addr-spec (RFC 5322 section 3.4.1) with its domain as A-labels; nothing is looked up."""
    found = parse_recipient(text)
    if not found.isascii():
        raise BadValue(
            N_("The part before the @ may hold ASCII letters only. Enter an address like report@example.co.jp.")
        )
    return found


def parse_recipient(text: str) -> str:
    """The same of somebody else, whose local part may be in any script (RFC 6531 section 3.3)."""
    if len(text) <= MAX_LOCAL_PART and (plain := _PLAIN.fullmatch(text)):  # so that no part can be too long
        return f"{plain[1]}@{plain[2].lower()}"
    text = tidy(text, at_most=MAX_ADDRESS)
    if has_controls(text):
        raise BadValue(N_("%(label)s cannot contain a line break or a control character. Enter it on one line."))
    if re.search(r"[,;<>\s]", text):
        raise BadValue(N_("Enter one address only, without a name or brackets, like report@example.co.jp."))
    local, at, domain = text.rpartition("@")
    if not at or not domain:
        raise BadValue(N_("The domain after the @ is missing. Enter an address like report@example.co.jp."))
    try:
        domain = _literal(domain) or parse_host(domain)
    except BadValue:
        raise BadValue(_NO_ADDRESS) from None
    local = _local_part(local, domain)
    octets = len(local.encode())
    if octets > MAX_LOCAL_PART or octets + len(domain) > MAX_ADDRESS:
        raise BadValue(N_("%(label)s is too long. Use at most %(most)d characters."), most=MAX_ADDRESS)
    return f"{local}@{domain}"


def parse_host(text: str) -> str:
    """A host name in lower case as A-labels (RFC 5890), or an IP address without brackets."""
    text = tidy(text, at_most=MAX_HOST).replace("。", ".")  # an ideographic full stop
    if has_controls(text) or re.search(r"[\s/@\\]", text):
        raise BadValue(N_("%(label)s is a name only, without smtp:// or a port."))
    address = _ip(_bare(text))
    if address:
        return address
    if ":" in text:
        raise BadValue(N_("%(label)s is a name only, without smtp:// or a port."))
    labels = _ascii_labels(text.removesuffix("."))
    if labels is None or labels[-1].isdigit():
        raise BadValue(N_("%(label)s is not a host name. Enter a name like smtp.example.co.jp."))
    return ".".join(labels)


def parse_ehlo_name(text: str) -> str:
    """What EHLO takes (RFC 5321 section 4.1.1.1): a host name or an address literal such as `[192.0.2.1]`."""
    text = tidy(text)
    try:
        return _literal(text) or parse_host(text)
    except BadValue:
        raise BadValue(
            N_("Enter %(label)s like app01.example.co.jp, in letters and digits, or an address like [192.0.2.1].")
        ) from None


def is_encodable(text: str) -> bool:
    """Say whether the text has no lone surrogates, which no wire can carry."""
    return text.isascii() or not re.search(r"[\ud800-\udfff]", text)


def _local_part(text: str, domain: str) -> str:
    """What stands before the @; where its dots are no dot-string, it needs quotes (RFC 5321 section 4.1.2)."""
    if _DOT_STRING.fullmatch(_NOT_ASCII.sub("x", text)) and all(map(_is_visible, text)):
        return text
    bare = text.removeprefix('"').removesuffix('"')
    if domain in _OLD_TELEPHONES and _DOTS_ANYWHERE.fullmatch(bare) and text in (bare, f'"{bare}"'):
        return f'"{bare}"'
    raise BadValue(_NO_ADDRESS)


def _literal(text: str) -> str | None:
    """Write an IP address as an address literal (RFC 5321 section 4.1.3), with brackets, whether it came in them."""
    address = _ip(re.sub(r"\AIPv6:", "", _bare(text), flags=re.IGNORECASE))
    if not address:
        return None
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _bare(text: str) -> str:
    return text[1:-1] if text.startswith("[") and text.endswith("]") else text


def _ip(text: str) -> str | None:
    """Read an IP address without a zone: what needs one is link-local, and never connected to."""
    if ":" not in text and not text[-1:].isdigit():
        return None
    from ipaddress import ip_address  # only for what can be one

    try:
        return None if "%" in text else str(ip_address(text))
    except ValueError:
        return None


def _ascii_labels(text: str) -> list[str] | None:
    if not text.isascii():
        import idna  # only for the names that need it

        try:
            text = idna.encode(text, uts46=True).decode("ascii")
        except idna.IDNAError:
            return None
    labels = text.lower().split(".")
    return labels if len(text) <= 253 and all(_LABEL.match(label) for label in labels) else None


def _is_visible(character: str) -> bool:
    """Say whether it is a letter, mark, number, sign or symbol: nothing that hides, parts or turns others."""
    return unicodedata.category(character)[0] in "LMNPS"
