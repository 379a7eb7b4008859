"""A dialogue as two who take turns: which reply answers which command."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from panel.mail.smtp.protocol import Reply, Stage

_LONGEST = 4_000  # characters of one reply


@dataclass(frozen=True, slots=True)
class FoundReply:
    """A reply, the stage it belongs to, if the text tells, and the line or lines it stands in.

    It is not `sure` where it may be any other number, or only a status code of RFC 3463, then with the code 0.
    """

    reply: Reply
    stage: Stage | None
    around: str = ""
    sure: bool = True


_SPEAKER = re.compile(
    r"\s{0,20}(?:\[?\d{4}-\d\d-\d\d[T ][\d:.,]{5,15}Z?\]?\s{1,3})?(?:\[[\w #:-]{1,30}\] ?)?(?:DEBUG:? |INFO:? )?"
    r"(?:[\w-]{2,10}: 0x[0-9a-f]{4,16}: )?"
    r"(?:(?P<server>S:|\[S\]|<<<|<--|<\*\*|<~\*|<~|<-|SERVER -> CLIENT:|reply:|Server:|<(?= ))"
    r"|(?P<client>C:|\[C\]|>>>|-->|~>|->|CLIENT -> SERVER:|send:|Client:))\s{0,4}b?['\"]?"
)
_QUOTE = re.compile(r"\s{0,20}(?:> ?){0,5}\s{0,20}")
_COMMAND = re.compile(
    r"(?:(?P<ehlo>(?:EHLO|HELO|LHLO) \S)|(?P<starttls>STARTTLS\s*$)|(?P<auth>AUTH [A-Z])|(?P<mail>MAIL FROM:)"
    r"|(?P<rcpt>RCPT TO:)|(?P<data>(?:DATA\s*$|BDAT \d))|(?P<quit>(?:QUIT|RSET|NOOP)\s*$))",
    re.IGNORECASE,
)
_CODE = re.compile(r"([2345](?:[0-5]\d|7[0-3]))(?:([ -])(.*))?$", re.DOTALL)
_TURN = re.compile(
    rf"(?>{_SPEAKER.pattern})(?:(?(server)[2345](?:[0-5]\d|7[0-3])(?:[ -]|\s*$)|(?i:{_COMMAND.pattern})))"
    rf"|(?!{_SPEAKER.pattern.replace('?P<server>', '?:').replace('?P<client>', '?:')})(?>{_QUOTE.pattern})"
    rf"(?i:{re.sub(r'[?]P<[a-z]+>', '?:', _COMMAND.pattern)})"
)
POP_ERROR = re.compile(r"(?:^|[:'\"] ?b?['\"]?)-ERR\b ?(.{0,1000})")


@dataclass(frozen=True, slots=True)
class _Line:
    """One line without the marks of who said it; `who` is `server`, `client` or, unmarked, empty."""

    who: str
    text: str

    @classmethod
    def of(cls, line: str) -> _Line:
        marked = _SPEAKER.match(line)
        if marked:
            return cls(marked.lastgroup or "", line[marked.end() :].rstrip())
        quoted = _QUOTE.match(line)
        return cls("", line[quoted.end() if quoted else 0 :].rstrip())

    @property
    def command(self) -> Stage | None:
        """Give the stage that a command begins; None where the line is none."""
        found = _COMMAND.match(self.text) if self.who != "server" else None
        return Stage(found.lastgroup) if found and found.lastgroup else None


def is_dialogue(lines: Sequence[str]) -> bool:
    """Say whether a client speaks in it, or a server whose replies are marked."""
    return any(map(_TURN.match, set(lines)))


class Dialogue:
    """Two who take turns: each reply belongs to the oldest command that has none yet (RFC 2920)."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = [_Line.of(line) for line in lines]
        self._waiting: deque[Stage] = deque()
        self._last: Stage | None = None
        self._in_message = False
        self._begun = False

    def replies(self) -> Iterator[FoundReply]:
        """Find the replies in their order, each with the stage of the command that it answers."""
        at = 0
        while at < len(self._lines):
            line = self._lines[at]
            at += 1
            if pop := POP_ERROR.match(line.text):
                yield FoundReply(Reply(500, (pop[1],)), Stage.POP)
            elif line.who != "client" and (code := _CODE.match(line.text)):
                reply, at = _whole(code, [each.text for each in self._lines[at : at + 128]], at)
                yield FoundReply(reply, self._stage_of(reply))
            else:
                self._note(line)

    def reached(self) -> Stage | None:
        """Give the stage that the dialogue had come to at its end; None where no command is in it, but replies are."""
        for _ in self.replies():
            pass
        return self._waiting[0] if self._waiting else self._last

    def is_over(self) -> bool:
        """Say whether the server took leave at its end (RFC 5321 section 4.1.1.10): its closing is no loss then."""
        last = deque(self.replies(), maxlen=1)
        return bool(last) and last[0].reply.code == 221 and not self._waiting

    def _note(self, line: _Line) -> None:
        """Note a command; a message's own lines are none."""
        if self._in_message:
            self._in_message = line.text != "."
        elif stage := line.command:
            self._waiting.append(stage)

    def _stage_of(self, reply: Reply) -> Stage | None:
        """Give the command that a reply answers; a 3yz asks for more of the same; the first may be a greeting."""
        going_on = 300 <= reply.code < 400
        self._in_message = reply.code == 354
        if self._waiting:
            self._last = self._waiting[0] if going_on else self._waiting.popleft()
        elif not self._begun and reply.code in _GREETINGS:
            self._last = Stage.GREETING
        elif self._last is Stage.GREETING:
            self._last = None  # its command is not in the text
        self._begun = True
        return self._last


_GREETINGS = (220, 421, 450, 451, 550, 553, 554)


def _whole(code: re.Match[str], following: Sequence[str], at: int) -> tuple[Reply, int]:
    """Read a reply's further lines (RFC 5321 section 4.2.1), and give the place after them."""
    number, gap, first = code[1], code[2], code[3] or ""
    lines = [first]
    for text in following:
        if gap != "-" or not text.startswith(number):
            break
        gap = text[3:4]
        lines.append(text[4:])
        at += 1
    return as_reply(number, "\n".join(lines), parted=code[2] == "-"), at


def refusals(found: Iterator[FoundReply]) -> list[FoundReply]:
    """Keep the refusals that stood: another way of greeting or signing in may have worked after one."""
    kept: list[FoundReply] = []
    for each in found:
        if each.reply.code < 400:
            kept = [one for one in kept if one.stage not in _TRIED_AGAIN or one.stage is not each.stage]
        elif each.stage is not Stage.QUIT:
            kept.append(each)
    return kept


_TRIED_AGAIN = (Stage.EHLO, Stage.AUTH)


def as_reply(code: str, text: str, *, parted: bool) -> Reply:
    """Make a reply of what a text says, its lines also parted where a log has joined them."""
    text = text[:_LONGEST]
    if parted:
        text = re.sub(rf"[ \n?]{code}[- ]", "\r", text)
        return Reply(int(code), tuple(trimmed(" ".join(each.split())) for each in text.split("\r")))
    return Reply(int(code), (trimmed(" ".join(text.split())),))


AFTER = re.compile(r"\s{0,9}\(in reply to [^()]{1,60}\)\)?.{0,20}$|\s{0,9}##?\s{0,9}$|<br ?/?>.*$", re.IGNORECASE)


# The end of a value within an object: `…not accepted","code":"EAUTH"}`
_CLOSED = re.compile(r"\"\s{0,3}(?:[}\]]|,\s{0,3}\")|'\s{0,3}(?:[}\]]|,\s{0,3}['\"]?\w{1,40}['\"]?\s{0,3}:)")


def trimmed(text: str) -> str:
    """Leave out what a log or a program put behind the reply."""
    text = AFTER.sub("", text.strip())
    closed = next((each for each in _CLOSED.finditer(text) if text.count(each[0][0], 0, each.start()) % 2 == 0), None)
    text = text[: closed.start() if closed else None].rstrip("'\",; ")
    for opening, closing in ("()", "[]", "{}"):
        if text.endswith(closing) and text.count(closing) > text.count(opening):
            text = text[:-1].rstrip("'\",; ")
    return text
