"""Finds the failure in a text from anywhere: a reply, a dialogue, a log line, a program's fault, a bounce."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from panel import bounces
from panel.diagnosis import GENERIC, cause_of_reply
from panel.smtp import MAX_REPLY_LINES, Failure, Reply, Stage

READ_BYTES = 64 * 1024  # of a text; the rest is not looked at


@dataclass(frozen=True, slots=True)
class Complaint:
    """The failure that a text tells of, at which host, and whether its stage is known or guessed from the cause."""

    failure: Failure
    host: str
    stage_known: bool


def read(data: bytes, *, stage: Stage | None = None, host: str = "") -> Complaint | None:
    """Find the failure, or None where the text holds neither a reply nor words that are known."""
    data = data[:READ_BYTES]
    if bounces.is_message(data):
        report = bounces.report(data)
        if report:
            return _of_text(report.diagnostic, stage, host or report.remote)
        return _of_text(bounces.text(data), stage, host)
    return _of_text(bounces.decoded(data), stage, host)


def _of_text(text: str, stage: Stage | None, host: str) -> Complaint | None:
    host = host or _host_in(text)
    found = _reply_in(text)
    if found is None:
        return _seen_by_client(text, host) or _of_words(text, stage, host)
    reply, said_at = found
    stage = stage or said_at or _stage_in(text)
    return _complaint(cause_of_reply(stage, reply, host), reply, stage, host)


def _complaint(cause: str, reply: Reply | None, stage: Stage | None, host: str) -> Complaint:
    return Complaint(Failure(stage or _usual_stage(cause), cause, reply), host, stage is not None)


def _of_words(text: str, stage: Stage | None, host: str) -> Complaint | None:
    """Judge a refusal that was told without its code."""
    words = Reply(0, tuple(" ".join(text.split())[:2_000].splitlines() or [""]))
    cause = cause_of_reply(stage, words, host)
    if cause in GENERIC or cause == "protocol_error":
        return None
    return _complaint(cause, None, stage, host)


# Replies, each line behind whatever a program writes before it

_CLOCK = r"[ \t]{0,40}(?:\d{1,2}:\d\d(?::\d\d)?[ \t]{1,9})?"
_SERVER = r"(?:S:|<[-~*= ]{1,3}|<<<|<<|\[?SERVER -> CLIENT\]?:|SMTP INBOUND:|reply: b?['\"]?)?[ \t]{0,9}"
_CLIENT = r"(?:C:|-?[-~]>|>>>|>>|\[?CLIENT -> SERVER\]?:|send: b?['\"]?)?[ \t]{0,9}"
_LINE = re.compile(rf"^{_CLOCK}{_SERVER}([245]\d\d)(?:([ -])(.*))?$", re.MULTILINE)
_COMMAND = re.compile(
    rf"^{_CLOCK}{_CLIENT}(EHLO|HELO|STARTTLS|AUTH|MAIL FROM|RCPT TO|DATA|QUIT|\.)(?=$|[\s:\\'\"])",
    re.MULTILINE | re.IGNORECASE,
)
_INLINE = (
    re.compile(r"\bsaid:\s+(?P<code>[45]\d\d)[ -](?P<text>.+?)(?:\(in reply to|$)", re.DOTALL),  # Postfix
    re.compile(
        r"\(\s*(?P<code>[245]\d\d)\s*,\s*b?(?P<quote>['\"])(?P<text>.*?)(?P=quote)\s*[,)]", re.DOTALL
    ),  # smtplib
    re.compile(r"\bresponse:\s*['\"](?P<code>[45]\d\d)[ -](?P<text>[^'\"]*)"),  # nodemailer
    re.compile(r"(?<![\d.:])(?P<code>[45]\d\d)[ -](?P<text>[245]\.\d{1,3}\.\d{1,3}\b.*)"),  # with its enhanced code
    re.compile(
        r"(?:failed|error|refused|returned|code|status)\W{1,3}(?P<code>[45]\d\d)\b[ :-]*(?P<text>.*)", re.IGNORECASE
    ),
    re.compile(r":\s+(?P<code>[45]\d\d)[ -](?P<text>\S.*)"),  # Exim: … after RCPT TO:<…>: 550 …
)


def _reply_in(text: str) -> tuple[Reply, Stage | None] | None:
    """Find the last refusal of a dialogue and the stage it came at, or the reply inside a sentence."""
    refused = [each for each in _spoken(text) if each[0].code >= 400]
    if refused:
        return refused[-1]
    for pattern in _INLINE:
        found = pattern.search(text)
        if found and int(found["code"]) >= 400:
            said = found["text"].replace("\\r", "").replace("\\n", "\n")
            return Reply(int(found["code"]), _lines(said)), None
    return None


def _lines(said: str) -> tuple[str, ...]:
    """Split what was said, each line without the code that it may repeat."""
    lines = [re.sub(r"^\s*[45]\d\d[ -]", "", line).strip() for line in said.strip().splitlines()]
    return tuple(lines[:MAX_REPLY_LINES]) or ("",)


def _spoken(text: str) -> Iterator[tuple[Reply, Stage | None]]:
    """Read the replies that stand on lines of their own, each with the command before it."""
    commands = [(found.start(), _STAGES.get(found[1].upper())) for found in _COMMAND.finditer(text)]
    lines: list[str] = []
    for found in _LINE.finditer(text):
        lines.append((found[3] or "").strip())
        if found[2] == "-" and len(lines) < MAX_REPLY_LINES:
            continue
        before = [stage for start, stage in commands if start < found.start()]
        yield Reply(int(found[1]), tuple(lines)), before[-1] if before else None
        lines = []


_STAGES = {
    "EHLO": Stage.EHLO,
    "HELO": Stage.EHLO,
    "STARTTLS": Stage.STARTTLS,
    "AUTH": Stage.AUTH,
    "MAIL": Stage.MAIL,
    "MAIL FROM": Stage.MAIL,
    "RCPT": Stage.RCPT,
    "RCPT TO": Stage.RCPT,
    "DATA": Stage.DATA,
    ".": Stage.DATA,
    "QUIT": Stage.QUIT,
}
_TOLD_STAGES = (
    (r"in reply to (?:end of )?data|after (?:end of )?data|smtpdataerror", Stage.DATA),
    (r"in reply to rcpt|after (?:pipelined )?rcpt|smtprecipientsrefused", Stage.RCPT),
    (r"in reply to mail|after (?:pipelined )?mail|smtpsenderrefused", Stage.MAIL),
    (r"in reply to (?:e?h[el]lo)|after e?h[el]lo|smtpheloerror", Stage.EHLO),
    (r"in reply to auth|after auth|smtpauthenticationerror|command: ['\"]auth|sasl|authenticat\w+ failed", Stage.AUTH),
    (r"password command failed|username command failed|could not authenticate|eauth", Stage.AUTH),
    (r"refused to talk to me|smtpconnecterror|after initial connection", Stage.GREETING),
)


def _stage_in(text: str) -> Stage | None:
    low = text.lower()
    return next((stage for words, stage in _TOLD_STAGES if re.search(words, low)), None)


def _usual_stage(cause: str) -> Stage:
    """Say where a cause is usually met, for the words that need a stage."""
    if re.search(r"login|auth|password|oauth", cause) and cause != "sender_authentication":
        return Stage.AUTH
    if cause.startswith(("recipient", "relay", "grey", "too_many_recipients")):
        return Stage.RCPT
    return Stage.MAIL if cause in ("sender_not_allowed", "sender_rejected") else Stage.DATA


# What programs say of what they saw themselves

_SEEN: tuple[tuple[str, str, Stage], ...] = (
    (r"temporary failure in name|eai_again|servfail|try again.{0,40}resolv", "dns_unavailable", Stage.RESOLVE),
    (
        r"name or service not known|enotfound|nodename nor servname|getaddrinfo (?:failed|for)|no such host|"
        r"host (?:or domain name )?not found|could not resolve|unknown host|nxdomain",
        "dns_not_found",
        Stage.RESOLVE,
    ),
    (r"connection refused|econnrefused|actively refused", "connection_refused", Stage.CONNECT),
    (r"network is unreachable|no route to host|enetunreach|ehostunreach", "network_unreachable", Stage.CONNECT),
    (r"timed? ?out while receiving the initial|greeting never received", "greeting_timeout", Stage.GREETING),
    (
        r"conversation with .{1,200} timed out|timed? ?out while (?:sending|reading|waiting)",
        "reply_timeout",
        Stage.DATA,
    ),
    (r"timed out|etimedout|esockettimedout|timeouterror", "connect_timeout", Stage.CONNECT),
    (r"certificate has expired|cert_has_expired|certificate expired", "certificate_expired", Stage.TLS),
    (
        r"hostname mismatch|(?:does not|doesn.t) match (?:certificate|host)|altname_invalid|ip address mismatch"
        r"|peer certificate .{0,80}did not match|not valid for '",
        "certificate_hostname",
        Stage.TLS,
    ),
    (
        r"self.signed|unable to (?:get|verify)|certificate[ _]verify[ _]failed|untrusted|not trusted|unknown authority"
        r"|depth_zero_self",
        "certificate_untrusted",
        Stage.TLS,
    ),
    (
        r"wrong.version.number|record layer failure|packet length too long|unknown.protocol|http.request"
        r"|first record does not look like a tls",
        "tls_wrong_mode",
        Stage.TLS,
    ),
    (
        r"handshake.failure|no protocols available|unsupported protocol|no shared cipher|protocol.version|dh key too",
        "tls_handshake",
        Stage.TLS,
    ),
    (
        r"starttls (?:extension )?(?:is )?not (?:supported|offered|available)|tls is required, but was not offered",
        "starttls_not_offered",
        Stage.STARTTLS,
    ),
    (r"auth extension not supported|does not support authentication", "auth_not_offered", Stage.AUTH),
    (
        r"no suitable authentication method|no mechanism available|no common.{0,20}mechanism|no supported authenticat",
        "auth_mechanism",
        Stage.AUTH,
    ),
    (
        r"lost connection with|connection (?:unexpectedly closed|reset|was closed|lost)|econnreset|eof occurred|"
        r"socket hang up|serverdisconnected|broken pipe|unexpected eof",
        "connection_lost",
        Stage.DATA,
    ),
)


def _seen_by_client(text: str, host: str) -> Complaint | None:
    low = text.lower()
    found = next(((cause, stage) for words, cause, stage in _SEEN if re.search(words, low)), None)
    return Complaint(Failure(found[1], found[0]), host, stage_known=True) if found else None


_HOSTS = (
    re.compile(r"\bhost ([A-Za-z0-9.-]+\.[A-Za-z]{2,})\s*\["),  # Postfix, Exim
    re.compile(r"\brelay=([A-Za-z0-9.-]+\.[A-Za-z]{2,})\["),
    re.compile(r"=== Connected to ([A-Za-z0-9.-]+\.[A-Za-z]{2,})"),  # swaks
    re.compile(
        r"^[ \t]{0,40}(?:S:|<[-~ ]{1,3}|<<<|reply: b?['\"]?)?[ \t]{0,9}220[ -]([A-Za-z0-9.-]+\.[A-Za-z]{2,})",
        re.MULTILINE,
    ),
)


def _host_in(text: str) -> str:
    found = (pattern.search(text) for pattern in _HOSTS)
    return next((match[1].lower() for match in found if match), "")
