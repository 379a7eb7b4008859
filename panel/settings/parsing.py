"""Reads one setting as people type it; form, command line, import and store all read through here.

Every function takes text and gives the value, or raises `BadValue` with a sentence that says what to enter; a secret is
taken as it is. What stands in an address is read by `panel.mail.message.address`.
"""

from __future__ import annotations

import re
from ipaddress import ip_address

from panel.i18n import N_
from panel.mail.limits import LARGEST_BYTES, LEAST_BYTES, MAX_RECIPIENTS, MIB, size_text
from panel.mail.message.address import MAX_NAME, BadValue, is_encodable, parse_header_text, parse_line, tidy
from panel.mail.net.peers import unwrapped
from panel.mail.net.policy import is_loopback
from panel.mail.patterns import pattern_of

MAX_USER = 255
MAX_SECRET = 1024
MAX_INTERVAL_MS = 86_400_000  # one day
MAX_MINUTES = 1_440  # one day
MAX_NUMBER = 10**18 - 1  # of a message, version or test
MAX_CAP = 1_000_000_000
MAX_PEM = 64 * 1024
_DIGITS = pattern_of(r"[0-9]{1,18}\Z")  # any such number fits 64 bits, as the data file holds them
_SIZE = pattern_of(r"([0-9]{1,12}) ?(mib|mb|m|kib|kb|k|bytes|b)?")
_UNITS = {
    "": 1,
    "b": 1,
    "bytes": 1,
    **dict.fromkeys(("k", "kb", "kib"), 1024),
    **dict.fromkeys(("m", "mb", "mib"), MIB),
}
# What pages, browsers and password managers show in a password's place: asterisks, bullets, discs.
_MASK = (
    "*\u2217\u204e\u2731\u2b51\ufe61\uff0a\u2022\u25cf\u25cb\u25e6\u2b24\u26ab\u26aa\u2219\u22c5\u00b7\u2027\u30fb\uff65\u25aa\u25a0"
    " \u3000\u200b\u200c\u200d\ufeff\ufe0e\ufe0f"  # and what may stand between or behind them
)


def name(text: str) -> str:
    """A display name: what a header holds in one line."""
    return parse_header_text(text, at_most=MAX_NAME)


def user(text: str) -> str:
    """A login name: no control characters, because NUL parts the fields of AUTH PLAIN (RFC 4616)."""
    return parse_line(tidy(text, at_most=MAX_USER), at_most=MAX_USER)


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
    if not is_encodable(text):
        raise BadValue(N_("%(label)s contains a character that cannot be sent. Type it again."))
    return text


def number(text: str) -> int | None:
    """A whole number in plain digits as programs write it; None for anything else, and for a longer one."""
    return int(text) if _DIGITS.match(text) else None


def port(text: str) -> int:
    """A TCP port, 1 to 65535."""
    number = whole_number(text)
    if number is None or not 1 <= number <= 65535:
        raise BadValue(N_("%(label)s is a number from 1 to 65535."))
    return number


def interval_ms(text: str) -> int:
    """A time between two messages in milliseconds, at most a day."""
    number = whole_number(text)
    if number is None:
        raise BadValue(N_("Enter the interval as a number of milliseconds. 6 seconds is 6000."))
    if number > MAX_INTERVAL_MS:
        raise BadValue(N_("The interval is at most %(most)d milliseconds, one day."), most=MAX_INTERVAL_MS)
    return number


def minutes(text: str) -> int:
    """A number of minutes, at most a day."""
    number = whole_number(text)
    if number is None or number > MAX_MINUTES:
        raise BadValue(N_("%(label)s is a number of minutes from 0 to %(most)d."), most=MAX_MINUTES)
    return number


def cap(text: str) -> int:
    """A number of messages, at least one."""
    number = whole_number(text)
    if number is None or not 1 <= number <= MAX_CAP:
        raise BadValue(N_("Enter %(label)s as a number, or leave it empty for no limit."))
    return number


def message_bytes(text: str) -> int:
    """The largest message, in bytes or with a unit, such as `40 MiB`; a megabyte is what programs take it for."""
    found = _SIZE.fullmatch(tidy(text).lower())
    size = int(found[1]) * _UNITS[found[2] or ""] if found else 0
    if not LEAST_BYTES <= size <= LARGEST_BYTES:
        least, most = size_text(LEAST_BYTES), size_text(LARGEST_BYTES)
        raise BadValue(N_("%(label)s is from %(least)s to %(most)s, such as 40 MiB."), least=least, most=most)
    return size


def recipients(text: str) -> int:
    """The recipients of one message, at least one."""
    number = whole_number(text)
    if number is None or not 1 <= number <= MAX_RECIPIENTS:
        raise BadValue(N_("%(label)s is a number from 1 to %(most)d."), most=MAX_RECIPIENTS)
    return number


def source_address(text: str) -> str:
    """An address of this machine to connect from; whether it has it, only a connection shows."""
    try:
        address = unwrapped(ip_address(tidy(text)))
    except ValueError:
        raise BadValue(N_("%(label)s is an IP address of this machine, such as 192.0.2.10.")) from None
    if address.is_unspecified or address.is_multicast or getattr(address, "scope_id", None):
        raise BadValue(N_("%(label)s is an IP address of this machine, such as 192.0.2.10."))
    return str(address)


def flag(text: str) -> bool:
    """Yes or no, as a form, a command line or a file says it."""
    word = tidy(text).lower()
    if word in {"yes", "y", "on", "true", "1"}:
        return True
    if word in {"no", "n", "off", "false", "0", ""}:
        return False
    raise BadValue(N_("Enter yes or no."))


def is_this_machine(host: str) -> bool:
    """Say whether a host is this machine by what was entered; of any other name only the connection shows that."""
    try:
        return host == "localhost" or is_loopback(host)
    except ValueError:
        return False


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


def whole_number(text: str) -> int | None:
    """A whole number as it is typed; `1e3`, `+587` and `0x24b` are none."""
    try:
        return number(tidy(text))
    except BadValue:
        return None
