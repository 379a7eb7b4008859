"""The service that a text speaks of where it names no host: by its name, its manual or its sign-in server."""

from __future__ import annotations

import re
from collections.abc import Iterable

from panel.settings.providers import BY_NAME

_SIGNS = (
    ("aadsts", "microsoft365"),
    ("login.microsoftonline.com", "microsoft365"),
    ("oauth2.googleapis.com", "gmail"),
    ("www.googleapis.com", "gmail"),
    ("accounts.google.com", "gmail"),
    ("https://mail.google.com/", "gmail"),
    ("amazon ses", "ses_tokyo"),
    ("aws.amazon.com/ses", "ses_tokyo"),
)
_SES = re.compile(r"\bSES\b")  # in capitals alone: "ses" is a word in other languages


def host_of_service(texts: Iterable[str]) -> str:
    """Give the host of the service that texts speak of, or nothing."""
    whole = "\n".join(texts)
    lower = whole.lower()
    name = next(
        (name for sign, name in _SIGNS if sign in lower), "ses_tokyo" if "SES" in whole and _SES.search(whole) else ""
    )
    return BY_NAME[name].host if name else ""
