"""Causes that a sentence names, in words, as links to what the list says of them."""

from __future__ import annotations

from itertools import zip_longest

from markupsafe import Markup, escape

from panel.diagnosis.causes.table import CAUSES
from panel.diagnosis.reference import NAMED_CAUSES
from panel.i18n import N_
from panel.web.text import gettext, translated


def with_links(text: str, own: str = "", page: str = "") -> Markup:
    """Put each cause that a text names into words, a link but for its `own`; on another page they lead to the list."""
    parts, spaced = NAMED_CAUSES.split(text), gettext(_QUOTED) == _QUOTED
    between = (each if spaced else each.strip(" ") for each in parts[::2])
    named = (_named(name, own, page) for name in parts[1::2])
    return Markup("").join(escape(each) for pair in zip_longest(between, named, fillvalue="") for each in pair)


def _named(name: str, own: str, page: str) -> Markup:
    words = translated(_QUOTED, what=gettext(CAUSES[name].what).rstrip(".。"))
    return escape(words) if name == own else Markup('<a href="{}#{}">{}</a>').format(page, name, words)


_QUOTED = N_("“%(what)s”")
