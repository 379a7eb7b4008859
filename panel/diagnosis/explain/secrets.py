"""Keeps out of an answer what a pasted text shows to be a password or a token by what stands before it."""

from __future__ import annotations

import re
from dataclasses import replace

from panel.mail.patterns import pattern_of
from panel.mail.smtp.protocol import Reply
from panel.mail.smtp.redaction import MASK

_NAME = r"(?:pass(?:word|wd|phrase)?|pwd|(?:client_?)?secret|(?:access_?|refresh_?|id_?)?token|api_?key)"
_SECRET = pattern_of(
    r"(\bauth[ =]{1,2}['\"]?(?:plain|login|xoauth2|oauthbearer)['\"]?[ :]{1,3})[a-z0-9+/_-]{8,}={0,2}"
    r"|(://[^\s/@:]{0,200}:)[^\s/@]{1,200}(?=@)"
    rf"|({_NAME}['\"]?\s{{0,3}}[:=]{{1,2}}\s{{0,3}}b?)(?:\"[^\"]{{1,1000}}\"?|'[^']{{1,1000}}'?)"
    rf"|({_NAME}=)[^\s\"',;&<>(){{}}\[\]]{{1,1000}}",
    re.IGNORECASE,
)


def without_secrets(reply: Reply) -> Reply:
    """Mask in a reply what stands behind AUTH, in an address before its @, or as the value of a field for it."""
    return replace(reply, lines=tuple(_SECRET.sub(rf"\1\2\3\4{MASK}", line) for line in reply.lines))
