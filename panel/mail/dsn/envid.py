"""The number under which a mail server reports on a message of ours (RFC 3461 section 4.4).

It is the same over all attempts, on every machine and by either server: `105.1c0ffee5@example.org` is our message 105.
What stands after the dot is worked out of the Message-ID, so that a report on the message that had this number before
a restore is not taken for one on that which has it now. It is no proof: whoever has seen a message can write one.
"""

from __future__ import annotations

from typing import NamedTuple
from zlib import crc32

from panel.mail.patterns import pattern_of

MOST_ENVID = 100  # characters that every server takes (RFC 3461 section 5.4)
_ENVID = pattern_of(r"([1-9][0-9]{0,17})\.([0-9a-f]{8})@([!-~]{1,255})", 0)
_OF_TEST = pattern_of(r"test-[1-9][0-9]{0,17}@[!-~]{1,255}")


class Envid(NamedTuple):
    """What an ENVID says: the number of a message, the mark of its Message-ID, and whose panel it is."""

    number: int
    mark: str
    host: str

    def is_of(self, message_id: str) -> bool:
        """Say whether it was written for the message with this Message-ID."""
        return self.mark == mark_of_message(message_id)


def envid_of(number: int, message_id: str, host: str) -> str:
    """Write the ENVID of a message; a host that has no room in it is cut."""
    return f"{number}.{mark_of_message(message_id)}@{host}"[:MOST_ENVID]


def envid_of_test(number: int, host: str) -> str:
    """Write that of a test send: nobody takes it for a message's."""
    return f"test-{number}@{host}"[:MOST_ENVID]


def is_envid_of_test(text: str) -> bool:
    """Say whether an ENVID, as a report gives it back, is that of a test send."""
    return _OF_TEST.fullmatch(text.strip()) is not None


def read_envid(text: str) -> Envid | None:
    """Read an ENVID as a report gives it back, or say that it is none of ours."""
    found = _ENVID.fullmatch(text.strip())
    return Envid(int(found[1]), found[2], found[3]) if found else None


def mark_of_message(message_id: str) -> str:
    """Give eight digits that tell one Message-ID from another."""
    return f"{crc32(message_id.encode(errors='replace')):08x}"
