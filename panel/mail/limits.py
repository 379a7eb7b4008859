"""How large a message may be that a door takes, and to how many it may go at once."""

from typing import NamedTuple

MIB = 1024 * 1024
MAX_BYTES = 25 * MIB  # as a message leaves: its files in base64, their lines ended
MAX_RECIPIENTS = 1_000
LEAST_BYTES = 64 * 1024  # RFC 5321 section 4.5.3.1.7: what everybody takes
LARGEST_BYTES = 100 * MIB  # one message then takes all that doors hold of those that are coming in


class MessageLimits(NamedTuple):
    """What a door takes; the settings say, and these are the defaults."""

    max_bytes: int = MAX_BYTES
    max_recipients: int = MAX_RECIPIENTS

    def too_large(self, size: int) -> str:
        """Say what to do about a message of this size; nothing where it may be taken."""
        if size <= self.max_bytes:
            return ""
        most = size_text(self.max_bytes)
        return f"The message is larger than {most}. Make it smaller, or have max_message_bytes of the settings raised."

    def too_many(self, recipients: int) -> str:
        """Say what to do about a message to so many; nothing where it may be taken."""
        if recipients <= self.max_recipients:
            return ""
        return f"The message has more than {self.max_recipients} recipients (max_recipients). Send it in parts."


DEFAULT_LIMITS = MessageLimits()
NO_MORE = MessageLimits(
    LARGEST_BYTES, MAX_RECIPIENTS
)  # than any settings let through: another part of the door asks them


def size_text(size: int) -> str:
    """Write a size as people do where nothing is lost by it: `25 MiB`, `64 KiB`, else in bytes."""
    for unit, octets in (("MiB", MIB), ("KiB", 1024)):
        if size % octets == 0:
            return f"{size // octets} {unit}"
    return f"{size} bytes"


def file_bytes(size: int) -> int:
    """Give the largest file in a message of this size: base64 makes 78 octets of 57, with the end of each line."""
    return size * 57 // 78
