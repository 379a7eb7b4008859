"""What stands behind MAIL and RCPT: the path, and the parameters of RFC 5321 section 4.1.2."""

from __future__ import annotations

import re

from panel.server.smtpd.stream import too_large

PATH = re.compile(r"(FROM|TO): *(?:<(?:@[^<>:]*:)?([^<>]*)>|([^<> ]+))(?: +(.*))?", re.IGNORECASE)


def parameters(text: str) -> dict[str, str | None]:
    """Read what stands behind the address of MAIL (RFC 5321 section 4.1.2)."""
    pairs = (word.partition("=") for word in text.split())
    return {name.upper(): value if equals else None for name, equals, value in pairs}


def parameter_refusal(parameters: dict[str, str | None]) -> str:
    """Give the reply to parameters that ask too much, or cannot be understood; nothing where they are fine."""
    if not parameters:
        return ""
    size = parameters.get("SIZE", "0") or ""
    if not re.fullmatch("[0-9]{1,20}", size):
        return "501 5.5.4 SIZE is a number of bytes."
    if refusal := too_large(int(size)):
        return refusal
    if (parameters.get("BODY", "7BIT") or "").upper() not in ("7BIT", "8BITMIME"):
        return "501 5.5.4 BODY is 7BIT or 8BITMIME."
    if parameters.get("SMTPUTF8"):
        return "501 5.5.4 SMTPUTF8 takes no value."
    if "XKEY" in parameters and not re.fullmatch("[A-Za-z0-9]{16,64}", parameters["XKEY"] or ""):
        return "501 5.5.4 XKEY is 16 to 64 letters and digits."
    if parameters.get("XREPORT"):
        return "501 5.5.4 XREPORT takes no value."
    if parameters.keys() - {"SIZE", "BODY", "SMTPUTF8", "AUTH", "XKEY", "XREPORT"}:
        return "555 5.5.4 MAIL takes SIZE, BODY, SMTPUTF8 and XKEY here, and nothing else."
    return ""
