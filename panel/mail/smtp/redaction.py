"""Keeps secrets out of what a server says, and so out of replies, transcripts, reports and logs."""

from __future__ import annotations

import base64
import html
import re
import string
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from urllib.parse import quote, quote_plus

from panel.mail.patterns import pattern_of
from panel.mail.text import harmless, readings

MASK = "********"
TRANSCRIPT_CHARACTERS = 64 * 1024
_ALONE = 6  # shorter secrets are hidden where they stand alone: inside words they would hide half of every reply
_TOKEN_ONLY = 3  # the same for those beyond ASCII, whose scripts part no words
_CUT = 6  # of a secret that is cut off, shorter beginnings are as good as any word
_CORE = 4
_BASE64 = frozenset(f"{string.ascii_letters}{string.digits}+/-_=")
_URL_SAFE, _USUAL = str.maketrans("+/", "-_"), str.maketrans("-_", "+/")
LONG_SECRET = 16  # characters of a secret of which pieces are sought
_PIECE, _SOUGHT, _STEP = 12, 8, 5  # characters of the least piece; each has in it one of those that are sought by
_CODE = pattern_of(r"\s*[245]\.\d{1,3}\.\d{1,3}(?=\s)")


class Redaction:
    """Hides the passwords of a session in whatever form they come back, cut off or not."""

    def __init__(self, logins: Iterable[tuple[str, str]]) -> None:
        forms = {form for user, password in logins if password for form in _forms(user, password)}
        cores = {core for _, password in logins if password for core in _base64_within(password.encode())}
        self._long = [_folded(_bare(form)) for form in cores | {each for each in forms if not _is_short(each)}]
        self._starts = [form[: _least(form)] for form in self._long]
        short = sorted(filter(_is_short, forms), key=len, reverse=True)
        self._short = re.compile("|".join(map(_alone, short)), re.IGNORECASE) if short else None

    def hide(self, lines: list[str]) -> list[str]:
        """Mask the secrets in the lines of one reply, also one that is broken over lines or spread by blanks."""
        if self._short:
            lines = _without(self._short, lines)
        if not self._may_hold(lines):
            return lines
        return _covered(lines, lambda text: (at for form in self._long for found in _found(form, text) for at in found))

    def _may_hold(self, lines: list[str]) -> bool:
        """Say in a moment, as nearly always, that there is nothing to hide."""
        if not self._starts:
            return False
        bare = _folded("".join([_bare(line[_start(line) :]) for line in lines]))
        return any(map(bare.__contains__, self._starts))


class Pieces:
    """Hides a long secret, and whatever is left of it where it is cut: each piece of more than a dozen characters."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._forms = ""
        self._index: dict[str, int] = {}

    def hide(self, lines: list[str]) -> list[str]:
        """Mask the pieces in the lines of one reply, also one that is broken over lines or spread by blanks."""
        if not self._index:
            self._forms = "\n".join(_plain(form) for form in _forms_of_token(self._secret))
            self._index = {self._forms[at : at + _SOUGHT]: at for at in range(0, len(self._forms) - _SOUGHT + 1, _STEP)}
        text = _plain("".join(_bare(line[_start(line) :]) for line in lines))
        return _covered(lines, self._found) if next(self._found(text), None) is not None else lines

    def _found(self, text: str) -> Iterator[int]:
        """Give each position that is one of a piece."""
        text = _plain(text)
        past = 0
        for at in range(len(text) - _SOUGHT + 1):
            form = self._index.get(text[at : at + _SOUGHT]) if at >= past else None
            if form is None:
                continue
            start, end = _widened(text, at, self._forms, form, past)
            if end - start >= _PIECE or 0 < past == start:
                past = end
                yield from range(start, end)


def _widened(text: str, at: int, form: str, there: int, past: int) -> tuple[int, int]:
    """Give how far a text is like a form around a position in each, but for what is past."""
    before = after = 0
    while at - before > past and there > before and text[at - before - 1] == form[there - before - 1]:
        before += 1
    while at + after < len(text) and there + after < len(form) and text[at + after] == form[there + after]:
        after += 1
    return at - before, at + after


class Transcript:
    """The dialogue, without secrets and no longer than 64 KiB; where nobody is going to read it, it is not kept."""

    def __init__(self, logins: Iterable[tuple[str, str]] = (), *, kept: bool = True) -> None:
        self.lines: list[str] = []
        self.is_kept = kept
        self.hide = Redaction(logins).hide  # the secrets of these logins
        self._left = TRANSCRIPT_CHARACTERS if kept else 0

    def learn(self, user: str, token: str) -> None:
        """Mask a token, too, from now on."""
        known, more = self.hide, (Pieces(token) if len(token) >= LONG_SECRET else Redaction([(user, token)])).hide
        self.hide = lambda lines: more(known(lines))

    def mask_newest(self, count: int) -> None:
        """Mask the newest replies, in which nobody but their reader saw the secret."""
        self.lines[-count:] = [f"{line[:7]}{MASK}" for line in self.lines[-count:]]

    def add(self, who: str, lines: Iterable[str]) -> None:
        """Note lines of `C` (we), `S` (the server), or a remark of ours (empty)."""
        for line in lines:
            if self._left <= 0:
                return
            text = f"{who}: {line}" if who else line
            self._left -= len(text.encode()) + 1
            self.lines.append(text if self._left > 0 else "(the rest is left out)")


def _forms(user: str, password: str) -> Iterator[str]:
    """Give a password as a server may repeat it: as it was, in base64, quoted for an address or a page."""
    secret = password.encode()
    for blob in (secret, f"\0{user}\0{password}".encode(), f"{user}\0{user}\0{password}".encode()):
        yield from _base64(blob)
    yield from (password, quote(password), quote(password, safe=""), quote_plus(password))
    yield from (html.escape(password), html.escape(password, quote=False))
    yield from map(harmless, readings(secret))


def _base64(blob: bytes) -> Iterator[str]:
    text = base64.b64encode(blob).decode("ascii").rstrip("=")
    yield from (text, text.translate(_URL_SAFE))


def _base64_within(secret: bytes) -> Iterator[str]:
    """Give what any base64 text that holds the secret has in it: one form for each position within three bytes."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + secret).decode("ascii")
        start = -(-before * 8 // 6)
        end = (before + len(secret)) * 8 // 6
        if end - start >= _CORE:
            yield from (text[start:end], text[start:end].translate(_URL_SAFE))


def _forms_of_token(token: str) -> Iterator[str]:
    """Give a token as a server may repeat it: as it was, quoted for an address or as JSON, in base64 once or twice."""
    yield from (token, quote(token, safe=""), token.replace("/", "\\/"))
    once = [*_base64_within(token.encode())][::2]  # the others differ in signs that do not count here
    yield from once
    for each in once:
        yield from [*_base64_within(each.encode())][::2]


def _is_short(form: str) -> bool:
    return len(_bare(form)) < (_ALONE if form.isascii() else _TOKEN_ONLY)


def _alone(form: str) -> str:
    """Match a short form where it stands alone, its blanks as wide as they may be, broken over lines or not."""
    if not form.strip():  # nothing but quotes tell it from any other blanks
        return rf"(?<=[\"'<(\[])\s{{{len(form)}}}(?=[\"'>)\]])"
    words = form.split()
    text = r"\s+".join(_BREAK.join(map(re.escape, word)) for word in words)
    return _BEFORE[_edge(words[0][0])] + text + "={0,2}" + _AFTER[_edge(words[-1][-1])]


def _edge(character: str) -> str:
    return "sign" if not character.isalnum() else "letter" if character.isascii() else "script"


_BREAK = r"(?:[^\S\n]*\n\s*)?"
_BEFORE = {"letter": r"(?<![^\W_])(?<!\d\.)", "sign": r"(?<![^\s\"'<(\[{=:,;])", "script": ""}
_AFTER = {"letter": r"(?![^\W_])(?!\.\d)", "sign": r"(?![^\s\"'>)\]}=:,;.!?])", "script": ""}


def _without(secrets: re.Pattern[str], lines: list[str]) -> list[str]:
    """Mask what a pattern finds in the text of all lines, the status code left out that each may repeat."""
    starts = [_start(line) for line in lines]
    text = "\n".join(line[start:] for line, start in zip(lines, starts, strict=True))
    masked = secrets.sub(
        lambda found: MASK + "".join(f"{each}{MASK}" for each in _LINE_BEGINS.findall(found[0])), text
    ).split("\n")
    return [line[:start] + rest for line, start, rest in zip(lines, starts, masked, strict=True)]


_LINE_BEGINS = pattern_of(r"\n[^\S\n]*")


def _found(form: str, text: str) -> Iterator[range]:
    """Find a form, and what a server kept of it when it cut it off: the first half, or more."""
    least = _least(form)
    start = text.find(form[:least])
    while start >= 0:
        end = start + least
        while end < len(text) and end - start < len(form) and text[end] == form[end - start]:
            end += 1
        yield range(start, end)
        start = text.find(form[:least], end)


def _least(form: str) -> int:
    return min(len(form), max(_CUT, -(-len(form) // 2)))


def _plain(text: str) -> str:
    """Write in small letters, and in the usual alphabet of base64."""
    return _folded(text).translate(_USUAL)


def _folded(text: str) -> str:
    """Write in small letters, each where it was."""
    if text.isascii():
        return text.lower()
    return "".join(each.lower() if len(each.lower()) == 1 else each for each in text)


def _bare(text: str) -> str:
    return "".join(text.split())


def _counting(line: str) -> Iterator[tuple[int, str]]:
    """Give the characters that count, with their positions: no blanks, and not the status code at the start."""
    start = _start(line)
    return ((position, each) for position, each in enumerate(line) if position >= start and not each.isspace())


def _start(line: str) -> int:
    code = _CODE.match(line)
    return code.end() if code else 0


def _covered(lines: list[str], find: Callable[[str], Iterable[int]]) -> list[str]:
    """Mask what is found in the text of all lines, blanks and repeated status codes left out."""
    kept = [(number, position, each) for number, line in enumerate(lines) for position, each in _counting(line)]
    hidden: dict[int, set[int]] = {}
    for number, position, _ in (kept[at] for at in find(_folded("".join(each for _, _, each in kept)))):
        hidden.setdefault(number, set()).add(position)
    return [_masked(line, hidden[number]) if number in hidden else line for number, line in enumerate(lines)]


def _masked(line: str, positions: set[int]) -> str:
    """Put one mask over each run of hidden positions, and over what base64 mixed with the secret's edges."""
    hidden = {*positions}
    for position in positions:
        hidden.update(_while_base64(line, (position - 1,)), _while_base64(line, (position + 1, position + 2)))
    out = []
    for position, each in enumerate(line):
        if position not in hidden:
            out.append(each)
        elif position - 1 not in hidden:
            out.append(MASK)
    return "".join(out)


def _while_base64(line: str, positions: Iterable[int]) -> Iterator[int]:
    return takewhile(lambda position: 0 <= position < len(line) and line[position] in _BASE64, positions)
