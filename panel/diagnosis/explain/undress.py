"""Takes off a text what programs have put around it: literals, escapes within escapes, entities, broken lines."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from panel.diagnosis.explain.bounce import decoded_lines
from panel.mail.text import without_controls

_TUPLE = re.compile(r"\(([2345]\d\d), ?b?(['\"])((?:(?!\([2345]\d\d, )[^\n]){0,2000}?)\2(?:,[^()\n]{0,200})?\)")
_BYTES = re.compile(r"(?:\\x[0-9a-f]{2})+")
_ESCAPED_END = re.compile(r"(?:\\r)?\\n")  # within a literal of Python
_ENDS = re.compile(r"\\{1,8}+(?:r\\{1,8}+n|n|r(?![a-z]))")
_UNICODE = re.compile(r"\\{1,8}+u([0-9a-fA-F]{4})")
_QUOTED = re.compile(r"\\{1,8}+([\"'/])")
_ENTITY = re.compile(r"&(?:lt|gt|quot|amp|apos|nbsp|#\d{1,5}|#x[0-9a-fA-F]{1,5});")
_TWICE = re.compile("[\u00c2\u00c3][\u0080-\u00bf]")  # UTF-8 that was taken for Latin-1: `fÃ¼r` for `für`
_OBJECT = re.compile(r"\{[^{}]{0,4000}\}")
# lettre 0.10 and 0.11, src/transport/smtp/response.rs: a code as its three digits are called there
_OF_LETTRE = re.compile(r"\bseverity: (\w{1,40}),\s{0,40}category: (\w{1,40}),\s{0,40}detail: (\w{1,40})")
_SEVERITIES = {"TransientNegativeCompletion": "4", "PermanentNegativeCompletion": "5"}
_CATEGORIES = ("Syntax", "Information", "Connections", "Unspecified3", "Unspecified4", "MailSystem")
_DETAILS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
_REPLY = re.compile(r"\b[45]\d\d[ -]#?\w")
# A bounce breaks what a server said at some 72 columns, also within a reply of several lines, and indents what follows.
_BROKEN = re.compile(r"(?:> ?){0,5}[ \t]{1,20}(?=\S)")
_BREAK = re.compile(r"\n(?:> ?){0,5}[ \t]*")
_SAID, _REPLY_TO = "said: ", "(in reply to"
_MOST_BROKEN = 30  # lines of a reply


def undressed(text: str) -> str:
    """Write a text as the server and the program said it, every reply in lines of its own code."""
    if "(" in text:
        text = _TUPLE.sub(lambda found: _as_lines(found[1], found[3]), text)
    if "\\" in text:
        text = _ENDS.sub("\n", text)
        text = _halves_joined(_UNICODE.sub(lambda found: chr(int(found[1], 16)), text))
        text = _QUOTED.sub(r"\1", text)
    if "&" in text and _ENTITY.search(text):
        text = html.unescape(text)
    if "\u00c3" in text:
        text = _TWICE.sub(lambda found: found[0].encode("latin-1").decode(), text)
    text = without_controls(text)  # an escape or an entity may have stood for any
    if "severity: " in text:
        text = _OF_LETTRE.sub(_code_of_lettre, text)
    if "\n" in text:
        text = _OBJECT.sub(_in_one_line, text)
        if _SAID in text:
            text = _up_to_command("\n".join(_unbroken(text.split("\n"))))
    return text


def _halves_joined(text: str) -> str:
    """Make one character of each two halves, as JSON writes what lies beyond the first 65,536."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _as_lines(code: str, words: str) -> str:
    *first, last = _ESCAPED_END.split(_BYTES.sub(_characters, words))
    return "\n".join([*(f"{code}-{line}" for line in first), f"{code} {last}"]) + "\n"


def _characters(escaped: re.Match[str]) -> str:
    """Read the bytes that a literal such as b'\\xe5\\xae\\x9b' holds."""
    return decoded_lines(bytes.fromhex(escaped[0].replace("\\x", "")))


def _unbroken(lines: list[str]) -> Iterator[str]:
    """Join what a server said with the indented lines that follow."""
    said: list[str] = []
    for line in lines:
        if said and len(said) <= _MOST_BROKEN and (gap := _BROKEN.match(line)):
            said.append(line[gap.end() :])
            continue
        yield from _joined(said)
        said = [line] if _SAID in line else []
        if not said:
            yield line
    yield from _joined(said)


def _joined(said: list[str]) -> list[str]:
    return [" ".join(said)] if said else []


def _up_to_command(text: str) -> str:
    """Join what a server said up to the command that it replied to, within a paragraph."""
    parts, at = [], 0
    while (end := text.find(_REPLY_TO, at)) >= 0:
        said = text.rfind(_SAID, at, end)
        start = said if said >= 0 and _is_one_reply(text[said:end]) else end
        parts += [text[at:start], _BREAK.sub(" ", text[start:end]), _REPLY_TO]
        at = end + len(_REPLY_TO)
    return "".join([*parts, text[at:]])


def _is_one_reply(said: str) -> bool:
    return said.count("\n") <= _MOST_BROKEN and "\n\n" not in said


def _in_one_line(found: re.Match[str]) -> str:
    """Write an object in one line, but for one that holds replies which are read line by line."""
    return found[0] if "\n" not in found[0] or _REPLY.search(found[0]) else found[0].replace("\n", " ")


def _code_of_lettre(found: re.Match[str]) -> str:
    severity, category, detail = found.groups()
    if severity not in _SEVERITIES or category not in _CATEGORIES or detail not in _DETAILS:
        return found[0]
    return f"smtp code: {_SEVERITIES[severity]}{_CATEGORIES.index(category)}{_DETAILS.index(detail)}"
