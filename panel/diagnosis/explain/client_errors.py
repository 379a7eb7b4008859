"""What mail programs say on their own, where no server replied: no connection, no name, no trust.

The words are those of OpenSSL, libc, Python, Java, Go, Node.js, .NET, PHP, curl, Postfix, Exim, qmail and Domino, in
lower case.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from panel.diagnosis.causes import connection, login, recipient, tls
from panel.diagnosis.causes.cause import Cause
from panel.diagnosis.clients.dotnet import DOTNET
from panel.diagnosis.clients.go import GO
from panel.diagnosis.clients.java import JAVA
from panel.diagnosis.clients.node import NODE
from panel.diagnosis.clients.oauth import OAUTH
from panel.diagnosis.clients.php import PHP
from panel.diagnosis.clients.programs import PROGRAMS
from panel.diagnosis.clients.python import PYTHON
from panel.diagnosis.clients.ruby import RUBY
from panel.diagnosis.clients.rust import RUST
from panel.diagnosis.clients.servers import SERVERS
from panel.diagnosis.clients.systems import SYSTEMS
from panel.diagnosis.clients.tls import TLS
from panel.diagnosis.explain.elsewhere import is_elsewhere
from panel.diagnosis.explain.numbers import causes_of_numbers
from panel.diagnosis.needed import has_any, needed_by
from panel.diagnosis.wording import Sentences, Wording, ascii_words
from panel.mail.patterns import pattern_of
from panel.mail.smtp.protocol import Stage

WORDINGS = (*PYTHON, *GO, *RUST, *NODE, *DOTNET, *JAVA, *RUBY, *PHP, *PROGRAMS, *SERVERS, *TLS, *OAUTH, *SYSTEMS)
_SENTENCES = Sentences(WORDINGS)
_OF_SOCKET = r"(?!: ?b?['\"/]|: (?:[a-z]:)?[^\s:]{0,80}[/\\]|: [\w-]{1,40}\.[a-z]{1,5}$)"  # and not of a file
_ROWS: tuple[tuple[Cause, tuple[str, ...]], ...] = (
    (
        tls.CERTIFICATE_EXPIRED,
        (
            r"certificate(?:[^\n]{0,60} has| is)? expired",
            r"(?:\b|_)cert_has_expired\b",
            r"certificate is not yet valid",
            r"証明書.{0,12}期限",
        ),
    ),
    (
        tls.CERTIFICATE_HOSTNAME,
        (
            r"hostname mismatch",
            r"cert_altname_invalid\b",
            r"hostname/ip does not match",
            r"certificate is (?:not valid for|valid for [^\n]{1,300}, not )",
            r"\b(?:certificate|hostname)\b[^\n]{0,80} (?:did|does)(?: not|n't) match",
            r"\b(?:peer|cn|subject)\b[^\n]{0,80} (?:did|does)(?: not|n't) match[^\n]{0,80}(?:host|name|cert|expected)",
            r"no subject alternative",
            r"remotecertificatenamemismatch",
            r"証明書[^\n]{0,20}一致し(?:ません|ていません|ない)",
        ),
    ),
    (
        tls.TLS_HANDSHAKE,
        (r"(?:dh|ee|ca)[ _](?:certificate )?(?:key|md|digest algorithm)[ _]too[ _](?:small|weak)",),
    ),
    (
        tls.CERTIFICATE_UNTRUSTED,
        (
            r"(?<!using )(?<!using a )(?<!allow )(?<!accept )self[- _]signed[ _]cert",
            r"unable[ _]to[ _]get[ _](?:local[ _])?issuer",
            r"unable to verify the first certificate",
            r"(?:\b|_)unable_to_verify_leaf",
            r"certificate[ _]verify[ _]failed",
            r"certificate verification failed",
            r"signed by unknown authority",
            r"\bunknown ca\b",
            r"pkix path building failed",
            r"remote certificate (?:is invalid|was rejected)",
            r"(?:certificate|issuer)[^\n]{0,40}not (?:trusted|verified)",
            r"untrusted issuer",
        ),
    ),
    (
        tls.TLS_WRONG_MODE,
        (
            r"wrong[ _]version[ _]number",
            r"record layer failure",
            r"does not look like a tls handshake",
            r"(?:ssl|tls)[^\n]{0,120}\bunknown protocol\b(?!: )",
            r"plaintext connection\?",
            r"unrecognized ssl message",
            r"tls packet with unexpected length",
            r"packet length too long",
            r"handshake failed due to an unexpected packet format",
        ),
    ),
    (
        tls.TLS_HANDSHAKE,
        (
            r"no shared cipher",
            r"(?:ssl|tls)[^\n]{0,120}\bunsupported[ _]protocol\b(?! scheme)",
            r"(?<!socket )\bhandshake[ _]failure\b",
            r"(?:alert|tlsv1)[ _](?:alert[ _])?protocol[ _]version",
            r"no (?:protocols available|appropriate protocol)",
            r"no mutual cipher",
        ),
    ),
    (
        tls.STARTTLS_NOT_OFFERED,
        (
            r"starttls (?:extension )?(?:is )?not (?:supported|offered|available)",
            r"(?:does not|doesn't) support (?:starttls|tls|secure connections)",
            r"tls is required, but was not offered",
            r"starttls is required but",
            r"server did not offer starttls",
            r"starttls not advertised",
            r"starttls ?[をにはが](?:サポート|対応|提供)[^\n]{0,8}(?:ない|ません)",
        ),
    ),
    (
        login.AUTH_NOT_OFFERED,
        (
            r"smtp auth extension not supported",
            r"(?:does not|doesn't) support (?:auth\b|authentication|smtp auth)",
            r"no authentication mechanisms? (?:offered|advertised)",
            r"(?:does not|doesn't) advertise auth\b",
        ),
    ),
    (
        login.AUTH_MECHANISM,
        (
            r"no mechanism available",
            r"no worthy mechs",
            r"no suitable authentication",
            r"no supported authentication (?:method|mechanism)",
            r"no authentication mechanisms? supported by both",
        ),
    ),
    (
        connection.NOT_SMTP,
        (
            r"\bhttp/[12](?:\.[01])? (?:400|405|408|501|505)\b",
            r"\bssh-2\.0-",
            r"^\* ok ",
            r"^\+ok ",
            r"invalid greeting",
        ),
    ),
    (
        connection.DNS_UNAVAILABLE,
        (
            r"temporary failure in name resolution",
            r"\beai_again\b",
            r"server misbehaving",
            r"(?:getaddrinfo|getaddresses|address information|\blook ?up|name service error|\bresolv\w*)[^\n]{0,120}"
            r"\btry again\b",
            r"host not found, try again",
        ),
    ),
    (
        connection.DNS_NOT_FOUND,
        (
            r"\benotfound\b",
            r"(?:getaddrinfo|gethostbyname)[^\n]{0,40} (?:failed|error)",
            r"name or service not known",
            r"nodename nor servname",
            r"no address associated with",
            r"\bno such host\b",
            r"\bunknown ?host(?:exception)?\b",
            r"\bcould ?n[o']t (?:resolve|find) host\b",
            r"cannot locate host",
            r"\bcannot resolve (?:the )?(?:smtp |mail |server |remote )?(?:host|name|address|server)",
            r"\bcannot resolve ['\"]?[\w-]+\.[\w.-]+",
            r"\bhost (?:or domain name )?not found\b",
            r"name does not resolve",
            r"remote name could not be resolved",
            r"could ?n[o']t find any host named",
        ),
    ),
    (
        connection.CONNECTION_FORBIDDEN,
        (
            r"\bconnect(?:\b|ed|ing|ion)(?![./\\\\\w-])[^\n]{0,120}(?:permission denied|operation not permitted)"
            + _OF_SOCKET,
            r"(?:permission denied|operation not permitted)[^\n]{0,20}\bconnect\b",
            r"permissionerror: \[errno (?:13|1)\] (?:permission denied|operation not permitted)" + _OF_SOCKET,
            r"socket(?![./\\\\-])\w*[^\n]{0,40}: (?:permission denied|operation not permitted)" + _OF_SOCKET,
            r"\bconnect eacces\b",
            r"\bconnect eperm\b",
            r"\bwsaeacces\b",
            r"access a socket in a way forbidden",
            r"selinux is preventing [^\n]{1,80} from name_connect access",
            r"アクセス許可で禁じられた方法でソケット",
        ),
    ),
    (
        connection.LOCAL_RESOURCES,
        (
            r"too many open files",
            r"\bemfile\b",
            r"\benfile\b",
            r"\benobufs\b",
            r"no buffer space available",
            r"can(?:no|')t (?:start new thread|allocate memory)",
        ),
    ),
    (
        connection.NETWORK_UNREACHABLE,
        (
            r"network is unreachable",
            r"network is down",
            r"\bhost is down\b",
            r"\benetdown\b",
            r"\behostdown\b",
            r"(?:cannot|can't) assign requested address",
            r"\beaddrnotavail\b",
            r"address family not supported",
            r"\beafnosupport\b",
            r"no route to host",
            r"\benetunreach\b",
            r"\behostunreach\b",
            r"unreachable (?:host|network)",
        ),
    ),
    (
        connection.CONNECTION_REFUSED,
        (r"connection refused", r"\beconnrefused\b", r"actively refused", r"接続(?:を|が)拒否"),
    ),
    (
        connection.GREETING_TIMEOUT,
        (
            r"greeting never received",
            r"tim(?:ed out|eout)[^\n]{0,30} (?:receiving|waiting for) the initial server greeting",
            r"tim(?:ed out|eout) (?:after|at) initial connection",
            r"failed to receive the smtp banner",
        ),
    ),
    (
        connection.REPLY_TIMEOUT,
        (
            r"read timed out",
            r"timed out while (?:sending|receiving|performing)",
            r"timeout after (?:mail|rcpt|data|end of data|sending|pipelined|helo|ehlo)",
            r"read operation timed out",
            r"connection unexpectedly closed: timed out",
            r"\bread (?:tcp|udp)\d? [^\n]{0,120}i/o timeout",
            r"missed upload deadline",
            r"\bget_?reply\b(?:[^\n]{0,200}\n){1,12}[^\n]{0,80}timed out",
        ),
    ),
    (
        connection.CONNECT_TIMEOUT,
        (
            r"connect(?:ion)? timed ?out",
            r"\betimedout\b",
            r"connect(?:ion)? timeout",
            r"(?<!request )(?<!processing )\btimed out\b",
            r"failed to respond after a period of time",
            r"i/o timeout",
            r"タイムアウト",
        ),
    ),
    (
        connection.CONNECTION_LOST,
        (
            r"connection (?:was |has been |been )?(?:unexpectedly )?(?:reset|closed|aborted|dropped)",
            r"lost connection",
            r"\beconnreset\b",
            r"unexpected[ _]eof",
            r"eof occurred",
            r"\bunexpected end of (?:file|stream)\b",
            r"socket hang up",
            r"broken pipe",
            r"closed connection",
            r"could not read from socket",
            r"forcibly closed",
            r"\.go:\d{1,5}[^\n]{0,80}: eof$",
            r"@[\w.-]{1,253}>?: eof\b",
        ),
    ),
    (
        login.LOGIN_REFUSED,
        (r"\(67\) login denied",),
    ),
    (
        recipient.RECIPIENT_UNKNOWN,
        (r"not (?:listed|found) in (?:the )?(?:domino|public|notes) (?:directory|name)",),
    ),
)
_PATTERNS = tuple(
    (cause, needed_by(each), pattern_of(each, re.MULTILINE)) for cause, patterns in _ROWS for each in patterns
)
_LONGEST_WORDS = tuple(
    tuple(max(re.findall("[a-z0-9_]+", part), key=len, default="") for part in parts) for _, parts, _ in _PATTERNS
)
_LOOKED_UP = ("name service error for name=", "lookup of ", "any host named ")
_LOOK_UP = re.compile(
    r"(?:name service error for name=|lookup of |any host named )([\w-]{1,63}(?:\.[\w-]{1,63}){0,8})[^\n]{0,80}"
)


class Fault(NamedTuple):
    """What a program saw itself; the step at which it did, where its words tell of one."""

    cause: Cause
    stage: Stage | None = None


class Seen(NamedTuple):
    """What the sending program saw itself; it may tell only that it made no connection, and not why."""

    fault: Fault | None
    is_untold: bool


def seen_in(text: str) -> Seen:
    """Find what the sending program saw itself; what was seen while something else than mail was done is none."""
    text = text.lower()
    said = _SENTENCES.longest_in(text)
    fault = _fault(text, said)
    if fault and fault.cause in _OF_NETWORKS and is_elsewhere(text):
        fault = None
    return Seen(fault, said is not None and said.cause is None)


_OF_NETWORKS = tuple(each for topic in (connection, tls) for each in vars(topic).values() if isinstance(each, Cause))


def _fault(text: str, said: Wording | None) -> Fault | None:
    """Read what was seen.

    A sentence that is known to be a program's tells most, the longest of several; then a number, then words that many
    programs share, the narrow before the wide; last a sentence that stands around others.
    """
    if _names_recipients_domain(text):
        return Fault(recipient.RECIPIENT_DOMAIN)
    of_sentence = Fault(said.cause, said.stage) if said and said.cause else None
    if said and not said.around:
        return of_sentence
    if number := next(causes_of_numbers(text), None):
        return Fault(number)
    return _shared_by_many(text) or of_sentence


def _shared_by_many(text: str) -> Fault | None:
    """Find words that many programs share; the longest of them is sought first, among the words of the text."""
    words = " ".join(ascii_words(text))
    for (cause, parts, pattern), longest in zip(_PATTERNS, _LONGEST_WORDS, strict=True):
        if has_any(longest, words) and has_any(parts, text) and pattern.search(text):
            return Fault(cause)
    return None


def _names_recipients_domain(text: str) -> bool:
    """Say whether the name that was not found stands after an @: then it is a recipient's, and no server's."""
    found = has_any(_LOOKED_UP, text) and _LOOK_UP.search(text)
    return bool(found and "try again" not in found[0] and f"@{found[1]}" in text)
