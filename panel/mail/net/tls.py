"""TLS as a client: at least 1.2, the chain and the name verified, and a cause for each way in which it fails."""

from __future__ import annotations

import ssl
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from panel.mail.net import network_faults
from panel.mail.net.authorities import trusting_system
from panel.mail.text import readable

_EXPIRED = {9, 10}  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
_OTHER_NAME = {62, 64}  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_WEAK = {66, 67, 68}  # X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NOT_TLS = (
    "WRONG_VERSION_NUMBER",
    "RECORD_LAYER_FAILURE",
    "PACKET_LENGTH_TOO_LONG",
    "HTTP_REQUEST",
    "HTTPS_PROXY_REQUEST",
    "UNEXPECTED_MESSAGE",
    "BAD_RECORD_TYPE",
    "UNKNOWN_PROTOCOL",
)


class TlsFacts(NamedTuple):
    """What a connection is protected by, and until when the certificate holds (ISO 8601, UTC)."""

    version: str
    cipher: str
    subject: str
    not_after: str


@lru_cache(maxsize=8)
def context(ca_certificate: str, *, verify_name: bool = True) -> ssl.SSLContext:
    """Make a context that trusts the system's authorities and this one; it is kept, for it may take 25 ms."""
    made = trusting_system()
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_certificate:
        made.load_verify_locations(cadata=ca_certificate)
        made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a server's own certificate may be what is trusted
    made.check_hostname = verify_name
    return made


def tls_facts(secured: ssl.SSLSocket) -> TlsFacts:
    """Tell what protects a connection."""
    cipher = secured.cipher()
    return TlsFacts(
        secured.version() or "",
        cipher[0] if cipher else "",
        ", ".join(certificate_names(secured)),
        _moment(str(_certificate(secured).get("notAfter"))),
    )


def certificate_names(secured: ssl.SSLSocket) -> list[str]:
    """List the names that a certificate is for (RFC 6125: those of its alternative names)."""
    alternative: tuple[tuple[str, str], ...] = _certificate(secured).get("subjectAltName", ())
    return [readable(name.encode()) for kind, name in alternative if kind in ("DNS", "IP Address")]


def _certificate(secured: ssl.SSLSocket) -> dict[str, Any]:
    """Read a certificate; one whose names are no text, or whose dates are none, says nothing."""
    try:
        return secured.getpeercert() or {}
    except (ValueError, ssl.SSLError):
        return {}


def _moment(text: str) -> str:
    """Give a date of a certificate as ISO 8601, or nothing where it is no date that we can count to."""
    try:  # as `ssl.cert_time_to_seconds` does, which loads strptime and the locales for it
        month, day, time, year, zone = text.split()
        hour, minute, second = map(int, time.split(":"))
        found = datetime(int(year), _MONTHS.index(month) + 1, int(day), hour, minute, second)
    except (ValueError, OverflowError):
        return ""
    return f"{found.isoformat()}Z" if zone == "GMT" else ""


def cause_of_tls_fault(fault: ssl.SSLError) -> tuple[str, str]:
    """Name the cause of a handshake that failed, and what the library said of the certificate."""
    if isinstance(fault, ssl.SSLCertVerificationError):
        if fault.verify_code in _EXPIRED:
            return "certificate_expired", ""
        if fault.verify_code in _OTHER_NAME:
            return "certificate_hostname", ""
        if fault.verify_code in _WEAK:
            return "tls_handshake", fault.verify_message
        return "certificate_untrusted", fault.verify_message
    if fault.reason and any(word in fault.reason for word in _NOT_TLS):
        return "tls_wrong_mode", ""
    # The last is Python's own word (gh-108310) for a server that spoke and was gone before TLS could begin.
    gone = isinstance(fault, ssl.SSLEOFError | ssl.SSLZeroReturnError | ssl.SSLSyscallError)
    if gone or (fault.reason or "").startswith("Closed before TLS handshake"):
        return "connection_lost", ""
    return "tls_handshake", (fault.reason or "").replace("_", " ").lower()


def cause_in_session(fault: OSError) -> tuple[str, str]:
    """Name the cause of an error on a connection that stood; TLS 1.3 refuses a client's certificate this late."""
    if isinstance(fault, ssl.SSLError) and "ALERT" in (fault.reason or ""):
        return cause_of_tls_fault(fault)
    return network_faults.in_session(fault)
