"""A message as one file of the drop folder: its length and digest, its envelope, and the message itself.

mail-panel-drop 1 312 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
{"to": ["hanako@example.org"], "notify": null, "tried": ""}
Message-ID: <…>
"""

import json
import re
from hashlib import sha256
from typing import NamedTuple

from panel.errors import PanelError
from panel.mail.limits import LARGEST_BYTES

MAX_ENVELOPE = 1024 * 1024  # with the first line
MAX_SLIP = LARGEST_BYTES + MAX_ENVELOPE
LONGEST_HEAD = 128
_HEAD = re.compile(rb"mail-panel-drop 1 ([0-9]{1,9}) ([0-9a-f]{64})\n")
_MOST_HEAD = b"mail-panel-drop 1 999999999 " + b"f" * 64 + b"\n"


class BadSlip(PanelError):
    """A file that no sendmail of ours has written, or not to its end."""


class Slip(NamedTuple):
    """What a sendmail lays down.

    `tried` is the key under which the running panel was asked before, and may have the message; blank where it was not.
    """

    rcpt_to: tuple[str, ...]
    message: bytes
    notify: str | None = None
    tried: str = ""

    def written(self) -> bytes:
        """Give the whole file."""
        envelope = json.dumps({"to": self.rcpt_to, "notify": self.notify, "tried": self.tried}).encode()
        rest = envelope + b"\n" + self.message
        return b"mail-panel-drop 1 %d %s\n" % (len(rest), sha256(rest).hexdigest().encode()) + rest


class SlipHead(NamedTuple):
    """The first line: how long the whole file is, and the digest of what follows."""

    length: int
    rest_at: int
    digest: str

    def slip(self, data: bytes) -> Slip:
        """Read the whole file, or raise `BadSlip`."""
        rest = data[self.rest_at :]
        if sha256(rest).hexdigest() != self.digest:
            raise BadSlip("What it holds is not what its first line tells of.")
        return _slip(*rest.split(b"\n", 1))


def read_head(beginning: bytes) -> SlipHead | None:
    """Read the first line, give None where it has not all come yet, or raise `BadSlip`."""
    found = _HEAD.match(beginning)
    if found:
        return SlipHead(found.end() + int(found[1]), found.end(), found[2].decode())
    begun = beginning[: len(_MOST_HEAD)]
    if b"\n" in begun or len(begun) == len(_MOST_HEAD) or not _MOST_HEAD.startswith(begun[:18]):
        raise BadSlip("It does not begin as a message that a sendmail of mail-panel has laid down.")
    return None


def _slip(envelope: bytes, message: bytes = b"") -> Slip:
    try:
        given = json.loads(envelope)
        to, notify, tried = given["to"], given["notify"], given["tried"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadSlip("Its envelope cannot be read.") from None
    told = isinstance(to, list) and all(isinstance(each, str) for each in to) and isinstance(tried, str)
    if not told or not isinstance(notify, str | None):
        raise BadSlip("Its envelope cannot be read.")
    return Slip(tuple(to), message, notify, tried)
