"""The words of RFC 5321: the stages of a session, a server's reply, and the failure that ends one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from panel.mail.patterns import pattern_of

SUBMISSION_PORT = 587  # RFC 6409: STARTTLS
SUBMISSIONS_PORT = 465  # RFC 8314 section 3.3: implicit TLS
POP3_PORT = 110
POP3S_PORT = 995

MAX_REPLY_LINES = 128
SHOWN_REPLY = 1_000  # characters of a reply that are shown
QUIT_SECONDS = 2.0  # nobody waits long for a goodbye: what came before it is settled by then

_ENHANCED = pattern_of(r"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")  # RFC 3463 section 2


class Stage(StrEnum):
    """The stages of a test send, in the order in which they come."""

    TOKEN = "token"  # noqa: S105 - the name of a stage
    POP = "pop"
    RESOLVE = "resolve"
    CONNECT = "connect"
    TLS = "tls"
    GREETING = "greeting"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    QUIT = "quit"


BEFORE_MAIL = frozenset(
    {
        *(Stage.TOKEN, Stage.POP, Stage.RESOLVE, Stage.CONNECT, Stage.TLS, Stage.GREETING, Stage.EHLO),
        *(Stage.STARTTLS, Stage.AUTH),
    }
)


class Security(StrEnum):
    """How a connection is protected (RFC 8314); `NONE` is plain text by decision, never by fallback."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's reply: a code and its lines of text (RFC 5321 section 4.2), without the line ends.

    For POP3 the code is 200 for `+OK` and 500 for `-ERR` (RFC 1939 section 3).
    """

    code: int
    lines: tuple[str, ...]

    @property
    def positive(self) -> bool:
        """Say whether it is a yes (2yz)."""
        return 200 <= self.code < 300

    @property
    def transient(self) -> bool:
        """Say whether another attempt may be taken (4yz)."""
        return 400 <= self.code < 500

    @property
    def permanent(self) -> bool:
        """Say whether no attempt is going to be taken (5yz)."""
        return 500 <= self.code < 600

    @property
    def enhanced_code(self) -> str | None:
        """The status code of RFC 3463 that opens the text, such as `5.7.8`."""
        found = _ENHANCED.match(self.lines[0]) if self.lines else None
        return found[1] if found else None

    @property
    def text(self) -> str:
        """All lines in one, the enhanced code once."""
        lines = self.lines
        if len(lines) < 2:
            return "".join(lines).strip()
        first, *rest = lines
        enhanced = self.enhanced_code
        if enhanced:
            rest = [line.removeprefix(enhanced).lstrip() for line in rest]
        return " ".join([first, *rest]).strip()

    def __str__(self) -> str:
        return f"{self.code or ''} {self.text}".strip()


def shortened(reply: Reply | None) -> str | None:
    """Cut what a server said to what is shown of it."""
    return str(reply)[:SHOWN_REPLY] if reply else None


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a session broke off, why, and the reply that ended it, if one came.

    `detail` holds facts that the words for a person need and that are no reply: the names in a certificate, the
    mechanisms a server offers. `uncertain` says that the message may have been accepted all the same: the connection
    was lost between the final dot and its reply (RFC 5321 section 4.5.3.2.6). `retry_after_ms` is when a token server
    wants to be asked again.
    """

    stage: Stage
    cause: str
    reply: Reply | None = None
    detail: str = ""
    uncertain: bool = False
    retry_after_ms: int | None = None
