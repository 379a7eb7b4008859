"""One rule, and the block of patterns in which it is written.

The files of rules are left out of formatting, for a rule is read as one row.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from panel.diagnosis.causes.cause import Cause
from panel.diagnosis.needed import has_any, needed_by


class Rule(NamedTuple):
    """What must be true of a reply for a cause; what a rule leaves out does not matter.

    Stages, reply codes (`4` is every 4yz), enhanced codes (`X.7.8`, `5.7.30`) and groups of services are parted by
    blanks. `words`, `unless` and `link` are blocks of regular expressions over lower-case text: `words` over the reply
    without addresses, hosts and links, `unless` over the same, where none of them may stand, `link` over the reply as
    it came.
    """

    cause: Cause
    at: str = ""
    codes: str = ""
    enhanced: str = ""
    provider: str = ""
    words: str = ""
    unless: str = ""
    link: str = ""


@cache
def pattern(block: str) -> re.Pattern[str]:
    """Read a block by ASCII: a Latin word ends where Japanese begins, as in `DMARC認証`.

    Each line is a pattern; one that begins with `|` goes on with the line above. Blanks at the ends do not count.
    """
    return re.compile(_joined(block), re.ASCII)


def stands_in(text: str, block: str) -> bool:
    """Say whether a block has a pattern that is found in a text; what it needs in plain text is sought first."""
    return has_any(needed_by(_joined(block)), text) and pattern(block).search(text) is not None


@cache
def _joined(block: str) -> str:
    lines = (line.strip() for line in block.split("\n"))
    return "|".join(line.removeprefix("|") for line in lines if line)


def one(block: str) -> str:
    """Give the one pattern of a block as it stands within others."""
    return "".join(line.strip() for line in block.split("\n"))
