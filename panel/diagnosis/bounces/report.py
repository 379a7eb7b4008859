"""What a report on mail says (RFC 3464), as values: it is a stranger's text, and no proof of anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from panel.mail.dsn.xtext import text_of_xtext

MOST_REPORT_BYTES = 1024 * 1024  # what is read of a report; what came back with it may be larger
MOST_REPORTED = 1_000  # recipients of one report: a message of ours has no more


class Fate(StrEnum):
    """What became of mail for one recipient (RFC 3464 section 2.3.3), as an attempt tells it."""

    BOUNCED = "bounced"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


@dataclass(frozen=True, slots=True)
class Reported:
    """What is said of one recipient.

    `original` is the address that we wrote, where the report says it, and `final` the one that it had come to by then.
    Of a report in words of its own, `said` is what stands about the recipient; `status` and `server` are blank then.
    """

    final: str
    original: str = ""
    fate: Fate = Fate.BOUNCED
    status: str = ""
    said: str = ""
    server: str = ""

    @property
    def addresses(self) -> frozenset[str]:
        """Give the addresses that may be the recipient's, in small letters; Exim leaves ORCPT in xtext."""
        return frozenset(each.lower() for each in (self.original, text_of_xtext(self.original), self.final) if each)


@dataclass(frozen=True, slots=True)
class MailReport:
    """What a report says: of whom, and by what the message is known again.

    `arrived_at` is when the server that reports took the message, `written_at` when the report was written.
    """

    recipients: tuple[Reported, ...]
    envelope_id: str = ""
    message_ids: tuple[str, ...] = ()
    arrived_at: datetime | None = None
    written_at: datetime | None = None


class NoReport(StrEnum):
    """Why a text is no report on mail."""

    AUTOMATIC = "automatic"  # an automatic answer, such as that somebody is out of office
    OTHER = "other"  # any other mail
    UNREADABLE = "unreadable"  # nested or filled beyond all bounds
