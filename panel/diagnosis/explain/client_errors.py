"""What mail programs say on their own, where no server replied: no connection, no name, no trust.

The words are those of OpenSSL, libc, Python, Java, Go, Node.js, .NET, PHP, curl, Postfix, Exim, qmail and Domino, in
lower case; Outlook has numbers for them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from panel.mail.smtp.protocol import Stage


@dataclass(frozen=True, slots=True)
class ClientFault:
    """A cause that the sending side saw itself, and the stage at which it is seen."""

    cause: str
    stage: Stage


_ROWS: tuple[tuple[str, Stage, tuple[str, ...]], ...] = (
    (
        "certificate_expired",
        Stage.TLS,
        (
            r"certificate (?:has |is )?expired",
            r"cert_has_expired",
            r"certificate is not yet valid",
            r"証明書.{0,12}期限",
        ),
    ),
    (
        "certificate_hostname",
        Stage.TLS,
        (
            r"hostname mismatch",
            r"cert_altname_invalid",
            r"hostname/ip does not match",
            r"certificate is (?:not valid for|valid for [^\n]{1,300}, not )",
            r"(?:certificate|peer|cn|hostname|subject)\b[^\n]{0,80} (?:did|does)(?: not|n't) match",
            r"no subject alternative",
            r"remotecertificatenamemismatch",
        ),
    ),
    (
        "tls_handshake",
        Stage.TLS,
        (r"(?:dh|ee|ca)[ _](?:certificate )?(?:key|md|digest algorithm)[ _]too[ _](?:small|weak)",),
    ),
    (
        "certificate_untrusted",
        Stage.TLS,
        (
            r"self[- _]signed[ _]cert",
            r"unable[ _]to[ _]get[ _](?:local[ _])?issuer",
            r"unable to verify the first certificate",
            r"unable_to_verify_leaf",
            r"certificate[ _]verify[ _]failed",
            r"certificate verification failed",
            r"signed by unknown authority",
            r"unknown ca\b",
            r"pkix path building failed",
            r"remote certificate (?:is invalid|was rejected)",
            r"(?:certificate|issuer)[^\n]{0,40}not (?:trusted|verified)",
            r"untrusted issuer",
        ),
    ),
    (
        "tls_wrong_mode",
        Stage.TLS,
        (
            r"wrong[ _]version[ _]number",
            r"record layer failure",
            r"does not look like a tls handshake",
            r"unknown protocol",
            r"plaintext connection\?",
            r"unrecognized ssl message",
            r"tls packet with unexpected length",
            r"packet length too long",
            r"handshake failed due to an unexpected packet format",
        ),
    ),
    (
        "tls_handshake",
        Stage.TLS,
        (
            r"no shared cipher",
            r"unsupported[ _]protocol",
            r"handshake[ _]failure",
            r"(?:alert|tlsv1)[ _](?:alert[ _])?protocol[ _]version",
            r"no (?:protocols available|appropriate protocol)",
            r"no mutual cipher",
        ),
    ),
    (
        "starttls_not_offered",
        Stage.STARTTLS,
        (
            r"starttls (?:extension )?(?:is )?not (?:supported|offered|available)",
            r"(?:does not|doesn't) support (?:starttls|tls|secure connections)",
            r"tls is required, but was not offered",
            r"starttls is required but",
            r"server did not offer starttls",
        ),
    ),
    (
        "auth_not_offered",
        Stage.AUTH,
        (
            r"smtp auth extension not supported",
            r"(?:does not|doesn't) support (?:auth\b|authentication|smtp auth)",
            r"no authentication mechanisms? (?:offered|advertised)",
        ),
    ),
    (
        "auth_mechanism",
        Stage.AUTH,
        (
            r"no mechanism available",
            r"no worthy mechs",
            r"no suitable authentication",
            r"no supported authentication (?:method|mechanism)",
            r"no authentication mechanisms? supported by both",
        ),
    ),
    (
        "not_smtp",
        Stage.GREETING,
        (
            r"\bhttp/[12](?:\.[01])? \d{3}",
            r"\bssh-2\.0-",
            r"^\* ok ",
            r"^\+ok ",
            r"invalid greeting",
        ),
    ),
    (
        "dns_unavailable",
        Stage.RESOLVE,
        (r"temporary failure in name resolution", r"eai_again", r"server misbehaving", r"errno 11002"),
    ),
    (
        "dns_not_found",
        Stage.RESOLVE,
        (
            r"enotfound",
            r"(?:getaddrinfo|gethostbyname)[^\n]{0,40} (?:failed|error)",
            r"name or service not known",
            r"nodename nor servname",
            r"no address associated with",
            r"\bno such host\b",
            r"unknown ?host(?:exception)?\b",
            r"could ?n[o']t (?:resolve|find) host",
            r"0x800ccc0d",
            r"cannot (?:resolve|locate) host|cannot resolve ",
            r"host (?:or domain name )?not found",
            r"name does not resolve",
            r"remote name could not be resolved",
            r"could ?n[o']t find any host named",
        ),
    ),
    (
        "connection_forbidden",
        Stage.CONNECT,
        (
            r"\bconnect\w*\b[^\n]{0,120}(?:permission denied|operation not permitted)(?!: ['\"/])",
            r"(?:permission denied|operation not permitted)[^\n]{0,20}\bconnect\b",
            r"permissionerror: \[errno (?:13|1)\] (?:permission denied|operation not permitted)(?!: ['\"/])",
            r"socket\w*[^\n]{0,40}: (?:permission denied|operation not permitted)(?!: ['\"/])",
            r"\bconnect (?:eacces|eperm)\b|\bwsaeacces\b|winerror 10013|\berror 10013\b|errno 10013|\(10013\)",
            r"access a socket in a way forbidden",
            r"アクセス許可で禁じられた方法でソケット",
        ),
    ),
    (
        "local_resources",
        Stage.CONNECT,
        (
            r"too many open files",
            r"\be[mn]file\b|\benobufs\b|winerror 100(?:24|55)|errno 100(?:24|55)\b",
            r"no buffer space available",
            r"can(?:no|')t (?:start new thread|allocate memory)",
        ),
    ),
    (
        "network_unreachable",
        Stage.CONNECT,
        (
            r"network is unreachable",
            r"network is down|host is down|\benetdown\b|\behostdown\b",
            r"(?:cannot|can't) assign requested address|\beaddrnotavail\b",
            r"address family not supported|\beafnosupport\b",
            r"no route to host",
            r"enetunreach",
            r"ehostunreach",
            r"unreachable (?:host|network)",
        ),
    ),
    (
        "connection_refused",
        Stage.CONNECT,
        (r"connection refused", r"econnrefused", r"actively refused", r"接続(?:を|が)拒否"),
    ),
    (
        "greeting_timeout",
        Stage.GREETING,
        (
            r"greeting never received",
            r"tim(?:ed out|eout)[^\n]{0,30} (?:receiving|waiting for) the initial server greeting",
            r"tim(?:ed out|eout) (?:after|at) initial connection",
        ),
    ),
    (
        "reply_timeout",
        Stage.DATA,
        (
            r"read timed out",
            r"timed out while (?:sending|receiving|performing)",
            r"timeout after (?:mail|rcpt|data|end of data|sending|pipelined|helo|ehlo)",
            r"read operation timed out",
            r"0x800ccc19",
        ),
    ),
    (
        "connect_timeout",
        Stage.CONNECT,
        (
            r"connect(?:ion)? timed ?out",
            r"etimedout",
            r"connect(?:ion)? timeout",
            r"\btimed out\b",
            r"failed to respond after a period of time",
            r"i/o timeout",
            r"0x800ccc0e",
            r"タイムアウト",
        ),
    ),
    (
        "connection_lost",
        Stage.GREETING,
        (
            r"connection (?:was |has been |been )?(?:unexpectedly )?(?:reset|closed|aborted|dropped)",
            r"lost connection",
            r"econnreset",
            r"unexpected[ _]eof",
            r"eof occurred",
            r"unexpected end of (?:file|stream)",
            r"socket hang up",
            r"broken pipe",
            r"closed connection",
            r"could not read from socket",
            r"forcibly closed",
            r"0x800ccc0f",
        ),
    ),
    ("login_refused", Stage.AUTH, (r"smtp error: could not authenticate", r"\(67\) login denied", r"0x800ccc18")),
    ("pop_login_refused", Stage.POP, (r"0x800ccc92",)),
    (
        "recipient_unknown",
        Stage.RCPT,
        (r"not (?:listed|found) in (?:the )?(?:domino|public|notes) (?:directory|name)",),
    ),
)
_PATTERNS = tuple(
    (ClientFault(cause, stage), re.compile("|".join(words), re.MULTILINE)) for cause, stage, words in _ROWS
)
_LOOK_UP = re.compile(
    r"(?:name service error for name=|lookup of |any host named )([\w-]{1,63}(?:\.[\w-]{1,63}){0,8})[^\n]{0,80}"
)


def fault_in(text: str) -> ClientFault | None:
    """Find what the sending program saw itself; the narrow words before the wide ones."""
    text = text.lower()
    if _names_recipients_domain(text):
        return ClientFault("recipient_domain", Stage.RCPT)
    return next((fault for fault, pattern in _PATTERNS if pattern.search(text)), None)


def _names_recipients_domain(text: str) -> bool:
    """Say whether the name that was not found stands after an @: then it is a recipient's, and no server's."""
    found = _LOOK_UP.search(text)
    return bool(found and "try again" not in found[0] and f"@{found[1]}" in text)
