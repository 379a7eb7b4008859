"""What stands behind MAIL and RCPT: the path, and the parameters of RFC 5321 section 4.1.2."""

from __future__ import annotations

import re

from panel.mail.dsn.envid import MOST_ENVID
from panel.mail.dsn.notify import parse_notify
from panel.mail.limits import MessageLimits
from panel.mail.message.address import BadValue
from panel.server.smtpd.stream import too_large

PATH = re.compile(r"(FROM|TO): *(?:<(?:@[^<>:]*:)?([^<>]*)>|([^<> ]+))(?: +(.*))?", re.IGNORECASE)

_ENVID = re.compile(rf"(?:[!-*,-<>-~]|\+[0-9A-F]{{2}}){{1,{MOST_ENVID}}}")  # RFC 3461 section 4.4
_ORCPT = re.compile(r"[A-Za-z0-9-]{1,40};[^\s=]{1,500}")  # RFC 3461 section 4.2, RFC 6533 section 3


def parameters(text: str) -> dict[str, str | None]:
    """Read what stands behind the address of MAIL (RFC 5321 section 4.1.2)."""
    pairs = (word.partition("=") for word in text.split())
    return {name.upper(): value if equals else None for name, equals, value in pairs}


def parameter_refusal(parameters: dict[str, str | None], limits: MessageLimits) -> str:
    """Give the reply to parameters that ask too much, or cannot be understood; nothing where they are fine."""
    if not parameters:
        return ""
    size = parameters.get("SIZE", "0") or ""
    if not re.fullmatch("[0-9]{1,20}", size):
        return "501 5.5.4 SIZE is a number of bytes."
    if refusal := too_large(int(size), limits):
        return refusal
    if (parameters.get("BODY", "7BIT") or "").upper() not in ("7BIT", "8BITMIME"):
        return "501 5.5.4 BODY is 7BIT or 8BITMIME."
    if parameters.get("SMTPUTF8"):
        return "501 5.5.4 SMTPUTF8 takes no value."
    if "XKEY" in parameters and not re.fullmatch("[A-Za-z0-9]{16,64}", parameters["XKEY"] or ""):
        return "501 5.5.4 XKEY is 16 to 64 letters and digits."
    if parameters.get("XREPORT"):
        return "501 5.5.4 XREPORT takes no value."
    if refusal := _reports_refusal(parameters):
        return refusal
    if parameters.keys() - {"SIZE", "BODY", "SMTPUTF8", "AUTH", "XKEY", "RET", "ENVID", "XREPORT"}:
        return "555 5.5.4 MAIL takes SIZE, BODY, SMTPUTF8, RET, ENVID and XKEY here, and nothing else."
    return ""


def _reports_refusal(parameters: dict[str, str | None]) -> str:
    """Look at what a client wants of reports on its message: who gets them, and under which number, is ours to say."""
    if "RET" in parameters and (parameters["RET"] or "").upper() not in ("FULL", "HDRS"):
        return "501 5.5.4 RET is FULL or HDRS."
    if "ENVID" in parameters and not _ENVID.fullmatch(parameters["ENVID"] or ""):
        return f"501 5.5.4 ENVID is xtext of at most {MOST_ENVID} characters."
    return ""


def notify_of(parameters: dict[str, str | None]) -> tuple[str | None, str]:
    """Read what stands behind the address of RCPT: when to report, if that is said, and the reply to what is wrong."""
    if parameters.keys() - {"NOTIFY", "ORCPT"}:
        return None, "555 5.5.4 RCPT takes NOTIFY and ORCPT here, and nothing else."
    if "ORCPT" in parameters and not _ORCPT.fullmatch(parameters["ORCPT"] or ""):
        return None, "501 5.5.4 ORCPT is a type of address, a semicolon and the address in xtext."
    if "NOTIFY" not in parameters:
        return None, ""
    try:
        return parse_notify(parameters["NOTIFY"] or ""), ""
    except BadValue:
        return None, "501 5.5.4 NOTIFY is NEVER, or any of FAILURE, DELAY and SUCCESS with commas between them."
