"""Causes that a sentence names, as links to what the list says of them."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from panel.diagnosis.causes.table import CAUSES

# One without an underscore is a word like any other.
_NAMES = re.compile(rf"\b({'|'.join(name for name in CAUSES if '_' in name)})\b", re.ASCII)


def with_links(text: str, own: str = "", page: str = "") -> Markup:
    """Make a link of each cause that a text names, but its `own`; on another page they lead to the list."""
    parts = _NAMES.split(text)
    return Markup("").join(_part(part, own, page) if at % 2 else escape(part) for at, part in enumerate(parts))


def _part(name: str, own: str, page: str) -> Markup:
    if name == own:
        return escape(name)
    return Markup('<a class="mono" href="{}#{}">{}</a>').format(page, name, name)
