"""Numbers that mean the same in every language: errno, Winsock, getaddrinfo, and the HRESULTs of Windows.

An operating system tells them beside words of its user's language; only the numbers are looked for.
Sources: Linux `errno(3)` and `asm-generic/errno.h`, XNU `bsd/sys/errno.h`, libuv's `uv/errno.h`, Windows Sockets Error
Codes (10004-11031), POSIX `netdb.h` as glibc, musl and macOS number it, `winerror.h`, Outlook's list of 0x800CCCxx
(`mimeole.h`), and CDO's.
"""

# fmt: off

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from panel.diagnosis.causes import connection, login, tls, unclear
from panel.diagnosis.causes.cause import Cause
from panel.diagnosis.needed import has_any

ERRNO: Mapping[str, Cause] = {
    "1": connection.CONNECTION_FORBIDDEN,     # EPERM
    "13": connection.CONNECTION_FORBIDDEN,    # EACCES
    "23": connection.LOCAL_RESOURCES,         # ENFILE
    "24": connection.LOCAL_RESOURCES,         # EMFILE
    "32": connection.CONNECTION_LOST,         # EPIPE
    "97": connection.NETWORK_UNREACHABLE,     # EAFNOSUPPORT, Linux
    "99": connection.NETWORK_UNREACHABLE,     # EADDRNOTAVAIL, Linux
    "100": connection.NETWORK_UNREACHABLE,    # ENETDOWN, Linux
    "101": connection.NETWORK_UNREACHABLE,    # ENETUNREACH, Linux
    "103": connection.CONNECTION_LOST,        # ECONNABORTED, Linux
    "104": connection.CONNECTION_LOST,        # ECONNRESET, Linux
    "105": connection.LOCAL_RESOURCES,        # ENOBUFS, Linux
    "110": connection.CONNECT_TIMEOUT,        # ETIMEDOUT, Linux
    "111": connection.CONNECTION_REFUSED,     # ECONNREFUSED, Linux
    "112": connection.NETWORK_UNREACHABLE,    # EHOSTDOWN, Linux
    "113": connection.NETWORK_UNREACHABLE,    # EHOSTUNREACH, Linux
    "47": connection.NETWORK_UNREACHABLE,     # EAFNOSUPPORT, macOS and BSD
    "49": connection.NETWORK_UNREACHABLE,     # EADDRNOTAVAIL, macOS and BSD
    "50": connection.NETWORK_UNREACHABLE,     # ENETDOWN, macOS and BSD
    "51": connection.NETWORK_UNREACHABLE,     # ENETUNREACH, macOS and BSD
    "53": connection.CONNECTION_LOST,         # ECONNABORTED, macOS and BSD
    "54": connection.CONNECTION_LOST,         # ECONNRESET, macOS and BSD
    "55": connection.LOCAL_RESOURCES,         # ENOBUFS, macOS and BSD
    "60": connection.CONNECT_TIMEOUT,         # ETIMEDOUT, macOS and BSD
    "61": connection.CONNECTION_REFUSED,      # ECONNREFUSED, macOS and BSD
    "64": connection.NETWORK_UNREACHABLE,     # EHOSTDOWN, macOS and BSD
    "65": connection.NETWORK_UNREACHABLE,     # EHOSTUNREACH, macOS and BSD
    "8": connection.DNS_NOT_FOUND,            # EAI_NONAME, macOS
    "-2": connection.DNS_NOT_FOUND,           # EAI_NONAME, glibc and musl
    "-3": connection.DNS_UNAVAILABLE,         # EAI_AGAIN, glibc and musl
    "-4": connection.DNS_UNAVAILABLE,         # EAI_FAIL, glibc and musl
    "-5": connection.DNS_NOT_FOUND,           # EAI_NODATA, glibc and musl
    "-3001": connection.DNS_UNAVAILABLE,      # EAI_AGAIN, libuv
    "-3004": connection.DNS_UNAVAILABLE,      # EAI_FAIL, libuv
    "-3007": connection.DNS_NOT_FOUND,        # EAI_NODATA, libuv
    "-3008": connection.DNS_NOT_FOUND,        # EAI_NONAME, libuv
    "-4031": connection.NETWORK_UNREACHABLE,  # EHOSTDOWN, libuv on Windows
    "-4039": connection.CONNECT_TIMEOUT,      # ETIMEDOUT, libuv on Windows
    "-4047": connection.CONNECTION_LOST,      # EPIPE, libuv on Windows
    "-4048": connection.CONNECTION_FORBIDDEN, # EPERM, libuv on Windows
    "-4060": connection.LOCAL_RESOURCES,      # ENOBUFS, libuv on Windows
    "-4061": connection.LOCAL_RESOURCES,      # ENFILE, libuv on Windows
    "-4062": connection.NETWORK_UNREACHABLE,  # ENETUNREACH, libuv on Windows
    "-4063": connection.NETWORK_UNREACHABLE,  # ENETDOWN, libuv on Windows
    "-4066": connection.LOCAL_RESOURCES,      # EMFILE, libuv on Windows
    "-4073": connection.NETWORK_UNREACHABLE,  # EHOSTUNREACH, libuv on Windows
    "-4077": connection.CONNECTION_LOST,      # ECONNRESET, libuv on Windows
    "-4078": connection.CONNECTION_REFUSED,   # ECONNREFUSED, libuv on Windows
    "-4079": connection.CONNECTION_LOST,      # ECONNABORTED, libuv on Windows
    "-4089": connection.NETWORK_UNREACHABLE,  # EAFNOSUPPORT, libuv on Windows
    "-4090": connection.NETWORK_UNREACHABLE,  # EADDRNOTAVAIL, libuv on Windows
    "-4092": connection.CONNECTION_FORBIDDEN, # EACCES, libuv on Windows
}
WINSOCK: Mapping[str, Cause] = {
    "10013": connection.CONNECTION_FORBIDDEN, # WSAEACCES
    "10024": connection.LOCAL_RESOURCES,      # WSAEMFILE
    "10047": connection.NETWORK_UNREACHABLE,  # WSAEAFNOSUPPORT
    "10049": connection.NETWORK_UNREACHABLE,  # WSAEADDRNOTAVAIL
    "10050": connection.NETWORK_UNREACHABLE,  # WSAENETDOWN
    "10051": connection.NETWORK_UNREACHABLE,  # WSAENETUNREACH
    "10052": connection.CONNECTION_LOST,      # WSAENETRESET
    "10053": connection.CONNECTION_LOST,      # WSAECONNABORTED
    "10054": connection.CONNECTION_LOST,      # WSAECONNRESET
    "10055": connection.LOCAL_RESOURCES,      # WSAENOBUFS
    "10060": connection.CONNECT_TIMEOUT,      # WSAETIMEDOUT
    "10061": connection.CONNECTION_REFUSED,   # WSAECONNREFUSED
    "10064": connection.NETWORK_UNREACHABLE,  # WSAEHOSTDOWN
    "10065": connection.NETWORK_UNREACHABLE,  # WSAEHOSTUNREACH
    "11001": connection.DNS_NOT_FOUND,        # WSAHOST_NOT_FOUND
    "11002": connection.DNS_UNAVAILABLE,      # WSATRY_AGAIN
    "11003": connection.DNS_UNAVAILABLE,      # WSANO_RECOVERY
    "11004": connection.DNS_NOT_FOUND,        # WSANO_DATA
}
HRESULT: Mapping[str, Cause] = {
    "80090302": tls.TLS_HANDSHAKE,            # SEC_E_UNSUPPORTED_FUNCTION
    "80090330": tls.TLS_HANDSHAKE,            # SEC_E_DECRYPT_FAILURE
    "80090308": tls.TLS_WRONG_MODE,           # SEC_E_INVALID_TOKEN
    "80090318": tls.TLS_HANDSHAKE,            # SEC_E_INCOMPLETE_MESSAGE
    "80090322": tls.CERTIFICATE_HOSTNAME,     # SEC_E_WRONG_PRINCIPAL
    "80090325": tls.CERTIFICATE_UNTRUSTED,    # SEC_E_UNTRUSTED_ROOT
    "80090326": tls.TLS_HANDSHAKE,            # SEC_E_ILLEGAL_MESSAGE
    "80090327": tls.CERTIFICATE_UNTRUSTED,    # SEC_E_CERT_UNKNOWN
    "80090328": tls.CERTIFICATE_EXPIRED,      # SEC_E_CERT_EXPIRED
    "80090331": tls.TLS_HANDSHAKE,            # SEC_E_ALGORITHM_MISMATCH
    "80092012": tls.CERTIFICATE_REVOCATION,   # CRYPT_E_NO_REVOCATION_CHECK
    "80092013": tls.CERTIFICATE_REVOCATION,   # CRYPT_E_REVOCATION_OFFLINE
    "800b0101": tls.CERTIFICATE_EXPIRED,      # CERT_E_EXPIRED
    "800b0109": tls.CERTIFICATE_UNTRUSTED,    # CERT_E_UNTRUSTEDROOT
    "800b010a": tls.CERTIFICATE_UNTRUSTED,    # CERT_E_CHAINING
    "800b010f": tls.CERTIFICATE_HOSTNAME,     # CERT_E_CN_NO_MATCH
    "80072ee2": connection.CONNECT_TIMEOUT,   # WININET_E_TIMEOUT
    "80072ee7": connection.DNS_NOT_FOUND,     # WININET_E_NAME_NOT_RESOLVED
    "80072efd": connection.CONNECTION_REFUSED,  # WININET_E_CANNOT_CONNECT
    "80072efe": connection.CONNECTION_LOST,   # WININET_E_CONNECTION_ABORTED
    "800ccc0d": connection.DNS_NOT_FOUND,     # IXP_E_CANT_FIND_HOST
    "800ccc0e": connection.CONNECT_TIMEOUT,   # IXP_E_FAILED_TO_CONNECT
    "800ccc0f": connection.CONNECTION_LOST,   # IXP_E_CONNECTION_DROPPED
    "800ccc18": login.LOGIN_REFUSED,          # IXP_E_AUTH_FAIL
    "800ccc19": connection.REPLY_TIMEOUT,     # IXP_E_TIMEOUT
    "800ccc1a": tls.TLS_WRONG_MODE,           # IXP_E_SECURE_CONNECT_FAILED
    "800ccc92": login.POP_LOGIN_REFUSED,      # IXP_E_POP3_INVALID_PASSWORD
    "8004020c": unclear.CLIENT_REFUSED,       # CDO_E_RECIPIENT_MISSING
    "8004020d": unclear.CLIENT_REFUSED,       # CDO_E_FROM_MISSING
    "80040212": connection.CONNECTION_LOST,   # CDO_E_CONNECTION_DROPPED
    "80040213": connection.CONNECT_TIMEOUT,   # CDO_E_FAILED_TO_CONNECT
    "80040215": login.LOGIN_REFUSED,          # CDO_E_AUTHENTICATION_FAILURE
    "80040217": login.LOGIN_REFUSED,          # CDO_E_LOGON_FAILURE
    "80040220": unclear.CLIENT_REFUSED,       # CDO_E_INVALID_SEND_OPTION
    "80042108": connection.CONNECT_TIMEOUT,   # Outlook: cannot connect to the incoming server
    "80042109": connection.CONNECT_TIMEOUT,   # Outlook: cannot connect to the outgoing server
    "8004210a": connection.REPLY_TIMEOUT,     # Outlook: waiting for the answer of the server
    "8004210b": connection.REPLY_TIMEOUT,     # Outlook: the operation waited for the server
}
# fmt: on
_ERRNO = re.compile(
    r"(?:\berrno(?:[\"']?[ :=]{1,3}|\]? )|\bos error |(?:\bsocket[ -]?|socket[ -]?)(?:error|fehler)(?: code)?[:=]? ?#?)"
    r"(-?\d{1,5})(?![\d.])(\]? [^\n]{0,80})?"
)
# [Errno 13] Permission denied: 'conf/mail.json', which libuv tells by the system call
_OF_FILE = re.compile(
    r"\]? [^\n:'\"]{0,60}(?<!code): (?:b?['\"]|(?:[a-z]:)?[^\s:]{0,80}[/\\]|[\w-]{1,40}\.[a-z]{1,5}$)"
    r"|\]? (?:exec format|no data available)"
)
_OF_CALL = re.compile(r"\bsyscall['\"]?[:=] ?['\"]?(?!connect|getaddrinfo|query|read\b|write|send|recv)[a-z]")
_OF_NAMES = re.compile(r"gaierror|getaddrinfo|\[errno -|nodename|servname|resol")
_BEHIND = re.compile(r" \((\d{1,3})\)")
_WORDS_OF_ERRNO = ("connection refused", "timed out", "unreachable", "no route to host", "reset by peer", "try again")
_WINSOCK = re.compile(r"(1(?<![\d.:-]1)(?:00[1-6]\d|100[1-4]))(?![\d.-])(?! [a-z]{2,20}s\b)")
_ABOUT_SOCKETS = re.compile(
    r"socket|winerror|winsock|\bwsa|errno|ソケット|connect|接続"
    r"|(?:error|エラー|ошибк|fehler|erreur|错误|오류)[^\d\n]{0,24}\Z"
)
_BEGUN = ("800402", "8004210", "80072e", "800903", "8009201", "800b010", "800ccc")
_HRESULT = re.compile(rf"\b(?:0x)?((?:{'|'.join(_BEGUN)})[0-9a-f]{{1,2}})\b", re.ASCII)
_SIGNED = re.compile(r"(?<![\w.-])-(21[0-4]\d{7})\b")  # as Visual Basic writes an HRESULT


def causes_of_numbers(text: str) -> Iterator[Cause]:
    """Give what the numbers in a text in lower case mean, those of sockets first."""
    for number in (*_numbers_of_errno(text), *_numbers_behind(text)):
        yield from (table[number] for table in (ERRNO, WINSOCK) if number in table)
    for found in _WINSOCK.finditer(text) if "100" in text else ():
        if found[1] in WINSOCK and _is_about_sockets(text, found):
            yield WINSOCK[found[1]]
    if has_any(_BEGUN, text):
        yield from (HRESULT[found[1]] for found in _HRESULT.finditer(text) if found[1] in HRESULT)
    if "-21" in text:
        signed = (f"{(1 << 32) - int(found[1]):x}" for found in _SIGNED.finditer(text))
        yield from (HRESULT[number] for number in signed if number in HRESULT)


def _numbers_of_errno(text: str) -> Iterator[str]:
    """Find what is called an errno, and is not one of a file or of a program that was to run."""
    if not has_any(("errno", "os error", "socket"), text) or _OF_CALL.search(text):
        return
    for found in _ERRNO.finditer(text):
        number = _unsigned(found)
        of_names = number in _SMALL_OF_NAMES and not _OF_NAMES.search(text)
        if not of_names and not _OF_FILE.match(found[2] or ""):
            yield number


_SMALL_OF_NAMES = ("8", "-2", "-3", "-4", "-5")  # what an errno may be, too


def _numbers_behind(text: str) -> Iterator[str]:
    """Find the numbers that PHP writes behind the words for them."""
    for found in _BEHIND.finditer(text) if " (" in text else ():
        if text.endswith(_WORDS_OF_ERRNO, 0, found.start()):
            yield found[1]


def _is_about_sockets(text: str, found: re.Match[str]) -> bool:
    """Say whether a number that may count anything stands among words about sockets, or is called an error."""
    before, behind = text[max(0, found.start() - 80) : found.start()], text[found.end() : found.end() + 80]
    return _ABOUT_SOCKETS.search(before) is not None or _ABOUT_SOCKETS.search(behind) is not None


def _unsigned(found: re.Match[str]) -> str:
    """Give a number of errno, of which libuv turns the sign; the small ones below zero are those of getaddrinfo."""
    number = found[1]
    return number[1:] if found[0].startswith("errno") and 9 < -int(number) < 1000 else number
