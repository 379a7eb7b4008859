"""Texts of two lengths, to tell whether what reads them takes time by the square: only compared with itself."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from contextlib import suppress

from panel.errors import PanelError

QUADRATIC = 8  # times as long for four times as much: between 4, its length, and 16, its square
FAR = 40  # times as long as for plain words: what reads each line with all behind it is farther
TRIES = 8  # for what seems slow
NOISE = 0.008  # seconds of the processor in which nothing can be measured

# What has been slow somewhere, or looks as if it could be.
UNITS = {
    "letters": "a",
    "marks": "\u0315\u0300\u05ae\u0301",  # each is put in order among all before it
    "kana": "ｶﾞ",
    "ligatures": "\ufdfa",
    "ideographs": "日本",
    "commas": ", ",
    "mailboxes": "a@b.example, ",
    "quotes": '"a',
    "escapes": '\\"',
    "backslashes": "\\",
    "opened": "(",
    "closed": ")a",
    "brackets": "<",
    "at signs": "@",
    "dots": "a.",
    "colons": ":",
    "groups": "a:;,",
    "group": "a:b ",
    "blanks": " ",
    "tabs": "\t",
    "folds": "\r\n ",
    "line ends": "\n",
    "CRs": "\r",
    "encoded words": "=?utf-8?q?a?= ",
    "half encoded words": " [=?a?q?",
    "digits": "1",
    "addresses": "1.",
    "labels": "ü.",
    "slashes": "/",
    "dashes": "a-",
    "entities": "&amp;",
    "tags": "<a ",
    "fields": "a: b\r\n",
    "codes": "550 5.1.1 ",
    "codes of lines": "\n550-5.1.1 said: ",
    "replies of two lines": "550-a\n",
    "lines of no reply": "550-nod\n",
    "said": "said: ",
    "escaped line ends": "a\\r\\n",
    "sentences of programs": "connection unexpectedly closed: timed out ",
    "tuples": "(550, b'",
    "what was said": "said: a\n (in reply to ",
    "hosts": "mx.example.com ",
    "halves": "\ud800",
}


def is_linear(read: Callable[[str], object], unit: str, length: int) -> bool:
    """Compare a text with one that is four times as long; whoever seems slow is measured again."""
    short, long = _of(unit, length), _of(unit, 4 * length)
    of_short, of_long = [], []  # the least of each counts: beside other work a time is too long, and never too short
    for _ in range(TRIES):
        of_long.append(_seconds(read, long))
        of_short += [_seconds(read, short) for _ in range(3)]
        if min(of_long) < NOISE or min(of_long) < QUADRATIC * min(of_short):
            return True
    return False


def is_near(read: Callable[[str], object], unit: str, plain: str, length: int) -> bool:
    """Compare a text with a plain one of its length; whoever seems slow is measured again."""
    text, usual = _of(unit, length), _of(plain, length)
    for _ in range(4):
        taken = _seconds(read, text)
        if taken < NOISE or taken < FAR * min(_seconds(read, usual) for _ in range(3)):
            return True
    return False


def _of(unit: str, length: int) -> str:
    return (unit * (length // len(unit) + 1))[:length]


def _seconds(read: Callable[[str], object], text: str) -> float:
    gc.disable()  # it looks through all that the other tests have left, whenever it likes
    begun = time.process_time()
    try:
        with suppress(PanelError, ValueError, AssertionError):  # to refuse it may take as long
            read(text)
        return time.process_time() - begun
    finally:
        gc.enable()
