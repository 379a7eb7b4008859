"""Keeps secrets out of what a server says, and so out of replies, transcripts, reports and logs."""

from __future__ import annotations

import base64
import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

MASK = "********"
TRANSCRIPT_CHARACTERS = 64 * 1024
_TOKEN_ONLY = 3  # shorter secrets are hidden where they stand alone: inside words they would hide everything
_CODE = re.compile(r"\s*[245]\.\d{1,3}\.\d{1,3}(?=\s)")
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def readable(data: bytes) -> str:
    """Read what a server sent as text: UTF-8, else Shift_JIS, else Latin-1; what could steer a terminal is replaced."""
    for encoding in ("utf-8", "cp932"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        text = data.decode("latin-1")
    text = text.replace("\t", " ")
    if text.isascii() and text.isprintable():
        return text
    return "".join("\ufffd" if unicodedata.category(each) in _UNSHOWN else each for each in text)


class Redaction:
    """Hides the passwords of a session in whatever form they come back."""

    def __init__(self, logins: Iterable[tuple[str, str]]) -> None:
        forms = {_bare(form) for user, password in logins if password for form in _forms(user, password)}
        long = sorted((form for form in forms if len(form) >= _TOKEN_ONLY), key=len, reverse=True)
        short = [form for form in forms if 0 < len(form) < _TOKEN_ONLY]
        self._long = re.compile("|".join(map(re.escape, long)), re.IGNORECASE) if long else None
        self._short = (
            re.compile(rf"(?<!\S)(?:{'|'.join(map(re.escape, short))})(?!\S)", re.IGNORECASE) if short else None
        )

    def hide(self, lines: list[str]) -> list[str]:
        """Mask the secrets in the lines of one reply, also one that is broken over lines or spread by blanks."""
        if self._short:
            lines = [self._short.sub(MASK, line) for line in lines]
        if not self._long:
            return lines
        kept = [(number, place, each) for number, line in enumerate(lines) for place, each in _told(line)]
        bare = "".join(each for _, _, each in kept)
        hidden = {where[:2] for found in self._long.finditer(bare) for where in kept[found.start() : found.end()]}
        return [
            _masked(line, {place for at, place in hidden if at == number}) if hidden else line
            for number, line in enumerate(lines)
        ]


class Transcript:
    """The dialogue, without secrets and no longer than 64 KiB."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._left = TRANSCRIPT_CHARACTERS

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
    for secret in (password, f"\0{user}\0{password}", f"{user}\0{user}\0{password}"):
        yield base64.b64encode(secret.encode()).decode("ascii").rstrip("=")
    yield from (password, quote(password), quote(password, safe=""), quote_plus(password))
    yield from (html.escape(password), html.escape(password, quote=False), readable(password.encode()))


def _bare(text: str) -> str:
    return "".join(text.split())


def _told(line: str) -> Iterator[tuple[int, str]]:
    """Give the characters that count, with their places: no blanks, and not the status code that each line repeats."""
    code = _CODE.match(line)
    start = code.end() if code else 0
    return ((place, each) for place, each in enumerate(line) if place >= start and not each.isspace())


def _masked(line: str, places: set[int]) -> str:
    """Put one mask over each run of hidden places."""
    out = []
    for place, each in enumerate(line):
        if place not in places:
            out.append(each)
        elif place - 1 not in places:
            out.append(MASK)
    return "".join(out)
