"""Secrets without a name: in an address, behind AUTH, in a dialogue, as an argument, and tokens of a known form."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator

from panel.diagnosis.needed import has_any
from panel.mail.patterns import pattern_of

_NO_WORD = r"(?!(?:[a-zA-Z]?[a-z_-]+|[A-Z]+)(?![\w+/=]))"
_BASE64 = rf"{_NO_WORD}[A-Za-z0-9+/_-]{{8,8000}}={{0,2}}"
_WRAPPED = r"(?:\r?\n[ \t>]{0,20}[A-Za-z0-9+/]{16,100}={0,2}(?=\s|$)){0,200}"
_END = r"(?:\r?\n|\\{1,8}r\\{1,8}n|\\{1,8}n)"
_CLIENT = (
    r"(?![^\n]{0,80}(?:\b334\b|reply|\bS:|SERVER -|<))"
    r"(?:[^\n]{0,60}?(?:C:|\[C\]|>>>|-->|~>|->|>|CLIENT -> SERVER:|send:|Client:|:|\])[ \t]{0,4})?(?:b?['\"])?"
)
_USER = r"[^\s/:\"'<>]{0,200}+"
_UP_TO_HOST = r"(?P<secret>(?:[^\s\"<>@]{0,300}+@){0,5}[^\s\"<>@]{0,300}+)@(?=[\w\[])"

# What it begins with, in small letters, and how it goes on; the secret is its group of that name.
_PLACES = tuple(
    (starts, pattern_of(pattern))
    for starts, pattern in (
        (
            ("://",),
            rf"://(?:(?<!http://)(?<!https://)|(?!{_USER}:\d{{1,5}}/)){_USER}:{_UP_TO_HOST}",
        ),
        (("\\/",), rf"\\{{1,8}}/\\{{1,8}}/{_USER}:{_UP_TO_HOST}"),
        (("%3a%2f%2f",), r"(?i:%3a%2f%2f)[^\s:]{0,200}?(?i:%3a)(?P<secret>[^\s\"<>]{1,300})(?i:%40)(?=[\w\[])"),
        (
            ("auth",),
            r"(?i:\bauth[ =:]{1,2}['\"]?(?:plain|login|ntlm|xoauth2|oauthbearer|[a-z]{4,6}-md5|scram-[\w-]{1,20})['\"]?"
            rf"[ :]{{1,3}})(?P<secret>{_BASE64}{_WRAPPED})",
        ),
        (
            ("334",),
            rf"334(?<!\w334)\b[^\n]{{0,300}}?{_END}(?:{_END})?{_CLIENT}(?P<secret>[A-Za-z0-9+/]{{2,4000}}={{0,2}})"
            rf"(?=['\"]?{_END}?['\"]?\s{{0,9}}(?:\n|\\|$))",
        ),
        (
            ("ugfzc3dvcmq6",),
            rf".{{12}}['\"]?\s{{1,9}}{_NO_WORD}(?P<secret>[A-Za-z0-9+/]{{4,4000}}={{0,2}})(?![\w+/.:])",
        ),
        (("bearer ", "basic "), r"\w+\s{1,3}(?P<secret>(?=[a-zA-Z._~+/=-]{0,200}\d)[\w.~+/=-]{12,8000})"),
        (
            ("dxnlcj", "bixhp", "biws"),
            r"(?<![\w+/])(?P<secret>(?:dXNlcj[0-3]|bixhP|biws)[A-Za-z0-9+/_-]{16,8000}={0,2})",
        ),
        (
            ("eyj",),
            r"(?<![\w-])(?P<secret>eyJ[\w-]{8,8000}\.[\w-]{8,8000}(?:\.[\w-]{0,8000}){0,3}"
            r"|eyJ(?:hbGci|0eXAi|raWQi|lbmMi)[\w-]{8,8000})",
        ),
        (
            ("ya29.", "1//0", "gocspx-", "4/0a", "sg.", "xkeysib-", "xsmtpsib-", "m.c5"),
            r"(?<![\w/.])(?P<secret>(?:ya29\.|1//0|GOCSPX-|4/0A|SG\.[\w-]{16,64}\.|xkeysib-|xsmtpsib-|M\.C5)"
            r"[\w./~+!*$-]{8,8000})",
        ),
        (("static:",), r"static:[^\s:]{1,200}:(?P<secret>\S{1,999})"),  # of Postfix's smtp_sasl_password_maps
        (("private key-----",), r".{16}(?P<secret>[^-]{1,20000})"),
        (("pass ",), r"(?<![^\n:> '\"])PASS (?<![\w] PASS )(?P<secret>(?!command|auth|fail|not )\S[^\n\\]{0,1000})"),
        ((" login ",), r" LOGIN (?<=[a-z.A-Z]\d LOGIN )(?:\"[^\"\n]{0,300}\"|\S{1,300}) (?P<secret>[^\n]{1,1000})"),
        (
            (" -u", " --user ", " --proxy-user "),
            r" -[\w-]+[ =]?(?P<quote>['\"]?)[^\s:'\"]{1,200}:(?P<secret>(?(quote)[^'\"\n]{0,999}|\S{1,999}))",
        ),
    )
)
_NEEDED = {"://": ("@",), "\\/": ("@",)}  # what a text has to have somewhere, too
# A line of Postfix's smtp_sasl_password_maps, or of Exim's passwd.client
_TABLE = pattern_of(
    r"^[ \t>]{0,20}\[?[\w*.-]{1,253}\]?(?::\w{1,20})?(?:[ \t]{1,40}|:)[^\s:@]{1,64}@[\w.-]{1,253}:"
    r"(?P<secret>\S{1,1000})[ \t]*$",
    re.MULTILINE,
)
_BEFORE = pattern_of(rf"(?<![\w+/])(?P<secret>{_BASE64})(?=\s{{0,3}}$)")
_MOST_BEFORE = 2_000  # characters of what stands before the words that tell what it is
_CALLS = ("login", "auth", "credential", "credentials", "authentication", "authenticate", "connect", "start", "new")
_CALL = pattern_of(r"\((?:{})".format("|".join(rf"(?<={each}\()" for each in _CALLS)), re.IGNORECASE)
_ARGUMENT = pattern_of(
    r"(?P<sign>[\"'])(?P<secret>(?:(?!(?P=sign))[^\\\n]|\\.){0,999})(?P=sign)(?=[\w.:()]{0,40}\s{0,3}[,)]|$)"
)
_PLAIN = pattern_of(r"A(?<![\w+/]A)[A-P][A-Za-z0-9+/]{6,4000}={0,2}")


def placed(text: str, lower: str) -> Iterator[tuple[int, int]]:
    """Give from where to where there are secrets, by what stands around them or by how they look."""
    for starts, pattern in _PLACES:
        past = 0
        for at in sorted(places_of(starts, lower)) if has_any(_NEEDED.get(starts[0], starts), lower) else ():
            if at >= past and (found := pattern.match(text, at)):
                past = found.end()
                yield found.span("secret")
    if "@" in lower:
        yield from (found.span("secret") for found in _TABLE.finditer(text))
    for at in places_of(("(auth ", "(for auth "), lower):
        yield from (found.span("secret") for found in _BEFORE.finditer(text, max(0, at - _MOST_BEFORE), at))
    yield from (found.span() for found in _PLAIN.finditer(text) if _is_plain_login(found[0]))
    yield from _arguments(text)


def places_of(parts: Iterable[str], text: str) -> Iterator[int]:
    """Give where any of some words stands in a text."""
    for part in parts:
        at = text.find(part)
        while at >= 0:
            yield at
            at = text.find(part, at + len(part))


def _arguments(text: str) -> Iterator[tuple[int, int]]:
    """Find the quoted arguments of a call that signs in, but for the first: a user, or a server."""
    past = 0
    for call in _CALL.finditer(text):
        if call.end() < past:
            continue
        line_end = text.find("\n", call.end())
        past = min(call.end() + 1_000, line_end if line_end >= 0 else len(text))
        yield from [found.span("secret") for found in _ARGUMENT.finditer(text, call.end(), past)][1:]


def _is_plain_login(encoded: str) -> bool:
    """Say whether it is what SASL's PLAIN sends: nobody, the user and the password, parted by NUL (RFC 4616)."""
    try:
        parts = base64.b64decode(encoded + "=" * (-len(encoded) % 4)).split(b"\0")
    except binascii.Error:
        return False
    return len(parts) == 3 and not parts[0] and all(parts[1:])
