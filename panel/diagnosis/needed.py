"""What a pattern needs in plain text: that is sought before it, for it is quick, and most texts have nothing of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from itertools import chain

_TOKEN = re.compile(
    r"[^\\\[(){}|?*+.^$]+(?![?*+{])|\\.|\[\^?\]?(?:[^\]\\]|\\.)*\]|\(\?(?:P<\w+>|<?[=!]|>|[^()=!<>]*:)|[()|]"
    r"|(?:[?*+]|\{\d*,?\d*\})[?+]?|.",
    re.DOTALL,
)
_ZERO_WIDTH = frozenset((r"\b", r"\B", r"\A", r"\Z", "^", "$", "(?=", "(?!", "(?<=", "(?<!"))
_LONG_ENOUGH = 6  # characters: what is as long is rare, and the fewer there are the better


@cache
def needed_by(source: str) -> tuple[str, ...]:
    """Give plain texts of which whatever a pattern matches holds one; the empty one where it needs none.

    Flags are not looked at, nor back references: a pattern is written in the case of its text.
    """
    tokens = _TOKEN.findall(source)
    return _of_alternatives(tokens[::-1])


def has_any(parts: Iterable[str], text: str) -> bool:
    """Say whether a text holds one of the parts."""
    return any(map(text.__contains__, parts))


def _of_alternatives(tokens: list[str]) -> tuple[str, ...]:
    """Read up to the end of a group: each of its alternatives needs something of its own."""
    each = [_of_sequence(tokens)]
    while tokens and tokens.pop() == "|":
        each.append(_of_sequence(tokens))
    return tuple(dict.fromkeys(chain.from_iterable(each)))


def _of_sequence(tokens: list[str]) -> tuple[str, ...]:
    """Read up to the end of an alternative: of all that it needs, give what is the rarest."""
    found: list[tuple[str, ...]] = [("",)]
    run = ""
    while tokens and tokens[-1] not in ("|", ")"):
        part = tokens.pop()
        inner = _of_alternatives(tokens) if part[0] == "(" else ()
        least = _least(tokens)
        if part in _ZERO_WIDTH:
            continue
        plain = _plain(part)
        if plain and least:
            run += plain
        if inner and least:
            found.append(inner)
        if least != 1 or not plain:
            found.append((run,))
            run = ""
    return max((*found, (run,)), key=_worth)


def _worth(parts: tuple[str, ...]) -> tuple[int, int]:
    return min(_LONG_ENOUGH, *map(len, parts)), -len(parts)


def _plain(part: str) -> str:
    """Give the text that a part of a pattern stands for by itself, be it behind a backslash; nothing where none."""
    if part[0] == "\\":
        return "" if part[1].isalnum() else part[1]
    return "" if part[0] in "([." else part


def _least(tokens: list[str]) -> int:
    """Take how often what stood before has to stand there: 2 where that is once or more often."""
    if not tokens or tokens[-1][0] not in "?*+{" or tokens[-1] == "{":
        return 1
    times = tokens.pop()
    return 0 if times[0] in "?*" or times.startswith(("{0", "{,")) else 2
