"""The recipients who have not got a message, as a form that corrects their addresses, and what was typed into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from panel.mail.message.address import BadValue, parse_recipient
from panel.outbox.entry import Entry
from panel.outbox.state import State
from panel.web.text import gettext

MOST_CORRECTED = 20  # more inputs than that are no correction by hand


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """One recipient: the address that failed, what stands in its input, and what is wrong with that."""

    address: str
    typed: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """One line for each who has not got the message, and who has it."""

    lines: tuple[CorrectionLine, ...] = ()
    done: tuple[str, ...] = ()

    @property
    def problem(self) -> bool:
        return any(line.problem for line in self.lines)

    @property
    def corrected(self) -> Mapping[str, str]:
        """Give the new address by the old one, where there is another."""
        return {line.address: line.typed for line in self.lines if line.typed != line.address}


def correction(entry: Entry, typed: Sequence[str] = (), instead_of: Sequence[str] = ()) -> Correction:
    """Offer the addresses that failed for correction, with what was typed for each."""
    left = [each.address for each in entry.recipients if each.state in ("waiting", "failed")]
    done = tuple(each.address for each in entry.recipients if each.state == "sent")
    if typed and not instead_of and len(left) == 1:  # one input needs no second one that says which
        instead_of = left
    found = dict(zip_longest(instead_of, typed[: max(1, len(instead_of))], fillvalue=""))
    offered = left if entry.state is State.FAILED and len(left) <= MOST_CORRECTED else []
    asked = dict.fromkeys([*offered, *found])  # what is no longer to be corrected, `Outbox.retry` tells
    return Correction(tuple(_line(address, found.get(address)) for address in asked), done)


def _line(address: str, typed: str | None) -> CorrectionLine:
    if typed is None or typed.strip() == address:
        return CorrectionLine(address, address)
    try:
        return CorrectionLine(address, parse_recipient(typed))
    except BadValue as fault:
        return CorrectionLine(address, typed, fault.text.translated(gettext))
