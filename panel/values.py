"""Reads one value as people type it; form, command line, import and store all read through here.

Every function takes text and gives the value, or raises `BadValue` with a sentence that says what to enter.
Full-width letters and digits are normalised (NFKC), blanks around a value are dropped; a secret is taken as it is.
No function lets a control character through: what comes out may stand on a protocol line.
"""

from __future__ import annotations

import re
import unicodedata

from panel.encoded_words import hides_controls
from panel.language import N_, Text

MAX_NAME = 200  # characters of a display name
MAX_LOCAL_PART = 64  # RFC 5321 section 4.5.3.1.1
MAX_ADDRESS = 253  # a path of 256 with its brackets and the @ (RFC 5321 section 4.5.3.1.3)
MAX_HOST = 255  # a name of 253 (RFC 1035 section 2.3.4) with its last dot, or an address in brackets
MAX_USER = 255
MAX_SECRET = 1024
MAX_INTERVAL_MS = 86_400_000  # one day
MAX_NUMBER = 10**18 - 1  # of a message, version or test
MAX_CAP = 1_000_000_000
MAX_PEM = 64 * 1024
TYPED = 4  # characters that are normalised to one, at most: Hangul in three letters, and some to spare

_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~-"  # RFC 5322 section 3.2.3
_DOT_STRING = re.compile(rf"[{_ATEXT}]+(\.[{_ATEXT}]+)*")  # RFC 5321 section 4.1.2
_DOTS_ANYWHERE = re.compile(rf"[.{_ATEXT}]+")
_OLD_TELEPHONES = ("docomo.ne.jp", "ezweb.ne.jp")  # gave out addresses with dots side by side, or before the @
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)\Z")
_DIGITS = re.compile(r"[0-9]{1,18}\Z")  # any such number fits 64 bits, as the data file holds them
# What pages, browsers and password managers show in a password's place: asterisks, bullets, discs.
_MASK = (
    "*\u2217\u204e\u2731\u2b51\ufe61\uff0a\u2022\u25cf\u25cb\u25e6\u2b24\u26ab\u26aa\u2219\u22c5\u00b7\u2027\u30fb\uff65\u25aa\u25a0"
    " \u3000\u200b\u200c\u200d\ufeff\ufe0e\ufe0f"  # and what may stand between or behind them
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NO_ADDRESS = N_("That is not a mail address. Enter one like report@example.co.jp.")


_VALUE = N_("The value")  # where nobody says which


class BadValue(ValueError):
    """A value that cannot be taken; `text` says what to enter instead, `%(label)s` stands for the field's name."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.text = Text(message, {"label": Text(_VALUE), **values})


def tidy(text: str, *, at_most: int = MAX_USER) -> str:
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
    return bool(_CONTROLS.search(text))


def line(text: str, *, at_most: int) -> str:
    """One line of text; a display name keeps its full-width letters."""
    text = text.strip()
    if has_controls(text):
        raise BadValue(N_("%(label)s cannot contain a line break or a control character. Enter it on one line."))
    if len(text) > at_most:
        raise BadValue(N_("%(label)s is too long. Use at most %(most)d characters."), most=at_most)
    if not _encodable(text):
        raise BadValue(N_("%(label)s contains a character that cannot be sent. Type it again."))
    return text


def header_text(text: str, *, at_most: int) -> str:
    """One line of text for a header field; nor may a line break be there for whoever decodes it."""
    text = line(text, at_most=at_most)
    if hides_controls(text):
        raise BadValue(N_("%(label)s hides a line break or a control character in an encoded word. Enter plain text."))
    return text


def name(text: str) -> str:
    return header_text(text, at_most=MAX_NAME)


def user(text: str) -> str:
    """A login name: no control characters, because NUL parts the fields of AUTH PLAIN (RFC 4616)."""
    return line(tidy(text, at_most=MAX_USER), at_most=MAX_USER)


def secret(text: str) -> str:
    """A password as it is, blanks at its ends included; only what would end a protocol line is refused."""
    if len(text) > MAX_SECRET:
        raise BadValue(N_("%(label)s is too long. Use at most %(most)d characters."), most=MAX_SECRET)
    if re.search(r"[\x00\r\n]", text):
        raise BadValue(N_("%(label)s cannot contain a line break. Check what you pasted."))
    if text.strip() and not text.strip(_MASK):
        raise BadValue(
            N_("That is the mask of %(label)s. Enter the password, or leave it blank to keep the saved one.")
        )
    if not _encodable(text):
        raise BadValue(N_("%(label)s contains a character that cannot be sent. Type it again."))
    return text


def address(text: str) -> str:
    """One addr-spec (RFC 5322 section 3.4.1) with its domain as A-labels; nothing is looked up."""
    found = recipient(text)
    if not found.isascii():
        raise BadValue(
            N_("The part before the @ may hold ASCII letters only. Enter an address like report@example.co.jp.")
        )
    return found


def recipient(text: str) -> str:
    """The same of somebody else, whose local part may be in any script (RFC 6531 section 3.3)."""
    text = tidy(text, at_most=MAX_ADDRESS)
    if has_controls(text):
        raise BadValue(N_("%(label)s cannot contain a line break or a control character. Enter it on one line."))
    if re.search(r"[,;<>\s]", text):
        raise BadValue(N_("Enter one address only, without a name or brackets, like report@example.co.jp."))
    local, at, domain = text.rpartition("@")
    if not at or not domain:
        raise BadValue(N_("The domain after the @ is missing. Enter an address like report@example.co.jp."))
    try:
        domain = _literal(domain) or host(domain)
    except BadValue:
        raise BadValue(_NO_ADDRESS) from None
    local = _local_part(local, domain)
    octets = len(local.encode())
    if octets > MAX_LOCAL_PART or octets + len(domain) > MAX_ADDRESS:
        raise BadValue(N_("%(label)s is too long. Use at most %(most)d characters."), most=MAX_ADDRESS)
    return f"{local}@{domain}"


def _local_part(text: str, domain: str) -> str:
    """What stands before the @; where its dots are no dot-string, it needs quotes (RFC 5321 section 4.1.2)."""
    if _DOT_STRING.fullmatch(_NOT_ASCII.sub("x", text)) and all(map(_is_visible, text)):
        return text
    bare = text.removeprefix('"').removesuffix('"')
    if domain in _OLD_TELEPHONES and _DOTS_ANYWHERE.fullmatch(bare) and text in (bare, f'"{bare}"'):
        return f'"{bare}"'
    raise BadValue(_NO_ADDRESS)


def host(text: str) -> str:
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


def ehlo_name(text: str) -> str:
    """What EHLO takes (RFC 5321 section 4.1.1.1): a host name or an address literal such as `[192.0.2.1]`."""
    text = tidy(text)
    try:
        return _literal(text) or host(text)
    except BadValue:
        raise BadValue(
            N_("Enter %(label)s like app01.example.co.jp, in letters and digits, or an address like [192.0.2.1].")
        ) from None


def number(text: str) -> int | None:
    """A whole number in plain digits as programs write it; None for anything else, and for a longer one."""
    return int(text) if _DIGITS.match(text) else None


def port(text: str) -> int:
    number = _integer(text)
    if number is None or not 1 <= number <= 65535:
        raise BadValue(N_("%(label)s is a number from 1 to 65535."))
    return number


def interval_ms(text: str) -> int:
    number = _integer(text)
    if number is None:
        raise BadValue(N_("Enter the interval as a number of milliseconds. 6 seconds is 6000."))
    if number > MAX_INTERVAL_MS:
        raise BadValue(N_("The interval is at most %(most)d milliseconds, one day."), most=MAX_INTERVAL_MS)
    return number


def cap(text: str) -> int:
    number = _integer(text)
    if number is None or not 1 <= number <= MAX_CAP:
        raise BadValue(N_("Enter %(label)s as a number, or leave it empty for no limit."))
    return number


def flag(text: str) -> bool:
    """Yes or no, as a form, a command line or a file says it."""
    word = tidy(text).lower()
    if word in {"yes", "y", "on", "true", "1"}:
        return True
    if word in {"no", "n", "off", "false", "0", ""}:
        return False
    raise BadValue(N_("Enter yes or no."))


def pem(text: str) -> str:
    """CA certificates as PEM text, proven by loading them."""
    text = text.strip().replace("\r\n", "\n")
    if "PRIVATE KEY" in text:
        raise BadValue(N_("That holds a private key. Paste only the certificate of the certificate authority."))
    if len(text) > MAX_PEM or not text.isascii():
        raise BadValue(N_("That is not a PEM certificate. It begins with -----BEGIN CERTIFICATE-----."))
    import ssl  # slow to load, and not needed for anything else here

    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError):
        raise BadValue(N_("That is not a PEM certificate. It begins with -----BEGIN CERTIFICATE-----.")) from None
    if not context.get_ca_certs() and not context.cert_store_stats()["x509"]:
        raise BadValue(N_("That is not a PEM certificate. It begins with -----BEGIN CERTIFICATE-----."))
    return text + "\n"


def _integer(text: str) -> int | None:
    """A whole number as it is typed; `1e3`, `+587` and `0x24b` are none."""
    try:
        return number(tidy(text))
    except BadValue:
        return None


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


def _encodable(text: str) -> bool:
    """Say whether the text has no lone surrogates, which no wire can carry."""
    return not re.search(r"[\ud800-\udfff]", text)
