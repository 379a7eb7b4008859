"""Leaves a message in the drop folder, for a panel that is away."""

from __future__ import annotations

from pathlib import Path

from panel.mail.limits import NO_MORE
from panel.mail.message.normalize import Unacceptable
from panel.outbox.drop.leaving import leave_slip
from panel.outbox.drop.slip import Slip


def leave_message(
    folder: Path, message: bytes, rcpt_to: tuple[str, ...], notify: str | None, *, tried: str = ""
) -> None:
    """Return when it is on disk; `tried` is the key under which the panel may have it."""
    if refusal := NO_MORE.too_large(len(message)):
        raise Unacceptable("message", refusal)
    leave_slip(folder, Slip(rcpt_to, message, notify, tried))
