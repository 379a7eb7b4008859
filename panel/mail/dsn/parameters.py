"""What MAIL and RCPT say where a report is asked for (RFC 3461 section 4), and how a server refuses to hear it.

Neither is ever longer than what every server takes beside the command (RFC 3461 section 5.4): a very long address goes
without its ORCPT.
"""

from __future__ import annotations

from panel.mail.dsn.xtext import orcpt_of, xtext
from panel.mail.patterns import pattern_of

_UNKNOWN_PARAMETER = (500, 501, 502, 504, 555)  # RFC 5321 sections 4.1.1.11 and 4.2.2
_OF_PROTOCOL = ("5.5.", "5.6.")  # RFC 3463 sections 3.6 and 3.7: anything else is about an address, or the message
_NAMES_IT = pattern_of(r"\b(?:NOTIFY|ENVID|ORCPT|RET|DSN)\b|delivery status notification")


def mail_parameters(envid: str) -> str:
    """Write that a report is to hold the header alone, and the number that it is to bear."""
    return f" RET=HDRS ENVID={xtext(envid)}" if envid else " RET=HDRS"


def rcpt_parameters(notify: str, address: str) -> str:
    """Write when to report on a recipient, and whom we have meant."""
    orcpt = orcpt_of(address)
    return f" NOTIFY={notify.upper()} ORCPT={orcpt}" if orcpt else f" NOTIFY={notify.upper()}"


def may_mean_parameters(code: int, enhanced_code: str | None, text: str) -> bool:
    """Say whether a refusal may be about these parameters, so that it is worth to ask again without them."""
    if code // 100 != 5:
        return False
    if _NAMES_IT.search(text):
        return True
    return code in _UNKNOWN_PARAMETER and (enhanced_code is None or enhanced_code.startswith(_OF_PROTOCOL))
