"""Secrets behind a name, in whatever joins the two."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from string import ascii_letters
from urllib.parse import quote

from panel.diagnosis.explain.secrets.names import CODES, LEADS, OPTIONS, PASSWORDS, TOKENS, TROUBLES, TROUBLES_WITHIN
from panel.diagnosis.explain.secrets.places import places_of
from panel.mail.patterns import pattern_of

_LONGEST = 8_000  # characters of a value: a token may have some thousand


def behind_names(text: str, lower: str) -> Iterator[tuple[int, int]]:
    """Find the values that stand behind the name of a secret."""
    starts = chain.from_iterable(starts for sign, starts in _STARTS.items() if sign in lower)
    past = 0
    for at in sorted(set(places_of(starts, lower))):
        if at >= past and (name := _NAMED.match(lower, at)):
            start, end = _value(text, name)
            past = max(name.end(), end)
            yield start, end


def _value(text: str, named: re.Match[str]) -> tuple[int, int]:
    """Give where the value of a name begins and ends; the same place twice where there is none."""
    nothing, before = (named.end(), named.end()), _before(text, named.start())
    if not named["tag"] and (quoted := _quoted(text, named.end())):
        is_none = bool(named["blank"]) and _is_sentence(text, quoted[0]) and not _is_given(text, named, before)
        doubtful = named["code"]
        start, end = quoted
    else:
        is_none = bool(named["blank"]) and not _is_given(text, named, before)
        is_none = is_none or (bool(named["said"] or named["blank"]) and _is_sentence(text, named.end()))
        is_word = named["token"] and not _ENDS_WITHIN_NAME.search(before)
        doubtful = named["code"] or (is_word and not named["sure"] and not named["tag"])
        start, end = named.end(), nothing[1] if is_none else _bare_end(text, named, before)
    return nothing if is_none or (doubtful and not _TOKEN.match(text, start, end)) else (start, end)


def _is_sentence(text: str, at: int) -> bool:
    return _SENTENCE.match(text, at) is not None


def _before(text: str, at: int) -> str:
    """Give what stands in the same line before a name, behind an ellipsis where that is much."""
    _, line_end, before = text[max(0, at - _MOST_BEFORE) : at].replace("\\n", "\n").rpartition("\n")
    return before if line_end or at <= _MOST_BEFORE else f"…{before}"


def _quoted(text: str, at: int) -> tuple[int, int] | None:
    """Give what stands in quotes, up to its line's end where they are not closed; None where there are none."""
    opening = _OPENING.match(text, at)
    if not opening:
        return None
    start = opening.end()
    line_end = text.find("\n", start, start + _LONGEST)
    line_end = line_end if line_end >= 0 else min(len(text), start + _LONGEST)
    if opening["sign"]:
        return start, _closed(text, start, line_end, opening)
    end = text.find(_CLOSING.get(opening[0], opening[0]), start, line_end)
    return start, end if end >= 0 else line_end


def _closed(text: str, start: int, line_end: int, opening: re.Match[str]) -> int:
    r"""Find the quote that closes one: in JSON within JSON, \" is closed by \", and \\\" stands in between."""
    depth, sign = len(opening["escapes"]), opening["sign"]
    at = start
    while (at := text.find(sign, at, line_end)) >= 0:
        before = text[max(start, at - 64) : at]
        escapes = len(before) - len(before.rstrip("\\"))
        behind = at + len(sign)
        if escapes % (2 * depth + 2) == depth:
            if depth or not text.startswith(sign, behind):
                return at - depth
            behind += len(sign)  # two for one, as YAML and SQL have it
        at = behind
    return line_end


def _bare_end(text: str, named: re.Match[str], before: str) -> int:
    """Find the end of a value without quotes: the line's where the name begins it, else a blank."""
    start = named.end()
    if named["tag"]:
        pattern = _IN_TAG
    elif named["sure"] == "=3d":
        pattern = _RUN_IN_QUOTED_PRINTABLE
    else:
        begins = (_BEGINS_LINE if named["sure"] else _IS_LABEL).fullmatch(before)
        pattern = _REST if begins and not named["blank"] else _RUN
    found = pattern.match(text, start)
    return found.end() if found else start


def _is_given(text: str, named: re.Match[str], before: str) -> bool:
    """Say whether what stands behind a name with nothing but a blank is its value, and not the next word."""
    *others, last = before.split() or [""]
    if last[:1] in "-'\"`(" and last.lstrip("'\"`(").startswith("-"):
        return not before[-1:].isspace()  # an option: --smtp-password VALUE
    if before[-1:].isspace() and others[-1:] and others[-1].lower() in _USERS:
        return last not in ("and", "or")  # login USER password VALUE, as in a .netrc
    return bool(_ONE_WORD.match(text, named.end())) and bool(_BEGINS_LINE.fullmatch(before))


def _any_of(names: tuple[str, ...]) -> str:
    """Match the last word of each name, behind its others."""
    forms = sorted(map(_behind_others, _spelt(names)), key=len, reverse=True)
    return "|".join(forms).replace(r"\\u", r"\\{1,8}u")


def _behind_others(name: str) -> str:
    *others, last = map(re.escape, name.split(" "))
    before = "".join(others)
    return rf"(?:(?<={before})|(?<={before}[ _-])){last}" if others else last


def _spelt(names: Iterable[str]) -> Iterator[str]:
    """Spell names as they are, and as JSON and addresses write what is not ASCII, from there on."""
    for name in names:
        yield name
        if not name.isascii():
            foreign = name.lstrip(ascii_letters)
            yield quote(foreign).lower()
            yield "".join(each if each.isascii() else f"\\u{ord(each):04x}" for each in foreign)


def _starts() -> dict[str, list[str]]:
    """Give what to look for in a text that names a secret, by what the text needs to have any of it."""
    found: dict[str, list[str]] = {"": [], "%": [], "\\u": [], **{f"-{each}": [each] for each in OPTIONS}}
    for start in sorted(
        {re.split(r"(?<=.)\\", each.split(" ")[-1])[0] for each in _spelt((*PASSWORDS, *TOKENS, *CODES))}
    ):
        known = found["%" if start[0] == "%" else "\\u" if start[0] == "\\" else ""]
        if not known or not start.startswith(known[-1]):
            known.append(start)
    return found


def _words(stems: tuple[str, ...]) -> str:
    return "|".join(rf"{each[:-1]}[^\W\d_]*" if each.endswith("*") else each for each in stems)


_STARTS = _starts()
_ENTITY = "&(?:quot|apos|#0?39|#34|#x2[27]);"
_SUFFIX = r"(?:[_-]?\d{1,2}|[._-]?(?:value|text|string|plain|raw|hash|encrypted|base64|b64))?"
_NAME_CLOSED = rf"(?:\\{{0,15}}[\"'`]|{_ENTITY}|%2[27])?\]?"
_NAMED = pattern_of(
    rf"(?:(?P<token>{_any_of(TOKENS)})|(?P<code>\b(?:auth(?:orization)?_)?{_any_of(CODES)})|(?:{_any_of(PASSWORDS)})"
    rf"|(?<=[\s\"'`]-)(?:{_any_of(OPTIONS)})(?=[ =]))"
    rf"{_SUFFIX}(?:{_NAME_CLOSED}(?:[ \t]\([^()\n]{{1,40}}\)|[ \t]for[ \t][^\s:=]{{1,80}})?[ \t\u3000.]{{0,30}}"
    rf"(?:(?P<sure>=>\s{{0,40}}|={{1,3}}3d|={{1,3}}|＝|:=|%3d|\((?=[\"'`]))|(?P<said>:{{1,2}}|：|%3a|\||\t))[^\S\n]{{0,20}}"
    rf"|(?P<attribute>[\"']?,?\s{{1,20}}[\"']?value[\"']?\s{{0,3}}[:=]\s{{0,3}})"
    rf"|(?P<tag>[\"']?\s{{0,3}}/?>\s{{0,9}}(?:<[^<>\n]{{0,100}}>\s{{0,20}}){{0,3}}(?=[^<]{{1,500}}</))"
    rf"|(?P<blank>[^\S\n]{{1,20}}(?:is[^\S\n](?=[\"'“‘]))?|は?(?=[“„«「『‘])))"
    r"(?:[bruf]{1,2}(?=\\{0,15}[\"'])|[\w:]{0,40}\((?=\\{0,15}[\"'])|string\(\d{1,5}\) |[|>][+-]?[^\S\n]{0,3}\n\s{0,20}"
    r"|(?:bearer|basic|digest|negotiate|ntlm|apikey|token)[^\S\n]{1,3}|[@$](?=[\"'])){0,3}"
)
_OPENING = pattern_of(rf"(?P<escapes>\\{{0,15}})(?P<sign>[\"'`]|{_ENTITY})|[“„«「『‘]")
_CLOSING = {"“": "”", "„": "“", "«": "»", "「": "」", "『": "』", "‘": "’"}
_STOP = (
    r"[,;|&](?=[\"']?[\w.-]{1,60}[\"']?\s?[:=]|\s|$|[245]\d\d[ -])|&amp;(?=[\w.-]{1,60}=)"
    r"|[)\]}>\"'`]{1,8}(?:[\s,;]|$)|<[/a-z!]|\\{1,8}(?:r\\{1,8})?n(?:[A-Z\d\s\"'\\]|$)"
)
_RUN = pattern_of(rf"(?![{{\[(](?:[\s\"'{{\[:]|\\|$))(?:(?!{_STOP})\S){{1,{_LONGEST}}}")
_RUN_IN_QUOTED_PRINTABLE = pattern_of(rf"(?:(?!{_STOP})(?:=\r?\n|\S)){{1,{_LONGEST}}}")
_SENTENCE = pattern_of(
    rf"\W{{0,3}}(?:(?:{_words(LEADS)})\b\W{{1,3}}){{0,6}}(?:{_words(TROUBLES)})(?!\w)"
    rf"|[245]\d\d[ -](?:#?[245]\.\d|[a-z])|[^\x00-\x7f]{{0,20}}?(?:{'|'.join(TROUBLES_WITHIN)})",
    re.IGNORECASE,
)
_REST = pattern_of(
    r"(?![{\[(](?:[\s\"'{\[:]|\\|$))"
    rf"[^\n]{{1,{_LONGEST}}}?(?=[^\S\n]{{1,3}}(?:[245]\d\d[ -]|[a-z][\w.-]{{1,60}}[:=]|(?:{_words(TROUBLES)})(?!\w))"
    r"|\s*$|\\{1,8}(?:r\\{1,8})?n|[\"'`)}\]]{0,3}[,;]?\s{0,3}\n)",
    re.IGNORECASE,
)
_IN_TAG = pattern_of(r"[^<]{1,500}")
_BEGINS_LINE = pattern_of(r"[\s>#;*$-]{0,20}(?:export |set |env )?[\"']?[\w.\[-]*")
_IS_LABEL = pattern_of(r"[\s>#;*$-]{0,20}(?!\d)[\"']?[\w.\[ -]*")
_ENDS_WITHIN_NAME = pattern_of(r"[\w-]$")
_MOST_BEFORE = 120
_USERS = ("login", "user", "username", "account")
_ONE_WORD = pattern_of(rf"\S{{1,{_LONGEST}}}[^\S\n]{{0,20}}(?:\n|$)")
_TOKEN = pattern_of(r"(?![245]\d\d\b)(?=[^\d\s]{0,200}\d)(?=[^a-z\s]{0,200}[a-z])[\w.~+/%=-]{16,}")
